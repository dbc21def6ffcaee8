'use strict';

// `remotion-headroom run`, with real commands.

const {spawn, spawnSync} = require('node:child_process');
const {once} = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {environment} = require('../../lib/recording/cli');
const {readRecording} = require('../../lib/report/read');

const bin = path.join(__dirname, '..', '..', 'bin', 'remotion-headroom.js');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom run '));
afterAll(() => fs.rmSync(scratch, {recursive: true}));

const run = (args, env = {}) =>
	spawnSync(process.execPath, [bin, 'run', ...args], {
		cwd: scratch,
		encoding: 'utf8',
		env: {...process.env, ...env},
	});

const node = (script) => ['--', process.execPath, '-e', script];

test.each([
	['its own', node('process.exit(3)'), 3],
	['that of a signal', node("process.kill(process.pid, 'SIGTERM')"), 128 + 15],
	['127 where there is no such command', ['--', 'headroom-no-such-command'], 127],
	['126 where it is no program', ['--', scratch], 126],
	['2 without a command', ['--'], 2],
	['2 without --', ['node'], 2],
	['2 for another option', ['--nonsense', '--', 'node'], 2],
	['2 for a report of another kind', ['--report', 'a.png', '--', 'node'], 2],
])('the exit code is %s', (_name, args, code) => {
	expect(run(args).status).toBe(code);
});

test('what is behind -- is the command, whatever it looks like', () => {
	const {stdout} = run([
		...node('console.log(process.argv.slice(1).join())'),
		'--',
		'--report',
		'x',
	]);
	expect(stdout).toBe('--report,x\n');
});

test('Node is activated, beside what NODE_OPTIONS had', () => {
	const first = path.join(scratch, 'a first.js');
	fs.writeFileSync(first, 'globalThis.first = true;');
	const script = `console.log(first, Object.keys(require.cache).some((file) => file.endsWith('register.js')))`;
	const {stdout} = run(node(script), {NODE_OPTIONS: `--require ${JSON.stringify(first)}`});
	expect(stdout).toBe('true true\n');
	expect(environment({NODE_OPTIONS: '--inspect'}, '').NODE_OPTIONS).toMatch(
		/^--require ".*" --inspect$/,
	);
});

test('the recording is of the command, and holds what it told', () => {
	const line = JSON.stringify({t: 1, mark: {kind: 'phase', text: 'told'}});
	const script = `
		const [, file] = /^[\\d.]+:(.+)$/s.exec(process.env.REMOTION_HEADROOM_RECORDING);
		require('fs').writeFileSync(file, ${JSON.stringify(`${line}\n`)});
		globalThis.kept = Buffer.alloc(100 * 2 ** 20, 1);
		setTimeout(() => {}, 700);`;
	const {status, stderr} = run(['--report', 'a.html', '--json', 'a.json', ...node(script)]);
	expect([status, stderr]).toEqual([0, expect.stringMatching(/^remotion-headroom: Peak .*\.\n$/)]);
	const {marks, processes} = readRecording(path.join(scratch, 'a.jsonl'));
	expect(marks.map(({text}) => text)).toEqual(['told']);
	const [root] = processes;
	expect(root.role).toBe('node');
	expect(root.peak).toBeGreaterThan(100 * 2 ** 20);
	expect(fs.readFileSync(path.join(scratch, 'a.html'), 'utf8')).toContain('<!doctype html>');
	expect(JSON.parse(fs.readFileSync(path.join(scratch, 'a.json'), 'utf8')).report).toBe(1);
});

test('a report that can not be written is said, and the command runs', () => {
	const {status, stdout, stderr} = run(['--report', 'no/such/a.html', ...node('console.log(5)')]);
	expect([status, stdout]).toEqual([0, '5\n']);
	expect(stderr).toBe('remotion-headroom: there will be no report: ENOENT.\n');
});

describe('a signal', () => {
	const SCRIPT = `
		const [signal, then] = process.argv.slice(1);
		process.on(signal, () => {
			console.log('got', signal);
			if (then === 'dies') {
				process.removeAllListeners(signal);
				process.kill(process.pid, signal);
			} else {
				process.exit(Number(then));
			}
		});
		console.log('ready');
		setInterval(() => {}, 1000);`;

	test.each([
		['SIGINT', '5', 5],
		['SIGINT', 'dies', 128 + 2],
		['SIGTERM', '0', 0],
		['SIGTERM', 'dies', 128 + 15],
		['SIGHUP', '7', 7],
	])('%s reaches the command, whose end is kept: %s', async (signal, then, code) => {
		const file = `${signal}-${then}`;
		const args = [bin, 'run', '--report', `${file}.html`, ...node(SCRIPT), signal, then];
		const running = spawn(process.execPath, args, {
			cwd: scratch,
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		let stdout = '';
		running.stdout.setEncoding('utf8');
		for await (const text of running.stdout) {
			const begins = stdout === '';
			stdout += text;
			if (begins) {
				running.kill(signal);
			}
		}
		const [status] = running.exitCode === null ? await once(running, 'exit') : [running.exitCode];
		expect([stdout, status]).toEqual([`ready\ngot ${signal}\n`, code]);
		// It was not ended itself: the report is there.
		expect(fs.existsSync(path.join(scratch, `${file}.html`))).toBe(true);
	});
});

test('500 processes are recorded, and the page has each', () => {
	const count = 500;
	const script = `
		const {spawn} = require('node:child_process');
		for (let i = 0; i < ${count}; i++) {
			spawn('sleep', ['60'], {stdio: 'ignore'});
		}
		setTimeout(() => process.exit(0), 3000);`;
	const {status} = run(['--report', 'many.html', '--json', 'many.json', ...node(script)], {
		REMOTION_HEADROOM: 'off',
	});
	// What loses its parent is nobody's.
	const recording = readRecording(path.join(scratch, 'many.jsonl'));
	const names = recording.processes.filter(({name}) => name.startsWith('sleep'));
	for (const {pid} of names) {
		process.kill(pid, 'SIGKILL');
	}
	expect(status).toBe(0);
	expect(names).toHaveLength(count);
	expect(names.every(({peak}) => peak > 0)).toBe(true);
	expect(new Set(names.map(({pid}) => pid)).size).toBe(count);
	const [{processes}] = JSON.parse(
		fs.readFileSync(path.join(scratch, 'many.json'), 'utf8'),
	).recordings;
	expect(processes.reduce((sum, one) => sum + one.count, 0)).toBe(recording.processes.length);
	expect(fs.statSync(path.join(scratch, 'many.html')).size).toBeLessThan(300_000);
}, 60_000);

test('without a terminal there is no line', () => {
	const {stdout, stderr} = run(node("setTimeout(() => console.log('done'), 1200)"));
	expect([stdout, stderr]).toEqual(['done\n', expect.stringMatching(/^remotion-headroom: .*\n$/)]);
	expect(stderr).not.toContain('\u001b');
});
