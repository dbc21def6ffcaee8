'use strict';

// Leads ESM importers of @remotion/renderer to its CJS build: the ESM build is
// one file, in which nothing can be replaced.
//
// Node 22.15 and 23.5 have `module.registerHooks` (same thread), 18.19 and 20.6
// have `module.register` (loader thread). Older ones have neither: there,
// `remotion-headroom/renderer` does it.

const module_ = require('node:module');
const path = require('node:path');
const {fileURLToPath, pathToFileURL} = require('node:url');
const {isMainThread, parentPort} = require('node:worker_threads');
const {copyOf, isOfCopy} = require('../copies/later');
const {targetOf} = require('./esm-target');

let hooks = null;
/** Registers `hooks`. */
let lead = null;
let isPaused = false;
/** Whether the loader thread leads importers; shared with it. */
let loaderSwitch = null;

/**
 * Whether this is Node's own thread for module.register. What is preloaded with
 * --require runs there too, and module.register would wait for itself.
 */
const inLoaderThread = !isMainThread && parentPort === null;

/** The copy whose CJS build is required by hooks of others, which go past later.js; or null. */
function requiredCopy(specifier, {url}) {
	try {
		return isOfCopy(specifier) ? copyOf(fileURLToPath(url)) : null;
	} catch {
		return null;
	}
}

const resolveWith = (onCopy) => (specifier, context, nextResolve) => {
	const resolved = nextResolve(specifier, context);
	const found = targetOf(resolved.url);
	const root = found?.root ?? requiredCopy(specifier, resolved);
	const isOurs = root !== null && onCopy(root);
	return isOurs && found !== null ? {...resolved, url: found.target, format: 'commonjs'} : resolved;
};

/**
 * Null where ESM importers are led to the CJS build, else why not. `onCopy(root)`
 * activates a copy that is about to be imported, and tells whether it could.
 */
function install(onCopy) {
	if (process.versions.bun !== undefined) {
		// Its module.register does nothing.
		return 'Bun has no module hooks; import remotion-headroom/renderer instead';
	}
	if (hooks !== null) {
		return null;
	}
	if (inLoaderThread) {
		return "Node's loader thread imports nothing";
	}
	if (typeof module_.registerHooks === 'function') {
		const resolve = resolveWith(onCopy);
		lead = () => module_.registerHooks({resolve});
		hooks = lead();
		return null;
	}
	if (typeof module_.register === 'function') {
		// A copy led this way is required next, which later.js sees.
		switchLoader(1);
		return null;
	}
	return `Node ${process.version} has no module.register; import remotion-headroom/renderer instead`;
}

/**
 * The loader thread's hooks can't be taken back, so they have a switch in shared
 * memory. Not a port: transferring one while `--require` preloads ends Node 20
 * without a word.
 */
function switchLoader(state) {
	if (loaderSwitch === null && state === 1) {
		loaderSwitch = new Int32Array(new SharedArrayBuffer(4));
		module_.register(pathToFileURL(path.join(__dirname, 'esm-loader.mjs')), {
			data: {on: loaderSwitch},
		});
	}
	if (loaderSwitch !== null) {
		Atomics.store(loaderSwitch, 0, state);
	}
}

function uninstall() {
	if (!isPaused) {
		hooks?.deregister();
	}
	hooks = null;
	switchLoader(0);
}

/**
 * What `load` returns. In it nothing is led: hooks of this thread are asked for each file
 * that is required, too, and Remotion and we have hundreds. `load` imports no ES module.
 */
function paused(load) {
	if (hooks === null || isPaused) {
		return load();
	}
	isPaused = true;
	hooks.deregister();
	try {
		return load();
	} finally {
		isPaused = false;
		if (hooks !== null) {
			hooks = lead();
		}
	}
}

/** Whether hooks, ours and those of others, run in a thread of their own. */
const leadsFromThread = () =>
	typeof module_.registerHooks !== 'function' && typeof module_.register === 'function';

module.exports = {install, leadsFromThread, paused, uninstall};
