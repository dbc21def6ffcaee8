'use strict';

// Whether encoding runs beside rendering, in copies of Remotion whose rule is ours
// to replace. What starts a render says how it was planned, and Remotion asks for
// its rule before that returns.

/** Copies that ask us. */
const copies = new Set();

/** How the render that is starting was planned: options -> whether encoding runs beside, or undefined. */
let starting = null;

/** Another one may render, which can't be asked to. */
let isDoubted = false;

const note = (copy) => copies.add(copy);

const doubt = () => {
	isDoubted = true;
};

const forget = () => {
	copies.clear();
	isDoubted = false;
};

/** Whether the rule is ours to replace: in a copy, or (undefined) in whichever renders. */
const isDecided = (copy) => (copy === undefined ? copies.size > 0 && !isDoubted : copies.has(copy));

/** Starts a render whose encoding `decides`. */
function during(decides, start) {
	const outer = starting;
	starting = decides;
	try {
		return start();
	} finally {
		starting = outer;
	}
}

/** Whether encoding runs beside rendering; undefined where that is Remotion's to say. */
function decide({width, height}) {
	try {
		return starting?.({width, height});
	} catch {
		// What can't be planned with is Remotion's to refuse.
		return undefined;
	}
}

module.exports = {decide, doubt, during, forget, isDecided, note};
