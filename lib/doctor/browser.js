'use strict';

// The browser that a render of this project would start: Remotion's own finder is
// asked, which neither starts nor downloads anything.

const fs = require('node:fs');
const path = require('node:path');

const CONFIGS = ['remotion.config.ts', 'remotion.config.js', 'remotion.config.mjs'];
const CONFIGURED = /^[^/\n]*\bsetBrowserExecutable\(\s*(['"`])([^'"`$]+)\1/m;

/** The path in the project's remotion.config, where it is written out there. */
function configured(directory) {
	for (const name of CONFIGS) {
		try {
			const text = fs.readFileSync(path.join(directory, name), 'utf8');
			return CONFIGURED.exec(text)?.[2];
		} catch {
			// There is none of this name.
		}
	}
	return undefined;
}

/** @param {string | null} root of the project's @remotion/renderer */
function findBrowser(directory, root) {
	const stated = configured(directory);
	if (stated !== undefined) {
		const file = path.resolve(directory, stated);
		return {source: 'config', path: file, state: fs.existsSync(file) ? 'ready' : 'lost'};
	}
	if (root === null) {
		return {source: 'unknown', state: 'unknown'};
	}
	try {
		const finder = require(path.join(root, 'dist', 'browser', 'BrowserFetcher.js'));
		const {executablePath, local} = finder.getRevisionInfo('headless-shell');
		if (!local || !fs.existsSync(executablePath)) {
			return {source: 'download', path: executablePath, state: 'missing'};
		}
		const version = finder.readVersionFile?.('headless-shell') ?? undefined;
		// Versions of Remotion before 4.0.443 did not ask which one it is.
		const outdated = finder.readVersionFile !== undefined && version !== finder.TESTED_VERSION;
		const state = outdated ? 'outdated' : 'ready';
		return {source: 'download', path: executablePath, version, state};
	} catch {
		return {source: 'unknown', state: 'unknown'};
	}
}

module.exports = {findBrowser};
