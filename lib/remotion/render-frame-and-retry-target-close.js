'use strict';

// Stands for `render-frame-and-retry-target-close`: a frame gets its tab from our
// pool (../governor/tab-pool.js) in place of Remotion's, and is rendered again
// where the kernel has killed that tab.
//
// Stock code does the rest, its own retries among it: it gets a pool that knows
// which attempt asks.

const {TabPool} = require('../governor/tab-pool');
const {survive} = require('../governor/survive');
const {written} = require('../governor/written');
const makePage = require('./make-page');
const {turnsOf} = require('./render-frame-and-retry-target-close/in-turn');

const FILE = 'render-frame-and-retry-target-close';
const NAME = 'renderFrameAndRetryTargetClose';
const FRAGMENTS = [
	'await poolPromise',
	'.acquire()',
	'.release(freePage)',
	'nextFrameToRender.getNextFrame(freePage.pageIndex)',
	'nextFrameToRender.returnFrame(frame)',
	'makeNewPage(frame, freePage.pageIndex)',
	'browserReplacer.replaceBrowser(makeBrowser',
	'retriesLeft === 0',
	'exports.renderFrameAndRetryTargetClose)(',
];

/** What our pool stands for, or calls. */
const RELIES_ON = [
	['pool', 'Pool', ['this.resources', 'this.waiters']],
	['next-frame-to-render', 'nextFrameToRenderState', ['rendered.delete(frame)']],
	['replace-browser', 'handleBrowserCrash', ['getBrowser:', 'await makeNewPages()']],
];

/** How tabs are opened, in a module whose function can't be seen from outside. */
const OPENS_TABS = [
	'.map((_, i) => makeNewPage(framesToRender[i], i))',
	'new pool_1.Pool(puppeteerPages)',
	'makeNewPage = (frame, pageIndex) =>',
];

/** What stock code gets for one attempt at a frame. */
function argumentsFor(args, pool, attempt) {
	const {browserReplacer, nextFrameToRender, onFrameBuffer} = args;
	return {
		...args,
		poolPromise: pool.ready.then(() => ({
			acquire: () => pool.acquire(attempt),
			release: (page) => pool.release(attempt, page),
		})),
		nextFrameToRender: {
			...nextFrameToRender,
			getNextFrame: (pageIndex) => {
				attempt.frame = nextFrameToRender.getNextFrame(pageIndex);
				pool.onFrameTaken(attempt.frame);
				return attempt.frame;
			},
			returnFrame: (frame) => {
				nextFrameToRender.returnFrame(frame);
				pool.onFrameReturned(frame);
			},
		},
		onFrameBuffer: onFrameBuffer
			? async (buffer, ...rest) => {
					pool.onCaptured(attempt);
					const result = await onFrameBuffer(buffer, ...rest);
					await written(buffer);
					return result;
				}
			: onFrameBuffer,
		browserReplacer: {
			...browserReplacer,
			replaceBrowser: (makeBrowser, refill) =>
				browserReplacer.replaceBrowser(makeBrowser, () => pool.refill(attempt.frame, refill)),
		},
	};
}

/** A render's pool, which is left when its last frame has ended. */
function poolOf(governor, args) {
	const turns = turnsOf(args.browserReplacer);
	if (turns === undefined) {
		return new TabPool(governor, args);
	}
	const pool = new TabPool(governor, args, () => turns.waiting);
	const over = pool.enter();
	turns.over.then(
		() => over(false),
		() => over(true),
	);
	return pool;
}

module.exports = {
	apply(copy, settings) {
		const stock = copy.function(FILE, NAME, FRAGMENTS, settings);
		// One without the other would hand placeholders to stock code.
		copy.function(makePage.FILE, makePage.NAME, makePage.FRAGMENTS, settings);
		for (const [file, name, fragments] of RELIES_ON) {
			copy.function(file, name, fragments, settings);
		}
		copy.contains('render-frames', OPENS_TABS);
		copy.governsTabs = true;
		const pools = new WeakMap();
		/** What stock code got from us, and hands on when it tries again by itself. */
		const passed = new WeakSet();

		async function render(pool, args) {
			for (;;) {
				const attempt = {page: null, frame: null, captured: false, outcome: null};
				const ours = argumentsFor(args, pool, attempt);
				passed.add(ours.poolPromise);
				try {
					return await stock(ours);
				} catch (error) {
					const survives = settings.survive && copy.seesOutcomes === true;
					const next = await survive(error, {args, attempt, pool, survives});
					if (next === 'done') {
						return undefined;
					}
				}
			}
		}

		const ours = (args) => {
			const {browserReplacer, poolPromise} = args;
			const governor = makePage.openings.get(browserReplacer)?.governor ?? null;
			if (governor === null || passed.has(poolPromise)) {
				return stock(args);
			}
			let pool = pools.get(browserReplacer);
			if (pool === undefined) {
				pool = poolOf(governor, args);
				pools.set(browserReplacer, pool);
			}
			const over = pool.enter();
			return render(pool, args).then(
				() => over(false),
				(error) => {
					over(true);
					throw error;
				},
			);
		};
		copy.swap(FILE, NAME, ours, {tokensOf: ({browserReplacer}) => [browserReplacer]});
	},
};
