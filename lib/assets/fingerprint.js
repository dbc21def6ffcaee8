'use strict';

// A string's fingerprint: its length and a hash of some of its characters.
//
// Sampled are 32 characters at even distances and the last 16: WAV payloads
// share their header and often their first seconds, and two takes of one track
// may differ only near the end. Characters are read one by one, which neither
// copies the string nor lets V8 hash all of it.

const SPREAD = 32;
const TAIL = 16;

/** 32-bit hash of the sampled characters. `src` must have 400 characters or more. */
function sample(src) {
	const {length} = src;
	let hash = length | 0;
	let wide = 0;
	const step = (length - TAIL) / SPREAD;
	for (let i = 0; i < SPREAD; i++) {
		const unit = src.charCodeAt((i * step) | 0);
		wide |= unit;
		hash = Math.imul(hash ^ unit, 0x01000193);
		hash ^= hash >>> 15;
	}
	for (let i = length - TAIL; i < length; i++) {
		const unit = src.charCodeAt(i);
		wide |= unit;
		hash = Math.imul(hash ^ unit, 0x01000193);
	}
	hash ^= hash >>> 16;
	sampledWide = wide > 0xff;
	return hash >>> 0;
}

// Whether the last sample saw a character above U+00FF. A second return value
// without an allocation.
let sampledWide = false;

const lastSampleWasWide = () => sampledWide;

module.exports = {lastSampleWasWide, sample};
