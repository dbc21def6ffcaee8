'use strict';

// Under `remotion-headroom run` the parent records, which the kernel leaves alive.
// What only this process knows it appends to a file, and the parent takes it over.

const fs = require('node:fs');
const {clock} = require('./recording');

/** `<when the recording's time began>:<file>` */
const VARIABLE = 'REMOTION_HEADROOM_RECORDING';

const valueFor = (since, file) => `${since}:${file}`;

class SideFile {
	constructor(since, file) {
		this.since = since;
		this.fd = fs.openSync(file, 'a');
	}

	write(line) {
		const t = Math.max(0, Math.round(clock() - this.since));
		fs.writeSync(this.fd, `${JSON.stringify({t, ...line})}\n`);
	}

	/** Others of this process may still write. */
	finish() {}
}

let opened;

/** The parent's file; null where there is none. */
function sideFile() {
	if (opened === undefined) {
		const found = /^([\d.]+):(.+)$/s.exec(process.env[VARIABLE] ?? '');
		try {
			opened = found === null ? null : new SideFile(Number(found[1]), found[2]);
		} catch {
			// The parent has gone; whoever it started goes on.
			opened = null;
		}
	}
	return opened;
}

module.exports = {VARIABLE, sideFile, valueFor};
