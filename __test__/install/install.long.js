'use strict';

// Publishes our packages to a registry on this machine, installs them from it as
// users do, and runs them there. linux-x64 alone, a minute or two.

const assert = require('node:assert/strict');
const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const inspect = require('../binary/inspect');
const {makeManagers} = require('./managers');
const {manifest} = require('../../scripts/packages');
const {login, packAll, publishTo, startRegistry} = require('../../scripts/registry');
const {npmTools, root, run} = require('../../scripts/tools');

const node = process.execPath;
const PLATFORM = 'linux-x64-gnu';
const {name: NAME, version: VERSION} = manifest;
const ours = `${NAME}@${VERSION}`;
const QUIET = ['--no-audit', '--no-fund'];

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-install-'));
let tools;
let packed;
let address;
let registry;
let managers;
/** What is applied in this checkout, by one who asks there. */
let reference;
const rows = [];
const missing = [];

jest.setTimeout(600_000);

const tool = (...parts) => path.join(tools, 'node_modules', ...parts);
const write = (folder, files) => {
	for (const [name, content] of Object.entries(files)) {
		const file = path.join(folder, name);
		fs.mkdirSync(path.dirname(file), {recursive: true});
		fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
	}
};

/** An empty project that installs from our registry. */
function project(name, files = {}) {
	const folder = path.join(home, 'projects', name);
	write(folder, {
		'package.json': {name, version: '1.0.0', private: true},
		// npm and pnpm; yarn 1 reads it too.
		'.npmrc': `registry=${address}/\n//${address.slice(7)}/:_authToken=none\n`,
		...files,
	});
	return folder;
}

const USE = `
const asset = (frame) => ({type: 'audio', id: 'a', frame, src: 'data:,' + 'x'.repeat(500)});
const first = compressAsset([], asset(0));
const again = compressAsset([first], asset(1));
const size = {width: 1920, height: 1080, logLevel: 'error'};
console.log(JSON.stringify({
	src: again.src,
	available: getAvailableMemory('error') > 0,
	estimate: shouldUseParallelEncoding(size).estimatedUsage,
	native: getAssetStoreStats().native,
}));
`;
const NAMES = '{compressAsset, getAssetStoreStats, getAvailableMemory, shouldUseParallelEncoding}';
const CONSUMERS = {
	'consumer.cjs': `const ${NAMES} = require('remotion-headroom');${USE}`,
	'consumer.mjs': `import ${NAMES} from 'remotion-headroom';${USE}`,
};

/** Runs the consumers, by node with these arguments before. */
function consume(folder, {native = true, before = []} = {}) {
	write(folder, CONSUMERS);
	for (const name of Object.keys(CONSUMERS)) {
		const answer = JSON.parse(run(node, [...before, path.join(folder, name)], {cwd: folder}));
		const expected = {src: 'same-as-a-0', available: true, estimate: 2_073_600_000, native};
		assert.deepEqual(answer, expected, `${name} in ${folder}`);
	}
}

const installed = (folder) =>
	fs.readdirSync(path.join(folder, 'node_modules')).filter((name) => name.startsWith(NAME));

const APPLIED = "console.log(JSON.stringify(require('./index.js').register().applied))";

/**
 * Where the upstream registry lacks one of the compositors, an empty package stands for
 * it: yarn and bun lock packages of all platforms or none. Nothing here runs them.
 */
async function standForMissing() {
	const {optionalDependencies} = require('@remotion/renderer/package.json');
	for (const [name, version] of Object.entries(optionalDependencies)) {
		const found = await (await fetch(new URL(name.replace('/', '%2f'), address))).json();
		if (found.versions?.[version] !== undefined) {
			continue;
		}
		const [os, cpu, libc] = name.split('compositor-')[1].split('-');
		const folder = path.join(home, 'stand-ins', name);
		const its = {name, version, os: [os], cpu: [cpu]};
		if (os === 'linux') {
			its.libc = [libc.replace('gnu', 'glibc')];
		}
		write(folder, {'package.json': its});
		const how = ['--registry', address, '--tag', 'stand-in', '--access', 'public'];
		run('npm', ['publish', ...how], {cwd: folder, env: login(address)});
		missing.push(name);
	}
}

beforeAll(async () => {
	assert.equal(`${process.platform}-${process.arch}`, 'linux-x64', 'This runs on linux-x64 alone.');
	tools = npmTools('install');
	packed = packAll(home, PLATFORM);
	inspect(path.join(root, 'artifacts', `${manifest.napi.binaryName}.${PLATFORM}.node`));
	registry = await startRegistry(home);
	({address} = registry);
	publishTo(address, packed.folder);
	managers = makeManagers(home, address);
	const ask = (env) => JSON.parse(run(node, ['-e', APPLIED], {env}));
	reference = {binary: ask({}), wasm: ask({REMOTION_HEADROOM_BINARY: 'off'})};
	expect(Math.min(...Object.values(reference).map(({length}) => length))).toBeGreaterThan(5);
	await standForMissing();
});

