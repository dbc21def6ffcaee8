'use strict';

// Frames that begin when there is a tab for them, against stock code, which begins
// all of them at once: by Remotion's own pool, state and browser replacement, with
// frames that end as a script says.

const fc = require('fast-check');
const {NEWEST, rootOf} = require('./harness');
const {Copy} = require('../../lib/copies/copy');
const inTurn = require('../../lib/remotion/render-frame-and-retry-target-close/in-turn');

const VERSIONS = [NEWEST, '4.0.500', '4.0.443', '4.0.382', '4.0.300'];
const SETTINGS = {logLevel: 'error'};

const nextTick = () => new Promise(setImmediate);

const END = {
	crash: () => new Error('Protocol error (Page.captureScreenshot): Target closed.'),
	error: () => new Error('the composition throws'),
	network: () => new Error('net::ERR_CONNECTION_REFUSED'),
};

/** What Remotion knows of a delayRender() that may be tried again. */
function timeout(copy, retries) {
	const {NoReactInternals} = require(require.resolve('remotion/no-react', {paths: [copy.dist]}));
	const {DELAY_RENDER_ATTEMPT_TOKEN, DELAY_RENDER_RETRY_TOKEN} = NoReactInternals;
	return new Error(`not ready ${DELAY_RENDER_ATTEMPT_TOKEN}${retries}${DELAY_RENDER_RETRY_TOKEN}`);
}

/** Runs a render of `frames` frames; gives all that can be seen of it, in its order. */
async function run(copy, {frames, tabs, script, cancelAt, stoppedAtStart}) {
	let ticks = 0;
	const seen = [];
	const see = (...what) => seen.push([ticks, ...what]);
	const signal = copy.module('make-cancel-signal').makeCancelSignal();
	const {Pool} = copy.module('pool');
	const {nextFrameToRenderState} = copy.module('next-frame-to-render');
	const {handleBrowserCrash} = copy.module('replace-browser');
	const frameModule = copy.module('render-frame');
	const {renderFrame} = frameModule;
	const list = Array.from({length: frames}, (_, i) => i);
	const tries = new Map();
	let inFlight = 0;
	let most = 0;
	frameModule.renderFrame = async ({frame, attempt, page, framesRenderedObj, cancelSignal}) => {
		inFlight++;
		most = Math.max(most, inFlight);
		const number = (tries.get(frame) ?? 0) + 1;
		tries.set(frame, number);
		see('begins', frame, attempt, page.id);
		const {takes = 1, ends = null, retries = 1} = script[`${frame}-${number}`] ?? {};
		await null;
		// As an analysis of audio does, which may outlive its frame.
		if (frame % 3 === 0) {
			cancelSignal(() => see('told', frame, attempt));
		}
		const until = ticks + takes;
		while (ticks < until) {
			await nextTick();
		}
		inFlight--;
		see('ends', frame, ends);
		if (ends === 'timeout') {
			throw timeout(copy, retries);
		}
		if (ends !== null) {
			throw END[ends]();
		}
		framesRenderedObj.count++;
	};
	let pages = 0;
	const newPage = (frame, pageIndex) => {
		const id = `page ${pages++}`;
		see('opens', frame, pageIndex, id);
		return {id, pageIndex};
	};
	const stoppedSignal = {stopped: stoppedAtStart};
	signal.cancelSignal(() => {
		stoppedSignal.stopped = true;
	});
	const poolPromise = Promise.all(
		list.slice(0, tabs).map(async (frame, i) => newPage(frame, i)),
	).then((all) => new Pool(all));
	const newBrowser = () => ({close: async () => see('browser closes')});
	const args = {
		retriesLeft: 1,
		attempt: 1,
		assets: [],
		composition: {id: 'x', width: 1, height: 1, fps: 30},
		framesToRender: list,
		allFramesAndExtraFrames: list,
		framesRenderedObj: {count: 0},
		concurrencyOrFramesToRender: tabs,
		poolPromise,
		cancelSignal: signal.cancelSignal,
		stoppedSignal,
		logLevel: 'error',
		indent: false,
		lastFrame: frames - 1,
		makeNewPage: async (frame, pageIndex) => newPage(frame, pageIndex),
		makeBrowser: async () => {
			see('another browser');
			return newBrowser();
		},
		browserReplacer: handleBrowserCrash(newBrowser(), 'error', false),
		nextFrameToRender: nextFrameToRenderState({
			allFramesAndExtraFrames: list,
			concurrencyOrFramesToRender: tabs,
		}),
	};
	const {renderFrameAndRetryTargetClose} = copy.module('render-frame-and-retry-target-close');
	let outcome = null;
	Promise.all(list.map(() => renderFrameAndRetryTargetClose({...args}))).then(
		() => {
			outcome = 'finished';
		},
		(error) => {
			outcome = error.message;
		},
	);
	while (outcome === null && ticks < 2000) {
		// Whatever follows from the last tick is done by then.
		for (let i = 0; i < 3; i++) {
			await nextTick();
		}
		if (ticks === cancelAt) {
			signal.cancel();
			see('cancelled');
			for (let i = 0; i < 3; i++) {
				await nextTick();
			}
		}
		ticks++;
	}
	// Stock code begins other frames also when one has failed.
	const end = outcome === 'finished' ? ticks : ticks - 1;
	const result = {outcome, end, seen: seen.filter(([at]) => at < end)};
	// What is still under way ends, and is not looked at.
	ticks = Number.POSITIVE_INFINITY;
	for (let i = 0; i < 20; i++) {
		await nextTick();
	}
	frameModule.renderFrame = renderFrame;
	return {result, most};
}

