'use strict';

// What must hold in cgroups of a real kernel, whichever version they are. Run by
// cgroup1.test.js on a v1 machine, and in a virtual machine by cgroup2/guest.js.
// Each check is given an empty cgroup to work in, a file and a directory of a disk, a
// tmpfs, and the program of pages.c, and says the figures compared.

const assert = require('node:assert/strict');
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {V1_NAMES} = require('./cgroups');

const MIB = 2 ** 20;

/** What moves between two readings of a cgroup's file, and of the machine's. */
const SLACK = 24 * MIB;
const HOST_SLACK = 1024 * MIB;

const mib = (bytes) => (bytes === null ? 'none' : `${(bytes / MIB).toFixed(1)} MiB`);

function assertNear(actual, expected, what, slack = SLACK) {
	assert(
		Math.abs(actual - expected) < slack,
		`${what}: ${mib(actual)}, and the kernel's files say ${mib(expected)}`,
	);
}

/** What measureMemory says of a cgroup, against its files read from outside. */
function assertLevel(report, cgroup, limit) {
	const level = report.cgroup.levels.find((one) => one.path === cgroup.path);
	assert(level, `no level ${cgroup.path} in ${JSON.stringify(report.cgroup.levels)}`);
	assert.equal(level.directory, cgroup.directory);
	assert.equal(level.limit, limit);
	if (limit !== null) {
		const smaller = Math.min(level.limit, level.hierarchicalLimit ?? level.limit);
		assert.equal(level.headroom, smaller - level.usage + level.reclaimable);
	}
	return level;
}

/** What measureMemory counts as used, though the kernel may get some of it back. */
const UNCERTAIN = ['file_mapped', 'file_dirty', 'file_writeback'].flatMap((name) => {
	return [name, `total_${V1_NAMES[name]}`];
});

const LIMIT = 400 * MIB;

/** What happens between 95 % and 110 %; where the machine is slow, it may in other mixes. */
const between = {
	'a file that gets to disk while memory is taken': ({written}) => [['sync', written]],
};

/** Where nothing of it comes back. */
const LOCKED = 'a file that is locked';

/** Mixes of what a cgroup's memory can be, each as the steps of measure.child.js to it. */
const mixes = {
	'nothing cached': () => [],
	'a file read once': ({largeFile}) => [['read', largeFile]],
	'a file read twice': ({largeFile}) => [
		['read', largeFile],
		['read', largeFile],
	],
	'a file of which half was read twice': ({largeFile, largeFileSize}) => [
		['read', largeFile],
		['read', largeFile, largeFileSize / 2],
	],
	'a file that is mapped': ({largeFile, pages}) => [['hold', 'map', largeFile, pages]],
	'a file that was mapped': ({largeFile, pages}) => [
		['hold', 'map', largeFile, pages],
		['release'],
	],
	[LOCKED]: ({largeFile, pages}) => [['hold', 'lock', largeFile, pages]],
	'a file that is not on disk yet': ({written}) => [['write', written, 60 * MIB]],
	'a file that gets to disk while memory is taken': ({written}) => [['write', written, 60 * MIB]],
	'a file that was written to disk': ({written}) => [
		['write', written, 150 * MIB],
		['sync', written],
	],
	'a file in tmpfs': ({inTmpfs}) => [['write', inTmpfs, 150 * MIB]],
	'files of a disk and of tmpfs, read twice': ({largeFile, inTmpfs}) => [
		['write', inTmpfs, 100 * MIB],
		['read', inTmpfs],
		['read', largeFile],
		['read', largeFile],
	],
	'names of files that are not there': ({directory}) => [['look', directory, 100_000]],
	'a cgroup beside it has read a file twice': ({largeFile, parent}) => {
		parent.child('beside').run([
			['read', largeFile],
			['read', largeFile],
		]);
		return [];
	},
};

/**
 * What is called available can be taken: a process that takes 95 % of it lives,
 * and one that takes 110 % of it dies, where that includes what may come back.
 */
function canBeTaken(name, machine) {
	const {base, directory, tmpfs, largeFile, pages} = machine;
	const written = path.join(directory, 'written');
	const inTmpfs = path.join(tmpfs, `headroom-${process.pid}`);
	const parent = base.child('parent', {limit: LIMIT});
	const inner = parent.child('inner');
	// Page cache belongs to the cgroup that read it first.
	execFileSync(pages, ['drop', largeFile]);
	try {
		const where = {...machine, parent, written, inTmpfs};
		const prepare = mixes[name](where);
		const meanwhile = between[name]?.(where) ?? [];
		const uncertain = name === LOCKED ? [] : UNCERTAIN;
		const take = [['take', 0.95, []], ...meanwhile, ['take', 1.1, uncertain]];
		const {answers, signal, stderr} = inner.tryRun([...prepare, ['measure'], ...take]);
		const [measured, taken, ...later] = answers.slice(prepare.length);
		const more = later[meanwhile.length];
		assert(measured, `it ended before: ${signal} ${stderr}`);
		const {available, cgroup} = measured.report;
		const level = cgroup.levels.find((one) => one.path === parent.path);
		const figures = `of ${mib(LIMIT)}, used ${mib(level.usage)}, reclaimable ${mib(level.reclaimable)}`;
		assert.equal(cgroup.limitedBy, parent.path);
		assert(taken >= available * 0.95, `${signal} below 95 % of ${mib(available)} ${figures}`);
		assert.equal(more, undefined, `lives with 110 % of ${mib(available)} ${figures}`);
		assert.equal(signal, 'SIGKILL', stderr);
		return `${mib(available)} ${figures}: ${mib(taken)} taken, killed by 110 %`;
	} finally {
		fs.rmSync(written, {force: true});
		fs.rmSync(inTmpfs, {force: true});
	}
}

