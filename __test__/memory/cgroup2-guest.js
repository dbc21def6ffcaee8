'use strict';

// Runs as root on a machine of its own with cgroup v2: see scripts/test-cgroup2.mjs.

const {strict: assert} = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const {
	MIB,
	makeCgroups,
	mib,
	readKey,
	readNumber,
	removeCgroups,
	startProbe,
} = require('./in-cgroup');

const ROOT = '/sys/fs/cgroup';
const SLACK = 48 * MIB;
const FILE = '/disk/file';

const controllers = {'cgroup.subtree_control': '+memory'};

/** Makes nested cgroups, the innermost with a probe in it. */
async function inside(levels, body, options) {
	const dir = makeCgroups(
		ROOT,
		levels.map((files, i) => ({
			name: `level-${i}`,
			...files,
			...(i < levels.length - 1 ? controllers : {}),
		})),
	);
	try {
		const probe = await startProbe(dir, options?.(dir));
		try {
			await body(probe, dir);
		} finally {
			await probe.stop();
		}
	} finally {
		await removeCgroups(ROOT, dir);
	}
}

const leftAt = (dir, limit) =>
	limit - readNumber(dir, 'memory.current') + readKey(dir, 'memory.stat', 'inactive_file');

function near(actual, expected, what) {
	console.log(`  ${what}: measured ${mib(actual)}, the kernel's files ${mib(expected)}`);
	assert(Math.abs(actual - expected) < SLACK, `${actual} and ${expected}`);
}

const tests = {
	'tighter at the parent': () =>
		inside([{'memory.max': 400 * MIB}, {'memory.max': 800 * MIB}], async (probe, dir) => {
			await probe.ask('hold', 100 * MIB);
			const report = await probe.ask('report');
			assert.equal(report.limitedBy, 'cgroup');
			assert.equal(report.cgroup.version, 2);
			assert.equal(report.cgroup.limitedBy, '/level-0');
			assert.deepEqual(
				report.cgroup.levels.map((level) => [level.path, level.limit]),
				[
					['/level-0/level-1', 800 * MIB],
					['/level-0', 400 * MIB],
				],
			);
			near(report.available, leftAt(path.dirname(dir), 400 * MIB), 'available');
		}),

	'tighter at the child, three levels': () =>
		inside(
			[{'memory.max': 900 * MIB}, {'memory.max': 800 * MIB}, {'memory.max': 400 * MIB}],
			async (probe, dir) => {
				await probe.ask('hold', 100 * MIB);
				const report = await probe.ask('report');
				assert.equal(report.cgroup.limitedBy, '/level-0/level-1/level-2');
				assert.equal(report.cgroup.levels.length, 3);
				assert.equal(report.total, 400 * MIB);
				near(report.available, leftAt(dir, 400 * MIB), 'available');
			},
		),

	'no limit': () =>
		inside([{}], async (probe) => {
			const report = await probe.ask('report');
			assert.equal(report.limitedBy, 'host');
			assert.equal(report.available, report.host.available);
			assert.equal(report.cgroup.levels[0].limit, null);
			assert.equal(report.cgroup.levels[0].headroom, null);
			console.log(`  available ${mib(report.available)}, by the host`);
		}),

	'memory.high is reported and limits nothing': () =>
		inside([{'memory.max': 600 * MIB, 'memory.high': 300 * MIB}], async (probe, dir) => {
			const report = await probe.ask('report');
			assert.equal(report.cgroup.levels[0].high, 300 * MIB);
			assert.equal(report.cgroup.levels[0].limit, 600 * MIB);
			assert(report.available > 300 * MIB);
			near(report.available, leftAt(dir, 600 * MIB), 'available, high at 300 MiB');
		}),

	'page cache is not counted as used': () =>
		inside([{'memory.max': 600 * MIB}], async (probe, dir) => {
			fs.writeFileSync('/proc/sys/vm/drop_caches', '3');
			const before = await probe.ask('report');
			assert.equal(await probe.ask('read', FILE), 200 * MIB);
			const after = await probe.ask('report');
			const [{usage, reclaimable}] = after.cgroup.levels;
			console.log(
				`  200 MiB read: usage ${mib(before.cgroup.levels[0].usage)} -> ${mib(usage)}, reclaimable ` +
					`${mib(reclaimable)}, available ${mib(before.available)} -> ${mib(after.available)}`,
			);
			assert(usage - before.cgroup.levels[0].usage > 200 * MIB - SLACK);
			assert(reclaimable > 200 * MIB - SLACK);
			assert(before.available - after.available < SLACK);
			near(after.available, leftAt(dir, 600 * MIB), 'available');
		}),

	'the OOM killer ends a child: oomKills rises': () =>
		inside([{'memory.max': 400 * MIB}], async (probe, dir) => {
			// Choose the child, not the process that is asked.
			fs.writeFileSync(`/proc/${probe.pid}/oom_score_adj`, '-1000');
			assert.equal((await probe.ask('report')).oomKills, 0);
			const victim = await startProbe(dir);
			await assert.rejects(victim.ask('hold', 600 * MIB), /SIGKILL/);
			const {oomKills} = await probe.ask('report');
			console.log(`  oomKills 0 -> ${oomKills}`);
			assert.equal(oomKills, readKey(dir, 'memory.events', 'oom_kill'));
			assert(oomKills > 0);
		}),

	'a container: the drop-in sees its limit too': () =>
		inside(
			[{'memory.max': 500 * MIB}],
			async (probe, dir) => {
				await probe.ask('hold', 100 * MIB);
				const [report, available] = [await probe.ask('report'), await probe.ask('available')];
				assert.equal(report.limitedBy, 'cgroup');
				near(report.available, leftAt(dir, 500 * MIB), 'available');
				near(available, 500 * MIB - readNumber(dir, 'memory.current'), 'drop-in');
			},
			// The mount's root is the cgroup, as container runtimes make it.
			(dir) => ({
				wrap: ['unshare', '-m', 'sh', '-c', `mount --bind "${dir}" ${ROOT} && exec "$@"`, 'sh'],
			}),
		),
};

(async () => {
	let failed = 0;
	for (const [name, body] of Object.entries(tests)) {
		console.log(`${name}`);
		try {
			await body();
		} catch (error) {
			failed++;
			console.log(`  FAILED: ${error.stack}`);
		}
	}
	const capture = await captured();
	console.log(`CAPTURE ${JSON.stringify(capture)}`);
	console.log(`RESULT ${Object.keys(tests).length - failed} passed, ${failed} failed`);
})();

/** A report with its files, from the inside of two cgroups: a fixture in the making. */
async function captured() {
	let report;
	await inside([{'memory.max': 800 * MIB}, {'memory.max': 500 * MIB}], async (probe) => {
		report = await probe.ask('capture');
	});
	return report;
}
