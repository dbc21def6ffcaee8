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

// Without it the open of a FIFO waits for a writer. Windows has no such flag.
const FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0);

/** More than any kernel file holds; a longer one is cut here. */
const LONGEST = 16 * 1024 * 1024;

/** A regular file's content; an error for anything else. */
function readFile(file) {
	const fd = fs.openSync(file, FLAGS);
	try {
		if (!fs.fstatSync(fd).isFile()) {
			throw Object.assign(new Error('not a regular file'), {code: 'EINVAL'});
		}
		return fs.readFileSync(fd).subarray(0, LONGEST);
	} finally {
		fs.closeSync(fd);
	}
}

/** The machine that the core measures: its files are below `root`. */
class Machine {
	constructor() {
		this.root = '/';
		this.content = null;
	}

	/** Paths are bytes: they need not be UTF-8. */
	locate(name) {
		return this.root === '/' ? name : Buffer.concat([Buffer.from(this.root), name]);
	}

	read(name) {
		try {
			this.content = readFile(this.locate(name));
			return this.content.length;
		} catch ({code}) {
			return FAILURES[code] ?? OTHER_FAILURE;
		}
	}

	exists(name) {
		return fs.existsSync(this.locate(name));
	}
}

const counted = (content) => {
	const count = Buffer.alloc(4);
	count.writeUInt32LE(content.length);
	return [count, content];
};

const TAGS = Array.from({length: 8}, (_, tag) => Buffer.from([tag]));

/** A value's bytes, in pieces. */
function encode(value) {
	switch (typeof value) {
		case 'boolean':
			return [TAGS[value ? 2 : 1]];
		case 'number': {
			const number = Buffer.alloc(9, 3);
			number.writeDoubleLE(value, 1);
			return [number];
		}
		case 'string':
			return [TAGS[4], ...counted(Buffer.from(value))];
		default:
			if (value === undefined || value === null) {
				return [TAGS[0]];
			}
			if (Buffer.isBuffer(value)) {
				return [TAGS[5], ...counted(value)];
			}
			if (Array.isArray(value)) {
				return [TAGS[6], counted(value)[0], ...value.flatMap(encode)];
			}
			return encodeObject(Object.entries(value));
	}
}

const encodeObject = (properties) => [
	TAGS[7],
	counted(properties)[0],
	...properties.flatMap(([name, value]) => [...counted(Buffer.from(name)), ...encode(value)]),
];

/** Reads one value after the other; throws where that is an error. */
class Decoder {
	constructor(bytes) {
		this.bytes = bytes;
		this.at = 0;
	}

	count() {
		this.at += 4;
		return this.bytes.readUInt32LE(this.at - 4);
	}

	content() {
		const start = this.at + 4;
		const length = this.count();
		this.at = start + length;
		return this.bytes.subarray(start, this.at);
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
				return this.content().toString();
			case 6:
				return Array.from({length: this.count()}, () => this.next());
			case 7: {
				const object = {};
				for (let left = this.count(); left > 0; left--) {
					const name = this.content().toString();
					object[name] = this.next();
				}
				return object;
			}
			case 8:
				throw new Error(this.content().toString());
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
	let memory;
	const name = (pointer, length) => Buffer.from(Buffer.from(memory.buffer, pointer, length));
	const instance = new WebAssembly.Instance(new WebAssembly.Module(readCore()), {
		host: {
			read: (pointer, length) => machine.read(name(pointer, length)),
			take: (pointer) => machine.content.copy(Buffer.from(memory.buffer), pointer),
			exists: (pointer, length) => (machine.exists(name(pointer, length)) ? 1 : 0),
			total_memory: os.totalmem,
			free_memory: os.freemem,
		},
	});
	({memory} = instance.exports);

	function call(...args) {
		const request = Buffer.concat(args.flatMap(encode));
		const room = instance.exports.room(request.length);
		request.copy(Buffer.from(memory.buffer), room);
		const result = instance.exports.call();
		const bytes = Buffer.from(memory.buffer);
		return new Decoder(bytes.subarray(result + 4, result + 4 + bytes.readUInt32LE(result))).next();
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
