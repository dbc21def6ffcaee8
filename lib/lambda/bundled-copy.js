'use strict';

// Remotion's modules inside the file of its Lambda function, as the line that was
// appended to it hands them over: [exports, start, end, sha256, hash, wrappers]. Bytes of
// that file; of a module that must be known the hash of its text, and that of ./hashes;
// and of one that is to run again, {name: wrapper} of what it requires.

const fs = require('node:fs');
const {createRequire} = require('node:module');
const {compileFunction} = require('node:vm');
const {Copy, StepAside} = require('../copies/copy');
const {sha256} = require('../copies/known');

/** Texts of modules, as they are in the file. */
function readTexts(file, modules) {
	const fd = fs.openSync(file, 'r');
	try {
		return Object.entries(modules).map(([module, [, start, end]]) => {
			const bytes = Buffer.alloc(end - start);
			const length = fs.readSync(fd, bytes, 0, bytes.length, start);
			return [module, bytes.toString('utf8', 0, length)];
		});
	} finally {
		fs.closeSync(fd);
	}
}

class BundledCopy extends Copy {
	constructor(modules, {version, file}, table = require('./known.json')) {
		super(file, version);
		this.modules = modules;
		this.table = table;
		const watched = Object.entries(modules).filter(([, [, , , hash]]) => hash !== undefined);
		this.texts = Object.fromEntries(readTexts(file, Object.fromEntries(watched)));
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
		const [, , , , , wrappers] = this.modules[file];
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

	knows(file, _name, value) {
		// Of a module all of the text is known, whatever it is known under.
		const known = Object.values(this.table.texts[file] ?? {});
		const text = this.texts[file];
		if (text === undefined) {
			return false;
		}
		const [, , , published, hash] = this.modules[file];
		return (
			known.some((hashes) => Object.hasOwn(hashes, hash)) &&
			// Else it is not the text that the line was made for.
			sha256(text) === published &&
			// Else somebody has put another function in its place.
			text.includes(Function.prototype.toString.call(value))
		);
	}

	explain() {
		const read = this.table.read.split(' ');
		return read.includes(this.version)
			? "the function's file was changed; deploy it again from what Remotion publishes"
			: `functions are known up to ${read.at(-1)}; upgrade remotion-headroom and deploy it again`;
	}
}

module.exports = {BundledCopy};
