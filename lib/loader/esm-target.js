'use strict';

// Where an ESM importer of @remotion/renderer is led: for esm.js, and for the
// loader thread.

const fs = require('node:fs');
const path = require('node:path');
const {fileURLToPath, pathToFileURL} = require('node:url');
const {isRenderer} = require('../copies/loaded');

const INSIDE = /^(file:.*)\/dist\/esm\/[^/]+\.mjs$/;

/** Root of a copy -> its files: URL of the ESM one -> URL of the CJS one with the same exports. */
const known = new Map();

function targetsOf(root) {
	if (!known.has(root)) {
		const targets = new Map();
		if (isRenderer(root)) {
			const text = fs.readFileSync(path.join(root, 'package.json'), 'utf8');
			const url = (file) => pathToFileURL(path.join(root, file)).href;
			for (const entry of Object.values(JSON.parse(text).exports ?? {})) {
				if (entry?.require && entry.import && entry.require !== entry.import) {
					targets.set(url(entry.import), url(entry.require));
				}
			}
		}
		known.set(root, targets);
	}
	return known.get(root);
}

/** The copy of Remotion that the ESM file `url` is of, and the CJS file in its place; or null. */
function targetOf(url) {
	try {
		const plain = typeof url === 'string' ? url.split(/[?#]/)[0] : '';
		const inside = INSIDE.exec(plain);
		if (inside === null) {
			return null;
		}
		const root = fileURLToPath(inside[1]);
		const target = targetsOf(root).get(plain);
		return target === undefined ? null : {root, target};
	} catch {
		return null;
	}
}

module.exports = {targetOf};
