'use strict';

// Tests of what not every machine has. One that has to be skipped says so; where
// HEADROOM_REQUIRE names what it needs ("strace,mounts", or "all"), it fails.

/**
 * `run`, which is Jest's `test` or `describe`, or its `skip`.
 *
 * @param {string} what strace, prlimit, mounts, cgroups, browser, binary, linux or affinity
 * @param {string | null} reason why it is not there; null where it is
 */
function needs(what, reason, run = test) {
	if (reason === null) {
		return run;
	}
	const required = (process.env.HEADROOM_REQUIRE ?? '').split(',').map((one) => one.trim());
	if (required.includes(what) || required.includes('all')) {
		throw new Error(`HEADROOM_REQUIRE asks for ${what}, and ${reason}`);
	}
	console.warn(`Skipping tests that need ${what}: ${reason}`);
	return run.skip;
}

module.exports = {needs};
