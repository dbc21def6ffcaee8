'use strict';

/** Base64 of bytes that differ by `seed`: arrays of thousands of characters are slow to make and to shrink. */
module.exports = function seededBase64(bytes, seed) {
	const data = Buffer.alloc(bytes);
	let state = seed | 1;
	for (let i = 0; i < bytes; i++) {
		state = Math.imul(state, 1664525) + 1013904223;
		data[i] = state >>> 24;
	}
	return data.toString('base64');
};
