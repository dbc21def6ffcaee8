// npm run test:install: publishes our packages to a registry on this machine,
// installs them from it as users do, and runs them there.
//   node scripts/verdaccio.mjs [--render]     also the render test, with the installed packages
import {strict as assert} from 'node:assert';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {
	binaryName,
	check,
	manifest,
	pack,
	platformManifest,
	platforms,
	stageMain,
	stagePlatform,
} from './packages.mjs';
import {main, npmTools, root, run} from './tools.mjs';

const node = process.execPath;
const PLATFORM = 'linux-x64-gnu';
const RENDER = process.argv.includes('--render');

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-install-'));
const tools = npmTools('install');
const tool = (...parts) => path.join(tools, 'node_modules', ...parts);
const write = (folder, files) => {
	for (const [name, content] of Object.entries(files)) {
		const file = path.join(folder, name);
		fs.mkdirSync(path.dirname(file), {recursive: true});
		fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
	}
};

/** The binary that is published: the one for release where it was built, else this checkout's. */
function binary() {
	const release = path.join(root, 'artifacts', binaryName(PLATFORM));
	if (!fs.existsSync(release)) {
		run(node, ['scripts/build-linux.mjs']);
	}
	run(node, ['scripts/assert-glibc.mjs', release]);
	return release;
}

/** Packs everything. Other platforms go without their binary: nothing installs them here. */
function packAll() {
	const tarballs = path.join(home, 'tarballs');
	const packed = [];
	for (const platform of platforms) {
		const folder = path.join(home, 'staging', platform);
		if (platform === PLATFORM) {
			stagePlatform(platform, binary(), folder);
			packed.push(pack(folder, tarballs));
			check(packed.at(-1));
		} else {
			write(folder, {'package.json': platformManifest(platform)});
			packed.push(pack(folder, tarballs));
		}
	}
	stageMain(path.join(home, 'staging', 'main'));
	const mainPackage = pack(path.join(home, 'staging', 'main'), tarballs);
	check(mainPackage);
	console.log(`Main package: ${mainPackage.size} bytes, ${mainPackage.files.length} files`);
	return [...packed, mainPackage];
}

async function freePort() {
	const server = net.createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address();
	server.close();
	return port;
}

