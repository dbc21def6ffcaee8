'use strict';

// Around a function of Remotion's whose end we want to know.

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

module.exports = {observe};
