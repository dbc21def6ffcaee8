'use strict';

// Whether we are loaded before any ES module of the process can have been: then no ESM build
// of Remotion is, and nobody need ask for it.

const Module = require('node:module');
const path = require('node:path');
const {fileURLToPath} = require('node:url');
const {types} = require('node:util');
const {isMainThread} = require('node:worker_threads');
const {modules} = require('../copies/loaded');

/** The arguments of Node itself, those of NODE_OPTIONS first. */
const flags = () => [
	...(process.env.NODE_OPTIONS ?? '').split(/\s+/).filter(Boolean),
	...process.execArgv,
];

/** The file that a specifier of --import is, as CommonJS resolves it. */
function fileOf(specifier) {
	const from = Module.createRequire(path.join(process.cwd(), 'noop.js'));
	return from.resolve(specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier);
}

const isLoader = (flag) => /^--(?:experimental-)?loader\b/.test(flag);
const isImport = (flag) => /^--import\b/.test(flag);

/** An ES module that was required: its exports, or its name, tell. */
const isEsm = (one) =>
	one?.filename?.endsWith('.mjs') === true || types.isModuleNamespaceObject(one?.exports);

/**
 * Whether a CommonJS entry script is still at its first, synchronous run: `import()` has
 * given nobody a module by then. What Node preloads as ES modules comes before it.
 */
function isBeforeImports() {
	return (
		isMainThread &&
		require.main?.constructor === Module &&
		require.main.loaded === false &&
		!flags().some((flag) => isImport(flag) || isLoader(flag)) &&
		!Object.values(modules()).some(isEsm)
	);
}

/** Whether the module `file` is what --import names, and all that it names. */
function isImported(file) {
	const given = flags();
	const imports = given.flatMap((flag, i) =>
		flag === '--import' ? [given[i + 1]] : flag.startsWith('--import=') ? [flag.slice(9)] : [],
	);
	return imports.length === 1 && !given.some(isLoader) && fileOf(imports[0]) === file;
}

/** @param {NodeModule} one the module that was required or imported */
function isPreloaded(one) {
	if (one.parent?.id === 'internal/preload') {
		return true;
	}
	try {
		// Jest has modules of its own, which are loaded late.
		return one.constructor === Module && isImported(one.filename);
	} catch {
		return false;
	}
}

/**
 * Whether the command line names hooks besides the module `one`, as tsx's. They may hand out the
 * text of CommonJS modules, whose require() then goes past Module._load.
 */
function hasOtherHooks(one) {
	const given = flags();
	return given.some(isLoader) || (given.some(isImport) && !isImported(one.filename));
}

module.exports = {hasOtherHooks, isBeforeImports, isPreloaded};
