'use strict';

// The ways into activation, each with one real render whose output must be that
// of a render without: the script of a project that has the package installed.

const {spawnSync} = require('node:child_process');
const {createHash} = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {browser, bundle, removeBundles} = require('./harness');

const repo = path.join(__dirname, '..', '..');
const modules = path.join(repo, 'node_modules');

let project;
let serveUrl;
let plain;

/** Tells, when the process ends, how many payloads the store has seen. */
const PROBE = `
const {getAssetStoreStats} = require('remotion-headroom');
process.on('exit', () => {
	const {hits, misses} = getAssetStoreStats();
	require('node:fs').writeFileSync(process.env.PROBE_FILE, String(hits + misses));
});
`;

const RENDER = `
const composition = await selectComposition({...options, id: 'payloads'});
await renderMedia({...options, composition, codec: 'h264', concurrency: 1, outputLocation: process.argv[2]});
process.exit(0);
`;

beforeAll(async () => {
	serveUrl = await bundle();
	project = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-ways-'));
	fs.mkdirSync(path.join(project, 'node_modules', '@remotion'), {recursive: true});
	const link = (from, name) =>
		fs.symlinkSync(from, path.join(project, 'node_modules', ...name.split('/')), 'dir');
	link(repo, 'remotion-headroom');
	link(path.join(modules, '@remotion', 'renderer'), '@remotion/renderer');
	link(path.join(modules, '@remotion', 'cli'), '@remotion/cli');
	const write = (name, text) => fs.writeFileSync(path.join(project, name), text);
	write('package.json', '{"private": true}');
	write('probe.cjs', PROBE);
	const options = `const options = ${JSON.stringify({
		serveUrl,
		...browser,
		inputProps: {count: 2, bytes: 20000, durationInFrames: 3},
		logLevel: 'error',
	})};`;
	const from = (specifier) => `import {renderMedia, selectComposition} from '${specifier}';`;
	write('stock.mjs', `${from('@remotion/renderer')}${options}${RENDER}`);
	write('entry.mjs', `${from('remotion-headroom/renderer')}${options}${RENDER}`);
	write(
		'code.mjs',
		`import {register} from 'remotion-headroom';
		register();
		const {renderMedia, selectComposition} = await import('@remotion/renderer');
		${options}${RENDER}`,
	);
	write(
		'stock.cjs',
		`const {renderMedia, selectComposition} = require('@remotion/renderer');
		${options}
		(async () => {${RENDER}})();`,
	);
	write(
		'entry.cjs',
		`const {renderMedia, selectComposition} = require('remotion-headroom/renderer');
		${options}
		(async () => {${RENDER}})();`,
	);
	plain = run(['stock.cjs']);
	expect(plain.digest).not.toBeNull();
}, 120_000);

afterAll(async () => {
	fs.rmSync(project, {recursive: true, force: true});
	await removeBundles();
});

let runs = 0;

/** Runs `node ...args OUTPUT`; resolves to {digest, payloads, stderr}. */
function run(args, env = {}, output = `${runs}.mp4`) {
	const probe = path.join(project, `probe-${runs++}`);
	const {stderr, stdout, status} = spawnSync(process.execPath, [...args, output], {
		cwd: project,
		encoding: 'utf8',
		env: {...process.env, PROBE_FILE: probe, ...env},
	});
	if (status !== 0) {
		throw new Error(`${stdout}\n${stderr}`);
	}
	const digest = createHash('sha256')
		.update(fs.readFileSync(path.join(project, output)))
		.digest('hex');
	const payloads = fs.existsSync(probe) ? Number(fs.readFileSync(probe, 'utf8')) : null;
	return {digest, payloads, stderr};
}

const PROBED = ['--require', './probe.cjs'];
const activate = {NODE_OPTIONS: '--require remotion-headroom/register'};
const [major, minor] = process.versions.node.split('.').map(Number);
// Older ones have no hook for ESM importers.
const leadsEsm = major >= 20 || (major === 18 && minor >= 19);

test.each([
	['CommonJS, --require', ['--require', 'remotion-headroom/register', 'stock.cjs'], {}],
	['CommonJS, NODE_OPTIONS', ['stock.cjs'], activate],
	['CommonJS, remotion-headroom/renderer', ['entry.cjs'], {}],
	['ESM, remotion-headroom/renderer', ['entry.mjs'], {}],
	...(leadsEsm
		? [
				['ESM, --import', ['--import', 'remotion-headroom/register', 'stock.mjs'], {}],
				['ESM, --require', ['--require', 'remotion-headroom/register', 'stock.mjs'], {}],
				['ESM, register() before the import', ['code.mjs'], {}],
			]
		: []),
])(
	'%s',
	(_name, args, env) => {
		const {digest, payloads} = run([...PROBED, ...args], env);
		expect(payloads).toBeGreaterThan(0);
		expect(digest).toBe(plain.digest);
	},
	60_000,
);

test('REMOTION_HEADROOM=off', () => {
	const args = [...PROBED, '--require', 'remotion-headroom/register', 'stock.cjs'];
	const {digest, payloads} = run(args, {REMOTION_HEADROOM: 'off'});
	expect(payloads).toBe(0);
	expect(digest).toBe(plain.digest);
}, 60_000);

test('without a binary', () => {
	const args = ['--require', 'remotion-headroom/register', 'stock.cjs'];
	const {digest} = run(args, {REMOTION_HEADROOM_BINARY: 'off'});
	expect(digest).toBe(plain.digest);
}, 60_000);

describe('the CLI', () => {
	const cli = path.join('node_modules', '@remotion', 'cli', 'remotion-cli.js');
	const flags = [
		'--props={"count":2,"bytes":20000,"durationInFrames":3}',
		'--log=error',
		...(browser.browserExecutable
			? [`--browser-executable=${browser.browserExecutable}`, '--chrome-mode=chrome-for-testing']
			: []),
	];
	const probed = {NODE_OPTIONS: '--require ./probe.cjs'};
	const both = {NODE_OPTIONS: `${probed.NODE_OPTIONS} ${activate.NODE_OPTIONS}`};

	// The output comes right behind the composition.
	const command = (name, composition, env, output) => {
		const args = [cli, name, ...flags, serveUrl, composition];
		return run(args, env, output);
	};

	test('remotion render', () => {
		const stock = command('render', 'payloads', probed, 'stock.mp4');
		const activated = command('render', 'payloads', both, 'activated.mp4');
		expect(stock.payloads).toBe(0);
		expect(activated.payloads).toBeGreaterThan(0);
		expect(activated.digest).toBe(stock.digest);
	}, 120_000);

	test('remotion still', () => {
		const stock = command('still', 'payloads', probed, 'stock.png');
		const activated = command('still', 'payloads', both, 'activated.png');
		expect(activated.payloads).toBeGreaterThan(0);
		expect(activated.digest).toBe(stock.digest);
	}, 120_000);
});
