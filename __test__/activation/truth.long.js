'use strict';

// Every way in, right and wrong: was it active, and was it said where not? One
// real render each, whose output must be stock's.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {npmTools} = require('../../scripts/tools');
const {NEWEST, browser, bundle, removeBundles, rootOf} = require('./harness');
const {ACTIVATE, PROBED, makeProject, modules} = require('./project');

const OTHER = '4.0.500';

const PRELOADED = ['--require', 'remotion-headroom/register'];
const IMPORTED = ['--import', 'remotion-headroom/register'];
const FROM = (specifier) => `import {renderMedia, selectComposition} from '${specifier}';`;
const REQUIRED = (specifier) => `const {renderMedia, selectComposition} = require('${specifier}');`;
const STOCK = '@remotion/renderer';

const [major, minor] = process.versions.node.split('.').map(Number);
const leadsEsm = major >= 20 || (major === 18 && minor >= 19);

const LOADED_BEFORE = /ESM build of \S+ was loaded before remotion-headroom was activated/;
const NO_FRAME = /no frame came by: Remotion rendered from \S+/;
const TOO_OLD = leadsEsm ? null : NO_FRAME;

let project;
let tsx;

const esbuild = (input, output, ...flags) => {
	const {status, stderr} = spawnSync(
		path.join(modules, '.bin', 'esbuild'),
		[
			input,
			`--outfile=${output}`,
			'--bundle',
			'--platform=node',
			'--log-level=error',
			'--external:@remotion/compositor-*',
			...flags,
		],
		{cwd: project.directory, encoding: 'utf8'},
	);
	expect(stderr).toBe('');
	expect(status).toBe(0);
	return output;
};

/** [way in, files to make and arguments of Node, active, what is said, environment] */
const WAYS = [
	// What the documents advise.
	['CommonJS, --require', (make) => [...PRELOADED, make('a.cjs', REQUIRED(STOCK))], true],
	['CommonJS, NODE_OPTIONS', (make) => [make('a.cjs', REQUIRED(STOCK))], true, null, ACTIVATE],
	[
		'CommonJS, remotion-headroom/renderer',
		(make) => [make('b.cjs', REQUIRED('remotion-headroom/renderer'))],
		true,
	],
	[
		'ESM, remotion-headroom/renderer',
		(make) => [make('b.mjs', FROM('remotion-headroom/renderer'))],
		true,
	],
	['ESM, --require', (make) => [...PRELOADED, make('a.mjs', FROM(STOCK))], leadsEsm, TOO_OLD],
	...(leadsEsm
		? [['ESM, --import', (make) => [...IMPORTED, make('a.mjs', FROM(STOCK))], true]]
		: []),
	[
		'ESM, register() before a dynamic import',
		(make) => [
			make(
				'c.mjs',
				`import {register} from 'remotion-headroom'; register();
				const {renderMedia, selectComposition} = await import('${STOCK}');`,
			),
		],
		leadsEsm,
		TOO_OLD,
	],
	// What works, too.
	[
		'CommonJS, required register first',
		(make) => [make('d.cjs', `require('remotion-headroom/register');${REQUIRED(STOCK)}`)],
		true,
	],
	[
		'CommonJS, register() after Remotion',
		(make) => [make('e.cjs', `${REQUIRED(STOCK)} require('remotion-headroom').register();`)],
		true,
	],
	[
		'ESM, imported register, and then a module that imports Remotion dynamically',
		(make) => {
			make('f-later.mjs', `export {renderMedia, selectComposition} from '${STOCK}';`, '');
			return [
				make(
					'f.mjs',
					`import 'remotion-headroom/register';
					const {renderMedia, selectComposition} = await import('./f-later.mjs');`,
				),
			];
		},
		leadsEsm,
		TOO_OLD,
	],
	[
		'ESM, createRequire',
		(make) => [
			make(
				'g.mjs',
				`import {createRequire} from 'node:module'; import 'remotion-headroom/register';
				const require = createRequire(import.meta.url); ${REQUIRED(STOCK)}`,
			),
		],
		true,
	],
	[
		'ESM, the file itself by its path, --require',
		(make) => [
			...PRELOADED,
			make('h.mjs', FROM(path.join(rootOf('renderer', NEWEST), 'dist', 'esm', 'index.mjs'))),
		],
		leadsEsm,
		TOO_OLD,
	],
	[
		'tsx, CommonJS, imported register first',
		(make) => [tsx, make('i.cts', `import 'remotion-headroom/register'; ${FROM(STOCK)}`)],
		true,
	],
	[
		'tsx, ESM, --require',
		(make) => [tsx, ...PRELOADED, make('j.mts', FROM(STOCK))],
		leadsEsm,
		TOO_OLD,
	],
	// What doesn't, and must be said.
	[
		'ESM, imported register, then a static import',
		(make) => [make('k.mjs', `import 'remotion-headroom/register'; ${FROM(STOCK)}`)],
		false,
		LOADED_BEFORE,
	],
	[
		'ESM, register() after a static import',
		(make) => [
			make('l.mjs', `${FROM(STOCK)} import {register} from 'remotion-headroom'; register();`),
		],
		false,
		LOADED_BEFORE,
	],
	[
		'tsx, ESM, imported register, then a static import',
		(make) => [tsx, make('m.mts', `import 'remotion-headroom/register'; ${FROM(STOCK)}`)],
		false,
		LOADED_BEFORE,
	],
	[
		'an esbuild bundle of ESM, --require',
		(make) => [
			...PRELOADED,
			esbuild(
				make('a.mjs', FROM(STOCK)),
				'bundle.mjs',
				'--format=esm',
				"--banner:js=import {createRequire as r} from 'node:module'; const require = r(import.meta.url);",
			),
		],
		false,
		NO_FRAME,
	],
	[
		'an esbuild bundle of CommonJS, --require',
		(make) => [...PRELOADED, esbuild(make('a.cjs', REQUIRED(STOCK)), 'bundle.cjs', '--format=cjs')],
		false,
		NO_FRAME,
	],
	// Not wanted, or nothing to say.
	[
		'switched off',
		(make) => [...PRELOADED, make('a.cjs', REQUIRED(STOCK))],
		false,
		null,
		{REMOTION_HEADROOM: 'No'},
	],
	['not activated, and nothing tried', (make) => [make('a.mjs', FROM(STOCK))], false, null],
];

