'use strict';

// Remotion's modules inside the file of its Lambda function, as the line that was
// appended to it hands them over: [exports, start, end], bytes of that file; and of one
// that is to run again, {name: wrapper} of what it requires.

const fs = require('node:fs');
const {createRequire} = require('node:module');
const {compileFunction} = require('node:vm');
const {Copy, StepAside} = require('../copies/copy');
const {sha256} = require('../copies/known');
const {MODULES} = require('./function-file');
const {withoutNames} = require('./names');

/** A module's text, as it is in the file. */
function readText(file, start, end) {
	const bytes = Buffer.alloc(end - start);
	const fd = fs.openSync(file, 'r');
	try {
		return bytes.toString('utf8', 0, fs.readSync(fd, bytes, 0, bytes.length, start));
	} finally {
		fs.closeSync(fd);
	}
}

/** Of `{module: text}` the hashes, in which names of variables don't count. */
function hashesOf(texts) {
	const modules = new Map(
		Object.entries(texts).map(([module, text]) => [text.slice(0, text.indexOf('=')), module]),
	);
	const hashes = Object.entries(texts).map(([module, text]) => {
		const normalised = withoutNames(text, modules);
		return [module, normalised === null ? null : sha256(normalised)];
	});
	return Object.fromEntries(hashes);
}

class BundledCopy extends Copy {
	constructor(modules, {version, file}, table = require('./known.json')) {
		super(file, version);
		this.modules = modules;
		this.table = table;
		const watched = Object.keys(modules).filter((module) => MODULES[module]?.isWatched);
		this.texts = Object.fromEntries(
			watched.map((module) => [module, readText(file, ...modules[module].slice(1, 3))]),
		);
		this.hashes = hashesOf(this.texts);
	}

	has(file) {
		return Object.hasOwn(this.modules, file);
	}

	module(file) {
		if (!this.has(file)) {
			throw new StepAside(`there is no module ${file}`);
		}
		return this.modules[file][0];
	}

	moduleWith(file, others) {
		const [, , , wrappers] = this.modules[file];
		const theirs = createRequire(this.root);
		const requires = (name) => (Object.hasOwn(others, name) ? others[name] : theirs(name));
		// NAME=HELPER(what fills the exports)
		const text = this.texts[file];
		const filler = compileFunction(
			`return ${text.slice(text.indexOf('('))}`,
			['require', ...Object.keys(wrappers)],
			{filename: this.root},
		);
		const module = {exports: {}};
		filler(requires, ...Object.values(wrappers))(module.exports, module);
		return module.exports;
	}

	knows(file, name, value) {
		const known = this.table.texts[file]?.[name];
		return (
			known !== undefined &&
			Object.hasOwn(this.hashes, file) &&
			// Else somebody has put another function in its place.
			this.texts[file].includes(Function.prototype.toString.call(value)) &&
			Object.hasOwn(known, this.hashes[file])
		);
	}

	explain() {
		const read = this.table.read.split(' ');
		return read.includes(this.version)
			? "the function's file was changed; deploy it again from what Remotion publishes"
			: `functions are known up to ${read.at(-1)}; upgrade remotion-headroom and deploy it again`;
	}
}

module.exports = {BundledCopy, hashesOf};
