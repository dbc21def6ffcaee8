'use strict';

// The ways into activation, each with one real render whose output must be that
// of a render without: the script of a project that has the package installed.

const path = require('node:path');
const {browser, bundle, removeBundles} = require('./harness');
const {ACTIVATE: activate, PROBED, makeProject} = require('./project');

let project;
let plain;
let bundled;

beforeAll(async () => {
	bundled = await bundle();
	project = await makeProject();
	const {script} = project;
	const from = (specifier) => `import {renderMedia, selectComposition} from '${specifier}';`;
	script('stock.mjs', from('@remotion/renderer'));
	script('entry.mjs', from('remotion-headroom/renderer'));
	script(
		'code.mjs',
		`import {register} from 'remotion-headroom';
		register();
		const {renderMedia, selectComposition} = await import('@remotion/renderer');`,
	);
	const required = (specifier) =>
		`const {renderMedia, selectComposition} = require('${specifier}');`;
	script('stock.cjs', required('@remotion/renderer'));
	script('entry.cjs', required('remotion-headroom/renderer'));
	plain = run(['stock.cjs']);
	expect(plain.digest).not.toBeNull();
}, 120_000);

afterAll(async () => {
	project.remove();
	await removeBundles();
});

const run = (...args) => project.run(...args);

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
		const args = [cli, name, ...flags, bundled, composition];
		return run(args, env, output);
	};

	test('remotion render', () => {
		const stock = command('render', 'payloads', probed, 'stock.mp4');
		const activated = command('render', 'payloads', both, 'activated.mp4');
		expect(stock.payloads).toBe(0);
		expect(activated.payloads).toBeGreaterThan(0);
		expect(activated.digest).toBe(stock.digest);
	}, 120_000);

	test('what is planned reaches remotion render, and what does not fit is said', () => {
		const small = {
			...activate,
			REMOTION_HEADROOM_PLAN: '1',
			REMOTION_HEADROOM_MEMORY_LIMIT: '700m',
		};
		const render = (level, args = []) => {
			const given = [...flags.map((flag) => flag.replace('=error', `=${level}`)), ...args];
			const {stdout, stderr} = run(
				[cli, 'render', ...given, bundled, 'payloads'],
				small,
				'planned.mp4',
			);
			return `${stdout}${stderr}`;
		};
		const said = render('verbose');
		expect(said).toContain('Planned: {"disallowParallelEncoding":true,"concurrency":1,');
		expect(said).toContain('User disallowed parallel encoding.');
		expect(said.match(/Planned: /g)).toHaveLength(1);
		expect(render('warn')).toContain('This does not fit');
		expect(render('error')).not.toContain('This does not fit');
	}, 240_000);

	test('remotion still', () => {
		const stock = command('still', 'payloads', probed, 'stock.png');
		const activated = command('still', 'payloads', both, 'activated.png');
		expect(activated.payloads).toBeGreaterThan(0);
		expect(activated.digest).toBe(stock.digest);
	}, 120_000);
});
