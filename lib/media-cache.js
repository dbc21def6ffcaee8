'use strict';

// A cache for media data whose bytes are in Rust memory.

const {types} = require('node:util');
const {native} = require('./native');
const {checkOptions, checkString, fail} = require('./check');
const {getMaxVideoCacheSize} = require('./max-cache-size');

function checkBudget(value) {
	if (!Number.isSafeInteger(value) || value < 1) {
		fail('maxSizeInBytes', 'a whole number of bytes, one or more', value);
	}
}

class MediaCache {
	#native;
	#lent = new Map();
	#collected;

	constructor(options = {}) {
		checkOptions(options, 'MediaCache');
		const {maxSizeInBytes = Math.floor(getMaxVideoCacheSize('error'))} = options;
		checkBudget(maxSizeInBytes);
		this.#native = new native.MediaCache(maxSizeInBytes);
		const lent = this.#lent;
		// The callback must not hold the cache itself.
		this.#collected = new FinalizationRegistry((token) => {
			if (lent.get(token)?.deref() === undefined) {
				lent.delete(token);
			}
		});
	}

	set(key, data) {
		checkString(key, 'key');
		if (!types.isUint8Array(data)) {
			fail('data', 'a Uint8Array', data);
		}
		return this.#native.set(key, data);
	}

	get(key) {
		checkString(key, 'key');
		const token = this.#native.find(key);
		if (token === 0) {
			return undefined;
		}
		// One ArrayBuffer per value at a time: engines expect no two over the
		// same memory.
		const known = this.#lent.get(token)?.deref();
		// Zero bytes: somebody has transferred it away.
		if (known !== undefined && known.byteLength > 0) {
			return Buffer.from(known);
		}
		const buffer = this.#native.lend(key);
		if (buffer === null) {
			return Buffer.alloc(0);
		}
		this.#lent.set(token, new WeakRef(buffer.buffer));
		this.#collected.register(buffer.buffer, token);
		return buffer;
	}

	has(key) {
		checkString(key, 'key');
		return this.#native.has(key);
	}

	delete(key) {
		checkString(key, 'key');
		return this.#native.delete(key);
	}

	clear() {
		this.#native.clear();
	}

	dispose() {
		this.#native.dispose();
	}

	get size() {
		return this.#native.stats().size;
	}

	get count() {
		return this.#native.stats().count;
	}

	get maxSizeInBytes() {
		return this.#native.stats().maxSizeInBytes;
	}

	stats() {
		return {...this.#native.stats()};
	}
}

if (Symbol.dispose !== undefined) {
	Object.defineProperty(MediaCache.prototype, Symbol.dispose, {
		value: MediaCache.prototype.dispose,
		configurable: true,
		writable: true,
	});
}

module.exports = {MediaCache};
