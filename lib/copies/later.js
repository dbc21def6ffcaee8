'use strict';

// Sees copies of @remotion/renderer that are required after register(), from
// wherever, before they are.

const Module = require('node:module');
const {CJS, RENDERER, rootOf} = require('./loaded');

let stop = null;

/** Calls `onCopy(root)` whenever the CJS build of a copy is about to be given out. */
function watch(onCopy) {
	const stock = Module._load;
	if (stop !== null || typeof stock !== 'function') {
		return;
	}
	let active = true;
	function load(request, ...rest) {
		if (active && typeof request === 'string') {
			try {
				if (request === RENDERER || request.endsWith(CJS) || request.endsWith('dist/index.js')) {
					const root = rootOf(Module._resolveFilename(request, ...rest), CJS);
					if (root !== null) {
						onCopy(root);
					}
				}
			} catch {
				// Not found: that is for Node to say.
			}
		}
		return Reflect.apply(stock, this, [request, ...rest]);
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

module.exports = {unwatch, watch};
