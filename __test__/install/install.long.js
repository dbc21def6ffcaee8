'use strict';

// Publishes our packages to a registry on this machine, installs them from it as
// users do, and runs them there. linux-x64 alone, a minute or two.

const assert = require('node:assert/strict');
const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const inspect = require('../binary/inspect');
const {makeManagers} = require('./managers');
const {manifest} = require('../../scripts/packages');
const {login, packAll, publishTo, startRegistry} = require('../../scripts/registry');
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
let registry;
let managers;
/** A registry that has none of our packages, and tarballs of them. */
let without;
let localManagers;
let local;
/** What is applied in this checkout, by one who asks there. */
let reference;
const rows = [];
const missing = [];

jest.setTimeout(600_000);

const tool = (...parts) => path.join(tools, 'node_modules', ...parts);
const write = (folder, files) => {
	for (const [name, content] of Object.entries(files)) {
		const file = path.join(folder, name);
		fs.mkdirSync(path.dirname(file), {recursive: true});
		fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
	}
};

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

const APPLIED = "console.log(JSON.stringify(require('./index.js').register().applied))";

/**
 * Where the upstream registry lacks one of the compositors, an empty package stands for
 * it: yarn and bun lock packages of all platforms or none. Nothing here runs them.
 */
function standForMissing() {
	const {optionalDependencies} = require('@remotion/renderer/package.json');
	for (const [name, version] of Object.entries(optionalDependencies)) {
		const how = ['--registry', address];
		const found = spawnSync('npm', ['view', `${name}@${version}`, 'version', ...how]);
		if (found.status === 0 && found.stdout.length > 0) {
			continue;
		}
		const [os, cpu, libc] = name.split('compositor-')[1].split('-');
		const folder = path.join(home, 'stand-ins', name);
		const its = {name, version, os: [os], cpu: [cpu]};
		if (os === 'linux') {
			its.libc = [libc.replace('gnu', 'glibc')];
		}
		write(folder, {'package.json': its});
		const tag = ['--tag', 'stand-in', '--access', 'public'];
		run('npm', ['publish', ...how, ...tag], {cwd: folder, env: login(address)});
		missing.push(name);
	}
}

beforeAll(async () => {
	assert.equal(`${process.platform}-${process.arch}`, 'linux-x64', 'This runs on linux-x64 alone.');
	tools = npmTools('install');
	packed = packAll(home, PLATFORM);
	inspect(path.join(root, 'artifacts', `${manifest.napi.binaryName}.${PLATFORM}.node`));
	registry = await startRegistry(home);
	({address} = registry);
	publishTo(address, packed.folder);
	managers = makeManagers(home, address);
	without = await startRegistry(path.join(home, 'without'), address);
	localManagers = makeManagers(path.join(home, 'without'), without.address);
	local = path.join(home, 'local');
	run(node, ['scripts/packages.js', 'local', local]);
	const ask = (env) => JSON.parse(run(node, ['-e', APPLIED], {env}));
	reference = {binary: ask({}), wasm: ask({REMOTION_HEADROOM_BINARY: 'off'})};
	expect(Math.min(...Object.values(reference).map(({length}) => length))).toBeGreaterThan(5);
	standForMissing();
});

afterAll(() => {
	without?.stop();
	registry?.stop();
	fs.rmSync(home, {recursive: true, force: true});
	process.stdout.write('\n| package manager | installed | result |\n| --- | --- | --- |\n');
	process.stdout.write(rows.map((row) => `| ${row.join(' | ')} |\n`).join(''));
	process.stdout.write(`Empty packages stood for: ${missing.join(', ') || 'none'}\n`);
});

test('publint and attw pass', () => {
	run(node, [tool('publint', 'src', 'cli.js'), packed.tarballs.at(-1), '--strict']);
	run(node, [tool('@arethetypeswrong', 'cli', 'dist', 'index.js'), packed.tarballs.at(-1)]);
});

const REMOTION = Object.fromEntries(
	['@remotion/renderer', 'react', 'react-dom', 'remotion'].map((name) => [
		name,
		manifest.devDependencies[name],
	]),
);
const FORMATS = ['cjs', 'mjs'];

/** What a project says of its activated renderer, by each way to import it. */
const ACTIVATE = {
	'activate.cjs': `
const {getAssetStoreStats, register} = require('remotion-headroom');
const {renderMedia} = require('@remotion/renderer');
const {applied} = register();
const {native} = getAssetStoreStats();
console.log(JSON.stringify({native, applied, render: typeof renderMedia}));
`,
	'activate.mjs': `
import {getAssetStoreStats, register} from 'remotion-headroom';
import {renderMedia} from 'remotion-headroom/renderer';
const {applied} = register();
const {native} = getAssetStoreStats();
console.log(JSON.stringify({native, applied, render: typeof renderMedia}));
`,
};

