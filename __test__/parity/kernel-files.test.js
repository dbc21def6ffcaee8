'use strict';

const {execFileSync, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {needs} = require('../needs');
const {agreeing, differing, moving, units} = require('./kernel-scenarios');

const child = path.join(__dirname, 'kernel-files.child.js');
const asUser = process.getuid?.() === 0 ? [] : ['--map-root-user'];

function reasonToSkip() {
	if (process.platform !== 'linux') {
		return 'mount namespaces exist only on Linux';
	}
	const {status, stderr, error} = spawnSync('unshare', [...asUser, '--mount', 'true'], {
		encoding: 'utf8',
	});
	return status === 0 ? null : `unshare --mount does not work here: ${error?.message ?? stderr}`;
}

const skip = reasonToSkip();
const describeInNamespace = needs('mounts', skip, describe);

/** Runs scenarios with `dir/proc...` bound over `target`, and `dir/cgroup` over the cgroups. */
function run(scenarios, source, target) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-parity-'));
	try {
		fs.mkdirSync(path.join(dir, 'proc'));
		fs.mkdirSync(path.join(dir, 'cgroup'));
		fs.writeFileSync(path.join(dir, 'proc', 'meminfo'), '');
		const script =
			'mount --bind "$1/cgroup" /sys/fs/cgroup && mount --bind "$1/$2" "$3" && shift 3 && exec "$@"';
		const output = execFileSync(
			'unshare',
			[...asUser, '--mount', 'sh', '-c', script, 'sh', dir, source, target].concat([
				process.execPath,
				child,
				dir,
			]),
			{input: JSON.stringify(scenarios), encoding: 'utf8', maxBuffer: 2 ** 26},
		);
		const results = JSON.parse(output);
		return scenarios.map((scenario, i) => [scenario.name, scenario, results[i]]);
	} finally {
		fs.rmSync(dir, {recursive: true, force: true});
	}
}

const asPlain = (value) =>
	typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

describeInNamespace('on the same kernel files', () => {
	const overFile =
		skip === null ? run([...agreeing, ...units], 'proc/meminfo', '/proc/meminfo') : [];
	const overProc = skip === null ? run(moving, 'proc', '/proc') : [];
	const pinned = skip === null ? run(differing, 'proc/meminfo', '/proc/meminfo') : [];

	test('there are at least 60 scenarios', () => {
		expect(overFile.length + overProc.length).toBeGreaterThanOrEqual(60);
	});

	test.each(overFile)('%s: the answers are the same', (_name, _scenario, {ours, theirs}) => {
		expect(ours).toEqual(theirs);
	});

	test.each(overProc)('%s: the answers are the same, but for what moves', (_name, _s, result) => {
		const {ours, theirs} = result;
		const near = 512 * 1024 * 1024;
		const distance = (a, b) => Math.abs(a - b);
		expect(distance(ours.getAvailableMemory, theirs.getAvailableMemory)).toBeLessThan(near);
		expect(distance(ours.parallel.freeMemory, theirs.parallel.freeMemory)).toBeLessThan(near);
		for (const side of [ours, theirs]) {
			delete side.getAvailableMemory;
			delete side.parallel.freeMemory;
		}
		expect(ours).toEqual(theirs);
	});

	test.each(pinned)('%s: ours differs as the README says', (_name, scenario, {ours, theirs}) => {
		const expected = Object.fromEntries(
			Object.entries(scenario.pinned).map(([name, value]) => [name, asPlain(value)]),
		);
		expect(ours).toMatchObject(expected);
		// A difference that upstream no longer has is no difference.
		expect(theirs).not.toMatchObject(expected);
		expect(ours.warnedAtError).toBe(false);
	});
});
