'use strict';

// `node --require remotion-headroom/register`, or a plain require or import.
// Where the process is not one of Remotion's, nothing happens and nothing is
// said; and whatever happens, the process that asked for it goes on.
if (process.env.REMOTION_HEADROOM !== 'off') {
	try {
		require('./lib/register').register();
	} catch (error) {
		console.warn(`[remotion-headroom] Not activated: ${error.message}`);
	}
}
