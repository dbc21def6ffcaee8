'use strict';

// The command as people run it: in a process of its own.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {binaryError, native} = require('../../lib/native');
const {CODECS} = require('../../lib/plan');
const {needs} = require('../needs');
const {expectSchema, schema} = require('./schema');
const {spawnSync} = require('node:child_process');
const {version} = require('../../package.json');

const bin = path.join(__dirname, '../../bin/remotion-headroom.js');

function run(args, {env = {}, cwd} = {}) {
	const {status, stdout, stderr} = spawnSync(process.execPath, [bin, ...args], {
		encoding: 'utf8',
		env: {...process.env, ...env},
		cwd,
	});
	if (args.includes('--json') && status !== 2) {
		expectSchema(JSON.parse(stdout));
	}
	return {status, stdout, stderr};
}

/** Lines of more than 80 columns that are not to paste. */
const tooLong = (text) =>
	text.split('\n').filter((line) => line.length > 80 && !/^ +(NODE_OPTIONS=|node )/.test(line));

test('the report has every part, in 80 columns and without colours in a pipe', () => {
	const {stdout, stderr} = run(['doctor']);
	expect(stderr).toBe('');
	for (const part of [
		'Memory',
		'Renders',
		'CPUs',
		'Activation',
		'Versions',
		'Advice',
		'720p',
		'1080p',
		'4K',
	]) {
		expect(stdout).toContain(part);
	}
	expect(tooLong(stdout)).toEqual([]);
	expect(stdout.includes('\u001b')).toBe(false);
	expect(stdout).not.toMatch(/NaN|undefined/);
});

test('--json has the same, and finds the Remotion of this project', () => {
	const {stdout} = run(['doctor', '--json']);
	const findings = JSON.parse(stdout);
	expect(findings.versions.headroom).toBe(version);
	expect(findings.renders.map(({name}) => name)).toEqual(['720p', '1080p', '4K']);
	expect(findings.memory.available).toBeGreaterThan(0);
	expect(findings.activation.remotionVersion).toBe(
		require('@remotion/renderer/package.json').version,
	);
	expect(findings.activation.applied).toContain('compress-assets');
	// What is left to this version by design is no reason for advice.
	const withoutBinary = [
		'calculate-asset-positions',
		'symbolicate-stacktrace',
		'prespawn-ffmpeg',
		'download-and-map-assets-to-file',
		'screenshot-task',
	];
	expect(findings.activation.skipped.map(({part}) => part)).toEqual(
		binaryError === null ? ['calculate-asset-positions', 'prespawn-ffmpeg'] : withoutBinary,
	);
	expect(findings.advice.map(({code}) => code)).not.toContain('parts-skipped');
});

test('--json has a version, and leaves out what is not there', () => {
	const {memory, ...findings} = JSON.parse(run(['doctor', '--json']).stdout);
	expect(findings.schemaVersion).toBe(1);
	expect(JSON.stringify(findings)).not.toContain('null');
	expect(findings.browser.state).toMatch(/^(ready|missing|outdated|lost|unknown)$/);
	expect(findings.packages.map(({name}) => name)).toContain('@remotion/renderer');
	expect(findings.cpus).toMatchObject({usable: memory.cpus, tabs: expect.stringMatching(/tab/)});
	expect(findings.ways.length).toBeGreaterThan(0);
	expect(findings.versions.libc !== undefined).toBe(process.platform === 'linux');
	for (const {outcomes, plan} of findings.renders) {
		expect(outcomes.planned.expectedPeakBytes).toBe(plan.expectedPeakBytes);
	}
});

test('the schema has every code and part, and would notice what is new, gone or of another kind', () => {
	const {definitions} = schema;
	const {doctorAdvice, doctorLines, planReasons} = native.codes();
	const {PARTS} = require('../../lib/copies/activation');
	expect(definitions.advice.properties.code.enum).toEqual(doctorAdvice);
	expect(definitions.plan.properties.reasonCodes.items.enum).toEqual(planReasons);
	const ways = doctorLines.filter((code) => code.startsWith('way-'));
	expect(definitions.way.properties.code.enum).toEqual(ways);
	expect(definitions.part.enum).toEqual([...Object.keys(PARTS), 'esm']);

	const {stdout} = run(['doctor', '--json']);
	for (const change of [
		(findings) => Object.assign(findings, {lunch: 1}),
		(findings) => Object.assign(findings.browser, {state: 'asleep'}),
		(findings) => Object.assign(findings.renders[0].plan, {expectedPeakBytes: '1 GiB'}),
		(findings) => delete findings.memory.cgroup,
		(findings) => delete findings.advice,
	]) {
		const findings = JSON.parse(stdout);
		change(findings);
		expect(() => expectSchema(findings)).toThrow(/toBe/);
	}
});

