'use strict';

// How many processes of this container the kernel has killed for lack of memory
// since this process began to render.
//
// Requiring the package opens no file. A render starts other processes, so the
// count to compare with is taken when the first one is started. Node 18 doesn't
// tell: there, it is taken at register(), or else when an error is explained.

const channels = require('node:diagnostics_channel');
const {measureMemory} = require('./measure-memory');

const STARTED = 'child_process';

/** The kernel's count, or null where there is none; undefined while it has not been asked. */
let atStart;

function readCount() {
	try {
		return measureMemory({logLevel: 'error'}).oomKills;
	} catch {
		// Whatever it is, explaining an error must not fail for it.
		return null;
	}
}

function noteOomKills() {
	if (atStart === undefined) {
		// The measuring itself must not bring us here again.
		atStart = null;
		channels.unsubscribe?.(STARTED, noteOomKills);
		atStart = readCount();
	}
}

channels.subscribe?.(STARTED, noteOomKills);

function oomKillsSinceStart() {
	noteOomKills();
	const now = atStart === null ? null : readCount();
	return now === null ? 0 : Math.max(0, now - atStart);
}

module.exports = {noteOomKills, oomKillsSinceStart};