/** Installs in a new project and runs in it what uses us; `dependencies` beside Remotion's. */
function use(name, dependencies, files = {}) {
	const manager = managers[name];
	const native = !OMITTED.includes(name);
	const folder = project(name.replaceAll(/[^\w.]+/g, '-'), {...manager.files, ...files});
	const file = path.join(folder, 'package.json');
	const its = {...JSON.parse(fs.readFileSync(file, 'utf8'))};
	write(folder, {
		'package.json': {...its, dependencies: {...REMOTION, ...its.dependencies, ...dependencies}},
	});
	manager.install(folder);
	activate(folder, manager, native);
	return folder;
}

function activate(folder, {before = []}, native = true) {
	consume(folder, {native, before});
	write(folder, ACTIVATE);
	for (const format of FORMATS) {
		for (const preload of [[], ['--require', `${NAME}/register`]]) {
			const script = path.join(folder, `activate.${format}`);
			const ran = spawnSync(node, [...before, ...preload, script], {cwd: folder, encoding: 'utf8'});
			assert.equal(ran.status, 0, `${format} ${preload}: ${ran.stderr}`);
			expect(JSON.parse(ran.stdout)).toEqual({
				native,
				applied: native ? reference.binary : reference.wasm,
				render: 'function',
			});
			// Whoever has no binary is told so, once; nobody else is told anything of ours.
			expect(ran.stderr.match(/No binary loads on this machine/g) ?? []).toHaveLength(
				native ? 0 : 1,
			);
			expect(ran.stderr.match(/\[remotion-headroom\]/g) ?? []).toHaveLength(native ? 0 : 1);
		}
	}
}

const isNpm = (name) => /^npm \d+$/.test(name);

const OMITTED = [
	'npm 11 --omit=optional',
	'pnpm --no-optional',
	'yarn 1 --ignore-optional',
	'bun --omit=optional',
];

test.each([
	'npm 10',
	'npm 11',
	'npm 11, linked',
	'pnpm, isolated',
	'pnpm, hoisted',
	'yarn 1',
	'yarn 4, Plug and Play',
	'yarn 4, node-modules',
	'yarn 4, pnpm',
	'bun, hoisted',
	'bun, isolated',
	...OMITTED,
])('%s: the package loads and activates Remotion', (name) => {
	const folder = use(name, {[NAME]: VERSION});
	rows.push([name, 'from a registry', OMITTED.includes(name) ? 'WebAssembly, says so' : 'binary']);
	if (isNpm(name)) {
		expect(installed(folder)).toEqual([NAME, `${NAME}-${PLATFORM}`]);
		// What the lockfile says is what a build server gets.
		managers[`${name}, ci`].install(folder);
		activate(folder, managers[name]);
	}
});

/** We have no package for it. */
const NONE = 'freebsd-x64';
/** Machines of others, as each manager is told of one. */
const MACHINES = {
	'darwin-arm64': {os: 'darwin', cpu: 'arm64'},
	'linux-x64-musl': {os: 'linux', cpu: 'x64', libc: 'musl'},
	'win32-x64-msvc': {os: 'win32', cpu: 'x64'},
	[NONE]: {os: 'freebsd', cpu: 'x64'},
};
const asYaml = (machine) =>
	[
		'supportedArchitectures:',
		...Object.entries(machine).map(([key, value]) => `  ${key}: [${value}]`),
		'',
	].join('\n');
const asFlags = (machine) => Object.entries(machine).map(([key, value]) => `--${key}=${value}`);
/** Whose lockfile does not say which C library a package is for: they install those for both. */
const FORGETS_LIBC = ['npm 10'];
/** By manager: what says for which machine is installed, as flags or files. */
const ELSEWHERE = {
	'npm 10': {flags: asFlags},
	'npm 11': {flags: asFlags},
	'pnpm, isolated': {files: (machine) => ({'pnpm-workspace.yaml': asYaml(machine)})},
	'yarn 4, Plug and Play': {
		files: (machine, {'.yarnrc.yml': text}) => ({'.yarnrc.yml': text + asYaml(machine)}),
	},
	'yarn 4, node-modules': {
		files: (machine, {'.yarnrc.yml': text}) => ({'.yarnrc.yml': text + asYaml(machine)}),
	},
	'bun, hoisted': {flags: ({os, cpu}) => [`--os=${os}`, `--cpu=${cpu}`]},
};
const LOCKFILES = {
	npm: 'package-lock.json',
	pnpm: 'pnpm-lock.yaml',
	yarn: 'yarn.lock',
	bun: 'bun.lock',
};

