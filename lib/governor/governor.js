'use strict';

// Watches the memory that is left while renders run, and acts before the kernel
// does. What to do is decided in Rust (core/src/governor); here it is done.
//
// One for all renders of the process: they share what is left.

const {binaryError, native} = require('../native');
const {VARIABLES, warnOfLimit} = require('../measure-memory');
const {LOG_LEVELS} = require('../check');
const {warnOnce} = require('../log');
const {emit} = require('./actions');

/** Each read of process.env asks the C library. */
const variables = () => VARIABLES.map((name) => process.env[name]);

/**
 * Whether looks come from a thread of our own, which no busy event loop delays. Node 18
 * crashes when it ends with one that has been there: a process that has rendered would
 * exit with 139.
 */
const LOOKS_FROM_THREAD = binaryError === null && Number.parseInt(process.versions.node, 10) >= 20;

/** Milliseconds in which several tabs crash by one and the same kill, or by the next. */
const LATELY = 5000;

class Governor {
	/** @param {number | undefined} reserveBytes what is to stay free */
	constructor(reserveBytes) {
		this.reserveBytes = reserveBytes;
		this.policy = new native.Governor(reserveBytes);
		/** Renders whose tabs are governed. */
		this.pools = new Map();
		/** What keeps decoded frames. */
		this.compositors = new Set();
		this.timer = null;
		this.kills = 0;
		this.killedAt = Number.NEGATIVE_INFINITY;
	}

	/** Takes a look now. */
	look() {
		this.policy.look(...variables());
	}

	/** Whether the kernel has killed something lately, as far as that can be told. */
	hasJustKilled() {
		this.look();
		const {oomKills, step} = this.view();
		if (oomKills !== this.kills) {
			this.kills = oomKills;
			this.killedAt = Date.now();
		}
		// Elsewhere nobody counts.
		const isShort = step === 'critical' || step === 'low';
		return Date.now() - this.killedAt < LATELY || (process.platform !== 'linux' && isShort);
	}

	view() {
		return this.policy.view();
	}

	/** Tells what was done, with what was left; for the render of `figures`, or (null) for all. */
	tell(logLevel, action, figures = null) {
		const {available, ahead, reserve, limit, limitHits, oomKills} = this.view();
		const state = {
			availableBytes: available,
			expectedBytes: ahead,
			reserveBytes: reserve,
			limitBytes: limit,
			limitHits,
			oomKills,
		};
		emit(logLevel, {...action, ...state}, figures);
	}

	/** A render's tabs come under control. Gives the render's number. */
	enter(pool, open, most) {
		warnOfLimit(pool.logLevel);
		this.look();
		const id = this.policy.begin(open, most);
		this.pools.set(id, pool);
		this.watch();
		return id;
	}

	leave(id) {
		this.policy.end(id);
		this.pools.delete(id);
		if (this.pools.size === 0) {
			this.unwatch();
		}
	}

	/** Looks from now on, from a thread where that works. */
	watch() {
		if (LOOKS_FROM_THREAD) {
			this.policy.watch(() => this.act(), ...variables());
			return;
		}
		this.timer ??= setTimeout(() => {
			this.timer = null;
			this.safely(() => this.look());
			this.act();
			if (this.pools.size > 0) {
				this.watch();
			}
		}, this.view().nextLook);
		this.timer.unref();
	}

	unwatch() {
		if (LOOKS_FROM_THREAD) {
			this.policy.unwatch();
		}
		clearTimeout(this.timer);
		this.timer = null;
	}

	/** Does what is to be done now. */
	act() {
		this.safely(() => this.decide());
	}

	/** Runs `what`; where that fails, renders go on without a governor, and it is said once. */
	async safely(what) {
		try {
			await what();
		} catch (error) {
			warnOnce('governor', 'warn', `The governor steps aside: ${error.message}.`);
			for (const {figures} of this.pools.values()) {
				figures?.stepsAside('governor', error.message);
			}
			for (const pool of [...this.pools.values()]) {
				pool.left = true;
			}
			this.pools.clear();
			this.unwatch();
		}
	}

	decide() {
		for (const [id, pool] of this.pools) {
			const {busy, idle, waiting} = pool.count();
			this.policy.tabs(id, busy, idle, waiting);
		}
		const {purge, free, park, changes} = this.policy.decide();
		for (const {render, code, ...figures} of changes) {
			const pool = this.pools.get(render);
			this.tell(pool?.logLevel, {type: code, ...figures}, pool?.figures);
		}
		if (purge) {
			this.safely(() => this.purge());
		}
		if (free) {
			this.safely(() => this.free());
		}
		for (const pool of this.pools.values()) {
			pool.follow(park);
		}
	}

	logLevels() {
		return [...this.pools.values()].map(({logLevel}) => logLevel);
	}

	/** Has every tab give back what it can. */
	async purge() {
		const begun = Date.now();
		const pages = [...this.pools.values()].flatMap((pool) => pool.pages());
		await Promise.allSettled(pages.map(purgePage));
		// What a tab frees is gone from the kernel's figures a moment later.
		await pause(50);
		this.look();
		const gainedBytes = this.policy.purged();
		const milliseconds = Date.now() - begun;
		this.tell(loudest(this.logLevels()), {
			type: 'tabs-purged',
			tabs: pages.length,
			gainedBytes,
			milliseconds,
		});
		this.act();
	}

	/** Has the compositors give back what their caches hold. */
	async free() {
		const done = [];
		for (const compositor of this.compositors) {
			const action = await compositor.giveBack();
			if (action !== null) {
				done.push(action);
			}
		}
		this.look();
		const gainedBytes = this.policy.freed();
		for (const action of done) {
			this.tell(loudest(this.logLevels()), {...action, gainedBytes});
		}
	}
}

/** Frees what a page holds without need: decoded images first, then garbage. */
async function purgePage(page) {
	const session = page._client();
	await session.send('Memory.simulatePressureNotification', {level: 'critical'});
	await session.send('HeapProfiler.collectGarbage');
}

/** Keeps no process alive. */
const pause = (milliseconds) =>
	new Promise((resolve) => {
		setTimeout(resolve, milliseconds).unref();
	});

/** Of several renders, the level of the one that says most. */
const loudest = (levels) => LOG_LEVELS.find((level) => levels.includes(level));

let governor = null;

/** The one governor; null where it is switched off. */
function governorFor({govern}) {
	if (govern === 'off') {
		return null;
	}
	const reserveBytes = typeof govern === 'object' ? govern.reserveBytes : undefined;
	// A reserve that is new counts for renders that begin when none goes on.
	if (governor === null || (governor.reserveBytes !== reserveBytes && governor.pools.size === 0)) {
		governor = new Governor(reserveBytes);
	}
	return governor;
}

/** Tabs of all renders that are governed: at work, idle, and frames that wait for one. */
function governedTabs() {
	const sum = {busy: 0, idle: 0, waiting: 0};
	for (const pool of governor?.pools.values() ?? []) {
		for (const [state, tabs] of Object.entries(pool.count())) {
			sum[state] += tabs;
		}
	}
	return sum;
}

module.exports = {LOOKS_FROM_THREAD, governedTabs, governorFor, pause, variables};
