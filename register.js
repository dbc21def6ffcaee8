'use strict';

// `node --require remotion-headroom/register`, or a plain require or import.
// Where the process is not one of Remotion's, nothing happens and nothing is
// said; and whatever happens, the process that asked for it goes on.

const {isMainThread, parentPort} = require('node:worker_threads');

// Node's own loader thread runs what is preloaded, too. No render does.
const inLoaderThread = !isMainThread && parentPort === null;

if (!inLoaderThread) {
	try {
		if (!require('./lib/switch').isSwitchedOff()) {
			require('./lib/bundled/entry').failInBundle(module);
			const {activateAll, preload} = require('./lib/register');
			if (require('./lib/loader/preloaded').isPreloaded(module)) {
				preload(module);
			} else {
				activateAll({});
			}
		}
	} catch (error) {
		console.warn(`[remotion-headroom] Not activated: ${error.message}`);
	}
}
