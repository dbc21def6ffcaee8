'use strict';

// `remotion-headroom run` around the tools that people start renders with, and on a
// real terminal. The tools are those of tools/, installed from npm.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {pathToFileURL} = require('node:url');
const {npmTools} = require('../../scripts/tools');
const {readRecording} = require('../../lib/report/read');

const bin = path.join(__dirname, '..', '..', 'bin', 'remotion-headroom.js');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom ways '));
afterAll(() => fs.rmSync(scratch, {recursive: true}));

const tool = (folder, ...parts) => path.join(folder, 'node_modules', ...parts);

/** Is it activated, what was it given, and how does it end? In TypeScript, for tsx. */
const SCRIPT = `
	const [, , code, ...rest]: string[] = process.argv;
	const activated = Object.keys(require('node:module')._cache).some((file) => file.endsWith('register.js'));
	console.log(JSON.stringify({activated, rest}));
	setTimeout(() => {
		if (code === 'killed') {
			process.kill(process.pid, 'SIGKILL');
		} else {
			process.exit(Number(code));
		}
	}, 700);`;

let commands;

beforeAll(() => {
	const [managers, tsx] = ['install', 'tsx'].map(npmTools);
	const write = (name, text) => fs.writeFileSync(path.join(scratch, name), text);
	write('script.cts', SCRIPT);
	write('script.cjs', SCRIPT.replace(': string[]', ''));
	// A command of a package that is installed, as remotion is.
	const shown = {name: 'shown', version: '1.0.0', bin: {shown: 'bin.js'}};
	const folder = path.join(scratch, 'node_modules', 'shown');
	fs.mkdirSync(folder, {recursive: true});
	fs.mkdirSync(path.join(scratch, 'node_modules', '.bin'));
	write('package.json', JSON.stringify({private: true, dependencies: {shown: '1.0.0'}}));
	fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(shown));
	fs.writeFileSync(
		path.join(folder, 'bin.js'),
		`#!/usr/bin/env node\n${SCRIPT.replace(': string[]', '')}`,
	);
	fs.chmodSync(path.join(folder, 'bin.js'), 0o755);
	fs.symlinkSync('../shown/bin.js', path.join(scratch, 'node_modules', '.bin', 'shown'));
	const node = process.execPath;
	commands = {
		node: [node, 'script.cjs'],
		tsx: [tool(tsx, '.bin', 'tsx'), 'script.cts'],
		'node --import tsx': [
			node,
			'--import',
			pathToFileURL(tool(tsx, 'tsx', 'dist', 'loader.mjs')).href,
			'script.cts',
		],
		npx: ['npx', '--no-install', 'shown'],
		'npm exec': ['npm', 'exec', '--offline', '--', 'shown'],
		'pnpm exec': [node, tool(managers, 'pnpm', 'bin', 'pnpm.cjs'), 'exec', 'shown'],
		'yarn 1 run': [node, tool(managers, 'yarn', 'bin', 'yarn.js'), '--silent', 'run', 'shown'],
	};
}, 600_000);

describe.each([
	['node'],
	['tsx'],
	['node --import tsx'],
	['npx'],
	['npm exec'],
	['pnpm exec'],
	['yarn 1 run'],
])('%s', (name) => {
	const run = (...args) =>
		spawnSync(
			process.execPath,
			[bin, 'run', '--report', 'report.html', '--', ...commands[name], ...args],
			{cwd: scratch, encoding: 'utf8', env: {...process.env, COREPACK_ENABLE_STRICT: '0'}},
		);

	test('what it starts is activated and recorded, and gets its arguments', () => {
		const {stdout, stderr, status} = run('0', '--report', 'a b');
		const line = stdout.split('\n').find((one) => one.startsWith('{'));
		expect([status, line && JSON.parse(line), stderr.includes('remotion-headroom: Peak ')]).toEqual(
			[0, {activated: true, rest: ['--report', 'a b']}, true],
		);
		const {processes} = readRecording(path.join(scratch, 'report.jsonl'));
		expect(processes.filter(({role, peak}) => role === 'node' && peak > 0)).not.toEqual([]);
	}, 120_000);

	test('its exit code is kept', () => {
		const direct = (code) =>
			spawnSync(commands[name][0], [...commands[name].slice(1), code], {cwd: scratch});
		for (const code of ['3', 'killed']) {
			const {status, signal} = direct(code);
			const expected = status ?? 128 + os.constants.signals[signal];
			expect([code, run(code).status]).toEqual([code, expected]);
			expect(expected).not.toBe(0);
		}
	}, 120_000);
});