test.each(['off', ' FALSE '])('REMOTION_HEADROOM=%j is what it says', (value) => {
	const env = {REMOTION_HEADROOM: value};
	const {status, stdout} = run(['doctor'], {env});
	expect(status).toBe(0);
	expect(stdout).toContain(
		`Activation\n  REMOTION_HEADROOM=${value.trim()}: nothing is activated.\n\n`,
	);
	expect(stdout).not.toMatch(/^ +activated/m);
	const {advice, switchedOff, ways} = JSON.parse(run(['doctor', '--json'], {env}).stdout);
	const codes = advice.map(({code}) => code);
	expect([switchedOff, ways]).toEqual([true, []]);
	expect(codes).toContain('switched-off');
	expect(
		codes.filter((code) => ['activate', 'no-remotion', 'parts-skipped'].includes(code)),
	).toEqual([]);
});

test('every codec that can be planned with can be asked for', () => {
	const args = ['doctor', '--json', '--codec', 'h264-mkv', '--width', '64', '--height', '64'];
	expect(JSON.parse(run(args).stdout).renders).toHaveLength(1);
	const {stderr} = run(['doctor', '--codec', 'h266']);
	expect(CODECS.every((codec) => stderr.includes(codec))).toBe(true);
});

test('a video of your own is planned as asked', () => {
	const args = ['doctor', '--json', '--width', '640', '--height', '360', '--codec', 'vp9'];
	const {renders} = JSON.parse(run([...args, '--concurrency', '1']).stdout);
	expect(renders).toEqual([expect.objectContaining({name: '640x360', width: 640, height: 360})]);
	expect(renders[0].plan.options).toMatchObject({disallowParallelEncoding: true, concurrency: 1});
});

test('what would fail is exit code 1, and the worst comes first', () => {
	const env = {REMOTION_HEADROOM_MEMORY_LIMIT: '300m'};
	const {status, stdout} = run(['doctor', '--json'], {env});
	expect(status).toBe(1);
	const {advice, memory} = JSON.parse(stdout);
	expect(memory.limitedBy).toBe('override');
	expect(advice[0]).toMatchObject({code: 'render-does-not-fit', severity: 'error'});
	expect(run(['doctor'], {env}).stdout).toContain('fail');
});

test.each(['4096', 'lots', 'x'.repeat(1000)])('a limit of %j is said to be ignored', (value) => {
	const env = {REMOTION_HEADROOM_MEMORY_LIMIT: value};
	const {stdout, stderr} = run(['doctor'], {env});
	expect(stderr).toBe('');
	expect(stdout.replace(/\s+/g, ' ')).toContain('REMOTION_HEADROOM_MEMORY_LIMIT is ignored:');
	expect(tooLong(stdout)).toEqual([]);
	const {advice, ignoredLimit} = JSON.parse(run(['doctor', '--json'], {env}).stdout);
	expect(ignoredLimit).toBe(value);
	expect(advice).toContainEqual(expect.objectContaining({code: 'limit-ignored', severity: 'warn'}));
});

test('a limit as Kubernetes writes it is the limit', () => {
	const env = {REMOTION_HEADROOM_MEMORY_LIMIT: '4Gi'};
	const {advice, memory, ignoredLimit} = JSON.parse(run(['doctor', '--json'], {env}).stdout);
	expect([memory.override, ignoredLimit]).toEqual([2 ** 32, undefined]);
	expect(advice.map(({code}) => code)).not.toContain('limit-ignored');
});

test('in Lambda its memory is the limit', () => {
	const env = {AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '2048', AWS_LAMBDA_FUNCTION_NAME: 'render'};
	expect(run(['doctor'], {env}).stdout).toContain('2,048 MiB for the function');
});

test('without a project it says that no Remotion was found', () => {
	const cwd = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-doctor-'));
	const {stdout, stderr} = run(['doctor', '--json'], {cwd});
	fs.rmSync(cwd, {recursive: true});
	expect(stderr).toBe('');
	const {activation, advice} = JSON.parse(stdout);
	expect(activation.remotionVersion).toBe(null);
	expect(advice).toContainEqual(expect.objectContaining({code: 'no-remotion', severity: 'info'}));
});

test('without a binary it still answers', () => {
	const {stdout, status} = run(['doctor'], {env: {REMOTION_HEADROOM_BINARY: 'off'}});
	expect(status).toBe(0);
	expect(stdout).toContain('does not load');
	expect(tooLong(stdout)).toEqual([]);
});

test('--help and --version', () => {
	expect(run(['--help'])).toMatchObject({status: 0, stdout: expect.stringContaining('Usage:')});
	expect(run([])).toMatchObject({status: 0, stdout: expect.stringContaining('Usage:')});
	expect(run(['--version'])).toMatchObject({status: 0, stdout: `${version}\n`});
});

