'use strict';

const {execFileSync, spawnSync} = require('node:child_process');
const path = require('node:path');
const fc = require('fast-check');
const {canUseParallelEncoding, measureMemory, planRender} = require('../..');
const {CODECS, countCpus} = require('../../lib/plan');

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const fullHd = {width: 1920, height: 1080};

test('the options can be spread into renderMedia()', () => {
	const plan = planRender(fullHd);
	expect(plan.options).toEqual({
		disallowParallelEncoding: expect.any(Boolean),
		concurrency: expect.any(Number),
		mediaCacheSizeInBytes: expect.any(Number),
		offthreadVideoCacheSizeInBytes: expect.any(Number),
	});
	expect(plan).toMatchObject(plan.options);
});

test('without a report it measures for itself', () => {
	const {available} = measureMemory();
	const {availableBytes} = planRender(fullHd);
	expect(Math.abs(availableBytes - available)).toBeLessThan(2 * GIB);
});

test('the report can be given, and its limit is named', () => {
	const memory = {...measureMemory(), available: GIB, limitedBy: 'cgroup'};
	const {availableBytes, reasonCodes} = planRender({...fullHd, memory});
	expect(availableBytes).toBe(GIB);
	expect(reasonCodes[0]).toBe('memory-of-cgroup');
});

test('Remotion itself accepts what is chosen', () => {
	const {resolveConcurrency} = require(
		require
			.resolve('@remotion/renderer/package.json')
			.replace('package.json', 'dist/get-concurrency.js'),
	);
	const {validateOffthreadVideoCacheSizeInBytes} = require(
		require
			.resolve('@remotion/renderer/package.json')
			.replace('package.json', 'dist/options/offthreadvideo-cache-size.js'),
	);
	fc.assert(
		fc.property(
			fc.double({min: 0, max: 1e12, noNaN: true}),
			fc.integer({min: 1, max: 8000}),
			fc.integer({min: 1, max: 8000}),
			fc.constantFrom(...CODECS),
			(memory, width, height, codec) => {
				const {options, reasons, reasonCodes} = planRender({memory, width, height, codec});
				expect(resolveConcurrency(options.concurrency)).toBe(options.concurrency);
				validateOffthreadVideoCacheSizeInBytes(options.offthreadVideoCacheSizeInBytes);
				expect(options.mediaCacheSizeInBytes).toBeGreaterThanOrEqual(240 * MIB);
				expect(options.mediaCacheSizeInBytes).toBeLessThanOrEqual(20_000 * MIB);
				expect(canUseParallelEncoding(codec) || options.disallowParallelEncoding).toBe(true);
				expect(reasons.join()).not.toMatch(/NaN|undefined|Infinity|[{}]/);
				expect(reasonCodes).toHaveLength(reasons.length);
			},
		),
	);
});

test('what was asked for is kept', () => {
	const asked = {
		disallowParallelEncoding: false,
		concurrency: 1,
		mediaCacheSizeInBytes: 300 * MIB,
		offthreadVideoCacheSizeInBytes: 12_345,
	};
	expect(planRender({...fullHd, ...asked, memory: 100 * MIB})).toMatchObject({
		...asked,
		options: asked,
		fits: false,
	});
	// It would not fit, and is not said to.
	expect(planRender({...fullHd, ...asked, memory: 100 * MIB}).reasonCodes).toEqual([
		'memory-given',
		'encoding-after-remotion',
		'tabs-asked',
		'media-cache-asked',
		'offthread-video-cache-asked',
		'does-not-fit',
	]);
	expect(planRender({...fullHd, concurrency: '100%', memory: GIB}).concurrency).toBe(countCpus());
	const unset = {disallowParallelEncoding: null, concurrency: null, mediaCacheSizeInBytes: null};
	expect(planRender({...fullHd, ...unset, memory: GIB})).toEqual(
		planRender({...fullHd, memory: GIB}),
	);
});

