'use strict';

// Overrides that are no size, files that may not be read, and kernel files that
// hold nothing sensible: a report all the same.

const {execFileSync, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {measureMemory} = require('../..');
const {needs} = require('../needs');

const index = path.join(__dirname, '..', '..');
const root = process.getuid?.() === 0;

const inNamespace = needs(
	'mounts',
	process.platform === 'linux' && root && spawnSync('unshare', ['--mount', 'true']).status === 0
		? null
		: 'they take Linux, root and unshare',
);

let home;
beforeAll(() => {
	home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-bad-input-'));
	fs.chmodSync(home, 0o755);
});
afterAll(() => {
	fs.rmSync(home, {recursive: true});
});

/** Measures three times in a process of its own. */
function run(env, {options = '', before = ''} = {}) {
	const script = `
		${before}
		const {measureMemory} = require(${JSON.stringify(index)});
		for (let i = 0; i < 2; i++) measureMemory(${options});
		console.log(JSON.stringify(measureMemory(${options})));
	`;
	const {REMOTION_HEADROOM_MEMORY_LIMIT: _, ...inherited} = process.env;
	const {status, stdout, stderr} = spawnSync(process.execPath, ['-e', script], {
		encoding: 'utf8',
		env: {...inherited, ...env},
	});
	expect({status, stderr: status === 0 ? '' : stderr}).toEqual({status: 0, stderr: ''});
	return {report: JSON.parse(stdout), warnings: stderr.trim().split('\n').filter(Boolean)};
}

const limit = (value) => ({REMOTION_HEADROOM_MEMORY_LIMIT: value});

test.each([
	'lots',
	'-4g',
	'0',
	'4 gallons',
	'1e9',
	'NaN',
	'4,5g',
	'\u0664g',
	'4096',
	'8',
	'x'.repeat(1e5),
])('an override of %j is ignored, with one warning that names it', (value) => {
	const {report, warnings} = run(limit(value));
	expect(warnings).toHaveLength(1);
	expect(warnings[0]).toContain('REMOTION_HEADROOM_MEMORY_LIMIT');
	expect(warnings[0]).toContain(value.slice(0, 60));
	expect(warnings[0].length).toBeLessThan(300);
	expect(report.override).toBeNull();
	expect(report.limitedBy).not.toBe('override');
	expect(report.available).toBeGreaterThan(0);
});

test('an override that is a size, or empty, warns of nothing', () => {
	const {report, warnings} = run(limit('1m'));
	expect(warnings).toEqual([]);
	expect(report).toMatchObject({available: 2 ** 20, total: 2 ** 20, limitedBy: 'override'});
	expect(run(limit('4Gi')).report.override).toBe(2 ** 32);
	expect(run(limit(' ')).warnings).toEqual([]);
});

test('logLevel "error" leaves the warning out', () => {
	expect(run(limit('lots'), {options: '{logLevel: "error"}'}).warnings).toEqual([]);
});

test.each(['', 'lots', '0', '-128', 'Infinity'])('Lambda memory of %j is no source', (value) => {
	const {report, warnings} = run({AWS_LAMBDA_FUNCTION_MEMORY_SIZE: value});
	expect([report.lambda, warnings]).toEqual([null, []]);
	expect(report.environment).not.toBe('lambda');
});

test.each([
	[[null], 'the argument of measureMemory()'],
	[['x'], 'the argument of measureMemory()'],
	[[{capture: 1}], 'capture'],
	[[{logLevel: 'loud'}], 'logLevel'],
])('measureMemory(...%j) is a TypeError that names %s', (values, name) => {
	expect(() => measureMemory(...values)).toThrow(TypeError);
	expect(() => measureMemory(...values)).toThrow(name);
});

/**
 * Measures in a mount namespace, after `mounts`; `$$` of that is the process. As
 * nobody where `asNobody`.
 */
function runMounted(mounts, {asNobody = false} = {}) {
	const out = path.join(home, 'report.json');
	fs.writeFileSync(out, '');
	fs.chmodSync(out, 0o666);
	const script = `
		// A copy of the sources may be hidden from nobody: load first.
		const {measureMemory, getAvailableMemory} = require(${JSON.stringify(index)});
		${asNobody ? 'process.setgroups([]); process.setgid(65534); process.setuid(65534);' : ''}
		const {capture, ...report} = measureMemory({capture: true});
		require('node:fs').writeFileSync(${JSON.stringify(out)}, JSON.stringify({
			again: measureMemory(), report, capture, available: getAvailableMemory('error'),
		}));
	`;
	const shell = `cd ${home} && ${mounts} && exec "$@"`;
	execFileSync('unshare', ['--mount', 'sh', '-c', shell, 'sh', process.execPath, '-e', script], {
		stdio: ['ignore', 'inherit', 'pipe'],
	});
	return JSON.parse(fs.readFileSync(out, 'utf8'));
}

inNamespace('files that may not be read are told in the capture, and the system answers', () => {
	fs.writeFileSync(path.join(home, 'closed'), 'MemTotal: 1 kB\n', {mode: 0});
	const {report, capture, available} = runMounted(
		'mount --bind closed /proc/meminfo && mount --bind closed /proc/$$/cgroup && ' +
			'mount -t tmpfs -o mode=0 none /sys/fs/cgroup',
		{asNobody: true},
	);
	const refused = capture.files.filter(({error}) => error !== null).map((file) => file.path);
	expect(refused).toEqual(expect.arrayContaining(['/proc/meminfo', '/proc/self/cgroup']));
	expect(capture.files.find((file) => file.path === '/proc/meminfo').content).toBeNull();
	expect(report).toMatchObject({limitedBy: 'host', cgroup: null});
	expect(report.total).toBe(os.totalmem());
	expect(report.available).toBeGreaterThan(0);
	expect(available).toBeGreaterThanOrEqual(0);
});

inNamespace('ten megabytes of garbage in mountinfo, the right line last', () => {
	const line = '1 1 0:1 / /nowhere rw - cgroup2 cgroup2 rw\n\xff\\040 - - -\n';
	const end = `9 9 0:9 / ${home}/cg\\040root rw - cgroup2 cgroup2 rw\n`;
	fs.writeFileSync(path.join(home, 'mountinfo'), line.repeat(190_000) + end, 'latin1');
	fs.writeFileSync(path.join(home, 'cgroup'), '0::/jobs\n');
	expect(fs.statSync(path.join(home, 'mountinfo')).size).toBeGreaterThan(10_000_000);
	const jobs = path.join(home, 'cg root', 'jobs');
	fs.mkdirSync(jobs, {recursive: true});
	fs.writeFileSync(path.join(jobs, 'memory.max'), '1000000\n');
	fs.writeFileSync(path.join(jobs, 'memory.current'), '400000\n');
	const {report, again} = runMounted(
		'mount --bind mountinfo /proc/$$/mountinfo && mount --bind cgroup /proc/$$/cgroup',
	);
	expect(report).toMatchObject({available: 600_000, total: 1_000_000, limitedBy: 'cgroup'});
	expect(report.cgroup.levels[0].directory).toBe(jobs);
	expect(again.available).toBe(600_000);
});

inNamespace('bytes that are no UTF-8, and directories in the place of files', () => {
	fs.writeFileSync(path.join(home, 'noise'), Buffer.from([0, 255, 254, 10, 128]));
	fs.mkdirSync(path.join(home, 'folder', 'memory.max'), {recursive: true});
	const {report, available} = runMounted(
		'mount --bind noise /proc/meminfo && mount --bind noise /proc/$$/cgroup && ' +
			'mount --bind noise /proc/$$/mountinfo && mount --bind folder /sys/fs/cgroup',
	);
	expect(report).toMatchObject({limitedBy: 'host', cgroup: null});
	expect(report.total).toBe(os.totalmem());
	expect(available).toBeGreaterThan(0);
});
