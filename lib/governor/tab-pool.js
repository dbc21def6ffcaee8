'use strict';

// The tabs of one render, in place of Remotion's pool: opened where there is
// room, as many at work as the policy allows, replaced where one grows.
//
// What must stay true: frames are given out by Remotion, when a tab is handed
// out, so their order never waits for a tab that is held back. There is always
// one tab at work while a frame waits. A page that is closed belongs to nobody.

const {pause} = require('./governor');
const {outcomes} = require('./survive');
const {current} = require('../summary/current');

/** A tab that crashed may not answer when it is closed. */
const CLOSING = 5000;

/** Milliseconds in which the process of a closed tab ends. */
const ENDING = 100;

/** Stands for a tab that is opened later; see ../remotion/make-page.js. */
class Placeholder {
	constructor(pageIndex) {
		this.pageIndex = pageIndex;
	}
}

/** Closes a page. A render with a browser of the user's closes all of its pages again at the end. */
async function close(page) {
	const closed = page.close().catch(() => undefined);
	page.close = async () => undefined;
	await Promise.race([closed, pause(CLOSING)]);
}

/** First in, first out, however many there are. */
class Queue {
	#items = [];
	#head = 0;

	get length() {
		return this.#items.length - this.#head;
	}

	push(item) {
		this.#items.push(item);
	}

	shift() {
		const item = this.#items[this.#head];
		this.#items[this.#head++] = undefined;
		if (this.#head > 1000 && this.#head * 2 > this.#items.length) {
			this.#items = this.takeAll();
		}
		return item;
	}

	takeAll() {
		const items = this.#items.slice(this.#head);
		this.#items = [];
		this.#head = 0;
		return items;
	}
}

class TabPool {
	/**
	 * @param args those of the first frame's renderFrameAndRetryTargetClose()
	 * @param later how many frames will ask for a tab, and have not yet
	 */
	constructor(governor, args, later = () => 0) {
		this.governor = governor;
		this.args = args;
		this.logLevel = args.logLevel;
		/** What its render did. */
		this.figures = current();
		this.most = args.concurrencyOrFramesToRender;
		this.idle = [];
		/** Page -> the attempt that has it. */
		this.held = new Map();
		this.queue = new Queue();
		this.later = later;
		/** Frames that were given back and not given out again. */
		this.returned = [];
		/** How many are out, or have been. */
		this.taken = 0;
		this.opening = false;
		this.active = 0;
		this.id = null;
		this.watched = new WeakSet();
		this.crashed = new WeakSet();
		/** Nothing is governed any more. */
		this.left = false;
		/** Nor is there a render. */
		this.over = false;
		this.ready = args.poolPromise.then((pool) => this.begin(pool.resources.splice(0)));
		// Whoever waits for a tab then is never told.
		args.cancelSignal?.(() => this.leave());
	}

	begin(pages) {
		if (this.left) {
			this.idle = pages.filter((page) => !(page instanceof Placeholder));
			return;
		}
		const open = pages.filter((page) => !(page instanceof Placeholder));
		this.id = this.governor.enter(this, open.length, this.most);
		if (this.figures !== null) {
			this.figures.isGoverned = true;
		}
		if (open.length < pages.length) {
			this.tell({type: 'tabs-later', tabs: pages.length - open.length, of: pages.length});
		}
		for (const page of open) {
			this.add(page);
		}
	}

	tell(action) {
		this.governor.tell(this.logLevel, action, this.figures);
	}

	/** Every open page. */
	pages() {
		return [...this.idle, ...this.held.keys()];
	}

	count() {
		const busy = [...this.held.values()].filter(({captured}) => !captured).length;
		return {busy, idle: this.idle.length, waiting: this.queue.length + this.later()};
	}

	/** Of a browser that was replaced since. */
	isGone(page) {
		return page.browser !== this.args.browserReplacer.getBrowser();
	}

