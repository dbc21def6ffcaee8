// npm run test:matrix: runs our tests on every supported runtime, renders with
// every supported Remotion on each, and prints tables of what passed.
//   -- --only WORD        rows whose name contains the word
//   -- --runtime WORD     columns whose name contains the word
//   -- --write            also puts the tables into README.md and docs/matrix.md
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {isDeepStrictEqual, parseArgs} from 'node:util';
import {main, npmTools, root} from './tools.mjs';

const require = createRequire(import.meta.url);
const harness = require('../__test__/activation/harness.js');

const runtime = (name) => path.join('__test__', 'runtime', name);
const dropIns = runtime('drop-ins.cjs');

/** One per row. `args` are for the runtime; `flags` are Node's alone. */
const SCRIPTS = [
	{name: "drop-ins beside Remotion's own", args: [dropIns]},
	{
		name: 'the same without a binary',
		args: [dropIns],
		env: {REMOTION_HEADROOM_BINARY: 'off'},
	},
	{name: 'ESM import', args: [runtime('esm.mjs')]},
	{name: 'worker threads, terminated at work', args: [runtime('worker.cjs')]},
	{name: '`vm` contexts', args: [runtime('vm.cjs')]},
	{name: '`remotion-headroom/renderer`', args: [runtime('activated.mjs')]},
	{
		name: '`--import remotion-headroom/register`',
		args: ['--import', 'remotion-headroom/register', runtime('activated.mjs'), 'flag'],
	},
	{
		name: '`--require remotion-headroom/register`',
		args: ['--require', 'remotion-headroom/register', runtime('activated.mjs')],
	},
	{
		name: '`--disallow-code-generation-from-strings`',
		args: ['--disallow-code-generation-from-strings', dropIns],
		flags: true,
	},
	{name: '`--frozen-intrinsics`', args: ['--frozen-intrinsics', dropIns], flags: true},
	{
		name: 'a user without rights to `/sys`',
		args: [dropIns],
		mounts: ['mount -t tmpfs -o mode=000 tmpfs /sys'],
		shell:
			'exec setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all ' +
			'sh -c \'! ls /sys 2>/dev/null && exec "$@"\' sh "$@"',
	},
	{
		name: 'the user nobody',
		args: [dropIns],
		shell: 'exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"',
	},
	{
		name: 'read-only file system',
		args: [dropIns],
		mounts: ['mount -o remount,bind,ro /'],
		shell: '! touch . 2>/dev/null && exec "$@"',
	},
];

/** Folders and files of Jest's tests, one a row. */
const SUITES = [
	['parity with Remotion', ['parity', 'bad-input']],
	['off-heap assets, lifetime', ['assets']],
	['media cache', ['cache']],
	['measuring memory', ['memory']],
	['budgets', ['plan']],
	['diagnostics', ['diagnostics']],
	['doctor', ['doctor']],
	// The rest of that folder is renders, which have rows of their own.
	['activation, without renders', ['activation/register']],
	['without a binary', ['no-binary']],
];

/** Renders whose output must be the same, byte by byte. */
const inputProps = {durationInFrames: 4, count: 3, bytes: 100_000};
const RENDERS = [
	{id: 'payloads', inputProps},
	{id: 'payloads', inputProps: {...inputProps, count: 1, bytes: 2_000_000}},
	{id: 'changing', inputProps},
];
const {devDependencies} = require('../package.json');
const REMOTIONS = [
	...Object.keys(devDependencies)
		.filter((name) => name.startsWith('renderer-'))
		.map((name) => name.slice('renderer-'.length))
		.sort(),
	harness.NEWEST,
];
/** Older versions keep their own rule, over our measurement: docs/activation.md. Some have no inline audio. */
const isByDesign = ({part, reason}) =>
	part === 'prestitcher-memory-usage' || reason.includes('no inline audio');

function runtimes() {
	const tools = path.join(npmTools('nodes'), 'node_modules');
	const versions = require(path.join(tools, '..', 'package.json')).optionalDependencies;
	return Object.keys(versions)
		.sort((a, b) => (a === 'bun') - (b === 'bun') || (a < b ? -1 : 1))
		.map((name) => ({
			name: `${name === 'bun' ? 'Bun' : 'Node'} ${versions[name].split('@').at(-1)}`,
			command: path.join(tools, name, 'bin', name === 'bun' ? 'bun' : 'node'),
			bun: name === 'bun',
		}));
}

