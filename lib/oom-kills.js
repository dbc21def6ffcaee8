'use strict';

// How many processes of this container the kernel has killed for lack of memory
// during a render.
//
// The count is taken when a render starts (lib/remotion-renders.js has them come
// here), and belongs to whatever fails within it. An error of no render that we
// know of is compared with the last count that was taken: when a render or the
// process's first child started, or an error was explained. Requiring the package
// opens no file. Node 18 doesn't tell of children: there, it is register(), or
// else the first error.

const channels = require('node:diagnostics_channel');
const {measureMemory} = require('./measure-memory');
const {Renders} = require('./observe');

const STARTED = 'child_process';

const isObject = (value) =>
	(typeof value === 'object' && value !== null) || typeof value === 'function';

/** @param {() => number | null} readCount the kernel's count, or null where there is none */
function makeWatch(readCount) {
	/** Of each the count before it: `{before}`. */
	const renders = new Renders();
	/** Error -> the count before the render that failed with it. */
	const failed = new WeakMap();
	/** Error -> what was told of it: it is explained twice, printed and returned. */
	const told = new WeakMap();
	let toldLast = null;
	/** Undefined while nobody has asked. */
	let latest;
	let running = 0;

	function note() {
		if (latest === undefined) {
			// The measuring itself must not bring us here again.
			latest = null;
			latest = readCount();
		}
	}

	/** Runs `render`; what it fails with is known to be its. */
	function during(render) {
		const begin = () => {
			latest = readCount();
			running++;
			return {before: latest};
		};
		return renders.during(render, begin, ({before}, hasFailed, error) => {
			running--;
			if (hasFailed && isObject(error)) {
				failed.set(error, before);
			}
		});
	}

	function before(errors) {
		const known = errors.find((error) => isObject(error) && failed.has(error));
		const around = renders.current();
		return known !== undefined ? failed.get(known) : around === null ? latest : around.before;
	}

	/**
	 * Kills during the render that failed with the first of `errors`, whose causes
	 * are the others.
	 */
	function count(errors) {
		const [error] = errors;
		if (isObject(error) ? told.has(error) : toldLast?.error === error) {
			return isObject(error) ? told.get(error) : toldLast.kills;
		}
		note();
		const start = before(errors);
		const now = start === null ? null : readCount();
		const kills = now === null ? 0 : Math.max(0, now - start);
		latest = now ?? latest;
		if (isObject(error)) {
			told.set(error, kills);
		} else {
			toldLast = {error, kills};
		}
		return kills;
	}

	return {note, during, count, isRendering: () => running > 0};
}

function readCount() {
	try {
		return measureMemory({logLevel: 'error'}).oomKills;
	} catch {
		// Whatever it is, explaining an error must not fail for it.
		return null;
	}
}

const watch = makeWatch(readCount);

function noteOomKills() {
	channels.unsubscribe?.(STARTED, noteOomKills);
	watch.note();
}

channels.subscribe?.(STARTED, noteOomKills);

/** Kills since `count`, which the caller has taken by itself. */
function oomKillsSince(count) {
	const now = readCount();
	return now === null ? 0 : Math.max(0, now - count);
}

module.exports = {isObject, makeWatch, noteOomKills, oomKillsSince, watch};
