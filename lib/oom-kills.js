'use strict';

// How many processes of this container the kernel has killed for lack of memory
// since this process measured for the first time: Remotion asks for the memory
// that is available when a render begins. Loading the package measures nothing.

const {firstOomKills, measureMemory} = require('./measure');

function oomKillsSinceStart() {
	const first = firstOomKills();
	let now = null;
	try {
		now = measureMemory({logLevel: 'error'}).oomKills;
	} catch {
		// No binary for this machine.
	}
	return typeof first === 'number' && now !== null ? Math.max(0, now - first) : 0;
}

module.exports = {oomKillsSinceStart};