/** Runs a command; its process group ends with it, browsers and all. */
function run(command, args, env = {}, limit = 600_000) {
	return new Promise((resolve) => {
		const child = spawn(command, args, {
			cwd: root,
			env: {...process.env, ...env},
			stdio: ['ignore', 'pipe', 'pipe'],
			detached: true,
		});
		let output = '';
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8').on('data', (text) => {
				output += text;
			});
		}
		const end = () => {
			try {
				process.kill(-child.pid, 'SIGKILL');
			} catch {
				// All of it has ended.
			}
		};
		const timer = setTimeout(end, limit);
		child.on('error', (error) => resolve({status: null, output: error.message}));
		child.on('close', (status, signal) => {
			clearTimeout(timer);
			resolve({status, output: signal === null ? output : `${output}\nended by ${signal}`});
		});
		child.on('exit', end);
	});
}

const yes = {text: 'yes'};
const no = (output) => ({text: '**no**', output: output.trim()});

async function scriptCell({args, env, shell, mounts = [], flags}, column) {
	if (column.bun && flags) {
		return {text: '-'};
	}
	let command = [column.command, ...args];
	if (shell !== undefined) {
		if (process.getuid?.() !== 0) {
			return {text: 'needs root'};
		}
		command = ['unshare', '--mount', 'sh', '-c', [...mounts, shell].join(' && '), 'sh', ...command];
	}
	const {status, output} = await run(command[0], command.slice(1), env, 120_000);
	return status === 0 ? yes : no(output);
}

/** What Jest reports of each file, or an error's text. */
async function jestOn(column, suites) {
	const report = path.join(os.tmpdir(), `headroom-matrix-${process.pid}.json`);
	const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
	const patterns = suites.flatMap(([, names]) => names.map((name) => `__test__/${name}[./]`));
	const how = ['--json', `--outputFile=${report}`, '--silent', '--no-cache'];
	const {output} = await run(column.command, [jest, ...patterns, ...how], {}, 1_200_000);
	try {
		return JSON.parse(fs.readFileSync(report, 'utf8')).testResults;
	} catch (error) {
		return `${output}\n${error.message}`;
	} finally {
		fs.rmSync(report, {force: true});
	}
}

/** One run of Jest per runtime, a cell for each suite. */
async function suiteCells(suites, column) {
	if (column.bun) {
		return suites.map(() => ({text: '-'}));
	}
	const files = await jestOn(column, suites);
	if (typeof files === 'string') {
		return suites.map(() => no(files));
	}
	return suites.map(([, names]) => {
		const mine = files.filter(({name}) =>
			names.some((one) => path.relative(root, name).match(`^__test__.${one}[./\\\\]`)),
		);
		if (mine.length === 0) {
			return {text: 'none yet'};
		}
		const failed = mine.filter(({status}) => status !== 'passed');
		const tests = mine.flatMap(({assertionResults}) => assertionResults);
		const passed = tests.filter(({status}) => status === 'passed').length;
		return failed.length === 0
			? {text: `${passed}`}
			: no(failed.map(({name, message}) => `${name}\n${message}`).join('\n'));
	});
}

const results = (found) => found.outcomes.map(({result, error}) => [result, error]);

/** What stock Remotion makes, on the Node that runs this. */
const expected = new Map();

async function renderCell(version, column, env = {}) {
	const job = {
		root: harness.rootOf('renderer', version),
		serveUrl: await harness.bundle(version),
		browser: harness.browser,
		renders: RENDERS,
	};
	const child = path.join('__test__', 'activation', 'render-child.js');
	const resultFile = path.join(os.tmpdir(), `headroom-matrix-render-${process.pid}.json`);
	const render = async (command, activated) => {
		const argument = JSON.stringify({...job, activated, resultFile});
		const {output} = await run(command, [child, argument], env, 240_000);
		if (!fs.existsSync(resultFile)) {
			return {output, found: null};
		}
		const found = JSON.parse(fs.readFileSync(resultFile, 'utf8'));
		fs.rmSync(resultFile);
		return {output, found};
	};
	if (!expected.has(version)) {
		const {output, found: stock} = await render(process.execPath, false);
		if (stock === null || stock.outcomes.some(({error}) => error)) {
			throw new Error(`Stock Remotion ${version} does not render: ${output}`);
		}
		expected.set(version, results(stock));
	}
	const {output, found} = await render(column.command, true);
	if (found === null || !isDeepStrictEqual(results(found), expected.get(version))) {
		const {found: stock} = await render(column.command, false);
		const theirs = stock === null || stock.outcomes.some(({error}) => error);
		return theirs ? {text: 'stock fails too'} : no(`${output}\n${JSON.stringify(found)}`);
	}
	const {remotionVersion, skipped} = found.report;
	if (remotionVersion !== version || !(found.stats.hits > 0)) {
		return no(`activated ${remotionVersion}, ${JSON.stringify(found.stats)}`);
	}
	const left = skipped.filter((one) => !isByDesign(one)).map(({part}) => part);
	return {text: left.length === 0 ? 'yes' : `yes, without ${left.join(', ')}`};
}

