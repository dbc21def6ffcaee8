'use strict';

// Programs that run a script for somebody, on each Node: which ways to preload us reach
// the script. It tells whether Remotion's own function is still in its place there.
//   HEADROOM_WRITE=1 npm run test:long -- runners   also renews docs/matrix.md

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {npmTools, root} = require('../../scripts/tools');
const {COLUMNS, publish, table} = require('./columns');

const REGISTER = ['--require', 'remotion-headroom/register'];
const IN_OPTIONS = {NODE_OPTIONS: REGISTER.join(' ')};
const TOLD = `
const fs = require('node:fs');
const path = require('node:path');
require('@remotion/renderer');
const place = path.dirname(require.resolve('@remotion/renderer/package.json'));
const file = path.join(place, 'dist', 'compress-assets.js');
const stock = fs.readFileSync(file, 'utf8').includes(String(require(file).compressAsset));
fs.writeSync(2, \`activated: \${!stock}\\n\`);
`;
const TOLD_ESM = `
import {createRequire} from 'node:module';
const require = createRequire(import.meta.url);
${TOLD}`;
const REGISTERED = "require('remotion-headroom').register();";
const CALLS = `${REGISTERED}${TOLD}`;
const jestTest = (text) => `test('a', () => {${text}});`;
// Vitest runs test files as ESM.
const vitestTest = (text) => `
import {createRequire} from 'node:module';
import {expect, test} from 'vitest';
const require = createRequire(import.meta.url);
test('a', async () => {${text}
const {renderMedia} = await import('@remotion/renderer');
expect(renderMedia === require('@remotion/renderer').renderMedia).toBe(!stock);
});`;
// In an executable, require knows Node's own modules alone.
const inExecutable = (text) =>
	`require = require('node:module').createRequire(process.execPath);${text}`;

/** A project that has us as packages are: in node_modules, where no tool transforms them. */
fs.mkdirSync(path.join(root, 'target'), {recursive: true});
const project = fs.mkdtempSync(path.join(root, 'target', 'runners-'));
let files = 0;

function write(ending, text = TOLD) {
	const file = path.join(project, `script-${files++}${ending}`);
	fs.writeFileSync(file, text);
	return file;
}

const tool = (name, ...file) => path.join(npmTools(name), 'node_modules', ...file);
const tsx = (file) => tool('tsx', 'tsx', 'dist', file);
const tsNode = (...file) => tool('runners', 'ts-node', ...file);
const tsNodeEsm = () => [tsNode('dist', 'bin-esm.js'), '--transpile-only', write('.mts', TOLD_ESM)];
const vitest = () => tool('runners', 'vitest', 'vitest.mjs');
const JEST = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const WORKER = `new (require('node:worker_threads').Worker)(process.argv[1])`;

function jestArgs(text, config = {}) {
	const testMatch = [write('.test.js', jestTest(text))];
	const whole = {rootDir: project, testEnvironment: 'node', transform: {}, testMatch, ...config};
	return [JEST, `--config=${JSON.stringify(whole)}`];
}

const vitestArgs = (text, ...more) => {
	const file = path.basename(write('.test.mjs', vitestTest(text)));
	return [vitest(), 'run', '--root', project, ...more, file];
};

const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

function ran(command, args, env = {}) {
	const {stdout, stderr, status} = spawnSync(command, args, {
		cwd: project,
		env: {...process.env, ...env},
		encoding: 'utf8',
		timeout: 280_000,
	});
	const output = `${stdout}${stderr}`;
	return {status, output};
}

const made = new Map();

/** An executable of Node's own making; it calls `register()` where `CALLS` is set. */
function executable(node) {
	if (!made.has(node)) {
		const main = write('.cjs', inExecutable(`if (process.env.CALLS) {${REGISTERED}}${TOLD}`));
		const [config, blob, app] = ['.json', '.blob', ''].map((ending) => write(ending, ''));
		const options = {main, output: blob, disableExperimentalSEAWarning: true};
		fs.writeFileSync(config, JSON.stringify(options));
		expect(ran(node, ['--experimental-sea-config', config])).toMatchObject({status: 0});
		fs.copyFileSync(node, app);
		fs.chmodSync(app, 0o755);
		const inject = tool('runners', 'postject', 'dist', 'cli.js');
		const how = ['NODE_SEA_BLOB', blob, '--sentinel-fuse', FUSE];
		expect(ran(process.execPath, [inject, app, ...how])).toMatchObject({status: 0});
		made.set(node, app);
	}
	return made.get(node);
}

/**
 * One a row. `args` are for the Node of the column, or `app` makes what runs instead;
 * `from`: the first major version of Node that the tool runs on.
 */
