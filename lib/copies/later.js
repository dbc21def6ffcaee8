'use strict';

// Sees copies of @remotion/renderer that are required after register(), from
// wherever, before they are.

const Module = require('node:module');
const {RENDERER, isRenderer} = require('./loaded');

/** A module of a package's build, by its path. */
const INSIDE = /^(.+)[\\/]dist[\\/][^/\\]/;

let stop = null;

/** The copy that `file` is a module of, or null. */
function copyOf(file) {
	const [, root] = file.endsWith('.mjs') ? [] : (INSIDE.exec(file) ?? []);
	return root !== undefined && isRenderer(root) ? root : null;
}

/** Whether `request` may be for a module of a copy. */
const isOfCopy = (request) => request === RENDERER || INSIDE.test(request);

/**
 * Calls `onCopy(root)` whenever a module of the CJS build of a copy is about to be given out, which
 * is loaded inside of `around`.
 */
function watch(onCopy, around) {
	const stock = Module._load;
	if (stop !== null || typeof stock !== 'function') {
		return;
	}
	let active = true;
	function load(request, ...rest) {
		const go = () => Reflect.apply(stock, this, [request, ...rest]);
		let root = null;
		if (active && typeof request === 'string') {
			try {
				if (isOfCopy(request)) {
					root = copyOf(Module._resolveFilename(request, ...rest));
					if (root !== null) {
						onCopy(root);
					}
				}
			} catch {
				// Not found: that is for Node to say.
			}
		}
		return root === null ? go() : around(go);
	}
	Module._load = load;
	stop = () => {
		active = false;
		if (Module._load === load) {
			Module._load = stock;
		}
	};
}

function unwatch() {
	stop?.();
	stop = null;
}

module.exports = {copyOf, isOfCopy, unwatch, watch};
