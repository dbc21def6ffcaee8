'use strict';

// The tarballs of pack:local, installed beside the real @remotion/renderer in an
// empty project: every export is called from CommonJS and from ESM there.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {root, run} = require('../scripts/tools');
const {makeRecording, toText} = require('./report/recordings');

const names = Object.keys(require('../index.js'));
const remotion = require('@remotion/renderer/package.json').version;
const project = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-package-'));
const write = (name, text) => fs.writeFileSync(path.join(project, name), text);
const node = (...args) => run(process.execPath, args, {cwd: project});

// What a consumer does with each export of index.js. A name that is missing here, or too much, fails.
const use = `
const assert = require('node:assert');
const asset = {type: 'audio', id: 'a', frame: 0, src: 'data:audio/wav;base64,' + 'A'.repeat(500)};
const uses = {
	getAvailableMemory: (f) => assert(f('error') > 0),
	getAvailableMemoryFromCgroup: (f) => assert(f() === null || f() >= 0),
	getAvailableMemoryFromProcMeminfo: (f) => assert(f('error') === null || f('error') > 0),
	getFreeMemoryFromProcMeminfo: (f) => assert(f('error') === null || f('error') > 0),
	getMaxLambdaMemory: (f) => assert.strictEqual(f(), null),
	shouldUseParallelEncoding: (f) =>
		assert.strictEqual(f({width: 10, height: 10, logLevel: 'error'}).estimatedUsage, 100000),
	hasEnoughMemoryForParallelEncoding: (f) =>
		assert.strictEqual(f({freeMemory: 3e9, estimatedUsage: 1}), true),
	canUseParallelEncoding: (f) => assert.strictEqual(f('h264'), true),
	compressAsset: (f) => assert.strictEqual(f([asset], {...asset, frame: 1}).src, 'same-as-a-0'),
	isAssetCompressed: (f) => assert.strictEqual(f('same-as-a-0'), true),
	uncompressMediaAsset: (f) =>
		assert.strictEqual(f([asset], {...asset, src: 'same-as-a-0'}).src, asset.src),
	getAssetStoreStats: (f) => assert.strictEqual(typeof f().bytes, 'number'),
	measureMemory: (f) => {
		const {available, total, limitedBy} = f({logLevel: 'error'});
		assert(available > 0 && available <= total && typeof limitedBy === 'string');
	},
	planRender: (f) => {
		const {options, reasons, reasonCodes} = f({width: 1280, height: 720, memory: 4e9});
		assert(options.concurrency >= 1 && options.mediaCacheSizeInBytes > 0 && reasons.length > 0);
		assert.strictEqual(reasonCodes[0], 'memory-given');
	},
	getMaxVideoCacheSize: (f) => assert(f('error') >= 500 * 1024 * 1024),
	MediaCache: (C) => {
		const cache = new C({maxSizeInBytes: 1000});
		assert.strictEqual(cache.set('key', Buffer.from('value')), true);
		assert.strictEqual(cache.get('key').toString(), 'value');
		cache.dispose();
	},
	explainRenderError: (f) =>
		assert.strictEqual(f(new Error('Invalid string length'))[0].code, 'string-too-long'),
	printUsefulErrorMessage: (f) => {
		const printed = [];
		const {error} = console;
		console.error = (line) => printed.push(line);
		f(new Error('write ENOSPC: no space left on device'), 'error', false);
		console.error = error;
		assert(printed.length > 0);
	},
	getRenderSummaries: (f) => assert.deepStrictEqual(f(), []),
	onRenderEnd: (f) => f(() => undefined)(),
	getMemoryTimeline: (f) => assert.deepStrictEqual(f(), []),
	metrics: (f) => assert(f().endsWith('# EOF\\n')),
	register: (f) => {
		const {applied, remotionVersion} = f();
		assert.strictEqual(remotionVersion, require('@remotion/renderer/package.json').version);
		assert(applied.includes('compress-assets'));
		assert.deepStrictEqual(f({govern: 'off'}).applied, applied);
		assert.throws(() => f({govern: 'on'}), /^TypeError: govern must be /);
	},
	unregister: (f) => assert.strictEqual(f(), undefined),
	onGovernorAction: (f) => {
		const end = f(() => undefined);
		assert.strictEqual(end(), undefined);
		assert.throws(() => f(5), /^TypeError: listener must be a function/);
	},
};
module.exports = (library) => {
	assert.deepStrictEqual(Object.keys(uses).sort(), ${JSON.stringify([...names].sort())});
	for (const name of ${JSON.stringify(names)}) {
		assert.strictEqual(typeof library[name], 'function', name);
		uses[name](library[name]);
	}
	console.log('${names.length} exports called');
};
`;