beforeAll(async () => {
	project = await makeProject();
	const folder = npmTools('tsx');
	tsx = path.join(folder, 'node_modules', 'tsx', 'dist', 'cli.mjs');
	// Remotion's compositors are found from the bundle, too.
	for (const name of fs.readdirSync(path.join(modules, '@remotion'))) {
		if (name.startsWith('compositor-')) {
			fs.symlinkSync(
				path.join(modules, '@remotion', name),
				path.join(project.directory, 'node_modules', '@remotion', name),
				'dir',
			);
		}
	}
}, 240_000);

afterAll(async () => {
	project.remove();
	await removeBundles();
});

const said = (output) => output.split('\n').filter((line) => line.includes('[remotion-headroom]'));

let stock;
beforeAll(() => {
	stock = project.run([project.script('stock.cjs', REQUIRED(STOCK))]).digest;
	expect(stock).not.toBeNull();
}, 60_000);

test.each(WAYS)(
	'%s',
	(_name, prepare, active, says = null, env = {}) => {
		const [first, ...rest] = prepare(project.script);
		// tsx takes flags behind its own name.
		const args = first === tsx ? [tsx, ...PROBED, ...rest] : [...PROBED, first, ...rest];
		const asked = {REMOTION_HEADROOM: 'verbose', FORCE_COLOR: '0'};
		const {digest, payloads, stderr, stdout} = project.run(args, {...asked, ...env});
		expect(digest).toBe(stock);
		expect(payloads > 0).toBe(active);
		// It says that it was at work where it was, and only there.
		expect(said(stdout)).toEqual(
			active ? [expect.stringMatching(/ renderMedia\(\) ended .*; payloads: 2 held once in /)] : [],
		);
		expect(said(stderr)).toEqual(says === null ? [] : [expect.stringMatching(says)]);
	},
	60_000,
);

