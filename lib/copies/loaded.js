'use strict';

// Which builds of @remotion/renderer this process has loaded, and from where.

const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const {fileURLToPath} = require('node:url');

const RENDERER = '@remotion/renderer';
const CJS = path.join('dist', 'index.js');
const ESM = path.join('dist', 'esm', 'index.mjs');

const known = new Map();

/** Whether `root` is a copy of @remotion/renderer, whatever its directory is called. */
function isRenderer(root) {
	if (!known.has(root)) {
		try {
			const text = fs.readFileSync(path.join(root, 'package.json'), 'utf8');
			known.set(root, JSON.parse(text).name === RENDERER);
		} catch {
			known.set(root, false);
		}
	}
	return known.get(root);
}

/** The copy whose main file of this build is `file`, or null. */
function rootOf(file, build) {
	if (!file.endsWith(path.sep + build)) {
		return null;
	}
	const root = file.slice(0, -build.length - 1);
	return isRenderer(root) ? root : null;
}

const distinct = (roots) => [...new Set(roots.filter((root) => root !== null))];

/**
 * All that has been required, by file. Where hooks have handed out the text of this
 * module, as Yarn's Plug and Play does, its `require` has no cache.
 */
const modules = () => require.cache ?? Module._cache;

/** Copies whose CJS build has been required. */
const cjsCopies = () => distinct(Object.keys(modules()).map((file) => rootOf(file, CJS)));

function fileOf(url) {
	try {
		return url.startsWith('file:') ? fileURLToPath(url.split(/[?#]/)[0]) : '';
	} catch {
		return '';
	}
}

/**
 * Copies whose ESM build has been compiled, whether it has run or not. No list
 * of ESM modules is open to us, but a debugger is told of every script there is:
 * the inspector's session lives for this one question, which takes some 30 ms.
 */
function esmCopies() {
	if (process.versions.bun !== undefined) {
		return [];
	}
	const files = [];
	let session;
	try {
		const {Session} = require('node:inspector');
		session = new Session();
		session.connect();
		session.on('Debugger.scriptParsed', ({params: {url}}) => files.push(fileOf(url)));
		session.post('Debugger.enable');
		session.post('Debugger.disable');
	} catch {
		// A Node without an inspector: frames.js still sees it render.
	} finally {
		session?.disconnect();
	}
	return distinct(files.map((file) => rootOf(file, ESM)));
}

module.exports = {CJS, ESM, RENDERER, cjsCopies, esmCopies, isRenderer, modules, rootOf};
