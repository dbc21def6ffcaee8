'use strict';

// Reads and writes zip files (PKWARE's APPNOTE.TXT 6.3), as far as functions need
// it: no encryption, no zip64, no comments. The same entries give the same bytes,
// where zlib is the same.

const zlib = require('node:zlib');

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_LENGTH = 22;
const LOCAL_LENGTH = 30;
const CENTRAL_LENGTH = 46;

const STORED = 0;
const DEFLATED = 8;

/** 2.0: folders and deflate. */
const VERSION = 20;
/** Made on Unix, so that modes count. */
const UNIX = 3 << 8;
const UTF8 = 1 << 11;
const ENCRYPTED = 1;

/** 1980-01-01, the first day that a zip can say. */
const FIRST_DAY = (1 << 5) | 1;

class NotAZip extends Error {}

const TABLE = Int32Array.from({length: 256}, (_, byte) => {
	let crc = byte;
	for (let bit = 0; bit < 8; bit++) {
		crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
	}
	return crc;
});

/** Of Node's versions only newer ones have it. */
function crc32(bytes) {
	let crc = -1;
	for (const byte of bytes) {
		crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
	}
	return ~crc >>> 0;
}

/** A file in a zip; `packed` is what is written of it. */
class Entry {
	constructor({name, mode, method, crc, size, packed, time, day}) {
		Object.assign(this, {name, mode, method, crc, size, packed, time, day});
	}

	/** Its content. */
	read() {
		if (this.method !== STORED && this.method !== DEFLATED) {
			throw new NotAZip(`${this.name} is packed by method ${this.method}`);
		}
		let bytes;
		try {
			bytes =
				this.method === STORED
					? this.packed
					: zlib.inflateRawSync(this.packed, {maxOutputLength: Math.max(this.size, 1)});
		} catch {
			throw new NotAZip(`${this.name} can't be unpacked`);
		}
		if (bytes.length !== this.size || crc32(bytes) !== this.crc) {
			throw new NotAZip(`${this.name} is damaged`);
		}
		return bytes;
	}
}

/** A file to be written. Its time is always the same. */
function makeEntry(name, bytes, mode = 0o100644) {
	return new Entry({
		name,
		mode,
		method: DEFLATED,
		crc: crc32(bytes),
		size: bytes.length,
		packed: zlib.deflateRawSync(bytes, {level: 9}),
		time: 0,
		day: FIRST_DAY,
	});
}

/** Where the list of entries begins, and how many they are. */
function readEnd(bytes) {
	// A comment may follow.
	for (let at = bytes.length - END_LENGTH; at >= Math.max(0, bytes.length - 0x1_0000); at--) {
		if (bytes.readUInt32LE(at) === END) {
			return {count: bytes.readUInt16LE(at + 10), start: bytes.readUInt32LE(at + 16)};
		}
	}
	throw new NotAZip('it has no end of a zip');
}

function readEntry(bytes, at) {
	if (bytes.readUInt32LE(at) !== CENTRAL || bytes.readUInt16LE(at + 8) & ENCRYPTED) {
		throw new NotAZip('its list of files is damaged');
	}
	const [nameLength, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
	const header = bytes.readUInt32LE(at + 42);
	if (bytes.readUInt32LE(header) !== LOCAL) {
		throw new NotAZip('a file is not where its list says');
	}
	const lengths = bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
	const start = header + LOCAL_LENGTH + lengths;
	const end = start + bytes.readUInt32LE(at + 20);
	if (end > bytes.length) {
		throw new NotAZip('it ends too early');
	}
	const entry = new Entry({
		name: bytes.toString('utf8', at + CENTRAL_LENGTH, at + CENTRAL_LENGTH + nameLength),
		mode: bytes.readUInt16LE(at + 40),
		method: bytes.readUInt16LE(at + 10),
		crc: bytes.readUInt32LE(at + 16),
		size: bytes.readUInt32LE(at + 24),
		packed: bytes.subarray(start, end),
		time: bytes.readUInt16LE(at + 12),
		day: bytes.readUInt16LE(at + 14),
	});
	return {entry, next: at + CENTRAL_LENGTH + nameLength + extra + comment};
}

/** The files in a zip, in the order of its list. */
function readZip(bytes) {
	try {
		const {count, start} = readEnd(bytes);
		const entries = [];
		for (let at = start; entries.length < count; ) {
			const {entry, next} = readEntry(bytes, at);
			entries.push(entry);
			at = next;
		}
		return entries;
	} catch (error) {
		// Whatever lies outside of the file.
		throw error.code === 'ERR_OUT_OF_RANGE' ? new NotAZip('it ends too early') : error;
	}
}

/** What both headers of an entry have, from the version that is needed on. */
function commonFields({name, method, time, day, crc, packed, size}) {
	const fields = Buffer.alloc(26);
	fields.writeUInt16LE(VERSION, 0);
	fields.writeUInt16LE(UTF8, 2);
	fields.writeUInt16LE(method, 4);
	fields.writeUInt16LE(time, 6);
	fields.writeUInt16LE(day, 8);
	fields.writeUInt32LE(crc, 10);
	fields.writeUInt32LE(packed.length, 14);
	fields.writeUInt32LE(size, 18);
	fields.writeUInt16LE(Buffer.byteLength(name), 22);
	return fields;
}

function localHeader(entry) {
	const signature = Buffer.alloc(4);
	signature.writeUInt32LE(LOCAL);
	return Buffer.concat([signature, commonFields(entry), Buffer.from(entry.name)]);
}

function centralHeader(entry, offset) {
	const head = Buffer.alloc(6);
	head.writeUInt32LE(CENTRAL);
	head.writeUInt16LE(UNIX | VERSION, 4);
	const tail = Buffer.alloc(14);
	tail.writeUInt16LE(entry.mode, 8);
	tail.writeUInt32LE(offset, 10);
	return Buffer.concat([head, commonFields(entry), tail, Buffer.from(entry.name)]);
}

function writeZip(entries) {
	const parts = [];
	const list = [];
	let at = 0;
	for (const entry of entries) {
		const header = localHeader(entry);
		list.push(centralHeader(entry, at));
		parts.push(header, entry.packed);
		at += header.length + entry.packed.length;
	}
	const directory = Buffer.concat(list);
	const end = Buffer.alloc(END_LENGTH);
	end.writeUInt32LE(END);
	end.writeUInt16LE(entries.length, 8);
	end.writeUInt16LE(entries.length, 10);
	end.writeUInt32LE(directory.length, 12);
	end.writeUInt32LE(at, 16);
	return Buffer.concat([...parts, directory, end]);
}

module.exports = {NotAZip, makeEntry, readZip, writeZip};
