'use strict';

// Every supported runtime: programs of this folder, our tests, and renders with
// every supported Remotion. Each cell of docs/matrix.md is a test here.
//   npm run test:long -- matrix                    all of it, an hour or so
//   npm run test:long -- matrix -t "Node 18"       one column, or a row by its name
//   HEADROOM_WRITE=1 npm run test:long -- matrix   also into docs/matrix.md

const assert = require('node:assert/strict');
const {spawn} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {lacksTarget, npmPackage, npmTools, root, run: execute} = require('../../scripts/tools');
const harness = require('../activation/harness');
const {needs} = require('../needs');
const {COLUMNS, publish, table, withNotes} = require('./columns');
const musl = require('./musl');

const runtime = (name) => path.join('__test__', 'runtime', name);
const dropIns = runtime('drop-ins.cjs');
const OFF = {REMOTION_HEADROOM_BINARY: 'off'};

/** One per row. `args` are for the runtime; `flags` are Node's alone. */
const PROGRAMS = [
	{name: "drop-ins beside Remotion's own", args: [dropIns]},
	{name: 'the same without a binary', args: [dropIns], env: OFF},
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
].map(([name, folders]) => ({name: `tests: ${name}`, folders}));

/** Renders whose output must be the same, byte by byte. */
const inputProps = {durationInFrames: 4, count: 3, bytes: 100_000};
const RENDERS = [
	{id: 'payloads', inputProps},
	{id: 'payloads', inputProps: {...inputProps, count: 1, bytes: 2_000_000}},
	{id: 'changing', inputProps},
];
const VERSIONS = Object.keys(require('../../tools/remotions/package.json').devDependencies)
	.filter((name) => name.startsWith('renderer-'))
	.map((name) => name.slice('renderer-'.length))
	.sort()
	.concat(harness.NEWEST);
const REMOTIONS = [
	...VERSIONS.map((version) => ({name: `Remotion ${version}`, version})),
	{name: `Remotion ${harness.NEWEST}, without a binary`, version: harness.NEWEST, env: OFF},
];
/** Older versions keep their own rule, over our measurement; newer ones wait for the encoder. */
const BY_DESIGN = ['prestitcher-memory-usage', 'prespawn-ffmpeg', 'calculate-asset-positions'];

/** Jest's resolver is an addon that asks the machine which C library it has, and not its Node. */
const RESOLVER = [
	'@unrs/resolver-binding-linux-x64-musl',
	require('unrs-resolver/package.json').version,
	'sha512-TOh1fqOjyq1OPoht3BDLd7Y+HeMJRwd5g2VNmCQclknEbjp4py5GFRmT4L/rOybF5Af8q0LT9zHs2WGkwlqtrw==',
];
const MUSL = {
	name: `Node ${musl.VERSION}, musl`,
	bun: false,
	musl: true,
	// Bundles and renders with the packages that npm installed, for another C library.
	leftOut: ['--testPathIgnorePatterns=plan/renders'],
};
const MUSL_TARGET = 'x86_64-unknown-linux-musl';
const MUSL_BINARY = 'remotion-headroom.linux-x64-musl.node';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-matrix-'));

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

async function program({args, env, shell, mounts = [], flags}, column) {
	if (column.bun && flags) {
		return '-';
	}
	let command = [column.command, ...args];
	if (shell !== undefined) {
		if (process.getuid?.() !== 0) {
			return 'needs root';
		}
		command = ['unshare', '--mount', 'sh', '-c', [...mounts, shell].join(' && '), 'sh', ...command];
	}
	const {status, output} = await run(command[0], command.slice(1), env, 120_000);
	assert.equal(status, 0, output);
	return 'yes';
}

async function suite({folders}, column) {
	if (column.bun) {
		return '-';
	}
	const report = path.join(scratch, 'report.json');
	const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
	const how = ['--json', `--outputFile=${report}`, '--silent', '--no-cache'];
	const patterns = folders.map((name) => `__test__/${name}[./]`);
	const args = [jest, ...patterns, ...how, ...(column.leftOut ?? [])];
	const {status, output} = await run(column.command, args, column.env, 1_200_000);
	assert.equal(status, 0, output);
	return String(JSON.parse(fs.readFileSync(report, 'utf8')).numPassedTests);
}

