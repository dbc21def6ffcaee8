'use strict';

// src/assets and its binding, for machines without a binary. Payloads are found
// as there; they just stay where V8 has them.

const {createHash} = require('node:crypto');

const NONE = -1;
const CROWDED = -2;
const PREFIX = 'same-as-';

// Not a Map keyed by the payloads: V8 hashes long strings by their length alone.
const contentHash = (src) => createHash('sha256').update(src, 'utf16le').digest('base64');

/** Positions of the first asset with each payload, by length and sample. */
class PayloadIndex {
	/** `[first position, Map of content hash to later positions]`, each list in rising order. */
	#groups = new Map();

	#group(length, sample) {
		return this.#groups.get(`${length} ${sample}`);
	}

	/** The first candidate behind `after`; -2 where the content must be hashed; -1 for none. */
	next(length, sample, after) {
		const group = this.#group(length, sample);
		if (group === undefined) {
			return NONE;
		}
		const [first, crowd] = group;
		return first > after ? first : crowd.size > 0 ? CROWDED : NONE;
	}

	byContent(length, sample, src, after) {
		const positions = this.#group(length, sample)?.[1].get(contentHash(src)) ?? [];
		return positions.find((position) => position > after) ?? NONE;
	}

	insertAlone(length, sample, position) {
		const alone = this.#group(length, sample) === undefined;
		if (alone) {
			this.#groups.set(`${length} ${sample}`, [position, new Map()]);
		}
		return alone;
	}

	/** Positions come in rising order, as a history grows. */
	insert(length, sample, position, src) {
		if (!this.insertAlone(length, sample, position)) {
			const [, crowd] = this.#group(length, sample);
			const content = contentHash(src);
			crowd.set(content, [...(crowd.get(content) ?? []), position]);
		}
	}
}

let hits = 0;

/** Whether two strings are equal; where they are, `counts` says whether that is a hit. */
function confirm(known, src, counts) {
	const equal = known === src;
	hits += equal && counts ? 1 : 0;
	return equal;
}

function noteHit() {
	hits++;
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
	noteHit,
	offHeap: () => null,
	parseReference,
};
