'use strict';

// Publishes our packages to a registry on this machine, installs them from it as
// users do, and runs them there. linux-x64 alone, a minute or two.

const assert = require('node:assert/strict');
const {spawn} = require('node:child_process');
const {once} = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const inspect = require('../binary/inspect');
const {check, manifest, pack, stage} = require('../../scripts/packages');
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
let server;

jest.setTimeout(600_000);

const tool = (...parts) => path.join(tools, 'node_modules', ...parts);
const write = (folder, files) => {
	for (const [name, content] of Object.entries(files)) {
		const file = path.join(folder, name);
		fs.mkdirSync(path.dirname(file), {recursive: true});
		fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
	}
};

/** Packs everything. Nothing installs the other platforms here, so their binaries are none. */
function packAll() {
	const artifacts = path.join(home, 'artifacts');
	const binary = (platform) => `${manifest.napi.binaryName}.${platform}.node`;
	const release = path.join(root, 'artifacts', binary(PLATFORM));
	if (!fs.existsSync(release)) {
		run(node, ['scripts/build.js', 'x86_64-unknown-linux-gnu']);
	}
	for (const cpu of ['x64', 'arm64']) {
		for (const system of ['darwin-CPU', 'linux-CPU-gnu', 'linux-CPU-musl', 'win32-CPU-msvc']) {
			const platform = system.replace('CPU', cpu);
			if (platform !== 'win32-arm64-msvc') {
				write(artifacts, {[binary(platform)]: 'for another machine'});
			}
		}
	}
	inspect(release);
	fs.copyFileSync(release, path.join(artifacts, binary(PLATFORM)));
	return stage(path.join(home, 'staging'), artifacts).map((folder) => {
		const one = pack(folder, path.join(home, 'tarballs'));
		check(one);
		return one.file;
	});
}

async function startRegistry() {
	const socket = net.createServer().listen(0, '127.0.0.1');
	await once(socket, 'listening');
	const {port} = socket.address();
	socket.close();
	const upstream = run('npm', ['config', 'get', 'registry']).trim();
	write(home, {
		'verdaccio.yaml': `
storage: ./storage
auth: {htpasswd: {file: ./htpasswd}}
uplinks: {npm: {url: '${upstream}', timeout: 60s}}
packages:
  'remotion-headroom*': {access: $all, publish: $all}
  '**': {access: $all, proxy: npm}
log: {type: stdout, format: pretty, level: error}
`,
	});
	const config = ['--config', path.join(home, 'verdaccio.yaml')];
	server = spawn(
		node,
		[tool('verdaccio', 'bin', 'verdaccio'), ...config, '--listen', `127.0.0.1:${port}`],
		// As root it warns that it need not be.
		{stdio: ['ignore', 'inherit', 'inherit'], env: {...process.env, NODE_NO_WARNINGS: '1'}},
	);
	for (;;) {
		assert.equal(server.exitCode, null, 'verdaccio ended');
		const answer = await fetch(`http://127.0.0.1:${port}/-/ping`).catch(() => null);
		if (answer?.ok) {
			return `http://127.0.0.1:${port}`;
		}
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

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

beforeAll(async () => {
	assert.equal(`${process.platform}-${process.arch}`, 'linux-x64', 'This runs on linux-x64 alone.');
	tools = npmTools('install');
	packed = packAll();
	address = await startRegistry();
	// As the release workflow does it, with a login for this registry.
	const how = ['--tag', `v${VERSION}`, '--registry', address];
	run(node, ['scripts/packages.js', 'publish', path.join(home, 'tarballs'), ...how], {
		env: {[`npm_config_//${address.slice(7)}/:_authToken`]: 'none'},
	});
});

afterAll(() => {
	server?.kill();
	fs.rmSync(home, {recursive: true, force: true});
});

test('publint and attw pass', () => {
	run(node, [tool('publint', 'src', 'cli.js'), packed.at(-1), '--strict']);
	run(node, [tool('@arethetypeswrong', 'cli', 'dist', 'index.js'), packed.at(-1)]);
});

test('npm', () => {
	const folder = project('npm');
	run('npm', ['install', ...QUIET, ours], {cwd: folder});
	expect(installed(folder)).toEqual([NAME, `${NAME}-${PLATFORM}`]);
	consume(folder);
	// What the lockfile says is what a build server gets.
	run('npm', ['ci', ...QUIET], {cwd: folder});
	consume(folder);
});

test('npm --omit=optional', () => {
	const folder = project('npm-omit');
	run('npm', ['install', ...QUIET, '--omit=optional', ours], {cwd: folder});
	expect(installed(folder)).toEqual([NAME]);
	consume(folder, {native: false});
});

test('pnpm', () => {
	const folder = project('pnpm');
	const args = ['add', '--store-dir', path.join(home, 'pnpm-store'), ours];
	run(node, [tool('pnpm', 'bin', 'pnpm.cjs'), ...args], {cwd: folder});
	consume(folder);
});

test('yarn 1', () => {
	const folder = project('yarn-1');
	const args = ['add', '--cache-folder', path.join(home, 'yarn-cache'), ours];
	run(node, [tool('yarn', 'bin', 'yarn.js'), ...args], {cwd: folder});
	consume(folder);
});

test('yarn 4, Plug and Play', () => {
	const yarn = tool('@yarnpkg', 'cli-dist', 'bin', 'yarn.js');
	const folder = project('yarn-4', {
		'.yarnrc.yml': [
			`npmRegistryServer: '${address}'`,
			'unsafeHttpWhitelist: [127.0.0.1]',
			'enableGlobalCache: false',
			'enableTelemetry: false',
			'nodeLinker: pnp',
			'pnpEnableEsmLoader: true',
			// It refuses releases of the last days by default; ours is a minute old.
			'npmMinimalAgeGate: 0',
			'',
		].join('\n'),
		'yarn.lock': '',
	});
	// yarn refuses to write its lockfile where CI is set.
	// Its global folder remembers where tarballs were, by host name alone.
	const env = {
		YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
		YARN_GLOBAL_FOLDER: path.join(home, 'yarn-global'),
	};
	run(node, [yarn, 'add', ours], {cwd: folder, env});
	consume(folder, {before: [yarn, 'node']});
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
