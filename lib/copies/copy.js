'use strict';

// One installed copy of @remotion/renderer, and the functions we replace in it.

const fs = require('node:fs');
const {createRequire} = require('node:module');
const path = require('node:path');
const {compileFunction} = require('node:vm');
const {warnOnce} = require('../log');
const {tookPart} = require('../summary/current');
const {triesUnknown} = require('../switch');
const {packageRoot} = require('./find');
const {activity} = require('./frames');
const {Known, withoutSpace} = require('./known');

/** Read when a text is first looked at: in Remotion's Lambda function it is another table. */
let texts = null;

function known() {
	texts ??= new Known();
	return texts;
}

/** A module does not look as a replacement needs it. */
class StepAside extends Error {
	/** @param {boolean} expected whether this is known of the version, and nobody need be told */
	constructor(reason, expected = false) {
		super(reason);
		this.expected = expected;
	}
}

/** Whether a function's text contains these, white space aside. One that is a function decides itself. */
function contains(value, fragments) {
	const text = Function.prototype.toString.call(value);
	const dense = withoutSpace(text);
	return fragments.every((fragment) =>
		typeof fragment === 'function' ? fragment(text) : dense.includes(withoutSpace(fragment)),
	);
}

/** What each of our functions stands for. */
const replaced = new WeakMap();

const versionIn = (root) =>
	JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).version;

class Copy {
	constructor(root, version = versionIn(root)) {
		this.root = root;
		/** What belongs to renders that began with our functions. */
		this.begun = new WeakSet();
		/** Whether a render has ever called us. */
		this.called = false;
		this.dist = path.join(root, 'dist');
		this.version = version;
		this.swaps = [];
		/** The part whose replacements are being put in. */
		this.part = null;
		/** Parts that are in use, and what is left to Remotion though somebody expects it. */
		this.applied = () => [];
		this.aside = () => [];
		this.settings = {};
		/** Told of each frame that comes by. */
		this.onFrame = () => {};
		/** Module -> its exports. Node looks for the file each time. */
		this.loaded = new Map();
		/** Module and name -> the function that was there. */
		this.found = new Map();
	}

	/** Where a module is: in the renderer, or in a package of its own that the name begins with. */
	place(file) {
		const [, name, inside] = /^(@[^/]+\/[^/]+)\/(.+)$/.exec(file) ?? [];
		if (name === undefined) {
			return path.join(this.dist, `${file}.js`);
		}
		return path.join(packageRoot(name, this.dist) ?? this.dist, 'dist', `${inside}.js`);
	}

	has(file) {
		return fs.existsSync(this.place(file));
	}

	/** The exports of a module of the CJS build. */
	module(file) {
		if (!this.loaded.has(file)) {
			if (!this.has(file)) {
				throw new StepAside(`there is no module ${file}`);
			}
			this.loaded.set(file, require(this.place(file)));
		}
		return this.loaded.get(file);
	}

	/** The exports of a module of the CJS build that runs once more, with other modules to require. */
	moduleWith(file, others) {
		const place = this.place(file);
		const theirs = createRequire(place);
		const module = {exports: {}};
		const run = compileFunction(
			fs.readFileSync(place, 'utf8'),
			['exports', 'require', 'module', '__filename', '__dirname'],
			{filename: place},
		);
		const requires = (name) => (Object.hasOwn(others, name) ? others[name] : theirs(name));
		run.call(module.exports, module.exports, requires, module, place, path.dirname(place));
		return module.exports;
	}

	/**
	 * The function `name` of module `file`, whose text must be one we know, and
	 * whose export must be one that can be replaced. Where a text that we don't
	 * know is to be tried, it must contain `fragments`.
	 */
	function(file, name, fragments = [], {logLevel = 'warn'} = {}) {
		const key = `${file} ${name}`;
		// Later a replacement is in its place; another copy's, where they share a package.
		const exported = this.found.get(key) ?? this.exported(file, name);
		const value = replaced.get(exported) ?? exported;
		if (!this.knows(file, name, value)) {
			this.tryUnknown(file, name, value, fragments, logLevel);
		} else if (known().isOfAnyText(file, name) && !contains(value, fragments)) {
			throw new StepAside(`Bun hands out ${name} of module ${file} so that it can't be recognised`);
		}
		this.found.set(key, value);
		return value;
	}

	knows(file, name, value) {
		const readModule = () => fs.readFileSync(this.place(file), 'utf8');
		return known().knows(file, name, value, readModule);
	}

	/** Why a text may be unknown, and what to do. */
	explain() {
		return known().explain(this.version);
	}

	/** Throws, unless a module's file contains these, white space aside. */
	contains(file, fragments) {
		const dense = withoutSpace(fs.readFileSync(this.place(file), 'utf8'));
		if (!fragments.every((fragment) => dense.includes(withoutSpace(fragment)))) {
			throw new StepAside(`module ${file} does not look as we know it`);
		}
	}

	exported(file, name) {
		const property = Object.getOwnPropertyDescriptor(this.module(file), name);
		if (property === undefined || typeof property.value !== 'function') {
			throw new StepAside(`module ${file} has no function ${name}`);
		}
		if (!property.writable) {
			throw new StepAside(`${name} of module ${file} can't be replaced`);
		}
		return property.value;
	}

	/** Throws, unless the user wants it tried and the text contains `fragments`. */
	tryUnknown(file, name, value, fragments, logLevel) {
		if (!triesUnknown()) {
			throw new StepAside(`${name} of module ${file} is not one we know: ${this.explain()}`);
		}
		if (!contains(value, fragments)) {
			throw new StepAside(
				`${name} of module ${file} is not one we know, and looks too different to be tried`,
			);
		}
		warnOnce(
			`${this.root}:${file}:${name}`,
			logLevel,
			`${name} of module ${file} in Remotion ${this.version} is not one we know, and is trusted because of REMOTION_HEADROOM=try-unknown.`,
		);
	}

	/**
	 * Puts `ours` in the place of an export. `tokensOf(...args)`, where a render
	 * calls the function again and again, gives objects that this render alone
	 * has; see restore(). `begins`: whether only a render calls it.
	 */
	swap(file, name, ours, options) {
		this.swapIn(this.module(file), name, ours, options);
	}

	/** The same, in any object that holds the function. */
	swapIn(target, name, ours, {tokensOf = null, begins = tokensOf !== null} = {}) {
		const stock = target[name];
		const {part} = this;
		const swap = {target, name, stock, installed: null, active: true, perRender: tokensOf !== null};
		const note = part === null ? () => {} : () => tookPart(part);
		const isOurs = (tokens) => swap.active || tokens.some((token) => this.begun.has(token));
		// If somebody else wraps the export later, it can't be taken out again:
		// then it leads to stock code once we are switched off.
		swap.installed =
			tokensOf === null
				? (...args) => {
						if (!swap.active) {
							return stock(...args);
						}
						note();
						return ours(...args);
					}
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
							this.onFrame(this);
						}
						note();
						return ours(...args);
					};
		replaced.set(swap.installed, replaced.get(stock) ?? stock);
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

module.exports = {Copy, StepAside};
