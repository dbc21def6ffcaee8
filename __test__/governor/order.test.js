'use strict';

// Frames that are encoded while others are rendered wait for their turn, in a tab or
// not. Whatever the policy allows, whichever tabs are killed, replaced or held back:
// each frame gets its turn, once, and in order. Stock code, our pool and the turns are
// the real ones; frames, kills and what the policy says come from a script.

const fc = require('fast-check');
const {NEWEST, rootOf} = require('../activation/harness');
const {Copy} = require('../../lib/copies/copy');
const {outcomes} = require('../../lib/governor/survive');
const makePage = require('../../lib/remotion/make-page');
const governed = require('../../lib/remotion/render-frame-and-retry-target-close');
const inTurn = require('../../lib/remotion/render-frame-and-retry-target-close/in-turn');

const SETTINGS = {logLevel: 'error', survive: true};
/** Milliseconds without any step after which it counts as stuck: pauses are below half a second. */
const STUCK = 3000;

const nextTick = () => new Promise(setImmediate);

/** A governor that allows as many tabs as the script says, and the last number to the end. */
function governorOf(script, most, recycled) {
	let asked = 0;
	let ended = 0;
	return {
		compositors: new Set(),
		look() {},
		act() {},
		tell() {},
		leave() {},
		enter: () => 1,
		hasJustKilled: () => true,
		view: () => ({limit: 0}),
		policy: {
			tabs() {},
			opened() {},
			recycled: () => 0,
			target: () => 1 + (script[Math.min(asked++ >> 2, script.length - 1)] % most),
			frameEnded: () => recycled.includes(ended++),
			killed: () => 'again',
		},
	};
}

/** Renders; the frames in the order in which they were encoded, or 'stuck'. */
async function run(version, {frames, tabs, kills, targets, recycled, takes}) {
	const copy = new Copy(rootOf('renderer', version));
	governed.apply(copy, SETTINGS);
	copy.seesOutcomes = true;
	inTurn.apply(copy, SETTINGS);
	const list = Array.from({length: frames}, (_, i) => i);
	const encoded = [];
	const waiting = new Map();
	let steps = 0;
	const step = () => {
		steps++;
	};

	const frameModule = copy.module('render-frame');
	const {renderFrame} = frameModule;
	const tries = new Map();
	frameModule.renderFrame = ({frame, page, onFrameBuffer}) => {
		step();
		const number = (tries.get(frame) ?? 0) + 1;
		tries.set(frame, number);
		const kill = kills[`${frame}-${number}`];
		let die;
		const crashed = new Promise((_, reject) => {
			die = () => {
				reject(new Error('Page crashed!'));
				page.crash();
			};
		});
		const outcome = (async () => {
			for (let i = 0; i < takes[frame % takes.length]; i++) {
				await nextTick();
			}
			if (kill === 'rendering') {
				die();
			}
			if (kill === 'rendering' || page.closed) {
				await page.end;
				throw new Error('Protocol error: Target closed');
			}
			const done = onFrameBuffer(Buffer.alloc(1), frame);
			if (kill === 'waiting') {
				await nextTick();
				die();
			}
			await done;
			step();
		})();
		outcome.catch(() => undefined);
		outcomes.set(page, outcome);
		return Promise.race([outcome, crashed]);
	};

	const newPage = (pageIndex) => {
		const listeners = [];
		let closed;
		return {
			pageIndex,
			browser,
			closed: false,
			end: new Promise((resolve) => {
				closed = resolve;
			}),
			on: (event, listener) => event === 'error' && listeners.push(listener),
			crash() {
				for (const listener of listeners) {
					listener();
				}
			},
			async close() {
				this.closed = true;
				closed();
			},
		};
	};
	const browser = {close: async () => undefined};
	const browserReplacer = copy
		.module('replace-browser')
		.handleBrowserCrash(browser, 'error', false);
	makePage.openings.set(browserReplacer, {
		governor: governorOf(targets, tabs, recycled),
		asked: new Set(),
	});
	const {Pool} = copy.module('pool');
	const args = {
		retriesLeft: 1,
		attempt: 1,
		assets: [],
		composition: {id: 'x', width: 1, height: 1, fps: 30},
		framesToRender: list,
		allFramesAndExtraFrames: list,
		framesRenderedObj: {count: 0},
		concurrencyOrFramesToRender: tabs,
		poolPromise: Promise.resolve(new Pool(list.slice(0, tabs).map(newPage))),
		stoppedSignal: {stopped: false},
		logLevel: 'error',
		makeNewPage: async (_frame, pageIndex) => newPage(pageIndex),
		browserReplacer,
		nextFrameToRender: copy
			.module('next-frame-to-render')
			.nextFrameToRenderState({allFramesAndExtraFrames: list, concurrencyOrFramesToRender: tabs}),
		// As Remotion's encoder: a frame is taken when all before it were.
		onFrameBuffer: (_buffer, frame) =>
			new Promise((resolve) => {
				waiting.set(frame, resolve);
				for (let next = encoded.length; waiting.has(next); next = encoded.length) {
					encoded.push(next);
					waiting.get(next)();
					waiting.delete(next);
				}
			}),
	};
	const {renderFrameAndRetryTargetClose} = copy.module('render-frame-and-retry-target-close');
	let end = null;
	Promise.all(list.map(() => renderFrameAndRetryTargetClose({...args}))).then(
		() => {
			end = 'finished';
		},
		(error) => {
			end = error.message;
		},
	);
	let seen = -1;
	let since = Date.now();
	while (end === null && Date.now() - since < STUCK) {
		await nextTick();
		if (steps !== seen) {
			seen = steps;
			since = Date.now();
		}
	}
	frameModule.renderFrame = renderFrame;
	copy.takeOut();
	return {end: end ?? 'stuck', encoded, list};
}

const job = fc
	.record({
		frames: fc.integer({min: 1, max: 24}),
		tabs: fc.integer({min: 1, max: 6}),
		kills: fc.dictionary(
			fc
				.tuple(fc.integer({min: 0, max: 23}), fc.integer({min: 1, max: 2}))
				.map((two) => two.join('-')),
			fc.constantFrom('rendering', 'waiting'),
			{maxKeys: 12},
		),
		targets: fc.array(fc.oneof(fc.constant(0), fc.integer({min: 0, max: 5})), {
			minLength: 1,
			maxLength: 12,
		}),
		recycled: fc.array(fc.integer({min: 0, max: 30}), {maxLength: 2}),
		takes: fc.array(fc.integer({min: 0, max: 5}), {minLength: 1, maxLength: 7}),
	})
	.map((one) => ({...one, tabs: Math.min(one.tabs, one.frames)}));

test.each([NEWEST, '4.0.300'])(
	'Remotion %s: every frame gets its turn',
	async (version) => {
		let kills = 0;
		await fc.assert(
			fc.asyncProperty(job, async (one) => {
				const {end, encoded, list} = await run(version, one);
				expect({end, encoded}).toEqual({end: 'finished', encoded: list});
				kills += Object.keys(one.kills).length;
			}),
			{numRuns: 300},
		);
		expect(kills).toBeGreaterThan(20);
	},
	300_000,
);
