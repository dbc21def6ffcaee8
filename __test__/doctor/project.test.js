'use strict';

// What the doctor finds in a project, in projects made for it.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {execFileSync} = require('node:child_process');
const browsers = require('../../lib/doctor/browser');
const packages = require('../../lib/doctor/packages');
const ways = require('../../lib/doctor/ways');
const {needs} = require('../needs');
const {expectSchema} = require('./schema');

const root = path.join(__dirname, '../..');
const renderer = path.dirname(require.resolve('@remotion/renderer/package.json'));
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-project-'));
const here = process.cwd();
afterEach(() => process.chdir(here));
afterAll(() => fs.rmSync(scratch, {recursive: true, force: true}));

/** What a finder finds, held against the schema. */
const checked = (found, definition) => {
	for (const one of [found].flat()) {
		expectSchema(one, definition);
	}
	return found;
};
const findWays = (directory) => checked(ways.findWays(directory), 'way');
const findPackages = (directory) => checked(packages.findPackages(directory), 'package');
const findBrowser = (directory, at) => checked(browsers.findBrowser(directory, at), 'browser');

let count = 0;
function project(files) {
	const directory = path.join(fs.realpathSync(scratch), String(count++));
	for (const [name, content] of Object.entries({'package.json': {}, ...files})) {
		const file = path.join(directory, name);
		fs.mkdirSync(path.dirname(file), {recursive: true});
		fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
	}
	return directory;
}

const ESM = "import {renderMedia} from '@remotion/renderer';\n";
const COMMON = "const {renderMedia} = require('@remotion/renderer');\n";
const usual = needs('linux', process.platform === 'win32' ? 'its shell is another one' : null);

usual.each([
	[
		'remotion render a b.mp4',
		{},
		'way-cli',
		'NODE_OPTIONS="--require remotion-headroom/register" npx remotion render a b.mp4',
	],
	[
		'A=1 npx remotion studio',
		{},
		'way-cli',
		'NODE_OPTIONS="--require remotion-headroom/register" npx remotion studio',
	],
	[
		'tsc && remotion still x',
		{},
		'way-cli',
		'NODE_OPTIONS="--require remotion-headroom/register" npx remotion still x',
	],
	['remotion lambda render x', {}, 'way-cloud', undefined],
	['node r.mjs', {'r.mjs': ESM}, 'way-esm', 'node --require remotion-headroom/register r.mjs'],
	['node r.js', {'r.js': COMMON}, 'way-commonjs', 'node --require remotion-headroom/register r.js'],
	[
		'node r.js',
		{'package.json': {type: 'module'}, 'r.js': ESM},
		'way-esm',
		'node --require remotion-headroom/register r.js',
	],
	[
		'node a.mjs',
		{'a.mjs': "import './b.js'", 'b.ts': ESM},
		'way-esm',
		'node --require remotion-headroom/register a.mjs',
	],
	[
		'tsx r.ts',
		{'r.ts': ESM},
		'way-typescript',
		'NODE_OPTIONS="--require remotion-headroom/register" tsx r.ts',
	],
	['bun r.ts', {'r.ts': ESM}, 'way-bun', "import {renderMedia} from 'remotion-headroom/renderer'"],
	[
		'node r.mjs',
		{'r.mjs': "import {renderMedia} from 'remotion-headroom/renderer';"},
		'way-active',
		undefined,
	],
	[
		'node r.mjs',
		{'r.mjs': `import 'remotion-headroom/register';\n${ESM}`},
		'way-too-late',
		'node --require remotion-headroom/register r.mjs',
	],
	['node --require remotion-headroom/register r.js', {'r.js': COMMON}, 'way-active', undefined],
	[
		'next dev',
		{},
		'way-next-bundled',
		"serverExternalPackages: ['@remotion/renderer', 'remotion-headroom']",
	],
	[
		'next start',
		{'next.config.mjs': "export default {serverExternalPackages: ['@remotion/renderer']}"},
		'way-next',
		'NODE_OPTIONS="--require remotion-headroom/register" next start',
	],
])('%s, with %j: %s', (script, files, code, line) => {
	const manifest = {...files['package.json'], scripts: {go: script}};
	manifest.dependencies = {'@remotion/renderer': '4.0.529'};
	const [way, ...others] = findWays(project({...files, 'package.json': manifest}));
	expect(others).toEqual([]);
	expect(way).toEqual({
		script: 'go',
		code,
		activates: !['way-cloud', 'way-bun', 'way-too-late', 'way-next-bundled'].includes(code),
		text: expect.not.stringMatching(/[{}]/),
		...(line === undefined ? {} : {line}),
	});
});