/** Our packages in a folder, wherever a manager put them. */
function ourPackages(folder) {
	const names = fs.readdirSync(folder, {recursive: true}).flatMap((file) => {
		const zip = /(?:^|[/\\])(remotion-headroom[\w-]*)-npm-[^/\\]*\.zip$/.exec(file)?.[1];
		return zip ?? /[/\\](remotion-headroom[\w-]*)[/\\]package\.json$/.exec(file)?.[1] ?? [];
	});
	return [...new Set(names)].sort();
}

test.each(Object.keys(ELSEWHERE))('%s: a lockfile made here, installed for others', (name) => {
	const {flags = () => [], files = () => ({})} = ELSEWHERE[name];
	const manager = managers[name];
	const label = `lock-${name}`.replaceAll(/[^\w.]+/g, '-');
	const folder = project(label, manager.files);
	write(folder, {'package.json': {name: label, private: true, dependencies: {[NAME]: VERSION}}});
	manager.install(folder);
	for (const [machine, how] of Object.entries(MACHINES)) {
		// As another one clones it.
		const clone = project(`${label}-${machine}`, {
			...manager.files,
			...files(how, manager.files),
		});
		for (const file of ['package.json', LOCKFILES[/^\w+/.exec(name)[0]]]) {
			fs.copyFileSync(path.join(folder, file), path.join(clone, file));
		}
		const {install, locked = []} = isNpm(name) ? managers[`${name}, ci`] : manager;
		install(clone, ...locked, ...flags(how));
		const ofLibc = how.libc !== undefined;
		// Bun has no option for the C library, and takes this machine's.
		const own = ofLibc && (name.startsWith('bun') || FORGETS_LIBC.includes(name));
		const others = name.startsWith('bun') && ofLibc ? [] : [machine].filter((one) => one !== NONE);
		const expected = own ? [PLATFORM, ...others] : others;
		expect(ourPackages(clone)).toEqual([NAME, ...expected.map((one) => `${NAME}-${one}`)]);
		// Where none of them is for this machine, the core comes out of the main package.
		consume(clone, {native: own, before: manager.before});
		const result = expected.join(' and ') || 'main package alone';
		rows.push([name, `lockfile made here, for ${machine}`, result]);
	}
});

test('yarn 1: a lockfile made here lists the packages for all machines', () => {
	const folder = project('lock-yarn-1');
	const file = {name: 'lock-yarn-1', private: true, dependencies: {[NAME]: VERSION}};
	write(folder, {'package.json': file});
	managers['yarn 1'].install(folder);
	const lockfile = fs.readFileSync(path.join(folder, 'yarn.lock'), 'utf8');
	const listed = [...lockfile.matchAll(/^remotion-headroom-[^@]+@/gm)];
	expect(listed).toHaveLength(manifest.napi.targets.length);
	rows.push(['yarn 1', 'lockfile made here', 'lists all; has no option for another machine']);
});

test.each(['npm 10', 'npm 11'])(
	'%s: a lockfile made for another machine, installed here',
	(name) => {
		const folder = project(`lock-of-another-${name.replace(' ', '-')}`);
		managers[name].install(folder, ...asFlags(MACHINES['darwin-arm64']), ours);
		expect(installed(folder)).toEqual([NAME, `${NAME}-darwin-arm64`]);
		managers[`${name}, ci`].install(folder);
		const expected = FORGETS_LIBC.includes(name) ? [PLATFORM, 'linux-x64-musl'] : [PLATFORM];
		expect(installed(folder)).toEqual([NAME, ...expected.map((one) => `${NAME}-${one}`)]);
		consume(folder);
		rows.push([name, 'lockfile made for darwin-arm64, here', expected.join(' and ')]);
	},
);

const ON_ANOTHER = 'the same, lockfile and all, for darwin-arm64';
/** Who looks for the file of an optional tarball that the machine is to go without. */
const SKIPS_NO_FILE = {
	'pnpm, isolated': /ENOTDIR/,
	'yarn 4, Plug and Play': /ENOENT/,
	'yarn 4, node-modules': /ENOENT/,
};

/** Tarballs of `pack:local`, in a workspace, beside a registry that has none of ours. */
const LOCAL = [
	'npm 10',
	'npm 11',
	'pnpm, isolated',
	'pnpm, hoisted',
	'yarn 1',
	'yarn 4, Plug and Play',
	'yarn 4, node-modules',
	'bun, hoisted',
	'bun, isolated',
];

