'use strict';

const path = require('node:path');
const {fail} = require('./words');

/**
 * Throws where an entry is in a bundle all the same: `bun build` knows no condition that
 * Bun itself does not have. What Node or Bun loads has a file, by its whole path.
 */
function failInBundle({filename}) {
	if (filename === undefined || !path.isAbsolute(filename)) {
		fail();
	}
}

module.exports = {failInBundle};
