'use strict';

// A string's fingerprint: its length and a hash of its characters, of all of
// them where it is short.
//
// Of a long one the hash takes runs at the beginning (where data URLs have their
// counters and tags), at the end (where URLs have theirs, and takes of one track
// differ) and between, and characters at even distances: WAV payloads share
// their header and often their first seconds. Characters are read one by one,
// which neither copies the string nor lets V8 hash all of it.

/** Up to this length all characters count. */
const WHOLE = 1024;
const HEAD = 512;
const TAIL = 128;
const RUNS = 7;
const RUN = 24;
const SPREAD = 48;

// Whether the last sample saw a character above U+00FF. A second return value
// without an allocation.
let wide = 0;

/** Four characters a step: multiplications wait for each other, and looks at characters don't. */
function mix(hash, src, start, end) {
	let mixed = hash;
	let i = start;
	for (; i + 3 < end; i += 4) {
		const first = src.charCodeAt(i);
		const second = src.charCodeAt(i + 1);
		const third = src.charCodeAt(i + 2);
		const fourth = src.charCodeAt(i + 3);
		wide |= first | second | third | fourth;
		const units = first ^ (second << 8) ^ (third << 16) ^ (fourth << 24);
		mixed = Math.imul(mixed ^ units, 0x01000193);
		mixed ^= mixed >>> 15;
	}
	for (; i < end; i++) {
		const unit = src.charCodeAt(i);
		wide |= unit;
		mixed = Math.imul(mixed ^ unit, 0x01000193);
	}
	return mixed ^ (mixed >>> 15);
}

/** 32-bit hash of the sampled characters. `src` must have 400 characters or more. */
function sample(src) {
	const {length} = src;
	wide = 0;
	let hash = length | 0;
	if (length <= WHOLE) {
		hash = mix(hash, src, 0, length);
	} else {
		hash = mix(hash, src, 0, HEAD);
		for (let run = 1; run <= RUNS; run++) {
			const start = Math.floor((length * run) / (RUNS + 1));
			hash = mix(hash, src, start, start + RUN);
		}
		for (let i = 0; i < SPREAD; i++) {
			const at = Math.floor((length * i) / SPREAD);
			hash = mix(hash, src, at, at + 1);
		}
		hash = mix(hash, src, length - TAIL, length);
	}
	hash ^= hash >>> 16;
	return hash >>> 0;
}

const lastSampleWasWide = () => wide > 0xff;

module.exports = {lastSampleWasWide, sample};
