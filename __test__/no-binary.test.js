'use strict';

// The package where no binary loads: a copy of it in an empty folder, in a
// process of its own.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
let home;
let copy;

beforeAll(() => {
	home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-no-binary-'));
	copy = path.join(home, 'node_modules', 'remotion-headroom');
	const {files} = require('../package.json');
	for (const name of ['package.json', ...files]) {
		if (fs.existsSync(path.join(root, name))) {
			fs.cpSync(path.join(root, name), path.join(copy, name), {recursive: true});
		}
	}
});

afterAll(() => {
	fs.rmSync(home, {recursive: true, force: true});
});

/** Runs `script` beside the copy. */
function run(script, env = {}) {
	const {REMOTION_HEADROOM_BINARY: _, ...inherited} = process.env;
	return spawnSync(process.execPath, ['-e', script], {
		cwd: home,
		encoding: 'utf8',
		env: {...inherited, ...env},
	});
}

const use = `
	const headroom = require('remotion-headroom');
	require('remotion-headroom');
	const asset = (frame) => ({type: 'audio', id: 'a', frame, src: 'data:,' + 'x'.repeat(500)});
	const first = headroom.compressAsset([], asset(0));
	const again = headroom.compressAsset([first], asset(1));
	process.stdout.write(JSON.stringify({
		src: again.src,
		back: headroom.uncompressMediaAsset([first], again).src === first.src,
		available: headroom.getAvailableMemory('warn'),
		estimate: headroom.shouldUseParallelEncoding({width: 9, height: 9, logLevel: 'warn'}).estimatedUsage,
		stats: headroom.getAssetStoreStats(),
	}));
`;

test('the drop-ins work, after one line of warning', () => {
	const {status, stdout, stderr} = run(use);
	expect(stderr.trim().split('\n')).toEqual([expect.stringContaining('[remotion-headroom]')]);
	expect(stderr).toContain(`${process.platform}-${process.arch}`);
	expect(status).toBe(0);
	const {available, ...answers} = JSON.parse(stdout);
	expect(available).toBeGreaterThan(0);
	expect(answers).toEqual({
		src: 'same-as-a-0',
		back: true,
		estimate: 81_000,
		stats: {payloads: 0, bytes: 0, hits: 1, misses: 0, native: false},
	});
});

test('a governor is there, and can be switched off', () => {
	const {status, stdout, stderr} = run(
		`
		const {onGovernorAction, register} = require('remotion-headroom');
		const actions = [];
		const end = onGovernorAction((action) => actions.push(action));
		const {governorFor} = require('./node_modules/remotion-headroom/lib/governor/governor');
		const governor = governorFor({govern: {reserveBytes: 2 ** 20}});
		governor.look();
		governor.tell('warn', {type: 'tab-opened', tab: 3});
		end();
		governor.tell('warn', {type: 'tab-opened', tab: 4});
		register({govern: 'off'});
		process.stdout.write(JSON.stringify({actions, off: governorFor({govern: 'off'})}));
	`,
		{REMOTION_HEADROOM_BINARY: 'off'},
	);
	expect({status, stderr}).toEqual({status: 0, stderr: ''});
	const {actions, off} = JSON.parse(stdout);
	expect(off).toBe(null);
	expect(actions).toEqual([
		{
			type: 'tab-opened',
			tab: 3,
			availableBytes: expect.any(Number),
			expectedBytes: expect.any(Number),
			reserveBytes: 2 ** 20,
			limitBytes: expect.any(Number),
			limitHits: 0,
			oomKills: 0,
			message: expect.stringMatching(/^opened tab 3 \([\d,]+ MiB of [\d,]+ MiB left, .*\)\.$/),
		},
	]);
	expect(actions[0].availableBytes).toBeGreaterThan(0);
	expect(actions[0].limitBytes).toBeGreaterThanOrEqual(actions[0].availableBytes);
});

test('REMOTION_HEADROOM_BINARY=off says nothing', () => {
	const {status, stderr} = run(use, {REMOTION_HEADROOM_BINARY: 'off'});
	expect({status, stderr}).toEqual({status: 0, stderr: ''});
});

test('REMOTION_HEADROOM_BINARY=required throws with every cause', () => {
	const {status, stderr} = run(use, {REMOTION_HEADROOM_BINARY: 'required'});
	expect(status).not.toBe(0);
	const {platform, arch} = process;
	expect(stderr).toContain('HEADROOM_NO_BINARY');
	if (platform === 'linux') {
		// The library that Node itself was built for.
		const {glibcVersionRuntime} = process.report.getReport().header;
		const libc = glibcVersionRuntime ? `glibc ${glibcVersionRuntime}` : 'musl';
		expect(stderr).toContain(`that loads on this machine (linux-${arch}, ${libc}).`);
	} else {
		expect(stderr).toContain(`that loads on this machine (${platform}-${arch}).`);
	}
	for (const abi of {linux: ['-gnu', '-musl'], win32: ['-msvc']}[platform] ?? ['']) {
		const name = `${platform}-${arch}${abi}`;
		// What was tried: a build of the checkout, then the package; each with its cause.
		expect(stderr).toMatch(new RegExp(`remotion-headroom\\.${name}\\.node: Cannot find module`));
		expect(stderr).toMatch(new RegExp(`  remotion-headroom-${name}: Cannot find module`));
	}
	// What to do.
	expect(stderr).toContain('reinstall without --omit=optional');
	expect(stderr).toContain('on the machine that renders');
});

