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

/** How often a render has called us, in any copy. */
const activity = {calls: 0};

class Copy {
	constructor(root) {
		this.root = root;
		/** What belongs to renders that began with our functions. */
		this.begun = new WeakSet();
		/** Whether a render has ever called us. */
		this.called = false;
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

	/**
	 * Puts `ours` in the place of an export. `tokensOf(...args)`, where a render
	 * calls the function again and again, gives objects that this render alone
	 * has; see restore(). `begins`: whether only a render calls it.
	 */
	swap(file, name, ours, {tokensOf = null, begins = tokensOf !== null} = {}) {
		const target = this.module(file);
		const stock = target[name];
		const swap = {target, name, stock, installed: null, active: true, perRender: tokensOf !== null};
		const isOurs = (tokens) => swap.active || tokens.some((token) => this.begun.has(token));
		// If somebody else wraps the export later, it can't be taken out again:
		// then it leads to stock code once we are switched off.
		swap.installed =
			tokensOf === null
				? (...args) => (swap.active ? ours : stock)(...args)
				: (...args) => {
						const tokens = tokensOf(...args).filter(
							(token) => typeof token === 'object' && token !== null,
						);
						if (!isOurs(tokens)) {
							return stock(...args);
						}
						for (const token of tokens) {
							this.begun.add(token);
						}
						if (begins) {
							this.called = true;
							activity.calls++;
						}
						return ours(...args);
					};
		target[name] = swap.installed;
		this.swaps.push(swap);
	}

	/**
	 * Switches off. A render that has begun ends with what it began with: its
	 * tabs and its lists are known by the objects that its calls brought, weakly
	 * held, and calls that bring them still get ours; all other calls get stock
	 * code. (A count of renders would need a hook around a whole render, and would
	 * keep ours for a new one that begins meanwhile.) Nothing tells the end of a
	 * render, so where one has begun, these exports stay ours and pass on.
	 */
	restore() {
		for (const swap of this.swaps) {
			swap.active = false;
		}
		this.takeOut(({perRender}) => !perRender || !this.called);
	}

	/** Puts stock functions back, all of them unless `which` says otherwise. */
	takeOut(which = () => true) {
		for (const swap of this.swaps.filter(which).reverse()) {
			if (swap.target[swap.name] === swap.installed) {
				swap.target[swap.name] = swap.stock;
			}
		}
		this.swaps = this.swaps.filter((swap) => !which(swap));
	}
}

module.exports = {Copy, StepAside, activity};
