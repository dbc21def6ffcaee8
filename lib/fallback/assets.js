'use strict';

// src/assets and its binding, for machines without a binary. Payloads are found
// as there; they just stay where V8 has them.

const {createHash} = require('node:crypto');

const NONE = -1;
const CROWDED = -2;
/** Payloads of one fingerprint that are told apart without a content hash. */
const CROWD = 3;
const PREFIX = 'same-as-';

// Not a Map keyed by the payloads: V8 hashes long strings by their length alone.
const contentHash = (src) => createHash('sha256').update(src, 'utf16le').digest('base64');

/** Positions of the first asset with each payload, by length and sample. */
class PayloadIndex {
	#groups = new Map();

	#group(length, sample) {
		return this.#groups.get(sample)?.find((group) => group.length === length);
	}

	/** The first candidate behind `after`; -2 where the content must be hashed; -1 for none. */
	next(length, sample, after) {
		const group = this.#group(length, sample);
		const position = group?.first.find((one) => one > after);
		return position ?? (group !== undefined && group.crowd.size > 0 ? CROWDED : NONE);
	}

	byContent(length, sample, src) {
		return this.#group(length, sample)?.crowd.get(contentHash(src)) ?? NONE;
	}

	/** Positions come in rising order, as a history grows. */
	insert(length, sample, position, src) {
		let group = this.#group(length, sample);
		if (group === undefined) {
			group = {length, first: [], crowd: new Map()};
			const groups = this.#groups.get(sample);
			if (groups === undefined) {
				this.#groups.set(sample, [group]);
			} else {
				groups.push(group);
			}
		}
		if (group.first.length < CROWD) {
			group.first.push(position);
		} else {
			group.crowd.set(contentHash(src), position);
		}
	}
}

let hits = 0;

/** Whether two strings are equal; counts a hit where they are. */
function confirm(known, src) {
	const equal = known === src;
	hits += equal ? 1 : 0;
	return equal;
}

const isDigitOrDot = (unit) => unit === 46 || (unit >= 48 && unit <= 57);

/** `[id start, id end, frame start]` of the reference at the end of `src`. */
function parseReference(src) {
	let frame = src.length;
	while (frame > 0 && isDigitOrDot(src.charCodeAt(frame - 1))) {
		frame--;
	}
	if (frame === src.length || src[frame - 1] !== '-') {
		return null;
	}
	const idEnd = frame - 1;
	// An id does not span lines.
	const line = /[^\n\r\u2028\u2029]*$/.exec(src.slice(0, idEnd)).index;
	const at = src.indexOf(PREFIX, line);
	const id = at + PREFIX.length;
	return at === -1 || id > idEnd ? null : [id, idEnd, frame];
}

module.exports = {
	PayloadIndex,
	assetStoreStats: () => ({payloads: 0, bytes: 0, hits, misses: 0}),
	confirm,
	externalStringsWork: () => false,
	offHeap: () => null,
	parseReference,
};
