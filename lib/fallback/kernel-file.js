'use strict';

const fs = require('node:fs');

// Without it the open of a FIFO waits for a writer. Windows has no such flag.
const FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0);

/** A regular file's content, as `fs.readFileSync` gives it; an error for anything else. */
function readKernelFile(file, encoding) {
	const fd = fs.openSync(file, FLAGS);
	try {
		if (!fs.fstatSync(fd).isFile()) {
			throw Object.assign(new Error('not a regular file'), {code: 'EINVAL'});
		}
		return fs.readFileSync(fd, encoding);
	} finally {
		fs.closeSync(fd);
	}
}

module.exports = {readKernelFile};