describe('on a terminal', () => {
	let Terminal;

	beforeAll(() => {
		({Terminal} = require(tool(npmTools('terminal'), '@xterm', 'headless')));
	}, 240_000);

	const BACK = '\u001b8';
	const [ROWS, COLUMNS] = [12, 60];

	/** What is on a terminal after each piece that a command wrote there. */
	async function screensOf(script, before = '') {
		fs.writeFileSync(path.join(scratch, 'progress.cjs'), script);
		const quoted = [process.execPath, bin, 'run', '--', process.execPath, 'progress.cjs']
			.map((one) => `'${one}'`)
			.join(' ');
		const command = `stty rows ${ROWS} cols ${COLUMNS}; ${before} ${quoted}`;
		// Of util-linux: a terminal of its own, as people have one.
		const {stdout, status} = spawnSync('script', ['-qefc', command, '/dev/null'], {
			cwd: scratch,
			env: {...process.env, TERM: 'xterm-256color'},
			// A user's keyboard that is never touched.
			input: '',
		});
		const terminal = new Terminal({
			rows: ROWS,
			cols: COLUMNS,
			allowProposedApi: true,
			scrollback: 0,
		});
		const rows = () => {
			const {active} = terminal.buffer;
			return Array.from({length: active.length}, (_, i) =>
				active.getLine(i).translateToString(true),
			);
		};
		const screens = [];
		// Each time that the cursor is back from the line.
		for (const piece of String(stdout).split(BACK)) {
			await new Promise((resolve) => terminal.write(piece + BACK, resolve));
			screens.push(rows());
		}
		return {screens, last: rows(), status};
	}

	const isLive = (row) => /MiB.*\d+ tabs?, \d+ frames?, \d+ actions?$/.test(row);

	/** As Remotion's command draws it: some rows that are erased and drawn again. */
	const PROGRESS = `
		const {stdout} = process;
		const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
		(async () => {
			let rows = 0;
			for (let i = 1; i <= 30; i++) {
				stdout.write('\\u001b[2K' + '\\u001b[1A\\u001b[2K'.repeat(rows) + '\\u001b[G' + 'Rendered ' + i + '/30\\n' + 'Encoded ' + i + '/30');
				rows = 1;
				await wait(100);
			}
			stdout.write('\\ndone\\n');
		})();`;

	test('the line is below, and progress is drawn as if it were not there', async () => {
		const {screens, last, status} = await screensOf(PROGRESS);
		expect(status).toBe(0);
		const live = screens.filter((rows) => rows.some(isLive));
		expect(live.length).toBeGreaterThan(2);
		for (const rows of live) {
			expect(rows.findIndex(isLive)).toBe(ROWS - 1);
			const others = rows.slice(0, ROWS - 1).filter(Boolean);
			expect(others.filter((row) => !/^(Rendered|Encoded) \d+\/30$|^done$/.test(row))).toEqual([]);
			expect(others.length).toBeLessThanOrEqual(3);
		}
		const left = last.filter(Boolean);
		expect(left.slice(0, 3)).toEqual(['Rendered 30/30', 'Encoded 30/30', 'done']);
		expect(left[3]).toMatch(/^remotion-headroom: Peak /);
		expect(last.some(isLive)).toBe(false);
	}, 120_000);

	test('also where it is full, and short lines follow each other', async () => {
		const script = `
			let i = 0;
			const timer = setInterval(() => {
				console.log('line ' + ++i);
				if (i === 40) {
					clearInterval(timer);
				}
			}, 50);`;
		const {screens, last} = await screensOf(script, 'seq 1 20;');
		expect(screens.some((rows) => rows.some(isLive))).toBe(true);
		const lines = last.filter((row) => row.startsWith('line '));
		expect(lines).toEqual(
			Array.from({length: lines.length}, (_, i) => `line ${40 - lines.length + i + 1}`),
		);
		expect(lines.length).toBeGreaterThan(5);
		expect(last.filter((row) => row.includes('line') && !/^line \d+$/.test(row))).toEqual([]);
		expect(last.some(isLive)).toBe(false);
	}, 120_000);
});
