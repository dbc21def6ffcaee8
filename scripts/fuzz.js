'use strict';

// npm run fuzz [-- MILLIONS]: every parser of a kernel file, all files of a machine
// at once, and what is held by plain lists: the store of payloads, the index over it,
// the media cache. 5.8 million inputs by default. Run it after changing one. Needs a
// nightly Rust and cargo-fuzz.

const {spawnSync} = require('node:child_process');
const {main, root} = require('./tools');

/** Each target's share of the inputs. */
const TARGETS = {
	self_cgroup: 6,
	mountinfo: 7,
	meminfo: 6,
	memory_stat: 8,
	pressure: 8,
	stated: 8,
	machine: 9,
	// Each step of an input goes through all that is held.
	assets_store: 2,
	assets_index: 2,
	media_cache: 2,
};

function fuzz() {
	const whole = Object.values(TARGETS).reduce((a, b) => a + b);
	for (const [target, share] of Object.entries(TARGETS)) {
		const runs = Math.round((Number(process.argv[2] ?? 5.8) * 1e6 * share) / whole);
		const args = ['+nightly', 'fuzz', 'run', target, '--', `-runs=${runs}`];
		const {status, stderr} = spawnSync('cargo', args, {
			cwd: root,
			encoding: 'utf8',
			maxBuffer: 2 ** 28,
		});
		const [done] = /Done \d+ runs in \d+ second\(s\)/.exec(stderr) ?? [];
		if (status !== 0 || done === undefined) {
			throw new Error(`${stderr.slice(-4000)}\n${target}: a finding, or it did not run`);
		}
		console.log(`${target}: ${done}`);
	}
}

if (require.main === module) {
	main(fuzz);
}

module.exports = {TARGETS};
