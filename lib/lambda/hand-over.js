'use strict';

// Preloaded by `remotion-headroom lambda deploy` into Remotion's command: whoever
// reads the zip of the function gets ours. Nothing in node_modules changes, where
// a file may be shared with other projects.

const fs = require('node:fs');
const {syncBuiltinESMExports} = require('node:module');
const path = require('node:path');

/** Of the paths of Remotion's zip and of ours, and of a file that tells that ours was read. */
const VARIABLE = 'REMOTION_HEADROOM_FUNCTION';

function handOver({stock, ours, taken}) {
	const {readFileSync} = fs;
	const real = fs.realpathSync(stock);
	const isStock = (file) => {
		if (typeof file !== 'string' || path.basename(file) !== path.basename(stock)) {
			return false;
		}
		try {
			return fs.realpathSync(file) === real;
		} catch {
			return false;
		}
	};
	fs.readFileSync = (file, ...rest) => {
		if (!isStock(file)) {
			return readFileSync(file, ...rest);
		}
		fs.writeFileSync(taken, '');
		return readFileSync(ours, ...rest);
	};
	syncBuiltinESMExports();
}

if (process.env[VARIABLE] !== undefined) {
	handOver(JSON.parse(process.env[VARIABLE]));
}

module.exports = {VARIABLE};
