'use strict';

// The command as people run it: in a process of its own.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {spawnSync} = require('node:child_process');
const {makeRecording, toText} = require('./recordings');

const bin = path.join(__dirname, '../../bin/remotion-headroom.js');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-report-'));
const file = (name) => path.join(folder, name);
const write = (name, lines) => fs.writeFileSync(file(name), toText(lines));

function run(...args) {
	const how = {encoding: 'utf8', cwd: folder};
	const {status, stdout, stderr} = spawnSync(process.execPath, [bin, 'report', ...args], how);
	return {status, stdout, stderr};
}

beforeAll(() => {
	write('calm.jsonl', makeRecording());
	write('killed.jsonl', makeRecording({kill: true}));
	write('unlimited.jsonl', makeRecording({limitMib: null}));
	fs.writeFileSync(file('empty.jsonl'), '');
});

afterAll(() => fs.rmSync(folder, {recursive: true}));

test('the verdict comes first, and the plan’s options last', () => {
	const {status, stdout, stderr} = run('killed.jsonl');
	expect({status, stderr}).toEqual({status: 0, stderr: ''});
	const lines = stdout.trim().split('\n');
	expect(lines[0]).toMatch(/^The kernel killed the compositor at 0:28\.8; in use were /);
	expect(lines.at(-1)).toMatch(/^npx remotion render --concurrency=1 /);
	expect(stdout).not.toMatch(/NaN|undefined|null/);
});

test('each file is written', () => {
	const args = ['--html', 'r.html', '--svg', 'r.svg', '--json', 'r.json'];
	expect(run('calm.jsonl', ...args).status).toBe(0);
	expect(fs.readFileSync(file('r.html'), 'utf8')).toMatch(/^<!doctype html>/);
	expect(fs.readFileSync(file('r.svg'), 'utf8')).toMatch(/^<svg xmlns=/);
	const {report, recordings} = JSON.parse(fs.readFileSync(file('r.json'), 'utf8'));
	expect(report).toBe(1);
	expect(recordings[0].label).toBe('calm.jsonl');
});

test('two are compared', () => {
	const {status, stdout} = run('killed.jsonl', 'calm.jsonl', '--html', 'two.html');
	expect(status).toBe(0);
	expect(stdout).toMatch(/^\d+ MiB less at the peak: .*; nothing is killed any more\.\n/);
	const html = fs.readFileSync(file('two.html'), 'utf8');
	expect(html.match(/class="picture"/g).length).toBe(2);
	expect(html).toContain('class="ghost"');
});

test.each([
	[['calm.jsonl', '--fail-above', '95%'], 0, /^$/],
	[['calm.jsonl', '--fail-above', '50 %'], 1, /the peak is \d+ % of the limit, above the 50 %/],
	[['killed.jsonl', '--fail-above', '100%'], 1, /The kernel killed the compositor at 0:28\.8/],
	// Of two, the one after counts.
	[['killed.jsonl', 'calm.jsonl', '--fail-above', '95%'], 0, /^$/],
	[['calm.jsonl', 'killed.jsonl', '--fail-above', '100%'], 1, /The kernel killed/],
])('%j gives exit code %d and says why', (args, code, why) => {
	const {status, stdout, stderr} = run(...args);
	expect(status).toBe(code);
	expect(stderr).toMatch(why);
	// The report is there all the same.
	expect(stdout).not.toBe('');
});

test.each([
	[[], /takes one recording or two, but got 0/],
	[['a', 'b', 'c'], /takes one recording or two, but got 3/],
	[['calm.jsonl', '--loud'], /--loud/],
	[['calm.jsonl', '--fail-above', '90'], /a share of the limit such as 90%, but got "90"/],
	[['unlimited.jsonl', '--fail-above', '90%'], /unlimited\.jsonl was recorded without one/],
	[['empty.jsonl'], /empty\.jsonl is empty: nothing was recorded\.$/m],
	[['nowhere.jsonl'], /nowhere\.jsonl can't be read: ENOENT\.$/m],
	[['.'], /can't be read: EISDIR\.$/m],
])('%j is exit code 2, with a sentence and no more', (args, message) => {
	const {status, stdout, stderr} = run(...args);
	expect({status, stdout}).toEqual({status: 2, stdout: ''});
	expect(stderr).toMatch(message);
	expect(stderr).not.toContain('    at ');
	expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
});

test('a file that can’t be written is exit code 1', () => {
	const {status, stderr} = run('calm.jsonl', '--html', path.join('nowhere', 'r.html'));
	expect(status).toBe(1);
	expect(stderr).toMatch(/nowhere.r\.html can't be written: ENOENT\.$/m);
});

test('--help', () => {
	expect(run('--help')).toMatchObject({status: 0, stdout: expect.stringContaining('Usage:')});
});
