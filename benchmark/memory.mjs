// Measuring memory beside @remotion/renderer's getAvailableMemory.
//
//   npm run bench:memory
//
// In three nested cgroups of version 1 where they can be made, as a container
// in a pod has them; else where the process is.
import {strict as assert} from 'node:assert';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {compare, measure, printMachine} from './compare.mjs';

const require = createRequire(import.meta.url);
const ours = require('../index.js');
const theirs = require('../__test__/oracle.js');
const {MIB, makeCgroups, removeCgroups} = require('../__test__/memory/in-cgroup.js');

const INSIDE = 'HEADROOM_BENCHMARK_INSIDE';

function ownCgroup() {
	const line = fs
		.readFileSync('/proc/self/cgroup', 'utf8')
		.split('\n')
		.find((one) => one.split(':')[1] === 'memory');
	return line === undefined ? null : path.join('/sys/fs/cgroup/memory', line.split(':')[2]);
}

/** Runs this script again in three nested cgroups; false where they can't be made. */
async function runNested() {
	const own = ownCgroup();
	let dir;
	try {
		dir = makeCgroups(
			own,
			[4096, 3072, 2048].map((limit, i) => ({
				name: `headroom-bench-${process.pid}-${i}`,
				'memory.limit_in_bytes': limit * MIB,
			})),
		);
	} catch (error) {
		console.log(`No nested cgroups: ${error.message}`);
		return false;
	}
	const {status} = spawnSync(
		'/bin/sh',
		[
			...['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', dir],
			...[process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)],
		],
		{stdio: 'inherit', env: {...process.env, [INSIDE]: '1'}},
	);
	await removeCgroups(own, dir);
	process.exitCode = status;
	return true;
}

function bench() {
	printMachine();
	const report = ours.measureMemory({capture: true});
	const levels = report.cgroup?.levels ?? [];
	console.log(
		`cgroup v${report.cgroup?.version}, ${levels.length} levels, ` +
			`${levels.filter(({limit}) => limit !== null).length} with a limit`,
	);
	// Memory moves between two calls.
	const near = (a, b) => assert(Math.abs(a - b) < 2 ** 28, `${a} and ${b}`);
	const dropIn = compare('getAvailableMemory', {
		ours: () => ours.getAvailableMemory('error'),
		theirs: () => theirs.getAvailableMemory('error'),
		equal: near,
		repeat: 500,
	});
	const whole = compare('measureMemory beside their getAvailableMemory', {
		ours: () => ours.measureMemory(),
		theirs: () => theirs.getAvailableMemory('error'),
		equal: (a, b) => assert(a.available <= b + 2 ** 28, `${a.available} and ${b}`),
		repeat: 500,
	});
	console.log(
		`goals: 3 times (${dropIn >= 3 ? 'met' : 'NOT met'}) and 1 time (${whole >= 1 ? 'met' : 'NOT met'}) as fast`,
	);

	// What the kernel takes to produce the same files, by pread on open descriptors.
	const files = [
		'/proc/meminfo',
		'/sys/fs/cgroup/memory/memory.limit_in_bytes',
		'/sys/fs/cgroup/memory/memory.usage_in_bytes',
	].filter((file) => fs.existsSync(file));
	const buffer = Buffer.alloc(4096);
	const open = files.map((file) => fs.openSync(file));
	const bare = measure(() => {
		for (const fd of open) {
			fs.readSync(fd, buffer, 0, 4096, 0);
		}
	}, 500);
	const opening = measure(() => {
		for (const file of files) {
			const fd = fs.openSync(file);
			fs.readSync(fd, buffer, 0, 4096, 0);
			fs.closeSync(fd);
		}
	}, 500);
	const mine = measure(() => ours.getAvailableMemory('error'), 500);
	const us = (nanoseconds) => `${(nanoseconds / 1e3).toFixed(1)} us`;
	console.log(
		`getAvailableMemory ${us(mine)}; reading ${files.length} kernel files alone: ${us(bare)} through Node on open ` +
			`descriptors, ${us(opening)} with opening and closing them`,
	);
}

if (process.env[INSIDE] || !(await runNested())) {
	bench();
}