test('what has no project, bundled with its Remotion', () => {
	const file = esbuild(
		project.script('a.cjs', REQUIRED(STOCK)),
		path.join('alone', 'bundle.cjs'),
		'--format=cjs',
	);
	// Only what the bundle leaves out is installed there.
	const alone = path.join(project.directory, 'alone');
	const kept = path.join(project.directory, 'node_modules', '@remotion', 'renderer');
	const aside = `${kept}-aside`;
	fs.renameSync(kept, aside);
	try {
		const {payloads, stderr} = project.run([
			...PROBED,
			...PRELOADED,
			path.relative(project.directory, path.join(alone, path.basename(file))),
		]);
		expect(payloads).toBe(0);
		expect(said(stderr)).toEqual([expect.stringMatching(NO_FRAME)]);
	} finally {
		fs.renameSync(aside, kept);
	}
}, 60_000);

describe('processes that render nothing are told nothing', () => {
	test.each([
		['Remotion is not even loaded', '', ''],
		['Remotion is loaded', REQUIRED(STOCK), ''],
		[
			'compositions are listed',
			`const {getCompositions} = require('${STOCK}');`,
			'await getCompositions(options.serveUrl, options); process.exit(0);',
		],
		[
			'another program is started',
			"const {execFileSync} = require('node:child_process');",
			"execFileSync(process.execPath, ['-e', '0', '--', '--remote-debugging-port=0']);",
		],
	])(
		'%s',
		(_name, head, body) => {
			const script = project.script('nothing.cjs', head, body);
			const {stderr} = project.run([...PRELOADED, script]);
			expect(stderr).toBe('');
		},
		60_000,
	);
});

describe('a second copy, of another package of the workspace', () => {
	const other = path.join('packages', 'other');

	beforeAll(async () => {
		const scope = path.join(project.directory, other, 'node_modules', '@remotion');
		fs.mkdirSync(scope, {recursive: true});
		fs.symlinkSync(rootOf('renderer', OTHER), path.join(scope, 'renderer'), 'dir');
		const options = {
			serveUrl: await bundle(OTHER),
			...browser,
			inputProps: {count: 2, bytes: 20000, durationInFrames: 3},
			logLevel: 'error',
		};
		const render = `const {renderMedia, selectComposition} = renderer;
			const options = ${JSON.stringify(options)};
			const composition = await selectComposition({...options, id: 'payloads'});
			await renderMedia({...options, composition, codec: 'h264', concurrency: 1, outputLocation: process.argv[2]});`;
		project.write(
			path.join(other, 'render.cjs'),
			`const renderer = require('${STOCK}'); exports.render = async () => {${render}};`,
		);
		project.write(
			path.join(other, 'render.mjs'),
			`import * as renderer from '${STOCK}'; export const render = async () => {${render}};`,
		);
		const report = `const {copies} = require('remotion-headroom').register();
			console.log(JSON.stringify(copies)); process.exit(0);`;
		project.write(
			'first.cjs',
			`require('${STOCK}'); (async () => {
			await require('./${other}/render.cjs').render(); ${report} })();`,
		);
		project.write(
			'first.mjs',
			`import {createRequire} from 'node:module'; import '${STOCK}';
			const require = createRequire(import.meta.url);
			await (await import('./${other}/render.mjs')).render(); ${report}`,
		);
		project.write(
			'stock-other.cjs',
			`require('./${other}/render.cjs').render().then(() => process.exit(0));`,
		);
	}, 120_000);

	test.each([['first.cjs'], ...(leadsEsm ? [['first.mjs']] : [])])(
		'%s',
		(script) => {
			const expected = project.run(['stock-other.cjs']).digest;
			const {digest, payloads, stderr, stdout} = project.run([...PROBED, ...PRELOADED, script]);
			expect(digest).toBe(expected);
			expect(payloads).toBeGreaterThan(0);
			expect(said(stderr)).toEqual([]);
			const copies = JSON.parse(stdout.trim().split('\n').pop());
			expect(copies.map(({remotionVersion}) => remotionVersion)).toEqual([NEWEST, OTHER]);
			for (const {applied} of copies) {
				expect(applied).toEqual(expect.arrayContaining(['collect-assets', 'esm']));
			}
		},
		120_000,
	);
});
