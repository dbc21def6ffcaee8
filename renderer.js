'use strict';

// The project's @remotion/renderer, activated.

require('./lib/bundled/entry').failInBundle(module);

const path = require('node:path');
const {register} = require('./lib/register');
const {besideUs, findRenderers, startingPoints} = require('./lib/copies/find');

const directories = [...startingPoints(), besideUs()];
const [root] = findRenderers(directories);
if (root === undefined) {
	const error = new Error(
		'remotion-headroom/renderer needs @remotion/renderer, which was not found from ' +
			`${directories.join(', ')}. Install it with "npm install @remotion/renderer".`,
	);
	error.code = 'HEADROOM_NO_REMOTION';
	throw error;
}
register({from: root});

module.exports = require(path.join(root, 'dist', 'index.js'));