test('a binary that does not load is named with its cause', () => {
	const {platform, arch} = process;
	const abi = {linux: '-gnu', win32: '-msvc'}[platform] ?? '';
	const file = path.join(copy, `remotion-headroom.${platform}-${arch}${abi}.node`);
	fs.writeFileSync(file, 'not a binary');
	const {stderr} = run(use, {REMOTION_HEADROOM_BINARY: 'required'});
	fs.rmSync(file);
	const cause = stderr.split('\n').find((line) => line.startsWith(`  ${file}: `));
	expect(cause).not.toContain('Cannot find module');
	expect(cause).toContain(path.basename(file));
});

test('what needs the binary throws why, called or constructed', () => {
	const {stdout, stderr} = run(`
		const {native} = require('./node_modules/remotion-headroom/lib/native');
		const {SomeClass} = native;
		for (const use of [() => native.someFunction(1), () => new SomeClass()]) {
			try { use(); } catch (error) { console.log(error.code, error.message); }
		}
		console.log(String(native));
	`);
	expect(stdout).toContain(
		'HEADROOM_NO_BINARY someFunction needs the binary. remotion-headroom has',
	);
	expect(stdout).toContain('HEADROOM_NO_BINARY SomeClass needs the binary. remotion-headroom has');
	expect(stderr.trim().split('\n')).toHaveLength(1);
});

test('a binary of another version is not used', () => {
	const {platform, arch} = process;
	const suffix = {linux: '-gnu', win32: '-msvc'}[platform] ?? '';
	const name = `remotion-headroom-${platform}-${arch}${suffix}`;
	const folder = path.join(home, 'node_modules', name);
	fs.mkdirSync(folder);
	fs.writeFileSync(
		path.join(folder, 'package.json'),
		JSON.stringify({name, version: '0.0.1', main: 'index.js'}),
	);
	fs.writeFileSync(path.join(folder, 'index.js'), 'module.exports = {};');
	const {stderr} = run(use, {REMOTION_HEADROOM_BINARY: 'required'});
	expect(stderr).toContain(`${name}: it is version 0.0.1`);
	fs.rmSync(folder, {recursive: true});
});

/** What looks from a thread, where a timer stands in. */
const THREAD = ['watch', 'unwatch'];

test('it has the names of the binary, but for what a part needs that steps aside without it, and what has a thread', () => {
	const {native} = require('../lib/native');
	const wasm = require('../lib/wasm').makeNative();
	const methods = (made) => Object.getOwnPropertyNames(made.prototype).sort();
	const missing = Object.keys(native).filter((name) => !(name in wasm));
	// Where there is no binary the two are the same.
	const lacking = [
		...['PayloadBuilder', 'Recorder', 'SourceMap'],
		...['dataUrlNumber', 'decodeBase64', 'readSourceMap', 'releaseBytes'],
	];
	expect(native.externalStringsWork() ? missing.sort() : lacking).toEqual(lacking);
	for (const [name, ours] of Object.entries(wasm)) {
		if (typeof ours !== 'function') {
			expect({[name]: ours}).toEqual({[name]: native[name]});
			continue;
		}
		expect(typeof native[name]).toBe('function');
		if (/^[A-Z]/.test(name)) {
			expect(methods(ours)).toEqual(
				methods(native[name]).filter((method) => !THREAD.includes(method)),
			);
		}
	}
});

test('it refuses what it does not know, and does not take it for something else', () => {
	const {native} = require('../lib/native');
	const wasm = require('../lib/wasm').makeNative();
	const machine = {available: 4e9, cpus: 2, framesInMemory: 0, decides: false};
	const frames = {width: 9, height: 9, scale: 1, codec: 'h264', image: 'jpeg'};
	const sources = {mediaSources: 1, offthreadThreads: 2};
	const whole = {
		...machine,
		...frames,
		...sources,
		tabs: 1,
		keepTabs: false,
		parallelEncoding: 'ifItFits',
	};
	for (const core of [native, wasm]) {
		expect(core.planRender(whole).reasons[0]).toMatchObject({code: 'memory-given'});
		for (const property of ['parallelEncoding', 'sequential', 'limitedBy']) {
			const refused = () => core.planRender({...whole, [property]: 'sometimes'});
			expect(refused).toThrow(new RegExp(`sometimes.*${property}`));
		}
		expect(() => core.planRender({...whole, parallelEncoding: undefined})).toThrow(
			/parallelEncoding/,
		);
	}
	expect(() => new wasm.MediaCache(1).call('explode')).toThrow('explode');
});

test('it starts where code generation from strings is forbidden', () => {
	const {status, stderr} = run(use, {
		REMOTION_HEADROOM_BINARY: 'off',
		NODE_OPTIONS: '--disallow-code-generation-from-strings',
	});
	expect({status, stderr}).toEqual({status: 0, stderr: ''});
});