const scripts = (ends) => {
	const tries = fc.tuple(fc.integer({min: 0, max: 13}), fc.integer({min: 1, max: 3}));
	const ending = fc.record({
		takes: fc.integer({min: 1, max: 4}),
		ends,
		retries: fc.integer({min: 0, max: 2}),
	});
	return fc.dictionary(
		tries.map((two) => two.join('-')),
		ending,
		{maxKeys: 30},
	);
};
const rarely = (value, usual, weight) => fc.oneof({arbitrary: fc.constant(usual), weight}, value);
const jobs = (more) =>
	fc
		.record({
			frames: fc.integer({min: 1, max: 14}),
			tabs: fc.integer({min: 1, max: 4}),
			cancelAt: fc.constant(-1),
			stoppedAtStart: fc.constant(false),
			...more,
		})
		.map((job) => ({...job, tabs: Math.min(job.tabs, job.frames)}));

const ordinary = jobs({
	script: scripts(
		fc.oneof(
			{arbitrary: fc.constant(null), weight: 12},
			{arbitrary: fc.constant('timeout'), weight: 3},
			{arbitrary: fc.constant('error'), weight: 1},
		),
	),
	cancelAt: rarely(fc.integer({min: 0, max: 12}), -1, 4),
	stoppedAtStart: rarely(fc.constant(true), false, 20),
});
const PLAIN = {frames: 6, tabs: 2, cancelAt: -1, stoppedAtStart: false, script: {}};
const CANCELLED = {...PLAIN, cancelAt: 2};
const FAILING = {...PLAIN, script: {'3-1': {takes: 2, ends: 'error', retries: 0}}};
const crashing = jobs({script: scripts(rarely(fc.constantFrom('crash', 'network'), null, 4))});

describe.each(VERSIONS)('Remotion %s', (version) => {
	const stock = new Copy(rootOf('renderer', version));
	const {Log} = stock.module('logger');
	const {warn} = Log;
	beforeAll(() => {
		Log.warn = () => undefined;
	});
	afterAll(() => {
		Log.warn = warn;
	});

	async function both(job) {
		const {result: theirs} = await run(stock, job);
		const copy = new Copy(rootOf('renderer', version));
		inTurn.apply(copy, SETTINGS);
		const {result: ours, most} = await run(copy, job);
		copy.takeOut();
		expect(most).toBeLessThanOrEqual(job.tabs);
		return {theirs, ours};
	}

	const numRuns = 150;

	test('frames, retries, errors and the end come as with stock code', async () => {
		const outcomes = new Map();
		await fc.assert(
			fc.asyncProperty(ordinary, async (job) => {
				const {theirs, ours} = await both(job);
				expect(ours).toEqual(theirs);
				outcomes.set(theirs.outcome, (outcomes.get(theirs.outcome) ?? 0) + 1);
			}),
			{numRuns, examples: [[PLAIN], [CANCELLED], [FAILING]]},
		);
		// It did meet each kind of end, as the examples alone have it to.
		for (const outcome of ['finished', END.error().message, 'renderFrames() got cancelled']) {
			expect(outcomes.get(outcome)).toBeGreaterThan(0);
		}
	}, 300_000);

	// Stock code hands out the new tabs before the frame goes back. Here it is the
	// next one: those behind it may wait for its turn to be encoded.
	test('the frame of a browser that crashed comes first, and none fails that would not', async () => {
		const seen = {crashes: 0, finished: 0};
		await fc.assert(
			fc.asyncProperty(crashing, async (job) => {
				const {theirs, ours} = await both(job);
				for (const [i, [, what]] of ours.seen.entries()) {
					if (what === 'another browser') {
						const crashed = ours.seen.slice(0, i).findLast(([, , , ends]) => END[ends]);
						const next = ours.seen.slice(i).find(([, kind]) => kind === 'begins');
						expect(next?.[2] ?? 0).toBeLessThanOrEqual(crashed[2]);
						seen.crashes++;
					}
				}
				if (theirs.outcome === 'finished') {
					seen.finished++;
					expect(ours.outcome).toBe('finished');
				}
				if (ours.outcome === 'finished') {
					const done = ours.seen.filter(([, what, , ends]) => what === 'ends' && ends === null);
					expect(done.map(([, , frame]) => frame).sort((a, b) => a - b)).toEqual(
						Array.from({length: job.frames}, (_, i) => i),
					);
				}
			}),
			{numRuns},
		);
		expect(seen.crashes).toBeGreaterThan(0);
		expect(seen.finished).toBeGreaterThan(0);
	}, 300_000);
});