test.each([
	[['doctor', '--loud'], /--loud/],
	[['nurse'], /nurse/],
	[['doctor', 'me'], /me/],
	[['doctor', '--width', '100'], /--height/],
	[['doctor', '--width', 'wide', '--height', '1'], /--width/],
	[['doctor', '--codec', 'h266'], /--codec/],
	[['doctor', '--concurrency', 'many'], /concurrency/],
	[['doctor', '--concurrency', '0'], /concurrency/],
])('%j is wrong usage', (args, message) => {
	const {status, stdout, stderr} = run(args);
	expect({status, stdout}).toEqual({status: 2, stdout: ''});
	expect(stderr).toMatch(message);
	expect(stderr).toContain('--help');
});

describe('where the report can not be written', () => {
	/** Runs the command in a shell, with `$doctor` for its start. */
	const shell = (script) =>
		spawnSync('bash', ['-c', script], {
			encoding: 'utf8',
			env: {...process.env, doctor: `${process.execPath} ${bin} doctor`},
		});
	const onLinux = needs('linux', process.platform === 'linux' ? null : 'this is another system');

	onLinux.each(['head -1', 'true'])('a reader that leaves is nothing to speak of: %s', (reader) => {
		const {stdout, stderr} = shell(`$doctor | ${reader}; echo "\${PIPESTATUS[0]}"`);
		expect(stderr).toBe('');
		expect(stdout.trim().split('\n').pop()).toBe('0');
	});

	onLinux('a closed output', () => {
		expect(shell('$doctor >&-')).toMatchObject({status: 0, stderr: ''});
	});

	onLinux('a full device: one line, and exit code 1', () => {
		const {status, stderr} = shell('$doctor > /dev/full');
		expect(status).toBe(1);
		expect(stderr).toMatch(/^remotion-headroom: .*ENOSPC.*\n$/);
		expect(shell('$doctor > /dev/full 2>&1').status).toBe(1);
		expect(shell('$doctor --loud 2> /dev/full').status).toBe(2);
	});
});

describe('explain', () => {
	const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-explain-'));
	afterAll(() => fs.rmSync(scratch, {recursive: true, force: true}));
	const LOG =
		'Rendering frames\n\u001b[31m│ Error: write EPIPE\u001b[39m\n    at x\nTarget closed\n';
	const explain = (args, input = '') => {
		const {status, stdout, stderr} = spawnSync(process.execPath, [bin, 'explain', ...args], {
			encoding: 'utf8',
			input,
		});
		return {status, stdout, stderr};
	};

	test('a log of a file or of standard input, with the line that decided', () => {
		const file = path.join(scratch, 'render.log');
		fs.writeFileSync(file, LOG);
		const {status, stdout, stderr} = explain([file]);
		expect([status, stderr]).toEqual([0, '']);
		expect(stdout).toContain('(encoder-quit)\n  line 2: │ Error: write EPIPE\n');
		expect(stdout).toContain('(target-closed)\n  line 4: Target closed\n');
		expect(explain([], LOG)).toEqual({status, stdout, stderr});
		expect(explain(['-'], LOG)).toEqual({status, stdout, stderr});
	});

	test('--json has the same', () => {
		const {status, stdout} = explain(['--json'], LOG);
		expect(status).toBe(0);
		expect(JSON.parse(stdout)).toEqual([
			expect.objectContaining({code: 'encoder-quit', line: 2, text: '│ Error: write EPIPE'}),
			expect.objectContaining({code: 'target-closed', line: 4, text: 'Target closed'}),
		]);
	});

	test('nothing found is exit code 1, wrong usage 2', () => {
		expect(explain([], 'Rendered 100 of 100\n')).toMatchObject({status: 1, stderr: ''});
		expect(explain(['--json'], '')).toEqual({status: 1, stdout: '[]\n', stderr: ''});
		for (const args of [[path.join(scratch, 'nowhere')], ['a', 'b'], ['--width', '3'], [scratch]]) {
			const {status, stdout, stderr} = explain(args);
			expect([status, stdout]).toEqual([2, '']);
			expect(stderr).toMatch(/^remotion-headroom: .+\nTry: remotion-headroom --help\n$/);
		}
	});

	test('of a huge log the end is read', () => {
		const file = path.join(scratch, 'huge.log');
		const filler = Buffer.alloc(70 * 2 ** 20, 'frame\n');
		fs.writeFileSync(file, Buffer.concat([Buffer.from('write EPIPE\n'), filler]));
		expect(explain([file]).status).toBe(1);
		fs.appendFileSync(file, '\nwrite EPIPE\n');
		expect(explain([file]).status).toBe(0);
	});
});
