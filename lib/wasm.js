'use strict';

// The core as WebAssembly: what the binary does, for machines where none loads,
// under the same names. Strings outside V8's heap are missing, and what would
// need a payload in memory of WebAssembly, which never shrinks.
//
// Everything here is synchronous, and needs no code generation from strings.
// The grammar of values is told in wasm/src/value.rs.

const {createHash} = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const FILE = path.join(__dirname, 'core.wasm');

/** Why a file can't be read, in the numbers of `kind_of` in wasm/src/boundary.rs. */
const FAILURES = {ENOENT: -1, EACCES: -2, EPERM: -2, ENOTDIR: -3, EINVAL: -4};
const OTHER_FAILURE = -5;

// Without it the open of a FIFO waits for a writer, should one have taken the
// file's place since it was looked at. Windows has no such flag.
const FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0);

/** More than any kernel file holds; a longer one is cut here. */
const LONGEST = 16 * 1024 * 1024;

const QUIETLY = {throwIfNoEntry: false};

/**
 * The machine that the core measures: its files are below `root`.
 *
 * Most of a measurement here is reading, so it asks the system for no more than
 * it must: an error that is made costs as much as a file, and memory that is
 * asked for as much as reading into it.
 */
class Machine {
	root = '/';
	/** Holds what was read last, in its first `length` bytes. */
	content = Buffer.allocUnsafeSlow(64 * 1024);
	length = 0;

	/** Paths are bytes: they need not be UTF-8. */
	locate(name) {
		return this.root === '/' ? name : Buffer.concat([Buffer.from(this.root), name]);
	}

	/** Reads a regular file; its length, or why it can't be read. */
	read(name) {
		try {
			const file = this.locate(name);
			const stats = fs.statSync(file, QUIETLY);
			if (stats === undefined) {
				return FAILURES.ENOENT;
			}
			return stats.isFile() ? this.readFile(file) : FAILURES.EINVAL;
		} catch ({code}) {
			return FAILURES[code] ?? OTHER_FAILURE;
		}
	}

	readFile(file) {
		const fd = fs.openSync(file, FLAGS);
		try {
			this.length = 0;
			while (this.length < LONGEST) {
				this.makeRoom();
				const room = this.content.length - this.length;
				const count = fs.readSync(fd, this.content, this.length, room, this.length);
				if (count === 0) {
					break;
				}
				this.length += count;
			}
			return this.length;
		} finally {
			fs.closeSync(fd);
		}
	}

	makeRoom() {
		if (this.length === this.content.length) {
			this.content = Buffer.concat([this.content], this.length * 2);
		}
	}

	exists(name) {
		return fs.existsSync(this.locate(name));
	}
}

/** Writes values one after the other. */
class Encoder {
	bytes = Buffer.allocUnsafe(256);
	at = 0;

	/** Makes room for `length` bytes more; where they begin. */
	take(length) {
		const start = this.at;
		this.at += length;
		if (this.at > this.bytes.length) {
			this.bytes = Buffer.concat([this.bytes], this.at * 2);
		}
		return start;
	}

	tag(tag) {
		const start = this.take(1);
		this.bytes[start] = tag;
	}

	count(count) {
		const start = this.take(4);
		this.bytes.writeUInt32LE(count, start);
	}

	text(text) {
		const length = Buffer.byteLength(text);
		this.count(length);
		const start = this.take(length);
		this.bytes.write(text, start);
	}

	value(value) {
		switch (typeof value) {
			case 'boolean':
				this.tag(value ? 2 : 1);
				break;
			case 'number': {
				this.tag(3);
				const start = this.take(8);
				this.bytes.writeDoubleLE(value, start);
				break;
			}
			case 'string':
				this.tag(4);
				this.text(value);
				break;
			default:
				this.composed(value);
		}
	}

	composed(value) {
		if (value === undefined || value === null) {
			this.tag(0);
		} else if (Buffer.isBuffer(value)) {
			this.tag(5);
			this.count(value.length);
			const start = this.take(value.length);
			value.copy(this.bytes, start);
		} else if (Array.isArray(value)) {
			this.tag(6);
			this.count(value.length);
			for (const one of value) {
				this.value(one);
			}
		} else {
			const properties = Object.entries(value);
			this.tag(7);
			this.count(properties.length);
			for (const [name, one] of properties) {
				this.text(name);
				this.value(one);
			}
		}
	}
}

/** Reads one value after the other; throws where that is an error. */
class Decoder {
	constructor(bytes, at) {
		this.bytes = bytes;
		this.at = at;
	}

	count() {
		this.at += 4;
		return this.bytes.readUInt32LE(this.at - 4);
	}

	text() {
		const length = this.count();
		this.at += length;
		return this.bytes.toString('utf8', this.at - length, this.at);
	}

	next() {
		switch (this.bytes[this.at++]) {
			case 1:
				return false;
			case 2:
				return true;
			case 3:
				this.at += 8;
				return this.bytes.readDoubleLE(this.at - 8);
			case 4:
				return this.text();
			case 6:
				return Array.from({length: this.count()}, () => this.next());
			case 7: {
				const object = {};
				for (let left = this.count(); left > 0; left--) {
					const name = this.text();
					object[name] = this.next();
				}
				return object;
			}
			case 8:
				throw new Error(this.text());
			default:
				return undefined;
		}
	}
}