/** Remotion's programs for this machine: npm installs none for another C library. */
const compositorOf = (renderer) =>
	path.dirname(require.resolve('@remotion/compositor-linux-x64-gnu', {paths: [renderer]}));

/** What stock Remotion makes, on the Node that runs this. */
const expected = new Map();

async function render({version, env}, column) {
	const job = {
		root: harness.rootOf('renderer', version),
		serveUrl: await harness.bundle(version),
		browser: harness.browser,
		renders: RENDERS,
	};
	const child = path.join('__test__', 'activation', 'render-child.js');
	const resultFile = path.join(scratch, 'render.json');
	const common = column.musl ? {binariesDirectory: compositorOf(job.root)} : {};
	const renderOn = async (command, activated) => {
		const options = command === column.command ? common : {};
		const argument = JSON.stringify({...job, common: options, activated, resultFile});
		const {output} = await run(command, [child, argument], env, 240_000);
		const found = fs.existsSync(resultFile) && JSON.parse(fs.readFileSync(resultFile, 'utf8'));
		fs.rmSync(resultFile, {force: true});
		const failed = !found || found.outcomes.some(({error}) => error);
		return {output, found, failed, results: found?.outcomes?.map((one) => [one.result, one.error])};
	};
	if (!expected.has(version)) {
		const stock = await renderOn(process.execPath, false);
		assert(!stock.failed, `Stock Remotion ${version} does not render: ${stock.output}`);
		expected.set(version, stock.results);
	}
	const {output, found, results} = await renderOn(column.command, true);
	try {
		assert.deepEqual(results, expected.get(version), output);
	} catch (error) {
		if ((await renderOn(column.command, false)).failed) {
			return 'stock fails too';
		}
		throw error;
	}
	const {remotionVersion, skipped} = found.report;
	assert.equal(remotionVersion, version);
	assert(found.stats.hits > 0, 'nothing was recognised');
	const left = skipped.map(({part}) => part).filter((part) => !BY_DESIGN.includes(part));
	return left.length === 0 ? 'yes' : `yes, without ${left.join(', ')}`;
}

const columns = [...COLUMNS, MUSL];
const cells = new Map();

beforeAll(() => npmTools('nodes'), 600_000);

afterAll(async () => {
	fs.rmSync(scratch, {recursive: true, force: true});
	await harness.removeBundles();
	const tables = {
		runtimes: table('', [...PROGRAMS, ...SUITES], cells, columns),
		renders: withNotes('activated render', REMOTIONS, cells, columns),
	};
	// What failed, or was left out, is in no table.
	publish(
		tables,
		cells.size === columns.length * (PROGRAMS.length + SUITES.length + REMOTIONS.length),
	);
});

function fillColumn(column) {
	const fill = (rows, cell) =>
		test.each(rows)(
			'$name',
			async (row) => {
				cells.set(`${row.name} on ${column.name}`, await cell(row, column));
			},
			1_300_000,
		);
	fill(PROGRAMS, program);
	fill(SUITES, suite);
	fill(REMOTIONS, render);
}

describe.each(COLUMNS)('$name', fillColumn);

const lacking = lacksTarget(MUSL_TARGET);
const artifact = path.join(root, 'artifacts', MUSL_BINARY);
const reason = musl.reasonToSkip() ?? (fs.existsSync(artifact) ? null : lacking);

const describeMusl = needs('musl', reason, describe);
describeMusl(MUSL.name, () => {
	// Only while this column asks for it.
	const beside = path.join(root, MUSL_BINARY);

	beforeAll(() => {
		if (lacking === null) {
			execute(process.execPath, ['scripts/build.js', MUSL_TARGET]);
		}
		MUSL.command = musl.muslNode('x64');
		const resolver = path.join(npmPackage(...RESOLVER), 'resolver.linux-x64-musl.node');
		MUSL.env = {NAPI_RS_NATIVE_LIBRARY_PATH: resolver};
		fs.copyFileSync(artifact, beside);
	}, 1_800_000);

	afterAll(() => fs.rmSync(beside, {force: true}));

	fillColumn(MUSL);
});