test.each([
	['node build.js', {'build.js': 'console.log(1);'}],
	['node gone.js', {}],
	['node plan.js', {'plan.js': "require('remotion-headroom').planRender({width: 1, height: 1});"}],
	['next build', {}],
	['next dev', {}],
	['remotion upgrade', {}],
	['jest', {}],
])('%s renders nothing', (script, files) => {
	const directory = project({...files, 'package.json': {scripts: {go: script}}});
	expect(findWays(directory)).toEqual([expect.objectContaining({code: 'way-none'})]);
});

test('a package.json that is none is no reason to fail', () => {
	expect(findWays(project({'package.json': '{'}))).toHaveLength(1);
});

// Activated, Remotion knows of the limit that a variable states.
const TELL = "console.log(measure('error') <= 2 ** 29);";
usual.each([
	[
		'r.mjs',
		`${ESM}import {createRequire} from 'node:module';\nconst measure = createRequire(import.meta.url)(process.env.MODULE).getAvailableMemory;\n${TELL}`,
	],
	['r.cjs', `${COMMON}const measure = require(process.env.MODULE).getAvailableMemory;\n${TELL}`],
])('the line for %s activates', (name, source) => {
	const directory = project({'package.json': {scripts: {go: `node ${name}`}}, [name]: source});
	fs.mkdirSync(path.join(directory, 'node_modules'));
	fs.symlinkSync(root, path.join(directory, 'node_modules/remotion-headroom'));
	fs.symlinkSync(path.dirname(renderer), path.join(directory, 'node_modules/@remotion'));
	const MODULE = path.join(renderer, 'dist/memory/get-available-memory.js');
	const run = (line) =>
		execFileSync('sh', ['-c', line], {
			cwd: directory,
			encoding: 'utf8',
			env: {...process.env, MODULE, REMOTION_HEADROOM_MEMORY_LIMIT: '512m'},
		}).trim();
	const [{line}] = findWays(directory);
	expect(run(`node ${name}`)).toBe('false');
	expect(run(line)).toBe('true');
});

test('packages of each name and version, copies within others among them', () => {
	const of = (name, version) => ({name, version});
	const directory = project({
		'node_modules/remotion/package.json': of('remotion', '4.0.2'),
		'node_modules/@remotion/media/package.json': of('@remotion/media', '4.0.2'),
		'node_modules/@remotion/media/node_modules/remotion/package.json': of('remotion', '4.0.1'),
		'node_modules/@remotion/broken/package.json': '{',
		'node_modules/other/package.json': of('other', '1.0.0'),
		'app/package.json': {},
	});
	const found = (at) => findPackages(at).map(({name, version}) => `${name} ${version}`);
	const all = ['@remotion/media 4.0.2', 'remotion 4.0.1', 'remotion 4.0.2'];
	expect(found(directory).sort()).toEqual(all);
	expect(found(path.join(directory, 'app')).sort()).toEqual(all);
});

test('the browser that Remotion would find', () => {
	const directory = project({});
	process.chdir(directory);
	const missing = findBrowser(directory, renderer);
	expect(missing).toMatchObject({source: 'download', state: 'missing'});
	expect(missing.path.startsWith(path.join(directory, 'node_modules', '.remotion'))).toBe(true);

	fs.mkdirSync(path.dirname(missing.path), {recursive: true});
	fs.writeFileSync(missing.path, '');
	const versionFile = path.join(directory, 'node_modules/.remotion/chrome-headless-shell/VERSION');
	const {TESTED_VERSION} = require(path.join(renderer, 'dist/browser/BrowserFetcher.js'));
	fs.writeFileSync(versionFile, '1.2.3');
	expect(findBrowser(directory, renderer)).toMatchObject({state: 'outdated', version: '1.2.3'});
	fs.writeFileSync(versionFile, TESTED_VERSION);
	expect(findBrowser(directory, renderer)).toMatchObject({state: 'ready', path: missing.path});

	const config = path.join(directory, 'remotion.config.ts');
	fs.writeFileSync(config, "Config.setBrowserExecutable('./chrome');\n");
	expect(findBrowser(directory, renderer)).toMatchObject({source: 'config', state: 'lost'});
	fs.writeFileSync(path.join(directory, 'chrome'), '');
	expect(findBrowser(directory, null)).toMatchObject({source: 'config', state: 'ready'});
	fs.writeFileSync(config, "// Config.setBrowserExecutable('./chrome');\n");
	expect(findBrowser(directory, null)).toEqual({source: 'unknown', state: 'unknown'});
});
