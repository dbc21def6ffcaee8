'use strict';

// register() and unregister() on real copies of Remotion, each in a process of
// its own. Renders are in renders.test.js and ways-in.test.js.

const {execFileSync, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {NEWEST, rootOf} = require('./harness');

const repo = path.join(__dirname, '..', '..');
const newest = rootOf('renderer', NEWEST);

let scratch;
beforeEach(() => {
	scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-register-'));
});
afterEach(() => fs.rmSync(scratch, {recursive: true, force: true}));

/** Runs `code`, which sees `register`, `unregister`, `load` and `say`; returns what was said. */
function inChild(code, {root = newest, env = {}, cwd = scratch, nodeOptions = []} = {}) {
	const script = path.join(cwd, `script-${Math.random()}.cjs`);
	fs.writeFileSync(
		script,
		`'use strict';
		const {register, unregister} = require(${JSON.stringify(repo)});
		const root = ${JSON.stringify(root)};
		const load = (file) => require(root + '/dist/' + file + '.js');
		const said = [];
		const say = (value) => said.push(value);
		${code}
		console.log(JSON.stringify(said));`,
	);
	const {stdout, stderr, status} = spawnSync(process.execPath, [...nodeOptions, script], {
		cwd,
		encoding: 'utf8',
		env: {...process.env, ...env},
	});
	if (status !== 0) {
		throw new Error(stderr);
	}
	return {said: JSON.parse(stdout), stderr};
}

/** A project's node_modules with a copy of Remotion that can be changed. */
function ownCopy(change = () => {}) {
	const root = path.join(scratch, 'node_modules', '@remotion', 'renderer');
	fs.cpSync(fs.realpathSync(newest), root, {recursive: true, dereference: true});
	// What it needs itself is found where it is.
	for (const name of [
		'remotion',
		'ws',
		'execa',
		'extract-zip',
		'source-map',
		'react',
		'react-dom',
	]) {
		const from = path.join(repo, 'node_modules', name);
		if (fs.existsSync(from)) {
			fs.symlinkSync(from, path.join(scratch, 'node_modules', name), 'dir');
		}
	}
	for (const name of ['streaming', 'licensing', 'compositor-linux-x64-gnu']) {
		const from = path.join(repo, 'node_modules', '@remotion', name);
		if (fs.existsSync(from)) {
			fs.symlinkSync(from, path.join(scratch, 'node_modules', '@remotion', name), 'dir');
		}
	}
	change((file, from, to) => {
		const target = path.join(root, 'dist', `${file}.js`);
		const text = fs.readFileSync(target, 'utf8');
		expect(text).toContain(from);
		fs.writeFileSync(target, text.replaceAll(from, to));
	});
	return root;
}

const FUNCTIONS = `[
	['collect-assets', 'collectAssets'],
	['compress-assets', 'compressAsset'],
	['render-frame-with-option-to-reject', 'renderFrameWithOptionToReject'],
	['memory/get-available-memory', 'getAvailableMemory'],
	['prestitcher-memory-usage', 'shouldUseParallelEncoding'],
]`;

test('what is replaced is put back', () => {
	const {said} = inChild(`
		const now = () => ${FUNCTIONS}.map(([file, name]) => load(file)[name]);
		const before = now();
		register({from: root});
		const during = now();
		register({from: root});
		say(now().every((ours, i) => ours === during[i]));
		say(during.map((ours, i) => ours !== before[i]));
		unregister();
		say(now().every((theirs, i) => theirs === before[i]));
		unregister();
		register({from: root});
		say(now().every((ours, i) => ours !== before[i]));
	`);
	expect(said).toEqual([true, Array(5).fill(true), true, true]);
});

test('a copy that is required later is activated and reported', () => {
	const root = ownCopy();
	const {said, stderr} = inChild(
		`
		register({from: ${JSON.stringify(newest)}});
		const versions = ({copies}) => copies.map(({path, applied}) => [path, applied.length > 3]);
		say(versions(register({from: ${JSON.stringify(newest)}})));
		require('@remotion/renderer');
		say(versions(register({from: ${JSON.stringify(newest)}})));
		unregister();
	`,
		{root},
	);
	const first = [fs.realpathSync(newest), true];
	expect(said).toEqual([[first], [first, [fs.realpathSync(root), true]]]);
	expect(stderr).toBe('');
});

test('a copy that was required before, from elsewhere, is activated too', () => {
	const root = ownCopy();
	const {said} = inChild(
		`
		const {collectAssets} = load('collect-assets');
		require('@remotion/renderer');
		say(register({from: ${JSON.stringify(newest)}}).copies.length);
		say(load('collect-assets').collectAssets !== collectAssets);
	`,
		{root},
	);
	expect(said).toEqual([2, true]);
});

test('register() again, after a render that was left running, begins anew', () => {
	const {said, stderr} = inChild(`
		const now = () => load('collect-assets').collectAssets;
		const stock = now();
		register({from: root});
		now()({freePage: {}}).catch(() => {});
		unregister();
		say(now() === stock);
		say(register({from: root}).applied.length > 3);
		unregister();
		say(now() === stock);
	`);
	expect(said).toEqual([false, true, true]);
	expect(stderr).toBe('');
});

test('somebody who wrapped a function of ours gets the original after unregister', () => {
	const {said} = inChild(`
		const memory = load('memory/get-available-memory');
		const env = 'REMOTION_HEADROOM_MEMORY_LIMIT';
		process.env[env] = '1000b';
		register({from: root});
		const ours = memory.getAvailableMemory;
		memory.getAvailableMemory = (level) => ours(level);
		say(memory.getAvailableMemory('error'));
		unregister();
		say(memory.getAvailableMemory('error') > 1000);
	`);
	expect(said[0]).toBeLessThanOrEqual(1000);
	expect(said[1]).toBe(true);
});

test('memory is what measureMemory says, or at parity', () => {
	const {said} = inChild(
		`
		const {getAvailableMemory} = load('memory/get-available-memory');
		register({from: root});
		const figures = () => load('memory/get-available-memory').getAvailableMemory('error');
		const parallel = () =>
			load('prestitcher-memory-usage').shouldUseParallelEncoding({width: 10, height: 10, logLevel: 'error'});
		say(figures());
		say(parallel());
		register({from: root, memory: 'parity'});
		say(figures() / getAvailableMemory('error'));
		say(parallel().hasEnoughMemory);
	`,
		{env: {REMOTION_HEADROOM_MEMORY_LIMIT: '3g'}},
	);
	const [measured, parallel, ratio, parity] = said;
	expect(measured).toBeGreaterThan(0);
	expect(measured).toBeLessThanOrEqual(3 * 2 ** 30);
	expect(parallel.freeMemory).toBeLessThanOrEqual(3 * 2 ** 30);
	expect(parallel.estimatedUsage).toBe(100_000);
	expect(parallel.hasEnoughMemory).toBe(parallel.freeMemory - 100_000 > 2e9);
	expect(ratio).toBeGreaterThan(0.5);
	expect(ratio).toBeLessThan(2);
	expect(typeof parity).toBe('boolean');
});

test('REMOTION_HEADROOM=off', () => {
	const {said} = inChild(
		`
		const {collectAssets} = load('collect-assets');
		say(register({from: root}));
		say(load('collect-assets').collectAssets === collectAssets);
	`,
		{env: {REMOTION_HEADROOM: 'off'}},
	);
	expect(said).toEqual([
		{
			remotionVersion: null,
			path: null,
			applied: [],
			skipped: [{part: 'all', reason: 'REMOTION_HEADROOM=off'}],
			copies: [],
		},
		true,
	]);
});

test.each(['OFF', '0', 'false', 'No', 'off '])('REMOTION_HEADROOM=%s switches off', (value) => {
	const {said, stderr} = inChild('say(register({from: root}).applied);', {
		env: {REMOTION_HEADROOM: value},
		nodeOptions: ['--require', path.join(repo, 'register.js')],
	});
	expect(said).toEqual([[]]);
	expect(stderr).toBe('');
});

test.each(['', 'on', '1', 'TRUE', 'yes', 'try-unknown', 'verbose'])(
	'REMOTION_HEADROOM=%s leaves it on, without a word',
	(value) => {
		const {said, stderr} = inChild('say(register({from: root}).applied.length > 3);', {
			env: {REMOTION_HEADROOM: value},
		});
		expect(said).toEqual([true]);
		expect(stderr).toBe('');
	},
);

test('another value of REMOTION_HEADROOM leaves it on, and warns once', () => {
	const {said, stderr} = inChild(
		'register({from: root}); say(register({from: root}).applied.length > 3);',
		{env: {REMOTION_HEADROOM: 'of'}, nodeOptions: ['--require', path.join(repo, 'register.js')]},
	);
	expect(said).toEqual([true]);
	expect(stderr.match(/REMOTION_HEADROOM is "of"/g)).toHaveLength(1);
});

describe('govern', () => {
	/** Registers, begins a render that has no browser, and says what governs it: a reserve, 'auto' or null. */
	const governedBy = (options) => `
		register(${JSON.stringify({from: newest, ...options})});
		{
			const browserReplacer = {};
			load('make-page').makePage({browserReplacer, pageIndex: 0}).catch(() => {});
			const {openings} = require(${JSON.stringify(path.join(repo, 'lib/remotion/make-page'))});
			const {governor} = openings.get(browserReplacer);
			say(governor && (governor.reserveBytes ?? 'auto'));
		}
	`;
	const RESERVE = {govern: {reserveBytes: 1234}};
	const preload = ['--require', path.join(repo, 'register.js')];

	test('the option holds until it is given again, or all is undone', () => {
		const {said, stderr} = inChild(
			[
				...[{}, {govern: 'off'}, {}, RESERVE, {}, {govern: 'auto'}, {govern: 'off'}].map(
					governedBy,
				),
				'unregister();',
				governedBy({}),
			].join('\n'),
			{env: {REMOTION_HEADROOM_GOVERN: undefined}},
		);
		expect(said).toEqual(['auto', null, null, 1234, 1234, 'auto', null, 'auto']);
		expect(stderr).toBe('');
	});

	test.each(['off', 'OFF', '0', 'false', 'No', 'off '])(
		'REMOTION_HEADROOM_GOVERN=%s wins over the option, and the rest is activated',
		(value) => {
			const {said, stderr} = inChild(
				[{}, {govern: 'auto'}, RESERVE].map(governedBy).join('\n') +
					'say(register({from: root}).applied.length > 3);',
				{env: {REMOTION_HEADROOM_GOVERN: value}, nodeOptions: preload},
			);
			expect(said).toEqual([null, null, null, true]);
			expect(stderr).toBe('');
		},
	);

	test.each(['', ' ', 'auto', 'Auto '])(
		'REMOTION_HEADROOM_GOVERN=%j leaves it to the option, without a word',
		(value) => {
			const {said, stderr} = inChild([{}, RESERVE, {govern: 'off'}].map(governedBy).join('\n'), {
				env: {REMOTION_HEADROOM_GOVERN: value},
			});
			expect(said).toEqual(['auto', 1234, null]);
			expect(stderr).toBe('');
		},
	);

	test.each([
		['512Mi', 2 ** 29],
		[' 1.5 GB', 3 * 2 ** 29],
	])('REMOTION_HEADROOM_GOVERN=%j is a reserve, and wins over the option', (value, bytes) => {
		const {said, stderr} = inChild([{}, RESERVE, {govern: 'off'}].map(governedBy).join('\n'), {
			env: {REMOTION_HEADROOM_GOVERN: value},
		});
		expect(said).toEqual([bytes, bytes, bytes]);
		expect(stderr).toBe('');
	});

	test('another value leaves it to the option, and warns once', () => {
		const {said, stderr} = inChild([{}, RESERVE, {govern: 'off'}].map(governedBy).join('\n'), {
			env: {REMOTION_HEADROOM_GOVERN: 'nonsense'},
			nodeOptions: preload,
		});
		expect(said).toEqual(['auto', 1234, null]);
		expect(stderr.match(/REMOTION_HEADROOM_GOVERN is "nonsense"/g)).toHaveLength(1);
		expect(stderr.trim().split('\n')).toHaveLength(1);
	});
});

test('a project without Remotion: nothing happens, nothing is said', () => {
	const {said, stderr} = inChild('say(register());', {
		nodeOptions: ['--require', path.join(repo, 'register.js')],
	});
	expect(said[0].applied).toEqual([]);
	expect(said[0].skipped).toEqual([
		{part: 'all', reason: expect.stringContaining('was not found')},
	]);
	expect(stderr).toBe('');
});

test.each([
	[{memory: 'guessed'}, 'memory must be one of measured, parity'],
	[{logLevel: 'loud'}, 'logLevel must be one of'],
	[{from: 7}, 'from must be a string'],
	[{govern: 'on'}, "govern must be 'auto', 'off' or {reserveBytes}"],
	[{govern: {reserveBytes: 0}}, 'govern.reserveBytes must be a whole number of bytes above zero'],
	[null, 'the argument of register() must be an object'],
])('bad options %j', (options, message) => {
	const {said} = inChild(`
		try {
			register(${JSON.stringify(options)});
		} catch (error) {
			say([error.name, error.message]);
		}
	`);
	expect(said).toEqual([['TypeError', expect.stringContaining(message)]]);
});

describe('a module that is not as we know it', () => {
	const CHANGES = [
		[
			'render-frame-with-option-to-reject/frame-ledger',
			[
				'render-frame-with-option-to-reject',
				'assets.push({',
				'void assets.length;\n    assets.push({',
			],
		],
		['collect-assets', ['collect-assets', 'value.map(', 'Array.from(value).map(']],
		['collect-assets', ['puppeteer-evaluate', 'returnByValue: true', 'returnByValue: Boolean(1)']],
		['compress-assets', ['compress-assets', '< 400', '< 500']],
		['get-available-memory', ['memory/get-available-memory', '.freemem)()', "['free' + 'mem'])()"]],
	];

	test.each(CHANGES)('%s steps aside, with one line: %j', (part, [file, from, to]) => {
		const root = ownCopy((edit) => edit(file, from, to));
		const {said, stderr} = inChild(
			`
			const {report} = {report: register({from: root})};
			register({from: root});
			say(report.skipped);
			say(report.applied.length);
		`,
			{root},
		);
		expect(said[0].map((skipped) => skipped.part)).toContain(part);
		expect(said[1]).toBeGreaterThanOrEqual(3);
		const about = stderr.split('\n').filter((line) => line.includes(`${part} is left to Remotion`));
		expect(about).toHaveLength(1);
	});

	test('at logLevel error it does so silently', () => {
		const root = ownCopy((edit) => edit('compress-assets', '< 400', '< 500'));
		const {stderr} = inChild("register({from: root, logLevel: 'error'});", {root});
		expect(stderr).toBe('');
	});

	test('a module that is gone', () => {
		const root = ownCopy();
		fs.rmSync(path.join(root, 'dist', 'compress-assets.js'));
		const {said} = inChild("say(register({from: root, logLevel: 'error'}).skipped);", {root});
		expect(said[0]).toContainEqual({
			part: 'compress-assets',
			reason: 'there is no module compress-assets',
		});
	});
});

describe('finding the copy', () => {
	const put = (directory, name) => {
		const root = path.join(directory, 'node_modules', ...name.split('/'));
		fs.mkdirSync(root, {recursive: true});
		fs.writeFileSync(path.join(root, 'package.json'), JSON.stringify({name, version: '1.0.0'}));
		return fs.realpathSync(root);
	};
	const find = (cwd, script) => {
		const file = script ?? path.join(cwd, 'script.cjs');
		const finder = path.join(repo, 'lib', 'copies', 'find.js');
		if (script === undefined) {
			fs.writeFileSync(file, '');
		}
		return JSON.parse(
			execFileSync(
				process.execPath,
				[
					'--require',
					finder,
					'-e',
					`process.argv[1] = ${JSON.stringify(file)};
					console.log(JSON.stringify(require(${JSON.stringify(finder)}).findRenderers()));`,
				],
				{cwd, encoding: 'utf8'},
			),
		);
	};

	test('hoisted to the root of a workspace', () => {
		const root = put(scratch, '@remotion/renderer');
		const app = path.join(scratch, 'packages', 'app');
		fs.mkdirSync(app, {recursive: true});
		expect(find(app)).toEqual([root]);
	});

	test("pnpm: the renderer is the CLI's, not the project's", () => {
		const store = path.join(scratch, 'store');
		const cli = put(path.join(store, 'cli'), '@remotion/cli');
		const renderer = put(path.join(store, 'cli'), '@remotion/renderer');
		const project = path.join(scratch, 'project');
		fs.mkdirSync(path.join(project, 'node_modules', '@remotion'), {recursive: true});
		fs.symlinkSync(cli, path.join(project, 'node_modules', '@remotion', 'cli'), 'dir');
		expect(find(project)).toEqual([renderer]);
	});

	test('pnpm: a command behind its link in .bin', () => {
		const store = path.join(scratch, 'store');
		const cli = put(path.join(store, 'cli'), '@remotion/cli');
		const renderer = put(path.join(store, 'cli'), '@remotion/renderer');
		fs.writeFileSync(path.join(cli, 'remotion-cli.js'), '');
		const elsewhere = path.join(scratch, 'elsewhere');
		fs.mkdirSync(elsewhere);
		const link = path.join(elsewhere, 'remotion');
		fs.symlinkSync(path.join(cli, 'remotion-cli.js'), link);
		expect(find(elsewhere, link)).toEqual([renderer]);
	});

	test('two copies: that of the script first, then that of the working directory', () => {
		const one = path.join(scratch, 'one');
		const two = path.join(scratch, 'two');
		const first = put(one, '@remotion/renderer');
		const second = put(two, '@remotion/renderer');
		fs.writeFileSync(path.join(one, 'render.cjs'), '');
		expect(find(two, path.join(one, 'render.cjs'))).toEqual([first, second]);
	});
});