test.each(LOCAL)('%s: the tarballs of pack:local in a workspace', (name) => {
	const manager = localManagers[name];
	const label = `local-${name}`.replaceAll(/[^\w.]+/g, '-');
	const main = `${NAME}-${VERSION}.tgz`;
	const own = `${NAME}-${PLATFORM}`;
	const pinned = {[own]: `file:./vendor/${own}-${VERSION}.tgz`};
	const overrides = ['overrides:', `  ${own}: ${pinned[own]}`, ''].join('\n');
	const files = {
		...manager.files,
		'.npmrc': `registry=${without.address}/\n`,
		'package.json': {
			...{name: label, private: true, workspaces: ['packages/*']},
			...(name.startsWith('yarn') ? {resolutions: pinned} : {}),
			...(/^(npm|bun)/.test(name) ? {overrides: pinned} : {}),
		},
		'packages/app/package.json': {
			...{name: 'app', version: '1.0.0', private: true},
			dependencies: {...REMOTION, [NAME]: `file:../../vendor/${main}`},
		},
		...(name.startsWith('pnpm')
			? {'pnpm-workspace.yaml': `packages: [packages/*]\n${overrides}`}
			: {}),
	};
	const folder = project(label, files);
	fs.cpSync(local, path.join(folder, 'vendor'), {recursive: true});
	manager.install(folder);
	activate(path.join(folder, 'packages', 'app'), manager);
	rows.push([name, 'tarballs of pack:local, in a workspace', 'binary']);
	if (ELSEWHERE[name] === undefined) {
		return;
	}
	// The colleague's machine, for which these tarballs have no binary.
	const {flags = () => [], files: more = () => ({})} = ELSEWHERE[name];
	const machine = MACHINES['darwin-arm64'];
	const clone = project(`${label}-clone`, files);
	fs.cpSync(local, path.join(clone, 'vendor'), {recursive: true});
	const lockfile = LOCKFILES[/^\w+/.exec(name)[0]];
	fs.copyFileSync(path.join(folder, lockfile), path.join(clone, lockfile));
	for (const [file, text] of Object.entries(more(machine, manager.files))) {
		write(clone, {[file]: name.startsWith('pnpm') ? files[file] + text : text});
	}
	const {install, locked = []} = isNpm(name) ? localManagers[`${name}, ci`] : manager;
	const reinstall = () => install(clone, ...locked, ...flags(machine));
	if (SKIPS_NO_FILE[name] !== undefined) {
		expect(reinstall).toThrow(SKIPS_NO_FILE[name]);
		rows.push([name, ON_ANOTHER, `fails: ${SKIPS_NO_FILE[name].source}`]);
		return;
	}
	reinstall();
	// Bun installs what an override names on every machine.
	const native = name.startsWith('bun');
	consume(path.join(clone, 'packages', 'app'), {native, before: manager.before});
	rows.push([name, ON_ANOTHER, native ? 'binary comes along' : 'main package alone']);
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

/** Entries whose types are Remotion's. */
const REMOTIONS_TYPES = ['./renderer', './lambda/deploy'];

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
		const imports = (entries) =>
			entries
				.map(
					(entry, i) => `import type * as entry${i} from '${NAME}${entry.slice(1)}';
export type Entry${i} = typeof entry${i};`,
				)
				.join('\n');
		const entries = Object.keys(manifest.exports).filter(
			(entry) => !['.', './package.json', ...REMOTIONS_TYPES].includes(entry),
		);
		const compilerOptions = {
			...{module, moduleResolution, outDir: 'compiled', strict: true, target: 'es2022'},
			// Our declarations must hold without anybody else's.
			types: [],
			// Schemas are entries, too.
			resolveJsonModule: true,
			lib: ['es2022', 'dom'],
		};
		const theirs = file.replace('consumer', 'theirs');
		write(folder, {
			[file]: TYPES.replace('ENTRIES', imports(entries)),
			[theirs]: imports(REMOTIONS_TYPES),
			'tsconfig.json': {compilerOptions, files: [file]},
			// That they are found: what they say needs Remotion, which is not installed here.
			'theirs.json': {
				compilerOptions: {...compilerOptions, skipLibCheck: true, noEmit: true},
				files: [theirs],
			},
		});
		for (const config of ['tsconfig.json', 'theirs.json']) {
			run(node, [tool('typescript', 'bin', 'tsc'), '-p', config], {cwd: folder});
		}
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
		['calculate-asset-positions', 'prespawn-ffmpeg'],
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
