'use strict';

// `remotion-headroom run`, with real commands.

const {spawnSync} = require('node:child_process');
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
