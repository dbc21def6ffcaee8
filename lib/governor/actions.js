'use strict';

// Who is told of what the governor does.

const {fail} = require('../check');
const {native} = require('../native');
const {noteAction} = require('../summary/current');

const listeners = new Set();

const isVerbose = (logLevel) => logLevel === 'verbose' || logLevel === 'trace';

/** An action in one sentence. */
function describe({type, ...figures}) {
	return native.describeAction(type, Object.keys(figures), Object.values(figures));
}

/**
 * Tells everybody; prints it where the render is verbose. `figures`: those of the
 * render that it concerns, or null where it concerns all of them.
 */
function emit(logLevel, action, figures) {
	const told = {...action, message: describe(action)};
	noteAction(action.type, figures);
	if (isVerbose(logLevel)) {
		console.log(`[remotion-headroom] Governor: ${told.message}`);
	}
	for (const listener of [...listeners]) {
		try {
			listener(told);
		} catch (error) {
			// A listener's fault is its own; the render goes on.
			console.error('[remotion-headroom] A listener of onGovernorAction() threw:', error);
		}
	}
}

function onGovernorAction(listener) {
	if (typeof listener !== 'function') {
		fail('listener', 'a function', listener);
	}
	// Each call gets an entry of its own, also for one function twice.
	const entry = (action) => listener(action);
	listeners.add(entry);
	return () => {
		listeners.delete(entry);
	};
}

module.exports = {emit, isVerbose, onGovernorAction};