beforeAll(() => {
	const tarballs = path.join(project, 'tarballs');
	run(process.execPath, [path.join(root, 'scripts', 'packages.js'), 'local', tarballs]);
	write('package.json', '{"private": true}');
	const files = fs.readdirSync(tarballs).map((name) => path.join(tarballs, name));
	const packages = [`@remotion/renderer@${remotion}`, 'react', 'react-dom', ...files];
	run('npm', ['install', '--no-audit', '--no-fund', ...packages], {cwd: project});
	write('use.cjs', use);
}, 600_000);

afterAll(() => {
	fs.rmSync(project, {recursive: true, force: true});
});

test('CommonJS', () => {
	write('consumer.cjs', "require('./use.cjs')(require('remotion-headroom'));");
	expect(node('consumer.cjs')).toContain(`${names.length} exports called`);
});

test('ESM', () => {
	const imports = names.join(', ');
	write(
		'consumer.mjs',
		`import {${imports}} from 'remotion-headroom';\nimport use from './use.cjs';\nuse({${imports}});`,
	);
	expect(node('consumer.mjs')).toContain(`${names.length} exports called`);
});

test('the report and the schemas, as they are installed', () => {
	write('render.jsonl', toText(makeRecording()));
	const bin = path.join('node_modules', 'remotion-headroom', 'bin', 'remotion-headroom.js');
	expect(node(bin, 'report', 'render.jsonl', '--html', 'report.html')).toMatch(/^Peak /);
	expect(fs.readFileSync(path.join(project, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/);
	for (const name of fs.readdirSync(path.join(root, 'schema'))) {
		write('schema.cjs', `console.log(require('remotion-headroom/schema/${name}').$id);`);
		expect(node('schema.cjs').trim().endsWith(`/schema/${name}`)).toBe(true);
	}
});

test('TypeScript, as it is installed', () => {
	const uses = names.map((name) => `export const _${name}: Function = ${name};`);
	write(
		'consumer.mts',
		`import {${names.join(', ')}} from 'remotion-headroom';\n${uses.join('\n')}\n`,
	);
	const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
	const types = path.join(path.dirname(require.resolve('@types/node/package.json')), '..');
	const how = ['--noEmit', '--strict', '--module', 'node16', '--target', 'es2022'];
	node(tsc, ...how, '--typeRoots', types, '--types', 'node', 'consumer.mts');
});

test('documents that the declarations name are links to files of the repository', () => {
	const folder = path.join(project, 'node_modules', 'remotion-headroom');
	const files = fs
		.readdirSync(folder, {recursive: true})
		.filter((name) => /\.d\.m?ts$/.test(name) && !name.includes('node_modules'));
	expect(files).toEqual(expect.arrayContaining(['index.d.ts', 'renderer.d.mts']));
	const {repository} = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
	const home = `${/^git\+(https:.*)\.git$/.exec(repository.url)[1]}/blob/main/`;
	const named = files.flatMap((name) => {
		const text = fs.readFileSync(path.join(folder, name), 'utf8');
		// Each name of a document, with what stands before it.
		return [...text.matchAll(/([^\s{(]*)\bdocs\/[\w-]+\.md(?:#([\w-]+))?( docs\/[\w-]+\.md\})?/g)];
	});
	expect(named.length).toBeGreaterThan(5);
	const broken = named.filter(([all, before, anchor]) => {
		const file = path.join(root, /docs\/[\w-]+\.md/.exec(all)[0]);
		return before !== home || anchor !== undefined || !fs.existsSync(file);
	});
	expect(broken.map(([all]) => all)).toEqual([]);
});