const ROWS = [
	{name: 'a worker thread, flags', args: () => [...REGISTER, '-e', WORKER, write('.cjs')]},
	{name: '`node file.ts`, flags', from: 22, args: () => [...REGISTER, write('.cts')]},
	{name: '`node --test`, flags', args: () => [...REGISTER, '--test', write('.test.cjs')]},
	{
		name: '`node --test`, `NODE_OPTIONS`',
		args: () => ['--test', write('.test.cjs')],
		env: IN_OPTIONS,
	},
	{name: 'tsx, flags behind its name', args: () => [tsx('cli.mjs'), ...REGISTER, write('.cts')]},
	{name: 'tsx, `NODE_OPTIONS`', args: () => [tsx('cli.mjs'), write('.cts')], env: IN_OPTIONS},
	{
		name: '`node --import tsx`, flags',
		args: () => [...REGISTER, '--import', tsx('loader.mjs'), write('.cts')],
	},
	// tsx starts another Node and hands it no flags that Node got.
	{
		name: 'tsx, flags before it',
		args: () => [...REGISTER, tsx('cli.mjs'), write('.cts')],
		reached: false,
	},
	{
		name: 'ts-node, flags before or behind its name',
		args: () => [tsNode('dist', 'bin.js'), '--transpile-only', ...REGISTER, write('.ts')],
		also: () => [...REGISTER, tsNode('dist', 'bin.js'), '--transpile-only', write('.ts')],
	},
	// It starts another Node, too; on Node 18.20 and 20 it knows no TypeScript by itself.
	{
		name: '`ts-node --esm`, flags before it',
		from: 22,
		args: () => [...REGISTER, ...tsNodeEsm()],
		reached: false,
	},
	{name: '`ts-node --esm`, `NODE_OPTIONS`', from: 22, args: () => tsNodeEsm(), env: IN_OPTIONS},
	{
		name: '`node --require ts-node/register`, flags',
		args: () => [...REGISTER, '--require', tsNode('register', 'transpile-only.js'), write('.ts')],
	},
	{name: 'Jest, `register()` in the test', args: () => jestArgs(CALLS)},
	{
		name: "Jest, `setupFiles: ['remotion-headroom/register']`",
		args: () => jestArgs(TOLD, {setupFiles: ['remotion-headroom/register']}),
	},
	// Each test file has modules of its own, which no preload sees.
	{
		name: 'Jest, flags or `NODE_OPTIONS`',
		args: () => jestArgs(TOLD),
		also: () => [...REGISTER, ...jestArgs(TOLD)],
		env: IN_OPTIONS,
		reached: false,
	},
	{name: 'Vitest, `register()` in the test', from: 20, args: () => vitestArgs(CALLS)},
	{name: 'Vitest, `NODE_OPTIONS`', from: 20, args: () => vitestArgs(TOLD), env: IN_OPTIONS},
	{
		name: 'Vitest in threads, `NODE_OPTIONS`',
		from: 20,
		args: () => vitestArgs(TOLD, '--pool=threads'),
		env: IN_OPTIONS,
	},
	// Node 18 makes them in another way.
	{name: 'single executable, `register()` in it', from: 20, app: executable, env: {CALLS: '1'}},
	{name: 'single executable, `NODE_OPTIONS`', from: 20, app: executable, env: IN_OPTIONS},
];
const NODES = COLUMNS.filter(({bun}) => !bun);
const cells = new Map();

beforeAll(() => {
	npmTools('nodes');
	const {files: published} = require('../../package.json');
	const binaries = fs.readdirSync(root).filter((name) => name.endsWith('.node'));
	const own = path.join(project, 'node_modules', 'remotion-headroom');
	for (const name of [...published, 'package.json', ...binaries]) {
		fs.cpSync(path.join(root, name), path.join(own, name), {recursive: true});
	}
	fs.writeFileSync(path.join(project, 'package.json'), '{"private": true}');
	const compilerOptions = {module: 'commonjs', moduleResolution: 'node'};
	fs.writeFileSync(path.join(project, 'tsconfig.json'), JSON.stringify({compilerOptions}));
	fs.symlinkSync(tool('runners', 'vitest'), path.join(project, 'node_modules', 'vitest'));
}, 600_000);

afterAll(() => {
	fs.rmSync(project, {recursive: true, force: true});
	publish(
		{runners: table('does it reach the script?', ROWS, cells, NODES)},
		cells.size === NODES.length * ROWS.length,
	);
});

describe.each(NODES)('$name', ({name: node, command, major}) => {
	test.each(ROWS)(
		'$name',
		({name, args, also, app, env = {}, from = 0, reached = true}) => {
			const key = `${name} on ${node}`;
			if (major < from) {
				cells.set(key, '-');
				return;
			}
			// TypeScript of the tools: 7 has no compiler that ts-node could call.
			const whole = {...env, TS_NODE_COMPILER: tool('runners', 'typescript')};
			for (const make of app ? [null] : [args, also].filter(Boolean)) {
				const {status, output} = app ? ran(app(command), [], whole) : ran(command, make(), whole);
				expect({status, output}).toEqual({
					status: 0,
					output: expect.stringContaining(`activated: ${reached}`),
				});
			}
			cells.set(key, reached ? 'yes' : 'no');
		},
		600_000,
	);
});
