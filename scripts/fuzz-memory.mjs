// Fuzzes every parser of a kernel file, and all files of a machine at once:
//   node scripts/fuzz-memory.mjs [MILLIONS]     5.2 million inputs by default
// Needs a nightly Rust and cargo-fuzz.
import {spawnSync} from 'node:child_process';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Each target's share of the inputs. */
const TARGETS = {
	membership: 6,
	mountinfo: 7,
	meminfo: 6,
	keyed: 8,
	pressure: 8,
	stated: 8,
	machine: 9,
};
const whole = Object.values(TARGETS).reduce((a, b) => a + b);
const inputs = Number(process.argv[2] ?? 5.2) * 1e6;

let total = 0;
for (const [target, share] of Object.entries(TARGETS)) {
	const runs = Math.round((inputs * share) / whole);
	const {status, stderr} = spawnSync(
		'cargo',
		['+nightly', 'fuzz', 'run', target, '--', `-runs=${runs}`],
		{cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28},
	);
	const [done, count] = /Done (\d+) runs in \d+ second\(s\)/.exec(stderr) ?? [];
	if (status !== 0 || done === undefined) {
		console.error(stderr.slice(-4000));
		throw new Error(`${target}: a finding, or it did not run`);
	}
	total += Number(count);
	console.log(`${target}: ${done}`);
}
console.log(`${total} inputs in total, without a finding`);
