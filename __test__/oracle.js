'use strict';

// The real `@remotion/renderer`, module by module. Its `exports` hide them, so
// they are reached by absolute path beside its package.json.

const path = require('node:path');

const root = path.dirname(require.resolve('@remotion/renderer/package.json'));
const load = (name) => require(path.join(root, 'dist', name));

module.exports = {
	root,
	...load('memory/from-docker-cgroup.js'),
	...load('memory/from-lambda-env.js'),
	...load('memory/from-proc-meminfo.js'),
	...load('memory/get-available-memory.js'),
	...load('prestitcher-memory-usage.js'),
	...load('can-use-parallel-encoding.js'),
	...load('compress-assets.js'),
	...load('assets/types.js'),
};