	add(page) {
		if (this.isGone(page)) {
			return;
		}
		if (this.crashed.has(page)) {
			// Just when its frame had ended.
			this.lose(page);
			return;
		}
		if (!this.watched.has(page)) {
			this.watched.add(page);
			page.on('error', () => this.onCrash(page));
		}
		this.idle.push(page);
	}

	/** Nobody else listens while a tab has no frame. */
	onCrash(page) {
		this.crashed.add(page);
		const at = this.idle.indexOf(page);
		if (at !== -1) {
			this.idle.splice(at, 1);
			this.lose(page);
			this.grant();
		}
	}

	lose(page) {
		this.tell({type: 'tab-lost', tab: page.pageIndex});
		close(page);
	}

	/** A tab for `attempt`, when there is one. */
	acquire(attempt) {
		this.letGo(attempt);
		return new Promise((resolve, reject) => {
			this.queue.push({attempt, resolve, reject});
			// All frames of a render ask at once.
			if (this.idle.length > 0 || this.returned.length > 0 || this.held.size < this.most) {
				this.grant();
			}
		});
	}

	/** `attempt` has ended with its page, or brings a new one in its place. */
	release(attempt, page) {
		const had = this.letGo(attempt);
		if (attempt.page !== page) {
			this.add(page);
		} else if (had) {
			// Else another attempt has it.
			this.frameEnded(page);
		}
		this.grant();
	}

	frameEnded(page) {
		const {governor} = this;
		let isFull = false;
		try {
			governor.look();
			const {busy, idle, waiting} = this.count();
			governor.policy.tabs(this.id, busy, idle, waiting);
			isFull = governor.policy.frameEnded(this.id, page.pageIndex);
		} catch {
			// The page goes back, whatever happens.
		}
		if (isFull && !this.opening && !this.isGone(page)) {
			this.recycle(page);
		} else {
			this.add(page);
		}
		governor.act();
	}

	/** Whether `attempt` had a page. */
	letGo(attempt) {
		return this.held.get(attempt.page) === attempt && this.held.delete(attempt.page);
	}

	/** How many tabs may have a frame. All of them once nothing is governed any more. */
	target() {
		return this.left || this.args.stoppedSignal.stopped
			? Number.POSITIVE_INFINITY
			: this.governor.policy.target(this.id);
	}

	/** Hands out tabs. */
	grant() {
		this.idle = this.idle.filter((page) => !this.isGone(page));
		const target = this.target();
		while (this.queue.length > 0) {
			const {busy} = this.count();
			// Tabs whose frames are captured may wait for the frame that was given
			// back: it can't wait for them.
			const urgent = this.returned.length > 0;
			if (busy >= target && !urgent) {
				break;
			}
			const page = this.idle.shift() ?? (urgent && busy === 0 ? this.borrow() : undefined);
			if (page === undefined) {
				break;
			}
			const {attempt, resolve} = this.queue.shift();
			this.held.set(page, attempt);
			attempt.page = page;
			attempt.captured = false;
			if (busy + 1 === target) {
				// Where one more is allowed than before, this is it.
				this.governor.policy.opened(this.id, page.pageIndex);
			}
			resolve(page);
		}
		this.open();
	}

	/** A frame was given out: the earliest, so those that were given back go first. */
	onFrameTaken(frame) {
		this.taken++;
		this.returned = this.returned.filter((one) => one !== frame);
	}

	onFrameReturned(frame) {
		this.taken--;
		this.returned.push(frame);
	}

	/** What is left of the frame happens in Node. */
	onCaptured(attempt) {
		attempt.captured = true;
		this.grant();
	}

	/** What is to become of a frame whose tab was killed. */
	killed(frame) {
		const {busy, idle, waiting} = this.count();
		this.governor.policy.tabs(this.id, busy, idle, waiting);
		const verdict = this.governor.policy.killed(this.id, frame);
		this.governor.act();
		return verdict;
	}

