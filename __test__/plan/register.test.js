'use strict';

// register({plan: true}) in the real renderMedia() and renderFrames(): what
// they hand on to Remotion's internals.

const {execFileSync} = require('node:child_process');
const path = require('node:path');
const {NEWEST, rootOf} = require('../activation/harness');

const repo = path.join(__dirname, '..', '..');
const LIMIT = 1200 * 2 ** 20;

/** Runs `code` in a process with 1,200 MiB to plan with; returns what it says, and what was logged. */
function inChild(root, code) {
	const script = `'use strict';
		const {planRender, register, unregister} = require(${JSON.stringify(repo)});
		const load = (file) => require(${JSON.stringify(root)} + '/dist/' + file + '.js');
		const renderer = load('index');
		const composition = {id: 'a', width: 1920, height: 1080, fps: 30, durationInFrames: 100, props: {}};
		const passed = [];
		const CHOICES = ['concurrency', 'mediaCacheSizeInBytes', 'offthreadVideoCacheSizeInBytes', 'disallowParallelEncoding'];
		const note = (options) => {
			passed.push(Object.fromEntries(CHOICES.filter((name) => name in options).map((name) => [name, options[name]])));
			return Promise.resolve();
		};
		load('render-media').internalRenderMedia = note;
		load('render-frames').internalRenderFrames = note;
		const media = (options) => renderer.renderMedia({composition, codec: 'h264', serveUrl: 'x', inputProps: {}, ...options});
		const frames = (options) => renderer.renderFrames({
			composition, serveUrl: 'x', inputProps: {}, outputDir: null, onStart() {}, onFrameUpdate() {}, ...options,
		});
		const logged = [];
		console.log = (line) => logged.push(line);
		${code}
		process.stdout.write('\\n' + JSON.stringify({passed, logged, plan: planRender({...composition, codec: 'h264'})}));`;
	const output = execFileSync(process.execPath, ['-e', script], {
		cwd: repo,
		encoding: 'utf8',
		env: {...process.env, REMOTION_HEADROOM_MEMORY_LIMIT: String(LIMIT)},
	});
	return JSON.parse(output.slice(output.lastIndexOf('\n') + 1));
}

describe.each([
	['the newest', rootOf('renderer', NEWEST)],
	['4.0.300', rootOf('renderer', '4.0.300')],
])('Remotion %s', (_name, root) => {
	test('what is unset is planned, in renderMedia and renderFrames', () => {
		const {passed, logged, plan} = inChild(
			root,
			`register({from: ${JSON.stringify(root)}, plan: true});
			media({}); frames({}); media({concurrency: null, mediaCacheSizeInBytes: null});`,
		);
		const [fromMedia, fromFrames, fromNull] = passed;
		expect(fromMedia).toMatchObject(known(plan.options, fromMedia));
		expect(fromMedia.concurrency).toBe(plan.concurrency);
		expect(fromMedia.offthreadVideoCacheSizeInBytes).toBe(plan.offthreadVideoCacheSizeInBytes);
		expect(fromMedia.disallowParallelEncoding).toBe(plan.disallowParallelEncoding);
		expect(fromNull).toEqual(fromMedia);
		expect(fromFrames.concurrency).toBeGreaterThan(0);
		expect(fromFrames.offthreadVideoCacheSizeInBytes).toBeGreaterThan(0);
		expect(logged).toEqual([]);
	});

	test('what was given is kept, and planned with', () => {
		const {passed} = inChild(
			root,
			`register({from: ${JSON.stringify(root)}, plan: true});
			media({concurrency: 1, offthreadVideoCacheSizeInBytes: 70000000, disallowParallelEncoding: true});
			media({disallowParallelEncoding: false});
			frames({concurrency: '50%'});`,
		);
		expect(passed[0]).toMatchObject({
			concurrency: 1,
			offthreadVideoCacheSizeInBytes: 70000000,
			disallowParallelEncoding: true,
		});
		expect(passed[1].disallowParallelEncoding).toBe(false);
		expect(passed[2].concurrency).toBe('50%');
	});

	test('it is said at verbose, and at no other level', () => {
		const {logged} = inChild(
			root,
			`register({from: ${JSON.stringify(root)}, plan: true});
			media({logLevel: 'info'}); media({logLevel: 'verbose'});`,
		);
		expect(logged).toHaveLength(1);
		expect(logged[0]).toContain('[remotion-headroom] Planned: {');
		expect(logged[0]).toContain('REMOTION_HEADROOM_MEMORY_LIMIT');
	});

	test('without plan, after unregister, and with options that can not be planned with, nothing changes', () => {
		const {passed} = inChild(
			root,
			`register({from: ${JSON.stringify(root)}}); media({});
			register({plan: true, from: ${JSON.stringify(root)}}); unregister(); media({});
			register({plan: true, from: ${JSON.stringify(root)}}); media({concurrency: 'lots'});`,
		);
		expect(passed[0].concurrency).toBe(null);
		expect(passed[1].concurrency).toBe(null);
		expect(passed[2].concurrency).toBe('lots');
	});
});

test('the report names the parts only where they were asked for', () => {
	const {register, unregister} = require('../../index.js');
	try {
		const parts = ['render-media', 'render-frames'];
		expect(register({from: repo}).applied.filter((part) => parts.includes(part))).toEqual([]);
		expect(register({from: repo, plan: true}).applied).toEqual(expect.arrayContaining(parts));
		expect(() => register({plan: 'yes'})).toThrow(/^plan must be a boolean/);
	} finally {
		unregister();
	}
});

/** Of `options`, what this version of Remotion hands on. */
function known(options, passed) {
	return Object.fromEntries(Object.entries(options).filter(([name]) => name in passed));
}