afterAll(() => {
	registry?.stop();
	fs.rmSync(home, {recursive: true, force: true});
	process.stdout.write('\n| package manager | installed | result |\n| --- | --- | --- |\n');
	process.stdout.write(rows.map((row) => `| ${row.join(' | ')} |\n`).join(''));
	process.stdout.write(`Empty packages stood for: ${missing.join(', ') || 'none'}\n`);
});

test('publint and attw pass', () => {
	run(node, [tool('publint', 'src', 'cli.js'), packed.tarballs.at(-1), '--strict']);
	run(node, [tool('@arethetypeswrong', 'cli', 'dist', 'index.js'), packed.tarballs.at(-1)]);
});

const REMOTION = Object.fromEntries(
	['@remotion/renderer', 'react', 'react-dom', 'remotion'].map((name) => [
		name,
		manifest.devDependencies[name],
	]),
);
const FORMATS = ['cjs', 'mjs'];

/** What a project says of its activated renderer, by each way to import it. */
const ACTIVATE = {
	'activate.cjs': `
const {getAssetStoreStats, register} = require('remotion-headroom');
const {renderMedia} = require('@remotion/renderer');
const {applied} = register();
const {native} = getAssetStoreStats();
console.log(JSON.stringify({native, applied, render: typeof renderMedia}));
`,
	'activate.mjs': `
import {getAssetStoreStats, register} from 'remotion-headroom';
import {renderMedia} from 'remotion-headroom/renderer';
const {applied} = register();
const {native} = getAssetStoreStats();
console.log(JSON.stringify({native, applied, render: typeof renderMedia}));
`,
};

/** Installs in a new project and runs in it what uses us; `dependencies` beside Remotion's. */
function use(name, dependencies, files = {}) {
	const manager = managers[name];
	const native = !OMITTED.includes(name);
	const folder = project(name.replaceAll(/[^\w.]+/g, '-'), {...manager.files, ...files});
	const file = path.join(folder, 'package.json');
	const its = {...JSON.parse(fs.readFileSync(file, 'utf8'))};
	write(folder, {
		'package.json': {...its, dependencies: {...REMOTION, ...its.dependencies, ...dependencies}},
	});
	manager.install(folder);
	activate(folder, manager, native);
	return folder;
}

function activate(folder, {before = []}, native = true) {
	consume(folder, {native, before});
	write(folder, ACTIVATE);
	for (const format of FORMATS) {
		for (const preload of [[], ['--require', `${NAME}/register`]]) {
			const script = path.join(folder, `activate.${format}`);
			const ran = spawnSync(node, [...before, ...preload, script], {cwd: folder, encoding: 'utf8'});
			expect(ran).toMatchObject({status: 0});
			expect(JSON.parse(ran.stdout)).toEqual({
				native,
				applied: native ? reference.binary : reference.wasm,
				render: 'function',
			});
			// Whoever has no binary is told so, once; nobody else is told anything of ours.
			expect(ran.stderr.match(/No binary loads on this machine/g) ?? []).toHaveLength(
				native ? 0 : 1,
			);
			expect(ran.stderr.match(/\[remotion-headroom\]/g) ?? []).toHaveLength(native ? 0 : 1);
		}
	}
}

const OMITTED = [
	'npm --omit=optional',
	'pnpm --no-optional',
	'yarn 1 --ignore-optional',
	'bun --omit=optional',
];

test.each([
	'npm',
	'npm, linked',
	'pnpm, isolated',
	'pnpm, hoisted',
	'yarn 1',
	'yarn 4, Plug and Play',
	'yarn 4, node-modules',
	'yarn 4, pnpm',
	'bun, hoisted',
	'bun, isolated',
	...OMITTED,
])('%s: the package loads and activates Remotion', (name) => {
	const folder = use(name, {[NAME]: VERSION});
	rows.push([name, 'from a registry', OMITTED.includes(name) ? 'WebAssembly, says so' : 'binary']);
	if (name === 'npm') {
		expect(installed(folder)).toEqual([NAME, `${NAME}-${PLATFORM}`]);
		// What the lockfile says is what a build server gets.
		managers['npm ci'].install(folder);
		activate(folder, managers[name]);
	}
});

const TYPES = `
import {
	compressAsset,
	explainRenderError,
	getAvailableMemory,
	getAssetStoreStats,
	MediaCache,
	type MediaAsset,
	planRender,
} from 'remotion-headroom';
ENTRIES
const asset: MediaAsset & {volume: number} = {id: 'a', frame: 1, src: 'x', volume: 1};
const bytes: number = getAvailableMemory('error');
const volume: number = compressAsset([], asset).volume;
const native: boolean = getAssetStoreStats().native;
const cache = new MediaCache({maxSizeInBytes: 1000});
const stored: boolean = cache.set('key', new Uint8Array(10));
const length: number | undefined = cache.get('key')?.length;
const tabs: number = planRender({width: 1280, height: 720, concurrency: 1}).options.concurrency;
const codes: string[] = explainRenderError(new Error('?')).map(({code}) => code);
// @ts-expect-error a string is no log level
const wrong = () => getAvailableMemory('loud');
console.log(JSON.stringify([typeof bytes, volume, native, typeof wrong, stored, length, tabs, codes]));
`;