const table = (heading, columns, lines) => {
	const cells = [[heading, ...columns.map(({name}) => name)], ...lines];
	const widths = cells[0].map((_, i) => Math.max(...cells.map((line) => line[i].length)));
	const format = (line) => `| ${line.map((text, i) => text.padEnd(widths[i])).join(' | ')} |`;
	const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
	return [format(cells[0]), rule, ...cells.slice(1).map(format)].join('\n');
};

function write(tables) {
	for (const name of ['README.md', path.join('docs', 'matrix.md')]) {
		const file = path.join(root, name);
		let text = fs.readFileSync(file, 'utf8');
		for (const [table, lines] of Object.entries(tables)) {
			const between = new RegExp(`(<!-- ${table} -->\n)[^]*?(<!-- end -->)`);
			text = text.replace(between, (_, start, end) => `${start}\n${lines}\n\n${end}`);
		}
		fs.writeFileSync(file, text);
	}
}

main(async () => {
	const {values} = parseArgs({
		options: {
			only: {type: 'string', default: ''},
			runtime: {type: 'string', default: ''},
			write: {type: 'boolean'},
		},
	});
	const columns = runtimes().filter(({name}) => name.includes(values.runtime));
	const wanted = (name) => name.includes(values.only);
	const failures = [];
	const show = (name, cells) => {
		const texts = cells.map(({text, output}, i) => {
			if (output !== undefined) {
				failures.push(`${name}, ${columns[i].name}`);
				console.error(`## ${name}, ${columns[i].name}\n${output}`);
			}
			return text;
		});
		console.log(`${name}: ${texts.join(' | ')}`);
		return [name, ...texts];
	};
	/** Rows one after the other: they compete for the machine otherwise. */
	const fill = async (rows, cell) => {
		const lines = [];
		for (const row of rows.filter(({name}) => wanted(name))) {
			const cells = [];
			for (const column of columns) {
				cells.push(await cell(row, column));
			}
			lines.push(show(row.name, cells));
		}
		return lines;
	};
	try {
		const scripts = await fill(SCRIPTS, scriptCell);
		const suites = SUITES.filter(([name]) => wanted(`tests: ${name}`));
		const suiteColumns = [];
		for (const column of suites.length === 0 ? [] : columns) {
			suiteColumns.push(await suiteCells(suites, column));
			console.log(
				`Tests on ${column.name}: ${suiteColumns
					.at(-1)
					.map(({text}) => text)
					.join(' ')}`,
			);
			for (const {output} of suiteColumns.at(-1).filter((cell) => cell.output !== undefined)) {
				console.error(output);
			}
		}
		const tests = suites.map(([name], i) =>
			show(
				`tests: ${name}`,
				suiteColumns.map((cells) => cells[i]),
			),
		);
		const versions = REMOTIONS.map((version) => ({name: `Remotion ${version}`, version}));
		const renders = [
			...(await fill(versions, ({version}, column) => renderCell(version, column))),
			...(await fill([{name: `Remotion ${harness.NEWEST}, without a binary`}], (_, column) =>
				renderCell(harness.NEWEST, column, {REMOTION_HEADROOM_BINARY: 'off'}),
			)),
		];
		const tables = {
			runtimes: table('', columns, [...scripts, ...tests]),
			renders: table('activated render', columns, renders),
		};
		console.log(`\n${Object.values(tables).join('\n\n')}`);
		if (failures.length > 0) {
			throw new Error(`\nFailed:\n${failures.join('\n')}`);
		}
		if (values.write) {
			write(tables);
		}
	} finally {
		await harness.removeBundles();
	}
});
