'use strict';

// How many processes of this container the kernel has killed for lack of
// memory since this module was loaded.

const {measureMemory} = require('./measure');

/** The kernel's count, or null where there is none. */
function readCount() {
	try {
		return measureMemory({logLevel: 'error'}).oomKills;
	} catch {
		// No binary for this machine.
		return null;
	}
}

const atStart = readCount();

function oomKillsSinceStart() {
	const now = atStart === null ? null : readCount();
	return now === null ? 0 : Math.max(0, now - atStart);
}

module.exports = {oomKillsSinceStart};