test('less memory stops encoding beside rendering, and says so', () => {
	const rich = planRender({...fullHd, memory: 32 * GIB});
	const poor = planRender({...fullHd, memory: 1.6 * GIB});
	expect(rich.disallowParallelEncoding).toBe(false);
	expect(rich.fits).toBe(true);
	expect(poor.disallowParallelEncoding).toBe(true);
	expect(rich.reasonCodes).toContain('encoding-beside');
	expect(poor.reasonCodes).toContain('encoding-after-remotion');
	// Remotion would, but the tabs leave no room for it.
	const tabs = planRender({...fullHd, cpus: 16, memory: 4 * GIB});
	expect([tabs.concurrency, tabs.reasonCodes[1]]).toEqual([7, 'encoding-after']);
	expect(planRender({...fullHd, memory: 0.3 * GIB}).reasonCodes.at(-1)).toBe('does-not-fit');
});

test('why encoding can not run beside rendering', () => {
	const why = (options) => planRender({...fullHd, memory: 32 * GIB, ...options}).reasonCodes[1];
	expect(why({disallowParallelEncoding: true})).toBe('encoding-after-asked');
	expect(why({codec: 'vp9'})).toBe('encoding-after-codec');
	process.env.REMOTION_PARTITIONED_RENDERING = 'true';
	try {
		expect(why({})).toBe('encoding-after-partitions');
	} finally {
		delete process.env.REMOTION_PARTITIONED_RENDERING;
	}
});

test.each([
	[64, 8],
	[16, 8],
	[8, 4],
	[3, 2],
	[2, 1],
	[0.5, 1],
])('%d CPUs of another machine are %d tabs', (cpus, tabs) => {
	const {concurrency} = planRender({...fullHd, cpus, memory: 64 * GIB});
	expect(concurrency).toBe(tabs);
	expect(planRender({...fullHd, cpus, memory: 64 * GIB, concurrency: '100%'}).concurrency).toBe(
		Math.max(1, Math.floor(cpus)),
	);
});

test('with cpus and memory given, this machine is not looked at', () => {
	const script = `
		const {planRender} = require(${JSON.stringify(path.join(__dirname, '..', '..'))});
		const looked = [];
		const note = (holder, name) => {
			const stock = holder[name];
			holder[name] = (...args) => {
				looked.push(name);
				return stock(...args);
			};
		};
		note(require('node:os'), 'cpus');
		note(require('node:os'), 'tmpdir');
		note(require('node:os'), 'availableParallelism');
		note(require('node:child_process'), 'spawnSync');
		const options = {width: 1280, height: 720, memory: 64 * 2 ** 30};
		const tabs = planRender({...options, cpus: 48, concurrency: 48}).concurrency;
		const before = looked.splice(0);
		planRender(options);
		console.log(JSON.stringify({tabs, before, looksOtherwise: looked.length > 0}));
	`;
	const out = execFileSync(process.execPath, ['-e', script], {encoding: 'utf8'});
	expect(JSON.parse(out)).toEqual({tabs: 48, before: [], looksOtherwise: true});
});

test('what is kept of sources is counted, and so are the frames of a video', () => {
	const plan = (options) => planRender({...fullHd, cpus: 2, memory: 4 * GIB, ...options});
	const given = {
		mediaCacheSizeInBytes: 320 * MIB,
		offthreadVideoCacheSizeInBytes: GIB,
		concurrency: 2,
	};
	const peak = (mediaSources) => plan({...given, mediaSources}).expectedPeakBytes;
	expect(peak(10) - peak(0)).toBe(2 * 10 * 20 * MIB);
	expect(peak()).toBe(peak(1));
	// Of what a GiB has left, nothing would be given to it.
	const cache = (options) =>
		plan({memory: GIB, ...options}).offthreadVideoCacheSizeInBytes / (8 * 1920 * 1080 * 3);
	expect(cache({mediaSources: 3})).toBeCloseTo(3 * 2, 1);
	expect(cache({mediaSources: 3, offthreadVideoThreads: 1})).toBeCloseTo(3, 1);
});

