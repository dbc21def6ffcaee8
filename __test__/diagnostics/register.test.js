'use strict';

// Activated: Remotion's own wrapper around a render prints what we know, before
// what Remotion says; in processes of their own, with the real modules.

const path = require('node:path');
const {spawnSync} = require('node:child_process');
const {Cgroup, ownCgroup, reasonToSkip} = require('../memory/cgroups');
const {needs} = require('../needs');

const repo = path.join(__dirname, '..', '..');
const root = path.dirname(require.resolve('@remotion/renderer/package.json'));
const PRELUDE = `'use strict';
	const {register, unregister, explainRenderError} = require(${JSON.stringify(repo)});
	const load = (file) => require(${JSON.stringify(root)} + '/dist/' + file + '.js');
	const wrap = (error) => load('wrap-with-error-handling')
		.wrapWithErrorHandling(() => Promise.reject(error))({indent: false, logLevel: 'info'}).catch(() => {});`;
const REGISTER = `register({from: ${JSON.stringify(root)}});`;

function run(code, enter = []) {
	const [command, ...args] = [...enter, process.execPath, '-e', `${PRELUDE}${code}`];
	const {stdout, stderr, status} = spawnSync(command, args, {
		cwd: repo,
		encoding: 'utf8',
	});
	return {stdout, stderr, status};
}

const EXPLAINED = /FFmpeg went away/;

test('the CLI prints it: with register, and not without', () => {
	const fail = "wrap(new Error('write EPIPE'));";
	expect(run(fail).stderr).not.toMatch(EXPLAINED);
	expect(run(`${REGISTER}${fail}`).stderr).toMatch(EXPLAINED);
	expect(run(`${REGISTER}unregister();${fail}`).stderr).not.toMatch(EXPLAINED);
});

test('what Remotion says stays as it is, and is not said twice', () => {
	const fail = "wrap(new Error('Target closed'));";
	const stock = run(fail);
	expect(stock.stdout).toContain('remotion.dev/docs/target-closed');
	expect(run(`${REGISTER}${fail}`)).toEqual(stock);
});

test('what the main module has handed on is ours as well, and the same again afterwards', () => {
	const print = "RenderInternals.printUsefulErrorMessage(new Error('write EPIPE'), 'info', false);";
	const before = "const {RenderInternals} = load('index');";
	expect(run(`${before}${REGISTER}${print}`).stderr).toMatch(EXPLAINED);
	expect(run(`${before}${REGISTER}unregister();${print}`).stderr).not.toMatch(EXPLAINED);
	const same = `${before}const names = ['printUsefulErrorMessage', 'internalRenderStill'];
		const stock = names.map((name) => RenderInternals[name]);
		${REGISTER}
		const ours = names.map((name) => RenderInternals[name]);
		unregister();
		console.log(JSON.stringify([
			ours.some((one) => stock.includes(one)),
			names.every((name, i) => RenderInternals[name] === stock[i]),
		]));`;
	expect(run(same).stdout).toContain('[false,true]');
});

test('an error that ends the process while a render runs is explained, and still ends it', () => {
	// A real pipe whose reader ends without reading, in a render that waits for ever.
	const broken = `
		const child = require('node:child_process').spawn(process.execPath, ['-e', '']);
		setInterval(() => child.stdin.write(Buffer.alloc(2 ** 20)), 20);`;
	const rendering = `load('render-media');
		require(${JSON.stringify(path.join(repo, 'lib', 'oom-kills.js'))}).watch.during(() => new Promise(() => {}));`;
	const {stderr, status} = run(`${REGISTER}${rendering}${broken}`);
	expect(status).toBe(1);
	expect(stderr).toMatch(/EPIPE|EOF|ECONNRESET/);
	if (/EPIPE|EOF/.test(stderr)) {
		expect(stderr).toMatch(EXPLAINED);
	}
	expect(run(`${REGISTER}${broken}`).stderr).not.toMatch(EXPLAINED);
});

test('where it is active, activation is no advice', () => {
	const [without, active] = ['', REGISTER].map(
		(first) =>
			run(`${first}console.log(explainRenderError(new Error('Invalid string length'))[0].detail)`)
				.stdout,
	);
	expect(without).toContain('remotion-headroom/register');
	expect(active).not.toContain('remotion-headroom/register');
	expect(active).toContain('staticFile()');
});

const version = process.platform === 'linux' ? ownCgroup().version : 2;
const testWithCgroups = needs('cgroups', reasonToSkip(version));

testWithCgroups(
	'a process that the kernel has killed explains the render that ran, and no later one',
	() => {
		const name = `headroom-explain-${process.pid}`;
		const cgroup = new Cgroup(ownCgroup().directory, name, {limit: 300 * 2 ** 20});
		// It fills the cgroup, and asks to be the one that is killed for it.
		const greedy = `require('fs').writeFileSync('/proc/self/oom_score_adj', '1000');
		const all = []; for (;;) all.push(Buffer.alloc(2 ** 23, 1));`;
		const code = `${REGISTER}
		const {spawn} = require('node:child_process');
		const text = 'Timed out after 30000ms while setting up the headless browser.';
		let during = () => {};
		const failing = async () => {
			const {watch} = require(${JSON.stringify(path.join(repo, 'lib', 'oom-kills.js'))});
			const error = await watch.during(async () => {
				await during();
				throw new Error(text);
			}).catch((thrown) => thrown);
			return explainRenderError(error).map(({code}) => code);
		};
		(async () => {
			const codes = [await failing()];
			during = () => new Promise((resolve) => {
				spawn(process.execPath, ['-e', ${JSON.stringify(greedy)}]).on('exit', resolve);
			});
			codes.push(await failing());
			during = () => {};
			codes.push(await failing());
			console.log(JSON.stringify(codes));
		})();`;
		try {
			expect(run(code, cgroup.entering()).stdout).toContain('[[],["oom-killed"],[]]');
		} finally {
			cgroup.remove();
		}
	},
);

test('each way to render is one that is watched', () => {
	const code = `${REGISTER}
		const {watch} = require(${JSON.stringify(path.join(repo, 'lib', 'oom-kills.js'))});
		const names = [
			['render-media', 'internalRenderMedia'], ['render-frames', 'internalRenderFrames'],
			['render-still', 'internalRenderStill'], ['select-composition', 'internalSelectComposition'],
			['get-compositions', 'internalGetCompositions'],
		];
		const seen = [];
		// What each reads first of its options is read within the render.
		const options = new Proxy({indent: false, logLevel: 'error'}, {
			get(target, name) { seen.push(watch.isRendering()); return target[name]; },
		});
		(async () => {
			const all = [];
			for (const [file, name] of names) {
				seen.length = 0;
				await load(file)[name](options).catch(() => {});
				all.push([name, seen.length > 0 && seen.every(Boolean), watch.isRendering()]);
			}
			console.log(JSON.stringify(all));
			process.exit();
		})();`;
	const {stdout} = run(code);
	expect(JSON.parse(stdout.trim().split('\n').at(-1))).toEqual(
		['Media', 'Frames', 'Still']
			.map((what) => [`internalRender${what}`, true, false])
			.concat([
				['internalSelectComposition', true, false],
				['internalGetCompositions', true, false],
			]),
	);
});
