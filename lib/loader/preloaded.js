'use strict';

// Whether Node loads us before any script of the process: then no ESM build of Remotion can
// have been loaded, and nobody need ask for it.

const Module = require('node:module');
const path = require('node:path');
const {fileURLToPath} = require('node:url');

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

/** Whether the module `file` is what --import names, and all that it names. */
function isImported(file) {
	const given = flags();
	const imports = given.flatMap((flag, i) =>
		flag === '--import' ? [given[i + 1]] : flag.startsWith('--import=') ? [flag.slice(9)] : [],
	);
	const hasLoader = given.some((flag) => /^--(?:experimental-)?loader\b/.test(flag));
	return imports.length === 1 && !hasLoader && fileOf(imports[0]) === file;
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

module.exports = {isPreloaded};
