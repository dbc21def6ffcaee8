// Measuring memory beside Remotion's own, and beside the bare kernel reads.
// `npm run bench -- memory` makes three nested cgroups, where it may, and runs
// itself in the innermost.
import {strict as assert} from 'node:assert';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';
import {compare, printMachine} from './compare.mjs';

const require = createRequire(import.meta.url);
const ours = require('../index.js');
const theirs = require('../__test__/oracle.js');

const MIB = 2 ** 20;

// Memory moves between two calls; the rest of the answer does not.
const near = (a, b) => assert(Math.abs(a - b) < 256 * MIB, `${a} and ${b}`);

const buffer = Buffer.alloc(2 ** 16);

/** Reads files that are already open, which is the least that can be done. */
function bareReads(paths) {
	const files = paths.filter((path) => fs.existsSync(path)).map((path) => fs.openSync(path));
	return () => {
		for (const file of files) {
			fs.readSync(file, buffer, 0, buffer.length, 0);
		}
	};
}

function getAvailableMemory() {
	compare('getAvailableMemory', {
		ours: () => ours.getAvailableMemory('error'),
		theirs: () => theirs.getAvailableMemory('error'),
		equal: near,
	});
	const root = '/sys/fs/cgroup';
	const [v1, v2] = [
		[`${root}/memory/memory.limit_in_bytes`, `${root}/memory/memory.usage_in_bytes`],
		[`${root}/memory.max`, `${root}/memory.current`],
	];
	const bare = bareReads(['/proc/meminfo', ...(fs.existsSync(v2[0]) ? v2 : v1)]);
	compare('getAvailableMemory, beside bare reads', {
		ours: () => ours.getAvailableMemory('error'),
		theirs: bare,
		equal: () => {},
		other: 'bare reads',
	});
}

function measureMemory(levels) {
	compare(`measureMemory, ${levels}`, {
		ours: () => ours.measureMemory(),
		theirs: () => theirs.getAvailableMemory('error'),
		// Remotion's sees the limit at the root of the mount alone.
		equal: ({host, cgroup}, available) => {
			const {limit, usage} = cgroup.levels.at(-1);
			near(Math.min(host.available, (limit ?? Infinity) - usage), available);
		},
	});
	const {capture} = ours.measureMemory({capture: true});
	const read = capture.files.filter(({content}) => content).map(({path}) => path);
	compare(`measureMemory, ${levels}, beside bare reads`, {
		ours: () => ours.measureMemory(),
		theirs: bareReads(read),
		equal: () => {},
		other: 'bare reads',
	});
}

/** Why kernel files are kept open. */
function keptFile() {
	const {levels} = ours.measureMemory().cgroup ?? {levels: []};
	const name = ['memory.current', 'memory.usage_in_bytes']
		.map((file) => `${levels[0]?.directory}/${file}`)
		.find((file) => fs.existsSync(file));
	if (name === undefined) {
		return;
	}
	compare('one cgroup file, read while open', {
		ours: bareReads([name]),
		theirs() {
			const file = fs.openSync(name);
			fs.readSync(file, buffer, 0, buffer.length, 0);
			fs.closeSync(file);
		},
		equal: () => {},
		other: 'opened anew',
	});
}

/**
 * Three nested cgroups, of which the outermost is the root of a cgroup
 * namespace, as in a container: so there are three levels and no more.
 */
function inNestedCgroups() {
	const {Cgroup, ownCgroup, reasonToSkip} = require('../__test__/memory/cgroups.js');
	const {version, mount, directory} = ownCgroup();
	const skip = reasonToSkip(version);
	if (skip !== null) {
		console.log(`No nested levels: ${skip}`);
		return;
	}
	const outer = new Cgroup(directory, `headroom-bench-${process.pid}`, {limit: 4096 * MIB});
	try {
		outer.child('middle', {limit: 3072 * MIB}).child('inner', {limit: 2048 * MIB});
		const script = [
			'echo $$ > "$1/cgroup.procs"',
			`exec unshare --cgroup --mount sh -c 'mount --bind "$1" "$2" && echo $$ > "$2/middle/inner/cgroup.procs" && shift 2 && exec "$@"' sh "$@"`,
		].join(' && ');
		const self = [process.execPath, fileURLToPath(import.meta.url), '--inside'];
		const {status} = spawnSync('sh', ['-c', script, 'sh', outer.directory, mount, ...self], {
			stdio: 'inherit',
		});
		assert.equal(status, 0);
	} finally {
		outer.remove();
	}
}

if (process.argv.includes('--inside')) {
	const {levels, limitedBy} = ours.measureMemory().cgroup;
	assert.deepEqual(
		levels.map(({path, limit}) => [path, limit / MIB]),
		[
			['/middle/inner', 2048],
			['/middle', 3072],
			['/', 4096],
		],
	);
	assert.equal(limitedBy, '/middle/inner');
	measureMemory('3 nested limits');
} else {
	printMachine();
	keptFile();
	getAvailableMemory();
	measureMemory(`${ours.measureMemory().cgroup?.levels.length ?? 0} levels, no limit`);
	inNestedCgroups();
}