function readCore() {
	try {
		return fs.readFileSync(FILE);
	} catch (cause) {
		// A checkout that was not built; packages hold it.
		throw new Error(`${FILE} is missing: "npm run build" makes it.`, {cause});
	}
}

function start() {
	const machine = new Machine();
	let view = Buffer.alloc(0);
	/** WebAssembly's memory, which is another buffer after each growth. */
	function memory() {
		const {buffer} = instance.exports.memory;
		if (view.buffer !== buffer) {
			view = Buffer.from(buffer);
		}
		return view;
	}
	const name = (pointer, length) => memory().subarray(pointer, pointer + length);
	const instance = new WebAssembly.Instance(new WebAssembly.Module(readCore()), {
		host: {
			read: (pointer, length) => machine.read(name(pointer, length)),
			take: (pointer) => machine.content.copy(memory(), pointer, 0, machine.length),
			exists: (pointer, length) => (machine.exists(name(pointer, length)) ? 1 : 0),
			total_memory: os.totalmem,
			free_memory: os.freemem,
		},
	});

	function call(...args) {
		const request = new Encoder();
		for (const arg of args) {
			request.value(arg);
		}
		const room = instance.exports.room(request.at);
		request.bytes.copy(memory(), room, 0, request.at);
		const result = instance.exports.call();
		return new Decoder(memory(), result).next();
	}
	return {call, machine};
}

/**
 * Eight bytes of a hash of each character's low byte, as the binary hashes
 * payloads. Made here: memory of WebAssembly grows, and never shrinks.
 */
const contentOf = (text) => createHash('sha256').update(text, 'latin1').digest().subarray(0, 8);

/** A number made of a whole text, odd where it has characters above U+00FF. */
function markOf(text) {
	// What a number holds exactly, less one bit.
	const mark = createHash('sha256').update(text, 'utf16le').digest().readUIntLE(0, 6) * 2;
	return /[^\0-\xff]/.test(text) ? mark + 1 : mark;
}

/** The binary's names: most are the core's. Made where no binary loads. */
const GOVERNOR_METHODS = [
	'begin',
	'decide',
	'end',
	'frameEnded',
	'freed',
	'killed',
	'mayOpen',
	'opened',
	'purged',
	'recycled',
	'tabs',
	'target',
	'view',
];

function makeNative() {
	const {call, machine} = start();
	const dropped = new FinalizationRegistry(([kind, number]) => call(`${kind}.drop`, number));
	let hits = 0;

	/** Holds something of the core's, for as long as it is held itself. */
	class Held {
		constructor(kind, ...args) {
			this.call = (method, ...more) => call(`${kind}.${method}`, this.number, ...more);
			this.number = call(`${kind}.new`, ...args);
			dropped.register(this, [kind, this.number]);
		}
	}

	class PayloadIndex extends Held {
		constructor() {
			super('PayloadIndex');
		}

		next(length, sample, after) {
			return this.call('next', length, sample, after);
		}

		byContent(length, sample, src, after) {
			return this.call('byContent', length, sample, after, contentOf(src));
		}

		insertAlone(length, sample, position) {
			return this.call('insertAlone', length, sample, position);
		}

		insert(length, sample, position, src) {
			this.call('insert', length, sample, position, contentOf(src));
		}
	}

	class MediaCache extends Held {
		constructor(maxSizeInBytes) {
			super('MediaCache', maxSizeInBytes);
		}

		set(stored, weight, replaced) {
			return this.call('set', stored, weight, replaced);
		}

		touch(reads) {
			this.call('touch', Array.from(reads));
		}

		delete(token) {
			this.call('delete', token);
		}

		clear() {
			this.call('clear');
		}

		close() {
			this.call('close');
		}

		stats() {
			return this.call('stats');
		}
	}

	/** As the addon's, but for what looks from a thread of its own. */
	class Governor extends Held {
		constructor(reserveBytes) {
			super('Governor', reserveBytes);
		}

		look(...variables) {
			// Milliseconds since 1970, which only go forward.
			this.call('look', Math.floor(performance.timeOrigin + performance.now()), ...variables);
		}
	}
	for (const method of GOVERNOR_METHODS) {
		Governor.prototype[method] = function tell(...args) {
			return this.call(method, ...args);
		};
	}

	/** A function of the core's, as Node-API has it: nothing is null. */
	const calling =
		(name) =>
		(...args) =>
			call(name, ...args) ?? null;
	const ofCore = call('functions').map((name) => [name, calling(name)]);

	return {
		...call('constants'),
		...Object.fromEntries(ofCore),
		PayloadIndex,
		MediaCache,
		Governor,
		externalStringsWork: () => false,
		offHeap: () => null,
		assetStoreStats: () => ({payloads: 0, bytes: 0, hits, misses: 0}),
		noteHit() {
			hits++;
		},
		confirm(known, src, counts) {
			const equal = known === src;
			hits += equal && counts ? 1 : 0;
			return equal;
		},
		// V8 is asked alone.
		hasMemoryFor: () => true,
		textMark: markOf,
		measureMemory(root, capture, ...variables) {
			machine.root = root;
			try {
				return call('measureMemory', capture, ...variables);
			} finally {
				machine.root = '/';
			}
		},
	};
}

module.exports = {makeNative};
