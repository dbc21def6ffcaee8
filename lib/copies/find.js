'use strict';

// Finds the copies of @remotion/renderer that this process is going to use.

const fs = require('node:fs');
const {createRequire} = require('node:module');
const path = require('node:path');

/**
 * What tracers see and `bun build` does not: it would bundle what a name written out
 * leads to, and stop at the compositors of other machines.
 */
const NAMES = {renderer: '@remotion/renderer'};
const RENDERER = NAMES.renderer;

// Under pnpm a project may see only one of these, and the renderer from there.
const BRIDGES = [
	'@remotion/cli',
	'@remotion/bundler',
	'@remotion/lambda',
	'@remotion/cloudrun',
	'@remotion/studio-server',
];

/** Directory of the package `name` as seen from the directory `from`, or null. */
function packageRoot(name, from) {
	try {
		return path.dirname(createRequire(path.join(from, 'noop.js')).resolve(`${name}/package.json`));
	} catch {
		return null;
	}
}

function rendererFrom(directory) {
	const direct = packageRoot(RENDERER, directory);
	if (direct !== null) {
		return direct;
	}
	for (const bridge of BRIDGES) {
		const root = packageRoot(bridge, directory);
		const found = root === null ? null : packageRoot(RENDERER, root);
		if (found !== null) {
			return found;
		}
	}
	return null;
}

/** Where to look from: the entry script (also behind its symlink), then the working directory. */
function startingPoints() {
	const points = [];
	const script = process.argv[1];
	if (script) {
		const resolved = path.resolve(script);
		try {
			points.push(path.dirname(fs.realpathSync(resolved)));
		} catch {
			// Not a file: `node .`, or an extension that Node adds later.
		}
		points.push(path.dirname(resolved));
	}
	points.push(process.cwd());
	return points;
}

/** Roots of the distinct copies seen from `directories`, the first one first. */
function findRenderers(directories = startingPoints()) {
	const roots = new Set();
	for (const directory of directories) {
		const root = rendererFrom(directory);
		if (root !== null) {
			roots.add(root);
		}
	}
	return [...roots];
}

/**
 * Where a copy is as seen from here: a peer dependency may be visible from here
 * alone. Tracers see its name, and copy the CommonJS build, which whoever imports it
 * does not require, and activation needs.
 */
function besideUs() {
	try {
		return path.dirname(require.resolve(NAMES.renderer));
	} catch {
		return __dirname;
	}
}

/** Never called: see ../native.js. */
function _forPkg(require) {
	require.resolve('@remotion/renderer');
}

module.exports = {besideUs, findRenderers, packageRoot, startingPoints};