test('a scale makes frames smaller, and Remotion does not go by it', () => {
	const plan = (scale) => planRender({...fullHd, scale, cpus: 2, memory: 3 * GIB});
	expect(plan(0.5).expectedPeakBytes).toBeLessThan(plan(1).expectedPeakBytes + 64 * MIB);
	expect(plan(0.5).reasons[2]).not.toBe(plan(1).reasons[2]);
	expect(plan(0.1).reasonCodes[1]).toBe('encoding-after-remotion');
});

test("codecs are Remotion's", () => {
	const manifest = require.resolve('@remotion/renderer/package.json');
	const {validCodecs} = require(manifest.replace('package.json', 'dist/codec.js'));
	expect(CODECS).toEqual(validCodecs);
});

test('frames in memory are counted where they wait there', () => {
	const options = {...fullHd, cpus: 2, memory: 1400 * MIB, durationInFrames: 170};
	const plan = (more) => planRender({...options, ...more});
	const [onDisk, inMemory] = [plan({framesInMemory: false}), plan({framesInMemory: true})];
	expect(inMemory.reasonCodes).toContain('frames-in-memory');
	expect(inMemory.expectedPeakBytes - onDisk.expectedPeakBytes).toBeGreaterThan(200 * MIB);
	expect(plan()).toEqual(onDisk);
	expect(plan({framesInMemory: true, codec: 'mp3'}).reasonCodes).not.toContain('frames-in-memory');
});

test('with an ESM build that was loaded before activation, encoding is as Remotion decides', () => {
	// In a process of its own, as nothing unloads an ESM build.
	const planned = (first) => {
		const script = `
			const {planRender, register} = require(${JSON.stringify(path.join(__dirname, '..', '..'))});
			const plan = {width: 1280, height: 720, memory: 1400 * 2 ** 20, durationInFrames: 99, framesInMemory: true, imageFormat: 'png', concurrency: 1};
			(async () => {
				${first}
				register({logLevel: 'error'});
				console.log(JSON.stringify(planRender(plan).reasonCodes));
			})();`;
		const options = {cwd: path.join(__dirname, '..', '..'), encoding: 'utf8'};
		return JSON.parse(execFileSync(process.execPath, ['-e', script], options));
	};
	expect(planned('')).toContain('encoding-beside-frames');
	expect(planned("await import('@remotion/renderer');")).not.toContain('encoding-beside-frames');
});

test('where a quota decided how many tabs there are, it is named', () => {
	const report = {...measureMemory(), available: 64 * GIB, cpus: 0.5};
	const {concurrency, reasons, reasonCodes} = planRender({...fullHd, memory: report});
	const counted = Math.round(Math.min(8, Math.max(1, countCpus() / 2)));
	expect(concurrency).toBe(1);
	expect(reasonCodes[2]).toBe(counted > 1 ? 'tabs-of-quota' : 'tabs');
	expect(reasons[2].includes('quota of 0.5 CPU')).toBe(counted > 1);
});

test("a report's CPUs count, as far as Remotion counts as many here", () => {
	const report = {...measureMemory(), available: 64 * GIB};
	const tabs = (cpus) => planRender({...fullHd, memory: {...report, cpus}}).concurrency;
	expect(tabs(1)).toBe(1);
	expect(tabs(1000)).toBe(Math.round(Math.min(8, Math.max(1, countCpus() / 2))));
	expect(planRender({...fullHd, memory: {...report, cpus: 1}, cpus: 16}).concurrency).toBe(8);
});

