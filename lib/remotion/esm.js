'use strict';

// Leads ESM importers of @remotion/renderer to its CJS build: the ESM build is
// one file, in which nothing can be replaced.
//
// Node 22.15 and 23.5 have `module.registerHooks` (same thread), 18.19 and 20.6
// have `module.register` (loader thread). Older ones have neither: there,
// `remotion-headroom/renderer` does it.

const fs = require('node:fs');
const module_ = require('node:module');
const path = require('node:path');
const {pathToFileURL} = require('node:url');
const {isMainThread, parentPort} = require('node:worker_threads');

/** URL of an ESM file -> URL of the CJS file with the same exports. */
const redirects = new Map();
let hooks = null;
/** Root of a copy -> whether the loader thread leads its importers. */
const switches = new Map();

/**
 * Whether this is Node's own thread for module.register. What is preloaded with
 * --require runs there too, and module.register would wait for itself.
 */
const inLoaderThread = !isMainThread && parentPort === null;

function redirectsOf({root}) {
	const {exports: entries = {}} = JSON.parse(
		fs.readFileSync(path.join(root, 'package.json'), 'utf8'),
	);
	const url = (file) => pathToFileURL(path.join(fs.realpathSync(root), file)).href;
	return Object.values(entries)
		.filter((entry) => entry?.require && entry.import && entry.require !== entry.import)
		.map((entry) => [url(entry.import), url(entry.require)]);
}

function resolveSync(specifier, context, nextResolve) {
	const resolved = nextResolve(specifier, context);
	const target = redirects.get(resolved.url);
	return target === undefined ? resolved : {...resolved, url: target, format: 'commonjs'};
}

/** Null where ESM importers are led to the CJS build, else why not. */
function install(copies) {
	redirects.clear();
	for (const [from, to] of copies.flatMap(redirectsOf)) {
		redirects.set(from, to);
	}
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
		hooks = module_.registerHooks({resolve: resolveSync});
		return null;
	}
	if (typeof module_.register === 'function') {
		switchLoaders(copies);
		return null;
	}
	return `Node ${process.version} has no module.register; import remotion-headroom/renderer instead`;
}

/**
 * The loader thread's hooks can't be taken back, so each has a switch in shared
 * memory. Not a port: transferring one while `--require` preloads ends Node 20
 * without a word.
 */
function switchLoaders(copies) {
	const roots = new Set(copies.map((copy) => copy.root));
	for (const [root, on] of switches) {
		Atomics.store(on, 0, roots.has(root) ? 1 : 0);
	}
	for (const copy of copies.filter(({root}) => !switches.has(root))) {
		const on = new Int32Array(new SharedArrayBuffer(4)).fill(1);
		switches.set(copy.root, on);
		module_.register(pathToFileURL(path.join(__dirname, 'esm-loader.mjs')), {
			data: {on, redirects: redirectsOf(copy)},
		});
	}
}

function uninstall() {
	redirects.clear();
	hooks?.deregister();
	hooks = null;
	switchLoaders([]);
}

module.exports = {install, uninstall};
