'use strict';

// Where Remotion keeps frames until they are encoded.

const fs = require('node:fs');
const os = require('node:os');

/** File systems whose files are memory, by what statfs() calls them: tmpfs, ramfs. */
const IN_MEMORY = [0x01021994, 0x858458f6];

/** Whether what is written there is memory of this container. Not known before Node 18.15. */
function areInMemory(directory = os.tmpdir()) {
	try {
		return process.platform === 'linux' && IN_MEMORY.includes(fs.statfsSync(directory).type);
	} catch {
		return false;
	}
}

module.exports = {areInMemory};