describe('a limit that the user states', () => {
	const LIMIT = 'REMOTION_HEADROOM_MEMORY_LIMIT';
	const plan = (value, options = '') => {
		const script = `
			const {planRender} = require(${JSON.stringify(path.join(__dirname, '..', '..'))});
			for (let i = 0; i < 2; i++) planRender({width: 1280, height: 720});
			const {availableBytes, reasonCodes} = planRender({width: 1280, height: 720${options}});
			console.log(JSON.stringify([availableBytes, reasonCodes[0]]));
		`;
		const env = {...process.env, [LIMIT]: value};
		const how = {encoding: 'utf8', env};
		const {stdout, stderr} = spawnSync(process.execPath, ['-e', script], how);
		return {said: JSON.parse(stdout), stderr};
	};

	test('as Kubernetes writes it is planned with', () => {
		expect(plan('1Gi')).toEqual({said: [GIB, 'memory-of-override'], stderr: ''});
	});

	test.each(['4096', '4 gallons'])('%j is ignored, with one warning', (value) => {
		const {said, stderr} = plan(value);
		expect(said[1]).not.toBe('memory-of-override');
		expect(stderr.match(/\n/g)).toHaveLength(1);
		expect(stderr).toContain(`${LIMIT} is ignored: "${value}" `);
	});
});

test('no more tabs than frames', () => {
	expect(planRender({...fullHd, durationInFrames: 1, memory: 64 * GIB}).concurrency).toBe(1);
});

test.each([
	[{}, 'TypeError', /width/],
	[{width: 1, height: Number.NaN}, 'TypeError', /height/],
	[{width: 0, height: 1}, 'TypeError', /width/],
	[{...fullHd, fps: -1}, 'TypeError', /fps/],
	[{...fullHd, durationInFrames: 0}, 'TypeError', /durationInFrames/],
	[{...fullHd, codec: 1}, 'TypeError', /codec/],
	[{...fullHd, codec: 'h266'}, 'TypeError', /codec.*h264-ts/],
	[{...fullHd, scale: 0}, 'TypeError', /scale/],
	[{...fullHd, mediaSources: 1.5}, 'TypeError', /mediaSources/],
	[{...fullHd, offthreadVideoThreads: 0}, 'TypeError', /offthreadVideoThreads/],
	[{...fullHd, imageFormat: 'webp'}, 'TypeError', /imageFormat/],
	[{...fullHd, framesInMemory: 1}, 'TypeError', /framesInMemory/],
	[{...fullHd, cpus: 0}, 'TypeError', /cpus/],
	[{...fullHd, cpus: '2'}, 'TypeError', /cpus/],
	[{...fullHd, cpus: 2, concurrency: 3}, 'RangeError', /concurrency/],
	[{...fullHd, memory: {available: 1, cpus: -1}}, 'TypeError', /memory\.cpus/],
	[{...fullHd, concurrency: 0}, 'RangeError', /concurrency/],
	[{...fullHd, concurrency: 10_000}, 'RangeError', /concurrency/],
	[{...fullHd, concurrency: 'many'}, 'TypeError', /concurrency/],
	[{...fullHd, concurrency: Number.NaN}, 'RangeError', /concurrency/],
	[
		{...fullHd, mediaCacheSizeInBytes: 240 * MIB - 1},
		'RangeError',
		/mediaCacheSizeInBytes.*240 MiB/,
	],
	[{...fullHd, mediaCacheSizeInBytes: 20_000 * MIB + 1}, 'RangeError', /mediaCacheSizeInBytes/],
	[{...fullHd, offthreadVideoCacheSizeInBytes: 1.5}, 'TypeError', /offthreadVideoCacheSizeInBytes/],
	[{...fullHd, disallowParallelEncoding: 'no'}, 'TypeError', /disallowParallelEncoding/],
	[{...fullHd, memory: -1}, 'TypeError', /memory/],
	[{...fullHd, memory: {}}, 'TypeError', /memory/],
	[{...fullHd, memory: {available: 1, limitedBy: 'luck'}}, 'TypeError', /memory\.limitedBy.*luck/],
	[null, 'TypeError', /planRender/],
])('%j is refused', (options, name, message) => {
	expect(() => planRender(options)).toThrow(
		expect.objectContaining({name, message: expect.stringMatching(message)}),
	);
});
