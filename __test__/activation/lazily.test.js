'use strict';

// What is preloaded takes as little as it can: Remotion and our parts are loaded with the
// first module of Remotion, and a Node that leads importers without a thread has none.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const {registerHooks} = require('node:module');
const os = require('node:os');
const path = require('node:path');
const {pathToFileURL} = require('node:url');
const vm = require('node:vm');
const {needs} = require('../needs');

const repo = path.join(__dirname, '..', '..');
const register = path.join(repo, 'register.js');
const [major, minor] = process.versions.node.split('.').map(Number);
// Older ones have no hook for ESM importers.
const leadsEsm = major >= 20 || (major === 18 && minor >= 19);

const project = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-lazily-'));
const write = (name, text) => fs.writeFileSync(path.join(project, name), text);
beforeAll(() =>
	fs.symlinkSync(path.join(repo, 'node_modules'), path.join(project, 'node_modules')),
);
afterAll(() => fs.rmSync(project, {recursive: true}));

/** What a script says on its last line. */
function run(name, {args = ['--require', register], env = {}} = {}) {
	const {stdout, stderr, status} = spawnSync(process.execPath, [...args, name], {
		cwd: project,
		encoding: 'utf8',
		env: {...process.env, REMOTION_HEADROOM: '', ...env},
	});
	expect(stderr.replace(/^\(node:.*\n|^\(Use .*\n/gm, '')).toBe('');
	expect(status).toBe(0);
	return JSON.parse(stdout.trim().split('\n').at(-1));
}

const say = 'const say = (value) => console.log(JSON.stringify(value));';
const files = 'Object.keys(require.cache).map((file) => file.replaceAll("\\\\", "/"))';
/** Whether what was imported is the CommonJS build, activated. */
const LED = `
	const isLed = (imported) => {
		const {dirname, join} = require('node:path');
		const root = dirname(require.resolve('@remotion/renderer/package.json'));
		const {collectAssets} = require(join(root, 'dist', 'collect-assets.js'));
		const {RenderInternals} = require('@remotion/renderer');
		return [imported.RenderInternals === RenderInternals, collectAssets.name !== 'collectAssets'];
	};
`;

test('a process that loads no Remotion loads neither it nor our parts', () => {
	write('without.cjs', `${say} say(${files});`);
	const loaded = run('without.cjs');
	expect(loaded.filter((file) => file.includes('@remotion/'))).toEqual([]);
	expect(loaded.filter((file) => file.includes('/lib/remotion/'))).toEqual([]);
	expect(loaded.filter((file) => /\.node$|native\.js$/.test(file))).toEqual([]);
	expect(loaded.some((file) => file.endsWith('/lib/register.js'))).toBe(true);
});

test.each([
	['by its name', "'@remotion/renderer'"],
	[
		'by a path inside of it',
		"require.resolve('@remotion/renderer/package.json').replace('package.json', 'dist/render-media.js')",
	],
])('Remotion is activated when it is required %s', (_, what) => {
	write('with.cjs', `${say} ${LED} require(${what}); say(isLed(require('@remotion/renderer')));`);
	expect(run('with.cjs')).toEqual([true, true]);
});

const THREADS = 'require("node:fs").readdirSync("/proc/self/task").length';

const withoutThread = needs(
	'node',
	process.platform !== 'linux' || typeof registerHooks !== 'function'
		? 'threads are counted in /proc, of a Node with module.registerHooks (22.15)'
		: null,
);

withoutThread('no thread is started', () => {
	write('threads.cjs', `${say} require('@remotion/renderer'); say(${THREADS});`);
	expect(run('threads.cjs')).toBe(run('threads.cjs', {env: {REMOTION_HEADROOM: 'off'}}));
});

const describeImports = needs(
	'node',
	leadsEsm ? null : 'this Node has no hook for ESM importers (18.19, 20.6)',
	describe,
);

describeImports('whoever imports is led to what is activated', () => {
	const shown = (imported) => `${LED} say(isLed(${imported}));`;

	test('from a script', () => {
		write('imports.cjs', `${say} import('@remotion/renderer').then((it) => {${shown('it')}});`);
		expect(run('imports.cjs')).toEqual([true, true]);
	});

	test('from a function made of text', () => {
		const text = 'new Function(\'return import("@remotion/renderer")\')';
		write('text.cjs', `${say} ${text}().then((it) => {${shown('it')}});`);
		expect(run('text.cjs')).toEqual([true, true]);
	});

	test.each([
		['eval', 'eval(text)'],
		['an indirect eval', '(0, eval)("import(\'@remotion/renderer\')")'],
		// Older ones import nothing there without a flag.
		...(vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER === undefined
			? []
			: [
					[
						'vm',
						"((vm) => vm.runInThisContext(text, {importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER}))(require('node:vm'))",
					],
				]),
		['a file that is compiled by hand', 'byHand(text)'],
	])('late from %s', (_, how) => {
		write('quoted.txt', "import('@remotion/renderer')");
		const text = "const text = require('node:fs').readFileSync('quoted.txt', 'utf8');";
		const byHand = `const byHand = (text) => {
			const one = new module.constructor(require.resolve('./late.cjs'), module);
			one.filename = one.id;
			one.paths = module.paths;
			one._compile('module.exports = ' + text, one.filename);
			return one.exports;
		};`;
		write('late.cjs', `${text} ${byHand} module.exports = () => ${how};`);
		write('early.cjs', `${say} require('./late.cjs')().then((it) => {${shown('it')}});`);
		expect(run('early.cjs')).toEqual([true, true]);
	});

	test('from a transpiled file', () => {
		const hook = `require.extensions['.ts'] = (one, file) => {
			const text = require('node:fs').readFileSync(file, 'latin1');
			one._compile(Buffer.from(text, 'base64').toString(), file);
		};`;
		const text = Buffer.from('exports.load = () => import("@remotion/renderer");');
		write('late.ts', text.toString('base64'));
		write(
			'hooked.cjs',
			`${say} ${hook} require('./late.ts').load().then((it) => {${shown('it')}});`,
		);
		expect(run('hooked.cjs')).toEqual([true, true]);
	});

	test('from a worker', () => {
		write('worker.cjs', `${say} import('@remotion/renderer').then((it) => {${shown('it')}});`);
		write('starts.cjs', "new (require('node:worker_threads').Worker)('./worker.cjs');");
		expect(run('starts.cjs')).toEqual([true, true]);
	});

	test('from a module that is required later', () => {
		write('later.cjs', 'exports.load = () => import("@remotion/renderer");');
		write('first.cjs', `${say} require('./later.cjs').load().then((it) => {${shown('it')}});`);
		expect(run('first.cjs')).toEqual([true, true]);
	});

	test('from another preload', () => {
		write('early.cjs', 'globalThis.load = (name) => import(name);');
		write('main.cjs', `${say} load('@remotion/renderer').then((it) => {${shown('it')}});`);
		const args = ['--require', './early.cjs', '--require', register];
		expect(run('main.cjs', {args})).toEqual([true, true]);
	});

	/** Hooks, as tsx's and Yarn's are: a module whose text they give requires others without Module._load. */
	function writeHooks() {
		write(
			'hooks.mjs',
			"import {register} from 'node:module'; register('./text.mjs', import.meta.url);",
		);
		write(
			'text.mjs',
			`import {readFileSync} from 'node:fs';
			export async function load(url, context, next) {
				const loaded = await next(url, context);
				const isText = loaded.format === 'commonjs' && url.startsWith('file:');
				return isText ? {...loaded, source: readFileSync(new URL(url))} : loaded;
			}`,
		);
	}

	test.each([
		['--require', '--import', './hooks.mjs'],
		['--import', '--import', './hooks.mjs'],
		['--require', '--experimental-loader', './text.mjs'],
	])('by %s, beside hooks by %s that hand out the text of CommonJS modules', (how, ...hooks) => {
		writeHooks();
		const args = ['--no-warnings', how, register, ...hooks];
		write('required.cjs', `${say} const it = require('@remotion/renderer'); ${shown('it')}`);
		expect(run('required.cjs', {args})).toEqual([true, true]);
		write('imported.cjs', `${say} import('@remotion/renderer').then((it) => {${shown('it')}});`);
		expect(run('imported.cjs', {args})).toEqual([true, true]);
		const require = 'const require = createRequire(import.meta.url);';
		write(
			'imported.mjs',
			`import {createRequire} from 'node:module'; import * as it from '@remotion/renderer';
			${require} ${say} ${shown('it')}`,
		);
		expect(run('imported.mjs', {args})).toEqual([true, true]);
	});

	test.each([
		['renderer.js', 'it.default'],
		['index.js', 'it.register() && (await import("@remotion/renderer"))'],
	])('by %s itself, whose text hooks hand out', (file, imported) => {
		writeHooks();
		const head = `import {createRequire} from 'node:module'; const require = createRequire(import.meta.url);`;
		const from = JSON.stringify(pathToFileURL(path.join(repo, file)));
		write('ours.mjs', `${head} ${say} const it = await import(${from}); ${shown(imported)}`);
		for (const args of [[], ['--import', './hooks.mjs'], ['--experimental-loader', './text.mjs']]) {
			expect(run('ours.mjs', {args: ['--no-warnings', ...args]})).toEqual([true, true]);
		}
		write('late.mjs', `${head} ${say} await import('./hooks.mjs'); await import('./ours.mjs');`);
		expect(run('late.mjs', {args: ['--no-warnings']})).toEqual([true, true]);
	});

	test('by register() in a script', () => {
		const head = `require(${JSON.stringify(repo)}).register();`;
		write('own.cjs', `${head} ${say} import('@remotion/renderer').then((it) => {${shown('it')}});`);
		expect(run('own.cjs', {args: []})).toEqual([true, true]);
	});

	// Asked of a process without Jest, which has features of its own.
	const {stdout} = spawnSync(process.execPath, ['-p', 'process.features.require_module'], {
		encoding: 'utf8',
	});
	const requiringEsm = needs(
		'node',
		stdout.trim() === 'true' ? null : 'this Node requires no ES module',
	);

	requiringEsm('from an ES module that is required', () => {
		write('required.mjs', "export * from '@remotion/renderer';");
		write('requires.cjs', `${say} const it = require('./required.mjs'); ${shown('it')}`);
		// Hooks of module.register, in the loader thread, have no part in require().
		expect(run('requires.cjs')).toEqual([typeof registerHooks === 'function', true]);
	});

	describe('what was imported before register() is told', () => {
		// A warning says it too.
		const registered = `
			const report = require(${JSON.stringify(repo)}).register({logLevel: 'error'});
			say(report.skipped.filter(({reason}) => /was loaded before/.test(reason)).map(({part}) => part));
		`;
		const bare = (name, more = []) => run(name, {args: [...more, '--no-warnings']});

		test('by import() in a CommonJS script', () => {
			write('before.cjs', `${say} import('@remotion/renderer').then(() => {${registered}});`);
			expect(bare('before.cjs')).toEqual(['all']);
		});

		test('by a preload', () => {
			write('preload.mjs', "import '@remotion/renderer';");
			write('after.cjs', `${say} ${registered}`);
			expect(bare('after.cjs', ['--import', './preload.mjs'])).toEqual(['all']);
			expect(bare('after.cjs', ['--import=./preload.mjs'])).toEqual(['all']);
		});

		requiringEsm.each([
			['before.mjs', ''],
			['before/index.js', '{"type": "module"}'],
		])('by a module that was required: %s', (name, manifest) => {
			fs.mkdirSync(path.join(project, 'before'), {recursive: true});
			write('before/package.json', manifest === '' ? '{}' : manifest);
			write(name, "export {renderMedia} from '@remotion/renderer'; export const here = 1;");
			write('requires.cjs', `${say} require('./${name}'); ${registered}`);
			expect(bare('requires.cjs')).toEqual(['all']);
		});

		test('and nobody asks where nothing can have been', () => {
			const asked = "process.moduleLoadList.includes('NativeModule inspector')";
			write('first.cjs', `${say} ${registered} say(${asked});`);
			expect(bare('first.cjs')).toBe(false);
			write('second.cjs', `${say} setImmediate(() => {${registered} say(${asked});});`);
			expect(bare('second.cjs')).toBe(true);
		});
	});

	test('from an ES module', () => {
		const head =
			"import {createRequire} from 'node:module'; const require = createRequire(import.meta.url);";
		write('main.mjs', `${head} import * as it from '@remotion/renderer'; ${say} ${shown('it')}`);
		expect(run('main.mjs')).toEqual([true, true]);
		expect(run('main.mjs', {args: ['--import', register]})).toEqual([true, true]);
	});
});
