'use strict';

// What of the governor there is in a function: where memory gets short, the tabs that
// render give back what they can, and the compositor does (../governor/compositor.js).
//
// The number of tabs stays Remotion's, which is one unless `concurrencyPerLambda` says
// otherwise; a tab that is replaced would come from the same process, for Remotion
// starts the browser with --single-process there.

const {StepAside} = require('../copies/copy');
const {governorFor} = require('../governor/governor');
const {current, stepAside} = require('../summary/current');

const FILE = 'render-frame-with-option-to-reject';
const NAME = 'renderFrameWithOptionToReject';
const USES = ['reject(err);', "page.on('error', errorCallbackOnFrame)", 'assets.push({'];

/** Milliseconds without a frame after which a render counts as over: nothing here tells of it. */
const QUIET = 2000;

/** The tabs of a render as the governor sees them. */
class RenderingTabs {
	constructor(governor, logLevel) {
		this.governor = governor;
		this.logLevel = logLevel;
		this.figures = current();
		/** Page -> whether it has a frame. */
		this.known = new Map();
		this.timer = null;
		this.id = governor.enter(this, 1, 1);
		if (this.figures !== null) {
			this.figures.isGoverned = true;
		}
	}

	pages() {
		return [...this.known.keys()].filter(({closed}) => !closed);
	}

	count() {
		const busy = this.pages().filter((page) => this.known.get(page)).length;
		// Whether a frame waits is not known: only then is memory worth having.
		return {busy, idle: this.pages().length - busy, waiting: 1};
	}

	tell(action) {
		this.governor.tell(this.logLevel, action, this.figures);
	}

	/** Tabs are opened and closed by Remotion. */
	follow() {}

	/** A page begins a frame. */
	begin(page) {
		this.known.set(page, true);
		clearTimeout(this.timer);
	}

	/** It has ended. `over` is called once none has begun for a while. */
	end(page, over) {
		this.known.set(page, false);
		if (this.count().busy === 0) {
			clearTimeout(this.timer);
			this.timer = setTimeout(() => {
				this.governor.safely(() => this.governor.leave(this.id));
				over();
			}, QUIET);
			this.timer.unref();
		}
	}
}

module.exports = {
	apply(copy, settings) {
		copy.function(FILE, NAME, USES, settings);
		const governor = governorFor(settings);
		if (governor === null) {
			throw new StepAside('the governor is switched off', true);
		}
		// What other parts have put there.
		const inner = copy.module(FILE)[NAME];
		/** What a render is known by -> its tabs. */
		const renders = new Map();

		/** Gives what is to be called when the frame has ended. */
		function begin({assets, page, logLevel}) {
			const tabs = renders.get(assets) ?? new RenderingTabs(governor, logLevel);
			renders.set(assets, tabs);
			tabs.begin(page);
			return () => tabs.end(page, () => renders.delete(assets));
		}

		const ours = (options) => {
			let ended;
			try {
				ended = begin(options);
			} catch (error) {
				stepAside('relief', error.message);
				return inner(options);
			}
			const frame = inner(options);
			frame.then(ended, ended);
			return frame;
		};
		copy.swap(FILE, NAME, ours, {tokensOf: ({assets, page}) => [assets, page], begins: false});
	},
};