const takenMixes = Object.fromEntries(
	Object.keys(mixes).map((name) => [
		`95 % of what is available can be taken, 110 % can not: ${name}`,
		(machine) => canBeTaken(name, machine),
	]),
);

const checks = {
	'tighter at the parent'({base}) {
		const parent = base.child('parent', {limit: 300 * MIB});
		const inner = parent.child('inner', {limit: 600 * MIB});
		const [{report, available}] = inner.run([['measure']]);
		assertLevel(report, inner, 600 * MIB);
		const level = assertLevel(report, parent, 300 * MIB);
		assert.equal(report.limitedBy, 'cgroup');
		assert.equal(report.cgroup.limitedBy, parent.path);
		assert.equal(report.available, level.headroom);
		assert.equal(report.total, 300 * MIB);
		assert(report.available > 150 * MIB && report.available < 300 * MIB);
		// The drop-in's fixed paths show the machine's root cgroup, without a limit.
		assert(available > 300 * MIB);
		return `limits 300 and 600 MiB: measureMemory ${mib(report.available)}, limited by the parent`;
	},

	'tighter at the child'({base}) {
		const parent = base.child('parent', {limit: 600 * MIB});
		const inner = parent.child('inner', {limit: 200 * MIB});
		const [{report}] = inner.run([['measure']]);
		assertLevel(report, parent, 600 * MIB);
		const level = assertLevel(report, inner, 200 * MIB);
		assert.equal(report.cgroup.limitedBy, inner.path);
		assert.equal(report.available, level.headroom);
		assert.equal(report.total, 200 * MIB);
		return `limits 600 and 200 MiB: measureMemory ${mib(report.available)}, limited by the child`;
	},

	'three levels, the middle one tightest'({base}) {
		const outer = base.child('outer', {limit: 500 * MIB});
		const middle = outer.child('middle', {limit: 250 * MIB});
		const inner = middle.child('inner', {limit: 400 * MIB});
		const [{report}] = inner.run([['measure']]);
		const own = report.cgroup.levels.slice(0, 3);
		assert.deepEqual(
			own.map((level) => [level.path, level.limit]),
			[
				[inner.path, 400 * MIB],
				[middle.path, 250 * MIB],
				[outer.path, 500 * MIB],
			],
		);
		assert.equal(report.cgroup.limitedBy, middle.path);
		return `limits 500, 250 and 400 MiB: measureMemory ${mib(report.available)}, limited by the middle`;
	},

	'no limit'({base, version}) {
		const inner = base.child('inner');
		const [{report, available}] = inner.run([['measure']]);
		assertLevel(report, inner, null);
		assert.equal(report.cgroup.version, version);
		assert.equal(report.limitedBy, 'host');
		assert.equal(report.cgroup.limitedBy, null);
		assert.equal(report.total, os.totalmem());
		assert.equal(report.available, report.host.available);
		assertNear(available, report.host.available, 'getAvailableMemory', HOST_SLACK);
		return `measureMemory ${mib(report.available)}, limited by the host; getAvailableMemory ${mib(available)}`;
	},

	'in a container, whose cgroup is all it sees'({base}) {
		const parent = base.child('parent', {limit: 300 * MIB});
		const inner = parent.child('inner', {limit: 260 * MIB});
		const [{report, available}] = inner.run([['measure']], {contained: true});
		assert.equal(report.cgroup.levels.length, 1);
		const [level] = report.cgroup.levels;
		assert.deepEqual([level.path, level.limit], ['/', 260 * MIB]);
		assert.equal(report.total, 260 * MIB);
		// The drop-in doesn't count reclaimable cache as available.
		assertNear(available, level.limit - level.usage, 'getAvailableMemory');
		assert.equal(report.available, level.headroom);
		return `limit 260 MiB: measureMemory ${mib(report.available)}, getAvailableMemory ${mib(available)}`;
	},

	'page cache is not used memory'({base, largeFile, largeFileSize}) {
		const inner = base.child('inner', {limit: 400 * MIB});
		const steps = [['measure'], ['read', largeFile], ['measure']];
		const [before, bytes, after] = inner.run(steps, {contained: true});
		assert.equal(bytes, largeFileSize);
		const [was] = before.report.cgroup.levels;
		const [is] = after.report.cgroup.levels;
		assert(is.usage - was.usage > largeFileSize * 0.7, `usage ${mib(was.usage)}, ${mib(is.usage)}`);
		assert(is.reclaimable - was.reclaimable > largeFileSize * 0.7);
		assertNear(after.report.available, before.report.available, 'after reading the file');
		assertNear(is.usage, inner.usage(), 'usage');
		const clean = inner.stat('inactive_file') + inner.stat('active_file');
		assertNear(is.reclaimable, clean, 'reclaimable');
		// Parity: Remotion counts the cache as used.
		assert(before.available - after.available > largeFileSize * 0.7);
		return (
			`${mib(bytes)} read: usage ${mib(was.usage)} to ${mib(is.usage)}, reclaimable ` +
			`${mib(was.reclaimable)} to ${mib(is.reclaimable)}, measureMemory ` +
			`${mib(before.report.available)} to ${mib(after.report.available)}, getAvailableMemory ` +
			`${mib(before.available)} to ${mib(after.available)}`
		);
	},

	'a child that the OOM killer ends is counted'({base}) {
		const inner = base.child('inner', {limit: 200 * MIB});
		const steps = [['measure'], ['hog', 1000 * MIB], ['measure']];
		const [before, ended, after] = inner.run(steps);
		assert.deepEqual(ended, {status: null, signal: 'SIGKILL'});
		assert.equal(before.report.oomKills, 0);
		assert(after.report.oomKills >= 1, `oomKills ${after.report.oomKills}`);
		return `limit 200 MiB, a child takes 1000 MiB: ${ended.signal}, oomKills ${before.report.oomKills} to ${after.report.oomKills}`;
	},

	'a limit out of sight'({base, version}) {
		const parent = base.child('parent', {limit: 300 * MIB});
		const inner = parent.child('inner');
		const [{report}] = inner.run([['measure']], {contained: true});
		const [level] = report.cgroup.levels;
		assert.equal(level.limit, null);
		if (version === 1) {
			assert.equal(level.hierarchicalLimit, 300 * MIB);
			assert.deepEqual([report.limitedBy, report.total], ['cgroup', 300 * MIB]);
		} else {
			// cgroup v2 says nothing of limits above a container's own.
			assert.equal(report.limitedBy, 'host');
		}
		return `limit 300 MiB outside the namespace: measureMemory ${mib(report.available)}, limited by the ${report.limitedBy}`;
	},

	"a CPU quota counts, be it the parent's or the child's"({base}) {
		const whole = os.cpus().length;
		const parent = base.child('parent');
		const inner = parent.child('inner');
		const cpus = () => inner.run([['measure']])[0].report.cpus;
		const said = [cpus()];
		// Version 1 refuses a child more than its parent has.
		for (const [cgroup, quota, period] of [
			[inner, null],
			[parent, whole + 1],
			[parent, 0.75],
			[inner, 0.5, 20_000],
		]) {
			cgroup.limitCpus(quota, period);
			said.push(cpus());
		}
		assert.deepEqual(said, [whole, whole, whole, 0.75, 0.5]);
		return `no cgroup, no quota, more than there are, 0.75 at the parent, 0.5: ${said.join(', ')} CPUs`;
	},

	'an override counts where it is smaller'({base}) {
		const inner = base.child('inner', {limit: 400 * MIB});
		const env = {REMOTION_HEADROOM_MEMORY_LIMIT: '100m'};
		const [{report}] = inner.run([['measure']], {env});
		assert.deepEqual(
			[report.limitedBy, report.available, report.total, report.override],
			['override', 100 * MIB, 100 * MIB, 100 * MIB],
		);
		return `limit 400 MiB, override 100m: measureMemory ${mib(report.available)}`;
	},
};

