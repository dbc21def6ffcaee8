'use strict';

// Finds a payload in a Map of first assets by `src`: what `map.get(src)` gives.
//
// V8 hashes strings above a certain length by that length alone. In a Map, data
// URLs of one length are then a list, along which `get` compares characters; of
// external strings it does so by a slow way. So we look at the Map's keys
// ourselves, first where we expect the payload. The Map is asked each time, and
// what is remembered only says where to look: anybody may change it.

const {confirm, noteHit} = require('./store');

const {get, keys, values} = Map.prototype;
const sizeOf = Object.getOwnPropertyDescriptor(Map.prototype, 'size').get;

/** V8's `String::kMaxHashCalcLength`: longer ones are hashed by their length. */
const HASHED = 16383;

// How many keys can be passed by while `get` compares a character, and while it
// compares a payload that is another of the same length.
const KEYS_A_CHARACTER = 1 / 32;
const KEYS_A_COLLISION = 16;

// Characters that tell payloads apart: where data URLs have their counters and
// tags, where takes of one track differ, and between.
const HEAD = 48;
const TAIL = 24;
const SPREAD = 16;

/** What is known of a Map's long payloads; every word of it may be out of date. */
class Notes {
	constructor() {
		/** Length -> how many there are. */
		this.lengths = new Map();
		/** Hash of a few characters -> the last place of one that has it. */
		this.places = new Map();
	}
}

/** Map -> Notes. */
const notes = new WeakMap();

function notesOf(map) {
	let noted = notes.get(map);
	if (noted === undefined) {
		noted = new Notes();
		notes.set(map, noted);
	}
	return noted;
}

/** Of fewer characters than a sample, which took 7 us a look-up in place of 5: it only says where to look. */
function hashOf(src) {
	const {length} = src;
	const step = Math.floor(length / SPREAD);
	let hash = length | 0;
	for (let i = 0; i < length; i += step) {
		hash = Math.imul(hash ^ src.charCodeAt(i), 0x01000193);
	}
	for (let i = length - TAIL; i < length; i++) {
		hash = Math.imul(hash ^ src.charCodeAt(i), 0x01000193);
	}
	for (let i = 0; i < HEAD; i++) {
		hash = Math.imul(hash ^ src.charCodeAt(i), 0x01000193);
	}
	return hash;
}

/** Notes a payload that the Map lacks, and that the caller is about to append. */
function noteNew(map, src) {
	if (src.length > HASHED) {
		const {lengths, places} = notesOf(map);
		lengths.set(src.length, (lengths.get(src.length) ?? 0) + 1);
		places.set(hashOf(src), sizeOf.call(map));
	}
}

/** Whether going through the keys is cheaper than `get`. */
function shouldWalk(map, {length}) {
	if (length <= HASHED) {
		return false;
	}
	const size = sizeOf.call(map);
	return (
		size <= length * KEYS_A_CHARACTER ||
		size <= (notes.get(map)?.lengths.get(length) ?? 0) * KEYS_A_COLLISION
	);
}

// One function each: V8 inlines the steps of an iterator of one kind.

function keyAt(map, place) {
	let left = place;
	for (const key of keys.call(map)) {
		if (left-- === 0) {
			return key;
		}
	}
	return undefined;
}

function valueAt(map, place) {
	let left = place;
	for (const value of values.call(map)) {
		if (left-- === 0) {
			return value;
		}
	}
	return undefined;
}

/** Whether two strings of this length agree from `start` up to `end`, at every `step`th place. */
function agree(a, b, start, end, step) {
	for (let i = start; i < end; i += step) {
		if (a.charCodeAt(i) !== b.charCodeAt(i)) {
			return false;
		}
	}
	return true;
}

/** Whether it is worth comparing all of two long strings. */
const seemEqual = (a, b, length) =>
	agree(a, b, length >> 1, length, length >> 2) &&
	agree(a, b, length - TAIL, length, 1) &&
	agree(a, b, 0, HEAD, 1) &&
	agree(a, b, 0, length, Math.floor(length / SPREAD));

/** The place of the key that equals `src`; -1 where none does. */
function placeOf(map, src) {
	const {length} = src;
	const hash = hashOf(src);
	const expected = notes.get(map)?.places.get(hash);
	if (expected !== undefined) {
		const key = keyAt(map, expected);
		if (typeof key === 'string' && key.length === length && confirm(key, src, true)) {
			return expected;
		}
	}
	let place = 0;
	for (const key of keys.call(map)) {
		if (
			typeof key === 'string' &&
			key.length === length &&
			seemEqual(key, src, length) &&
			confirm(key, src, true)
		) {
			notesOf(map).places.set(hash, place);
			return place;
		}
		place++;
	}
	return -1;
}

function firstBySrc(map, src) {
	// A subclass may answer as it likes.
	if (map.get !== get || !shouldWalk(map, src)) {
		const first = map.get(src);
		if (first) {
			noteHit();
		}
		return first;
	}
	const place = placeOf(map, src);
	// Not `get`: it would compare the key with others of its length.
	return place === -1 ? undefined : valueAt(map, place);
}

module.exports = {firstBySrc, noteNew};
