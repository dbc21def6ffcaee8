'use strict';

// One installed copy of @remotion/renderer, and the functions we replace in it.

const fs = require('node:fs');
const path = require('node:path');

/** A module does not look as a replacement needs it. */
class StepAside extends Error {
	/** @param {boolean} expected whether this is known of the version, and nobody need be told */
	constructor(reason, expected = false) {
		super(reason);
		this.expected = expected;
	}
}

const withoutSpace = (text) => text.replace(/\s+/g, '');

class Copy {
	constructor(root) {
		this.root = root;
		this.dist = path.join(root, 'dist');
		this.version = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).version;
		this.swaps = [];
	}

	has(file) {
		return fs.existsSync(path.join(this.dist, `${file}.js`));
	}

	/** The exports of a module of the CJS build. */
	module(file) {
		if (!this.has(file)) {
			throw new StepAside(`there is no module ${file}`);
		}
		return require(path.join(this.dist, `${file}.js`));
	}

	/**
	 * The function `name` of module `file`. Its text must contain `fragments`,
	 * white space aside, and its export must be one that can be replaced.
	 */
	function(file, name, fragments = []) {
		const property = Object.getOwnPropertyDescriptor(this.module(file), name);
		if (property === undefined || typeof property.value !== 'function') {
			throw new StepAside(`module ${file} has no function ${name}`);
		}
		if (!property.writable) {
			throw new StepAside(`${name} of module ${file} can't be replaced`);
		}
		const text = withoutSpace(Function.prototype.toString.call(property.value));
		for (const fragment of fragments) {
			if (!text.includes(withoutSpace(fragment))) {
				throw new StepAside(`${name} of module ${file} is not the one we know`);
			}
		}
		return property.value;
	}

	/** Puts `ours` in the place of an export, while `active()`. */
	swap(file, name, ours) {
		const target = this.module(file);
		const stock = target[name];
		const swap = {target, name, stock, installed: null, active: true};
		// If somebody else wraps the export later, it can't be taken out again:
		// then it leads to stock code once we are switched off.
		swap.installed = (...args) => (swap.active ? ours(...args) : stock(...args));
		target[name] = swap.installed;
		this.swaps.push(swap);
	}

	restore() {
		for (const swap of this.swaps.reverse()) {
			swap.active = false;
			if (swap.target[swap.name] === swap.installed) {
				swap.target[swap.name] = swap.stock;
			}
		}
		this.swaps = [];
	}
}

module.exports = {Copy, StepAside};