async function startRegistry() {
	const port = await freePort();
	const address = `http://127.0.0.1:${port}`;
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
	const server = spawn(
		node,
		[
			tool('verdaccio', 'bin', 'verdaccio'),
			'--config',
			path.join(home, 'verdaccio.yaml'),
			'--listen',
			`127.0.0.1:${port}`,
		],
		// As root it warns that it need not be.
		{stdio: ['ignore', 'inherit', 'inherit'], env: {...process.env, NODE_NO_WARNINGS: '1'}},
	);
	for (;;) {
		assert.equal(server.exitCode, null, 'verdaccio ended');
		const answer = await fetch(`${address}/-/ping`).catch(() => null);
		if (answer?.ok) {
			return {server, address};
		}
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

/** An empty project that installs from `address`. */
function project(name, address, files = {}) {
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

/** Runs the consumers. `how` turns arguments of node into a command. */
function consume(folder, {native = true, how = (args) => [node, args]} = {}) {
	write(folder, CONSUMERS);
	for (const name of Object.keys(CONSUMERS)) {
		const [command, args] = how([path.join(folder, name)]);
		const answer = JSON.parse(run(command, args, {cwd: folder}));
		const expected = {src: 'same-as-a-0', available: true, estimate: 2_073_600_000, native};
		assert.deepEqual(answer, expected, `${name} in ${folder}`);
	}
}

const ours = `${manifest.name}@${manifest.version}`;
const installed = (folder) =>
	fs
		.readdirSync(path.join(folder, 'node_modules'))
		.filter((name) => name.startsWith(manifest.name));

const managers = {
	npm(address) {
		const folder = project('npm', address);
		run('npm', ['install', '--no-audit', '--no-fund', ours], {cwd: folder});
		assert.deepEqual(installed(folder), [manifest.name, `${manifest.name}-${PLATFORM}`]);
		consume(folder);
		// What the lockfile says is what a build server gets.
		run('npm', ['ci', '--no-audit', '--no-fund'], {cwd: folder});
		consume(folder);
	},
	'npm --omit=optional'(address) {
		const folder = project('npm-omit', address);
		run('npm', ['install', '--no-audit', '--no-fund', '--omit=optional', ours], {cwd: folder});
		assert.deepEqual(installed(folder), [manifest.name]);
		consume(folder, {native: false});
	},
	pnpm(address) {
		const folder = project('pnpm', address);
		const pnpm = tool('pnpm', 'bin', 'pnpm.cjs');
		run(node, [pnpm, 'add', '--store-dir', path.join(home, 'pnpm-store'), ours], {cwd: folder});
		consume(folder);
	},
	'yarn 1'(address) {
		const folder = project('yarn-1', address);
		run(
			node,
			[
				tool('yarn', 'bin', 'yarn.js'),
				'add',
				'--cache-folder',
				path.join(home, 'yarn-cache'),
				ours,
			],
			{cwd: folder},
		);
		consume(folder);
	},
	'yarn 4, Plug and Play'(address) {
		const yarn = tool('@yarnpkg', 'cli-dist', 'bin', 'yarn.js');
		const folder = project('yarn-4', address, {
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
		consume(folder, {how: (args) => [node, [yarn, 'node', ...args]]});
	},
};

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

/** Compiles a TypeScript consumer and runs what came out. */
function typescript(folder) {
	const entries = Object.keys(manifest.exports)
		// The types of ./renderer are Remotion's, which is not installed here.
		.filter((entry) => !['.', './renderer', './package.json'].includes(entry))
		.map(
			(entry, i) => `import type * as entry${i} from '${manifest.name}${entry.slice(1)}';
export type Entry${i} = typeof entry${i};`,
		)
		.join('\n');
	const settings = {
		'node16 (ESM)': {file: 'consumer.mts', module: 'node16', moduleResolution: 'node16'},
		'node16 (CommonJS)': {file: 'consumer.cts', module: 'node16', moduleResolution: 'node16'},
		bundler: {file: 'consumer.mts', module: 'esnext', moduleResolution: 'bundler'},
		node10: {file: 'consumer.ts', module: 'commonjs', moduleResolution: 'node10'},
	};
	for (const [name, {file, ...options}] of Object.entries(settings)) {
		const outDir = path.join(folder, 'compiled', options.moduleResolution, options.module);
		write(folder, {
			[file]: TYPES.replace('ENTRIES', entries),
			'tsconfig.json': {
				compilerOptions: {
					...options,
					outDir,
					strict: true,
					target: 'es2022',
					// Our declarations must hold without anybody else's.
					types: [],
					lib: ['es2022', 'dom'],
				},
				files: [file],
			},
		});
		run(node, [tool('typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'], {cwd: folder});
		const compiled = path.join(outDir, file.replace('ts', 'js'));
		const answer = JSON.parse(run(node, [compiled], {cwd: folder}));
		assert.deepEqual(answer, ['number', 1, true, 'function', true, 10, 1, []], name);
		console.log(`TypeScript, ${name}: compiles and runs`);
		fs.rmSync(path.join(folder, file));
	}
}

/** `npx remotion-headroom doctor`, as installed. */
function doctor(folder) {
	const npx = (...args) =>
		run('npm', ['exec', '--no', '--', manifest.name, ...args], {cwd: folder});
	assert.equal(npx('--version').trim(), manifest.version);
	const {activation, versions} = JSON.parse(npx('doctor', '--json'));
	assert.equal(versions.binary, null);
	console.log(`npx ${manifest.name} doctor: ${activation.remotionVersion ?? 'no Remotion here'}`);
	return activation;
}

/** What a process leaves behind, to prove that it was activated. */
const REPORT = `
process.on('exit', () => {
	const stats = require('remotion-headroom').getAssetStoreStats();
	require('node:fs').appendFileSync('stats.jsonl', JSON.stringify(stats) + '\\n');
});
`;

/** The repo's render test on what was installed, and the CLI with one variable more. */
async function render(address) {
	const folder = project('render', address, {'report.cjs': REPORT});
	const {devDependencies} = manifest;
	const remotion = Object.keys(devDependencies)
		.filter((name) => /^(remotion|@remotion\/.*|react|react-dom)$/.test(name))
		.map((name) => `${name}@${devDependencies[name]}`);
	run('npm', ['install', '--no-audit', '--no-fund', ours, ...remotion], {cwd: folder});
	const activation = doctor(folder);
	assert.equal(activation.remotionVersion, devDependencies['@remotion/renderer']);
	assert.deepEqual(activation.skipped, []);
	fs.cpSync(path.join(root, 'example'), path.join(folder, 'example'), {recursive: true});
	process.stdout.write(run(node, [path.join(folder, 'example', 'check.mjs')], {cwd: folder}));

	const {findBrowser} = await import('../example/browser.mjs');
	const {browserExecutable, chromeMode} = await findBrowser();
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
	const activated = cli(
		'activated.mp4',
		`--require ${manifest.name}/register --require ${path.join(folder, 'report.cjs')}`,
	);
	assert(stock.equals(activated), 'the activated CLI renders something else');
	const most = fs
		.readFileSync(path.join(folder, 'stats.jsonl'), 'utf8')
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line).hits)
		.sort((a, b) => a - b)
		.at(-1);
	assert(most > 0, 'the CLI was not activated');
	console.log(
		`npx remotion render: ${stock.length} bytes, the same stock and activated; ${most} payloads recognised`,
	);
}

main(async () => {
	assert.equal(`${process.platform}-${process.arch}`, 'linux-x64', 'This runs on linux-x64 alone.');
	let registry;
	try {
		const packed = packAll();
		const mainFile = packed.at(-1).file;
		run(node, [tool('publint', 'src', 'cli.js'), mainFile, '--strict']);
		console.log('publint: passes');
		run(node, [tool('@arethetypeswrong', 'cli', 'dist', 'index.js'), mainFile]);
		console.log('attw: passes');
		registry = await startRegistry();
		const {address} = registry;
		const publisher = project('publisher', address);
		for (const {file} of packed) {
			run('npm', ['publish', '--ignore-scripts', '--provenance=false', file], {cwd: publisher});
		}
		console.log(`Published ${packed.length} packages of ${manifest.version}`);
		for (const [name, install] of Object.entries(managers)) {
			install(address);
			console.log(`${name}: installs, CommonJS and ESM run`);
		}
		typescript(path.join(home, 'projects', 'npm'));
		doctor(path.join(home, 'projects', 'npm'));
		if (RENDER) {
			await render(address);
		}
	} finally {
		registry?.server.kill();
		fs.rmSync(home, {recursive: true, force: true});
	}
});
