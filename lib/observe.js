'use strict';

// Around a function of Remotion's whose end we want to know.

const {AsyncLocalStorage} = require('node:async_hooks');
const {isPromise} = require('node:util/types');

/**
 * Runs `run`, tells how it ended, and gives what it gives: its own promise, not one
 * that is settled a turn later. Remotion removes the frames of renderFrames() as soon
 * as a turn passes before they are stitched.
 *
 * @param {(failed: boolean, error?: unknown) => void} ended must not throw
 */
function observe(run, ended) {
	let result;
	try {
		result = run();
	} catch (error) {
		ended(true, error);
		throw error;
	}
	if (isPromise(result)) {
		result.then(
			() => ended(false),
			(error) => ended(true, error),
		);
	} else {
		ended(false);
	}
	return result;
}

/** One for all who watch: each storage is carried on by itself with every promise. */
const storage = new AsyncLocalStorage();

/** Whole renders, to whoever watches them: what runs within one is a part of it. */
class Renders {
	/** What is known of the render around us; null where there is none, or it has ended. */
	current() {
		let around = storage.getStore();
		while (around !== undefined && around.watcher !== this) {
			around = around.outer;
		}
		return around === undefined || around.ended ? null : around.known;
	}

	/**
	 * Runs `run`. Where it is no part of another one, `begin` gives what is known of it,
	 * or null where nobody watches, and `end` is told how it ended.
	 *
	 * @template T
	 * @param {() => T | null} begin must not throw
	 * @param {(known: T, failed: boolean, error?: unknown) => void} end must not throw
	 */
	during(run, begin, end) {
		const known = this.current() === null ? begin() : null;
		if (known === null) {
			return run();
		}
		let outer = storage.getStore();
		while (outer?.ended) {
			// Else each render that is begun from within an earlier one would keep it.
			outer = outer.outer;
		}
		const around = {watcher: this, known, ended: false, outer};
		return observe(
			() => storage.run(around, run),
			(failed, error) => {
				around.ended = true;
				end(known, failed, error);
			},
		);
	}
}

module.exports = {Renders};