test.each([
	['consumer.mts', 'node16', 'node16'],
	['consumer.cts', 'node16', 'node16'],
	['consumer.mts', 'esnext', 'bundler'],
	['consumer.ts', 'commonjs', 'node10'],
])(
	'TypeScript: %s as %s, resolved as by %s, compiles and runs',
	(file, module, moduleResolution) => {
		const folder = project(`${file}-${moduleResolution}`);
		run('npm', ['install', ...QUIET, ours], {cwd: folder});
		const entries = Object.keys(manifest.exports)
			// The types of ./renderer are Remotion's, which is not installed here.
			.filter((entry) => !['.', './renderer', './package.json'].includes(entry))
			.map(
				(entry, i) => `import type * as entry${i} from '${NAME}${entry.slice(1)}';
export type Entry${i} = typeof entry${i};`,
			);
		write(folder, {
			[file]: TYPES.replace('ENTRIES', entries.join('\n')),
			'tsconfig.json': {
				compilerOptions: {
					...{module, moduleResolution, outDir: 'compiled', strict: true, target: 'es2022'},
					// Our declarations must hold without anybody else's.
					types: [],
					lib: ['es2022', 'dom'],
				},
				files: [file],
			},
		});
		run(node, [tool('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'], {cwd: folder});
		const compiled = path.join('compiled', file.replace('ts', 'js'));
		const answer = JSON.parse(run(node, [compiled], {cwd: folder}));
		assert.deepEqual(answer, ['number', 1, true, 'function', true, 10, 1, []]);
	},
);

/** `npx remotion-headroom doctor`, as installed. */
function doctor(folder) {
	const npx = (...args) => run('npm', ['exec', '--no', '--', NAME, ...args], {cwd: folder});
	assert.equal(npx('--version').trim(), VERSION);
	const {activation, versions} = JSON.parse(npx('doctor', '--json'));
	assert.deepEqual(versions.binary, {loads: true});
	return activation;
}

test('npx remotion-headroom doctor, without Remotion', () => {
	const folder = project('doctor');
	run('npm', ['install', ...QUIET, ours], {cwd: folder});
	doctor(folder);
});

/** What a process leaves behind, to prove that it was activated. */
const REPORT = `
process.on('exit', () => {
	const stats = require('remotion-headroom').getAssetStoreStats();
	require('node:fs').appendFileSync('stats.jsonl', JSON.stringify(stats) + '\\n');
});
`;

test('the render test, and the CLI with one variable more', async () => {
	const folder = project('render', {'report.cjs': REPORT});
	const {devDependencies} = manifest;
	const remotion = Object.keys(devDependencies)
		.filter((name) => /^(remotion|@remotion\/.*|react|react-dom)$/.test(name))
		.map((name) => `${name}@${devDependencies[name]}`);
	run('npm', ['install', ...QUIET, ours, ...remotion], {cwd: folder});
	const activation = doctor(folder);
	assert.equal(activation.remotionVersion, devDependencies['@remotion/renderer']);
	// This version waits for the encoder by itself.
	assert.deepEqual(
		activation.skipped.map(({part}) => part),
		['prespawn-ffmpeg'],
	);
	fs.cpSync(path.join(root, 'example'), path.join(folder, 'example'), {recursive: true});
	run(node, [path.join(folder, 'example', 'check.mjs')], {cwd: folder});

	const find = `import {findBrowser} from './example/browser.mjs';
		console.log(JSON.stringify(await findBrowser()));`;
	const found = run(node, ['--input-type=module', '-e', find], {cwd: folder});
	const {browserExecutable, chromeMode} = JSON.parse(found.trim().split('\n').at(-1));
	const cli = (output, NODE_OPTIONS) => {
		const args = [
			...['exec', '--no', '--', 'remotion', 'render', 'example/src/index.jsx', 'chord', output],
			`--props=${JSON.stringify({frames: 10, width: 320, height: 180, trackSeconds: 1})}`,
			...(browserExecutable ? [`--browser-executable=${browserExecutable}`] : []),
			...(chromeMode ? [`--chrome-mode=${chromeMode}`] : []),
		];
		run('npm', args, {cwd: folder, env: {NODE_OPTIONS}});
		return fs.readFileSync(path.join(folder, output));
	};
	const stock = cli('stock.mp4', '');
	const report = path.join(folder, 'report.cjs');
	const activated = cli('activated.mp4', `--require ${NAME}/register --require ${report}`);
	assert(stock.equals(activated), 'the activated CLI renders something else');
	const lines = fs.readFileSync(path.join(folder, 'stats.jsonl'), 'utf8').trim().split('\n');
	const hits = lines.map((line) => JSON.parse(line).hits);
	assert(Math.max(...hits) > 0, 'the CLI was not activated');
});
