'use strict';

// How many processes of this container the kernel has killed for lack of
// memory since this module was loaded.

const memory = require('./memory');

/** The kernel's count, or null where there is none. */
function readCount() {
	try {
		return memory.measureMemory?.().oomKills ?? null;
	} catch {
		return null;
	}
}

const atStart = readCount();

function oomKillsSinceStart() {
	const now = atStart === null ? null : readCount();
	return now === null ? 0 : Math.max(0, now - atStart);
}

module.exports = {oomKillsSinceStart};
