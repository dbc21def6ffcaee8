'use strict';

// Tests of what not every machine has. One that has to be skipped says so; where
// HEADROOM_REQUIRE names what it needs ("strace,mounts", or "all"), it fails.

/** What may be asked for. */
const NAMES = [
	...['affinity', 'binary', 'browser', 'cgroups', 'cgroups-v1', 'emulation', 'images'],
	...[
		'linux',
		'lxcfs',
		'mounts',
		'musl',
		'node',
		'prlimit',
		'redis',
		'registry',
		'rust',
		'strace',
		'tmpfs',
	],
];

/**
 * `run`, which is Jest's `test` or `describe`, or its `skip`.
 *
 * @param {string} what one of NAMES
 * @param {string | null} reason why it is not there; null where it is
 */
function needs(what, reason, run = test) {
	const required = (process.env.HEADROOM_REQUIRE ?? '')
		.split(',')
		.map((one) => one.trim())
		.filter(Boolean);
	// A name that nothing has would ask for nothing.
	const unknown = [...required, what].filter((one) => one !== 'all' && !NAMES.includes(one));
	if (unknown.length > 0) {
		throw new Error(`HEADROOM_REQUIRE: there is no ${unknown}, but ${NAMES.join(', ')}`);
	}
	if (reason === null) {
		return run;
	}
	if (required.includes(what) || required.includes('all')) {
		throw new Error(`HEADROOM_REQUIRE asks for ${what}, and ${reason}`);
	}
	console.warn(`Skipping tests that need ${what}: ${reason}`);
	return run.skip;
}

module.exports = {needs};
