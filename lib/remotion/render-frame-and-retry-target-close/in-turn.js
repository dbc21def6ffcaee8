'use strict';

// Stands for `render-frame-and-retry-target-close`: begins a frame when there is a
// tab for it. Stock code begins all frames of a render at once, and each holds a
// place in the line for a tab, promises, and a place among those that are told
// when the render is cancelled, the last one to the render's end.
//
// The line is as with stock code: who has not begun comes first, then those that
// try again, in the order of their failures. All take the earliest frame, so one
// that was given back is rendered by whoever is next.

const FILE = 'render-frame-and-retry-target-close';
const NAME = 'renderFrameAndRetryTargetClose';
const FRAGMENTS = [
	'await poolPromise',
	'nextFrameToRender.getNextFrame(freePage.pageIndex)',
	'exports.renderFrameAndRetryTargetClose)(',
	// Who wants to know of the end, behind the frame that was taken.
	(text) => [...text.matchAll(/\bcancelSignal\(/g)].length === 1,
];

/** How a render begins its frames, in a module whose function can't be seen from outside. */
const BEGINS = [
	'await Promise.all(allFramesAndExtraFrames.map(() => { return (0, render_frame_and_retry_target_close_1.renderFrameAndRetryTargetClose)({ retriesLeft: MAX_RETRIES_PER_FRAME, attempt: 1,',
];

/** Under this the next frame's state tells whose attempt it serves. */
const ATTEMPT = Symbol('attempt');

/** What a render is known by -> its turns. */
const renders = new WeakMap();

/** One try at a frame. */
class Attempt {
	constructor(turns) {
		this.turns = turns;
		this.browser = turns.browser();
		/** What it renders. Who next wants to be told of the end is stock code itself. */
		this.frame = null;
		/** Told when the render is cancelled. */
		this.cancelled = null;
	}
}

class Turns {
	/** @param inner renders a frame @param args of the first frame; all others have the same */
	constructor(inner, args) {
		this.inner = inner;
		this.args = args;
		/** Frames that have not begun, and those that have not ended. */
		this.waiting = 0;
		this.unfinished = 0;
		/** Few: each stands for a frame that failed. */
		this.again = [];
		this.active = new Set();
		/** Frames that were given back, and that nobody has taken since. */
		this.returned = new Set();
		this.begun = false;
		this.isCancelled = false;
		this.failed = false;
		this.over = new Promise((resolve, reject) => {
			this.resolve = resolve;
			this.reject = reject;
		});
		args.cancelSignal?.(() => {
			this.isCancelled = true;
			for (const {cancelled} of this.active) {
				cancelled?.();
			}
		});
		const begin = () => {
			this.begun = true;
			this.fill();
		};
		// The first frame says what is wrong with the tabs.
		args.poolPromise.then(begin, begin);
	}

	browser() {
		return this.args.browserReplacer.getBrowser();
	}

	add() {
		this.waiting++;
		this.unfinished++;
	}

	/** Begins as many as there are tabs. */
	fill() {
		while (this.active.size < this.args.concurrencyOrFramesToRender && !this.failed) {
			if (this.waiting > 0) {
				this.waiting--;
				this.attempt(this.args).then(
					() => this.end(),
					() => undefined,
				);
			} else if (this.again.length > 0) {
				const {failed, args, resolve, reject} = this.again.shift();
				// With another browser, who renders another frame has all retries for it:
				// that frame would have had one more itself, as with stock code.
				const isNew = failed.browser !== this.browser() && !this.returned.has(failed.frame);
				const retriesLeft = isNew ? this.args.retriesLeft : args.retriesLeft;
				this.attempt({...args, retriesLeft}).then(resolve, reject);
			} else {
				return;
			}
		}
	}

	async attempt(args) {
		const attempt = new Attempt(this);
		this.active.add(attempt);
		const {nextFrameToRender} = args;
		try {
			await this.inner({
				...args,
				cancelSignal: this.args.cancelSignal && ((callback) => this.register(attempt, callback)),
				nextFrameToRender: {
					...nextFrameToRender,
					[ATTEMPT]: attempt,
					getNextFrame: (pageIndex) => {
						attempt.frame = nextFrameToRender.getNextFrame(pageIndex);
						this.returned.delete(attempt.frame);
						return attempt.frame;
					},
					returnFrame: (frame) => {
						nextFrameToRender.returnFrame(frame);
						this.returned.add(frame);
					},
				},
			});
		} catch (error) {
			// The first one that fails fails the render, as with stock code.
			this.failed = true;
			this.reject(error);
			throw error;
		} finally {
			this.active.delete(attempt);
			this.fill();
		}
	}

	/** An attempt's own wish ends with it; what else asks may outlive it. */
	register(attempt, callback) {
		if (attempt.frame === null || attempt.cancelled !== null) {
			this.args.cancelSignal(callback);
			return;
		}
		attempt.cancelled = callback;
		if (this.isCancelled) {
			callback();
		}
	}

	/** Stock code tries a frame again: `attempt` is over, whose tab went back. */
	retry(attempt, args) {
		this.active.delete(attempt);
		return new Promise((resolve, reject) => {
			this.again.push({failed: attempt, args, resolve, reject});
			this.fill();
		});
	}

	end() {
		this.unfinished--;
		if (this.unfinished === 0) {
			this.resolve();
		}
	}
}

module.exports = {
	/** The turns of a render; undefined where frames don't wait for theirs. */
	turnsOf: (browserReplacer) => renders.get(browserReplacer),

	apply(copy, settings) {
		copy.function(FILE, NAME, FRAGMENTS, settings);
		copy.contains('render-frames', BEGINS);
		// The governor may be in place already.
		const inner = copy.module(FILE)[NAME];
		const ours = (args) => {
			const attempt = args.nextFrameToRender[ATTEMPT];
			if (attempt !== undefined) {
				return attempt.turns.retry(attempt, args);
			}
			let turns = renders.get(args.browserReplacer);
			if (turns?.begun) {
				return inner(args);
			}
			const isFirst = turns === undefined;
			if (isFirst) {
				turns = new Turns(inner, args);
				renders.set(args.browserReplacer, turns);
			}
			turns.add();
			// Remotion waits for all of them: one tells of all.
			return isFirst ? turns.over : undefined;
		};
		copy.swap(FILE, NAME, ours, {
			tokensOf: ({browserReplacer}) => [browserReplacer],
			begins: false,
		});
	},
};
