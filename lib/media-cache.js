'use strict';

// A cache for media data. V8 owns the bytes, in buffers of their own outside
// its heap: a buffer that is handed out can be written to, transferred to
// another thread and kept forever, and nothing but V8 knows when it may go.
// Rust keeps order, budget and statistics.

const {types} = require('node:util');
const {native} = require('./native');
const {checkOptions, checkString, fail} = require('./check');
const {getMaxVideoCacheSize} = require('./max-cache-size');

/** Reads that Rust is told of at once. A call costs ten times what a read here does. */
const READS = 256;

/** Characters of a key that do not count towards the budget. */
const FREE_KEY = 1024;

/** What set() of the Rust side says where it has no numbers that have to go. */
const {STORED, TOO_LARGE, CLOSED, NO_MEMORY} = native;

function checkBudget(value) {
	if (!Number.isSafeInteger(value) || value < 1) {
		fail('maxSizeInBytes', 'a whole number of bytes, one or more', value);
	}
}

// The real one: an object may have a `byteLength` of its own, that says more.
const byteLengthOf = Function.prototype.call.bind(
	Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'byteLength').get,
);

/** `data` as bytes whose number does not change while they are copied. */
function fixed(data) {
	const length = byteLengthOf(data);
	const {buffer} = data;
	if (types.isSharedArrayBuffer(buffer)) {
		// Another thread may grow it at any time.
		return new Uint8Array(buffer, data.byteOffset, length);
	}
	if (length === 0) {
		try {
			new Uint8Array(buffer);
		} catch {
			fail('data', 'a Uint8Array that still has its memory', data);
		}
	}
	return data;
}

const noMemory = (bytes, cause) => new Error(`there is no memory for ${bytes} bytes`, {cause});

/** Bytes that are asked for in Rust before V8 is asked. */
const LARGE = 1024 * 1024;

function allocate(length) {
	if (length >= LARGE && !native.hasMemoryFor(length)) {
		throw noMemory(length);
	}
	try {
		// Never from Node's pool, which other buffers share.
		return Buffer.allocUnsafeSlow(length);
	} catch (error) {
		throw noMemory(length, error);
	}
}

/** Keys that V8 tells apart quickly stand for themselves; of long ones it looks at the length alone. */
const nameOf = (key) => (key.length <= FREE_KEY ? key : native.textMark(key));

const weightOf = (key, name) =>
	typeof name === 'string' ? 0 : name % 2 === 1 ? key.length * 2 : key.length;

class Entry {
	/** Whether somebody may have the buffer. */
	lent = false;

	constructor(key, name, token, buffer, next) {
		this.key = key;
		this.name = name;
		this.token = token;
		this.buffer = buffer;
		this.length = buffer.length;
		/** Another long key of the same name. */
		this.next = next;
	}
}

class MediaCache {
	#order;
	#budget;
	/** Name -> entry. */
	#byName = new Map();
	/** The number that Rust knows it by -> entry. */
	#byToken = new Map();
	#lastToken = 0;
	/** The numbers that were read, 0 for misses, and that Rust has not heard of yet. */
	#reads = [];

	constructor(options = {}) {
		checkOptions(options, 'MediaCache');
		const {maxSizeInBytes = Math.floor(getMaxVideoCacheSize('error'))} = options;
		checkBudget(maxSizeInBytes);
		this.#budget = maxSizeInBytes;
		this.#order = new native.MediaCache(maxSizeInBytes);
	}

	#noteRead(token) {
		if (this.#reads.push(token) === READS) {
			this.#tellReads();
		}
	}

	/** To be called before Rust is asked or told anything else. */
	#tellReads() {
		if (this.#reads.length > 0) {
			this.#order.touch(this.#reads);
			this.#reads = [];
		}
	}

	/** The entry of `key`, unless its bytes were transferred away. */
	#find(key, name) {
		let entry = this.#byName.get(name);
		if (typeof name !== 'string') {
			while (entry !== undefined && entry.key !== key) {
				entry = entry.next;
			}
		}
		if (entry !== undefined && entry.buffer.length !== entry.length) {
			this.#drop(entry);
			return undefined;
		}
		return entry;
	}

	#drop(entry) {
		this.#tellReads();
		this.#order.delete(entry.token);
		this.#forget(entry);
	}

	#forget(entry) {
		const {name, token, next} = entry;
		this.#byToken.delete(token);
		let before = this.#byName.get(name);
		if (before !== entry) {
			while (before.next !== entry) {
				before = before.next;
			}
			before.next = next;
		} else if (next === undefined) {
			this.#byName.delete(name);
		} else {
			this.#byName.set(name, next);
		}
	}

	set(key, data) {
		checkString(key, 'key');
		if (!types.isUint8Array(data)) {
			fail('data', 'a Uint8Array', data);
		}
		const source = fixed(data);
		const length = byteLengthOf(source);
		const name = nameOf(key);
		const old = this.#find(key, name);
		const token = ++this.#lastToken;
		this.#tellReads();
		const gone = this.#order.set(token, length + weightOf(key, name), old?.token ?? 0);
		if (gone === NO_MEMORY) {
			throw noMemory(length);
		}
		let spare;
		const leave = (entry) => {
			this.#forget(entry);
			// Memory that nobody else has ever seen can be used again.
			if (!entry.lent && entry.length === length) {
				spare = entry.buffer;
			}
		};
		if (old !== undefined) {
			leave(old);
		}
		if (gone === TOO_LARGE || gone === CLOSED) {
			return false;
		}
		if (gone !== STORED) {
			for (const evicted of gone) {
				leave(this.#byToken.get(evicted));
			}
		}
		let buffer;
		try {
			buffer = spare ?? allocate(length);
			// A copy, made by V8: it may read what another thread writes to.
			buffer.set(source);
		} catch (error) {
			this.#order.delete(token);
			throw error;
		}
		const entry = new Entry(key, name, token, buffer, this.#byName.get(name));
		this.#byName.set(name, entry);
		this.#byToken.set(token, entry);
		return true;
	}

	get(key) {
		checkString(key, 'key');
		const entry = this.#find(key, nameOf(key));
		if (entry === undefined) {
			this.#noteRead(0);
			return undefined;
		}
		this.#noteRead(entry.token);
		entry.lent = true;
		return entry.buffer;
	}

	has(key) {
		checkString(key, 'key');
		return this.#find(key, nameOf(key)) !== undefined;
	}

	delete(key) {
		checkString(key, 'key');
		const entry = this.#find(key, nameOf(key));
		if (entry === undefined) {
			return false;
		}
		this.#drop(entry);
		return true;
	}

	clear() {
		this.#tellReads();
		this.#order.clear();
		this.#byName.clear();
		this.#byToken.clear();
	}

	dispose() {
		this.clear();
		this.#order.close();
	}

	get size() {
		return this.stats().size;
	}

	get count() {
		return this.stats().count;
	}

	get maxSizeInBytes() {
		return this.#budget;
	}

	stats() {
		this.#tellReads();
		return {...this.#order.stats()};
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
