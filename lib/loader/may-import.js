'use strict';

// Whether code of this process may import an ES module. Where all of it is CommonJS
// that is known not to, nobody need be led, and Node's loader thread, which has a heap
// of its own, is not started.

const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const {tokensOf} = require('../copies/normalise');
const {flags} = require('./preloaded');

/** Found first, as few modules of CommonJS have one: the rest takes longer. */
const WORD = /\b(?:im|ex)port\b/;
/** `import(`, also where it is only quoted. Behind a slash may be a comment. */
const DYNAMIC = /(?<![\w$.])import\s*[(/]/;
/** How statements of an ES module begin. */
const STATIC = /(?:^|[;}]|\*\/)\s*(?:import|export)\b\s*[\w$*{"'/]/m;
/** What runs text, so that what is quoted counts. */
const RUNS_TEXT = /(?<![\w$.])Function\s*\(|['"](?:node:)?vm['"]/;

/** What is in a string, or begins a template. */
const PLACES = new RegExp(`\`|${DYNAMIC.source}`, 'g');
/** A line up to a place in a string: whole strings, and nothing that may hide a quote. */
const INTO_STRING =
	/^[^"'`\\/]*(?:(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')[^"'`\\/]*)*(?:"(?:[^"\\]|\\.)*|'(?:[^'\\]|\\.)*)$/;

/**
 * Whether each `import(` is in a string by what its line tells, as in React's, where going
 * through all of the text takes longest. No template begins either, so that a line begins in
 * code or in a comment, unless a string goes on from the line above.
 */
function isQuoted(text) {
	for (const {index} of text.matchAll(PLACES)) {
		const start = text.lastIndexOf('\n', index) + 1;
		const line = text.slice(start, index);
		const goesOn = /\\\r?\n$/.test(text.slice(Math.max(0, start - 3), start));
		if (goesOn || line.includes('*/') || !INTO_STRING.test(line)) {
			return false;
		}
	}
	return true;
}

/** What runs text that may have come from elsewhere, and can import. */
const RUNS_OTHERS = /(?<![\w$.])eval\s*\(|,\s*eval\s*\)|importModuleDynamically/;

/** Longer ones are not gone through. */
const MOST_READ_CLOSELY = 500_000;

/** Whether `import(` is in the program itself, and not in what it says, as in React's. */
function hasDynamic(text) {
	if (text.length > MOST_READ_CLOSELY || RUNS_TEXT.test(text)) {
		return true;
	}
	if (isQuoted(text)) {
		return false;
	}
	const tokens = tokensOf(text);
	return (
		tokens === null ||
		tokens.some(
			(token, i) =>
				(token === 'import' && tokens[i + 2] === '(' && tokens[i - 2] !== '.') ||
				// What is in a template may be code.
				(/^[`}]/.test(token) && DYNAMIC.test(token)),
		)
	);
}

const mayImport = (text) =>
	RUNS_OTHERS.test(text) ||
	(WORD.test(text) && (STATIC.test(text) || (DYNAMIC.test(text) && hasDynamic(text))));

/** Flags with which Node starts otherwise than by requiring a script, or may have no thread. */
const STARTS_OTHERWISE =
	/^(?:-[a-z]*[eip]|--(?:import|(?:experimental-)?loader|eval|print|interactive|input-type|experimental-default-type|(?:experimental-)?permission|test|run|watch)\b)/;

/** Modules that are read again, at most: those loaded before us. */
const MOST_READ = 200;

const ours = path.join(__dirname, '..') + path.sep;

/** What the nearest package.json says of `.js` files. */
function typeAt(folder) {
	const file = path.join(folder, 'package.json');
	if (fs.existsSync(file)) {
		return JSON.parse(fs.readFileSync(file, 'utf8')).type;
	}
	const parent = path.dirname(folder);
	return parent === folder || path.basename(folder) === 'node_modules' ? undefined : typeAt(parent);
}

/** Whether Node requires the entry script: it is running, or will be next. */
function isRequired(script) {
	if (require.main !== undefined) {
		return true;
	}
	const file = require.resolve(path.resolve(script));
	const ending = path.extname(file);
	return (
		ending === '.cjs' || (['.js', ''].includes(ending) && typeAt(path.dirname(file)) !== 'module')
	);
}

/** Whether nothing that has been loaded until now imports anything. */
function nothingImports() {
	const files = Object.keys(require.cache).filter(
		(file) => !file.startsWith(ours) && !file.endsWith('.node'),
	);
	return (
		files.length <= MOST_READ && !files.some((file) => mayImport(fs.readFileSync(file, 'utf8')))
	);
}

/** Whether all code is certain to be seen by watch() before it runs. */
function isSeen() {
	try {
		return (
			// Not in Jest, which has modules of its own, nor in a bundle.
			module.constructor === Module &&
			typeof Module.prototype._compile === 'function' &&
			!flags().some((flag) => STARTS_OTHERWISE.test(flag)) &&
			isRequired(process.argv[1]) &&
			nothingImports()
		);
	} catch {
		// No script, or none that can be read.
		return false;
	}
}

/**
 * Calls `tell()` before code runs that may import an ES module, once. Returns what ends
 * that, or null where not all code would be seen.
 */
function watch(tell) {
	if (!isSeen()) {
		return null;
	}
	const stock = Module.prototype._compile;
	let active = true;
	function stop() {
		active = false;
		if (Module.prototype._compile === compile) {
			Module.prototype._compile = stock;
		}
	}
	function compile(text, file, format, ...rest) {
		if (active && (`${format}`.startsWith('module') || mayImport(text))) {
			stop();
			tell();
		}
		return Reflect.apply(stock, this, [text, file, format, ...rest]);
	}
	Module.prototype._compile = compile;
	return stop;
}

module.exports = {mayImport, watch};