	/** The tab of a frame that is captured: all that is left of it happens in Node. */
	borrow() {
		for (const [page, attempt] of this.held) {
			if (attempt.captured && !this.isGone(page) && !this.crashed.has(page)) {
				this.held.delete(page);
				attempt.outcome = outcomes.get(page) ?? null;
				return page;
			}
		}
		return undefined;
	}

	/** Does what was decided: closes idle tabs, or opens one. */
	follow(park) {
		const target = this.target();
		while (park && this.idle.length > 0 && this.idle.length + this.held.size > target) {
			const page = this.idle.pop();
			this.tell({type: 'tab-closed', tab: page.pageIndex});
			close(page);
		}
		this.grant();
	}

	/** Opens another tab where one is allowed and missing. One at a time. */
	open() {
		const open = this.idle.length + this.held.size;
		const target = this.target();
		const needed = this.queue.length > 0 && this.idle.length === 0;
		if (this.opening || !needed || this.id === null || this.over) {
			return;
		}
		const stuck = this.returned.length > 0 && this.count().busy === 0;
		if (open >= Math.min(target, this.most) && !stuck) {
			return;
		}
		const used = new Set(this.pages().map(({pageIndex}) => pageIndex));
		const index = Array.from({length: this.most + 1}, (_, i) => i).find((i) => !used.has(i));
		this.opening = true;
		this.make(index)
			.then((page) => {
				this.opening = false;
				this.tell({type: 'tab-opened', tab: index});
				this.add(page);
				this.grant();
			})
			.catch((error) => this.onFailure(error));
	}

	/**
	 * A page that starts at the frame that is likely to be its first: it renders it
	 * while it opens, and videos are faster forwards.
	 */
	async make(index) {
		const {framesToRender, makeNewPage} = this.args;
		const next = framesToRender[Math.min(this.taken, framesToRender.length - 1)];
		const page = await makeNewPage(Math.min(...this.returned, next), index);
		if (this.over) {
			// In a browser of the user's it would stay.
			close(page);
			throw new Error('the render is over');
		}
		return page;
	}

	/** Without any tab nobody who waits would ever get one. */
	onFailure(error) {
		this.opening = false;
		if (this.idle.length + this.held.size === 0) {
			for (const {reject} of this.queue.takeAll()) {
				reject(error);
			}
		}
	}

	/** What a tab holds, only its end gives back. */
	async recycle(page) {
		const begun = Date.now();
		const {governor} = this;
		this.opening = true;
		try {
			await close(page);
			await pause(ENDING);
			governor.look();
			const gainedBytes = governor.policy.recycled();
			const fresh = await this.make(page.pageIndex);
			this.opening = false;
			const milliseconds = Date.now() - begun;
			this.tell({type: 'tab-replaced', tab: page.pageIndex, gainedBytes, milliseconds});
			this.add(fresh);
			this.grant();
		} catch (error) {
			this.onFailure(error);
		}
	}

	/** The kernel has killed the page of `attempt`. */
	async drop(attempt) {
		if (this.letGo(attempt)) {
			await close(attempt.page);
		}
	}

	/** As many tabs as are allowed, in a browser that replaces a crashed one. */
	async refill(frame, stockRefill) {
		// Whoever had a tab of the crashed one may ask for another only after many others.
		for (const page of this.held.keys()) {
			if (this.isGone(page)) {
				this.held.delete(page);
			}
		}
		const target = this.target();
		if (target >= this.most) {
			return stockRefill();
		}
		for (let index = 0; index < target; index++) {
			this.add(await this.args.makeNewPage(frame, index));
		}
		this.grant();
	}

	/** An attempt has begun; gives what tells that it is over. */
	enter() {
		this.active++;
		return (failed) => {
			this.active--;
			// One that failed fails the render: whoever waits waits for nothing.
			if (this.active === 0 || failed) {
				this.leave();
			}
		};
	}

	leave() {
		this.over = true;
		if (!this.left) {
			this.left = true;
			if (this.id !== null) {
				this.governor.leave(this.id);
				this.grant();
			}
		}
	}
}

module.exports = {Placeholder, TabPool};