const onlyVersion2 = {
	'memory.high is reported and limits nothing'({base}) {
		const inner = base.child('inner', {high: 350 * MIB});
		const [{report}] = inner.run([['measure']]);
		const level = assertLevel(report, inner, null);
		assert.equal(level.high, 350 * MIB);
		assert.equal(level.headroom, null);
		assert.equal(report.limitedBy, 'host');
		return `high ${mib(level.high)}, limit none: measureMemory ${mib(report.available)}, limited by the host`;
	},

	'memory.high beside memory.max'({base}) {
		const inner = base.child('inner', {high: 200 * MIB, limit: 300 * MIB});
		const [{report}] = inner.run([['measure']]);
		const level = assertLevel(report, inner, 300 * MIB);
		assert.equal(level.high, 200 * MIB);
		assert.equal(report.total, 300 * MIB);
		return `high 200 MiB, limit 300 MiB: measureMemory ${mib(report.available)}`;
	},

	"pressure is the own cgroup's"({base}) {
		const [{report}] = base.child('inner').run([['measure']]);
		assert.equal(report.pressure.scope, 'cgroup');
		return `some ${report.pressure.some} %, full ${report.pressure.full} %`;
	},
};

const forVersion = (version) => ({
	...checks,
	...takenMixes,
	...(version === 2 ? onlyVersion2 : {}),
});

module.exports = {forVersion};
