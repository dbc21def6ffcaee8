'use strict';

// Functions that run in the browser tab. Their source text is sent there, so
// each stands for itself and uses nothing of this file.
//
// The page's scripts must neither notice nor disturb them. So they hang on no
// global and are held by a DevTools handle alone, and they are written in what a
// page can't replace: operators, literals, closures, and objects without a
// prototype in place of arrays and maps. The one built-in function they need is
// handed to them (see `nativesOf` of session.js).

/**
 * Evaluates to the built-in functions that `install` needs, with the engine
 * refusing side effects: a page that has put something of its own in their
 * place is not called.
 */
const NATIVES = `({__proto__: null, slice: ''.slice, call: (() => {}).call, bind: (() => {}).bind})`;

/**
 * Evaluates to what SHA-256 is made with, in the same way. A page that is no secure
 * context has no `crypto.subtle`.
 */
const HASHING = `({
	__proto__: null,
	subtle: crypto.subtle,
	digest: crypto.subtle.digest,
	TextEncoder,
	encode: TextEncoder.prototype.encode,
	Uint8Array,
})`;

/**
 * The tab's side: what it remembers of the payloads that it has sent.
 *
 * `take` goes through a frame's assets and takes out what was sent before: `refs`
 * says which asset had which payload. Payloads that were not sent before are
 * `fresh`: their number, their length, and their text where it is small. `gone`
 * are numbers that will not come again. `sounds` are assets whose samples are
 * asked for with `samples`.
 */
function install(slice, call, bind, smallest, alongside, keep) {
	const sliceOf = bind.call(call, slice);
	/** From this length on V8 hashes a string by its length alone. */
	const LONG = 16384;

	/** Text -> entry, for those that V8 hashes in full. */
	const short = {__proto__: null};
	/**
	 * Print -> tree of the texts that have it. An inner node names a position at which
	 * its texts differ and has a child for each character there; a leaf is an entry.
	 */
	const long = {__proto__: null};
	const byNumber = {__proto__: null};
	/** Circle of the entries, by when they were used last; the oldest is `circle.newer`. */
	const circle = {__proto__: null, newer: null, older: null};
	circle.newer = circle;
	circle.older = circle;

	let frame = 0;
	let lastNumber = 0;
	let held = 0;
	let sounds = null;

	const leave = (entry) => {
		entry.older.newer = entry.newer;
		entry.newer.older = entry.older;
	};

	const use = (entry) => {
		entry.frame = frame;
		entry.newer = circle;
		entry.older = circle.older;
		circle.older.newer = entry;
		circle.older = entry;
	};

	const create = (src) => {
		lastNumber++;
		const entry = {__proto__: null, number: lastNumber, src, frame, newer: null, older: null};
		byNumber[lastNumber] = entry;
		held += src.length;
		use(entry);
		return entry;
	};

	const printOf = (src) => {
		let print = `${src.length}`;
		const step = (src.length - 1) / 63;
		for (let at = 0; at < 64; at++) {
			print += src[(at * step) | 0];
		}
		return print;
	};

	/** Where `src` is, or would be, in the tree of its print. */
	const placeOf = (src) => {
		const place = {__proto__: null, above: null, parent: null, holder: long, name: printOf(src)};
		let found = long[place.name];
		while (found !== undefined && found.src === undefined) {
			place.above = {__proto__: null, holder: place.holder, name: place.name};
			place.parent = found;
			place.holder = found.children;
			place.name = src[found.at];
			found = place.holder[place.name];
		}
		return place;
	};

	const findLong = (src) => {
		const {holder, name, parent} = placeOf(src);
		const other = holder[name];
		if (other !== undefined && other.src === src) {
			return other;
		}
		const entry = create(src);
		if (other === undefined) {
			holder[name] = entry;
			if (parent !== null) {
				parent.count++;
			}
			return entry;
		}
		let at = 0;
		while (other.src[at] === src[at]) {
			at++;
		}
		const children = {__proto__: null, [other.src[at]]: other, [src[at]]: entry};
		holder[name] = {__proto__: null, src: undefined, at, count: 2, children};
		return entry;
	};

	const forgetLong = (src) => {
		const {above, holder, name, parent} = placeOf(src);
		delete holder[name];
		if (parent !== null && --parent.count === 1) {
			// One child left: nothing to tell apart.
			for (const rest in parent.children) {
				above.holder[above.name] = parent.children[rest];
			}
		}
	};

	/** The payload's entry, a new one where it was not sent before. */
	const entryOf = (src) => {
		const known = lastNumber;
		let entry;
		if (src.length >= LONG) {
			entry = findLong(src);
		} else {
			entry = short[src];
			if (entry === undefined) {
				entry = create(src);
				short[src] = entry;
			}
		}
		if (lastNumber === known) {
			leave(entry);
			use(entry);
		}
		return entry;
	};

	const forget = (entry) => {
		leave(entry);
		delete byNumber[entry.number];
		held -= entry.src.length;
		if (entry.src.length >= LONG) {
			forgetLong(entry.src);
		} else {
			delete short[entry.src];
		}
	};

	const take = (assets) => {
		frame++;
		sounds = {__proto__: null};
		const reply = {
			__proto__: null,
			assets: {__proto__: null},
			refs: {__proto__: null},
			fresh: {__proto__: null},
			gone: {__proto__: null},
			sounds: {__proto__: null},
		};
		let room = alongside;
		let refs = 0;
		let fresh = 0;
		let gone = 0;
		let sounding = 0;
		for (let i = 0; i < assets.length; i++) {
			let asset = assets[i];
			if (typeof asset === 'object' && asset !== null) {
				// As DevTools reads it: what is its own and enumerable, each once.
				asset = {__proto__: null, ...asset};
				const {type, src, audio} = asset;
				if (type === 'audio' || type === 'video') {
					if (typeof src === 'string' && src.length >= smallest) {
						const known = lastNumber;
						const {number} = entryOf(src);
						asset.src = '';
						reply.refs[refs++] = i;
						reply.refs[refs++] = number;
						if (number > known) {
							const along = src.length <= room;
							room -= along ? src.length : 0;
							reply.fresh[fresh++] = number;
							reply.fresh[fresh++] = src.length;
							reply.fresh[fresh++] = along ? src : null;
						}
					}
				} else if (type === 'inline-audio' && typeof audio === 'object' && audio !== null) {
					asset.audio = null;
					sounds[i] = audio;
					reply.sounds[sounding++] = i;
				}
			}
			reply.assets[i] = asset === undefined ? null : asset;
		}
		while (held > keep && circle.newer.frame !== frame) {
			reply.gone[gone++] = circle.newer.number;
			forget(circle.newer);
		}
		return reply;
	};

	/** Pieces of payloads; `ranges` are numbers in threes: payload, start, end. */
	const pull = (ranges) => {
		const pieces = {__proto__: null};
		for (let i = 0; i < ranges.length; i += 3) {
			const entry = byNumber[ranges[i]];
			pieces[i / 3] = entry === undefined ? null : sliceOf(entry.src, ranges[i + 1], ranges[i + 2]);
		}
		return pieces;
	};

	const HEX = '0123456789abcdef';

	/** SHA-256 in hex of payloads; null of one that is not ASCII, where texts that differ may have the same. */
	const digests = async (numbers, subtle, digest, Encoder, encode, Bytes) => {
		const digestOf = bind.call(call, digest);
		const encodeOf = bind.call(call, encode);
		const encoder = new Encoder();
		const reply = {__proto__: null};
		for (let i = 0; i < numbers.length; i++) {
			const entry = byNumber[numbers[i]];
			const bytes = entry === undefined ? null : encodeOf(encoder, entry.src);
			reply[i] = null;
			// A byte for each character. The property `length` could be the page's.
			if (bytes !== null && bytes[entry.src.length] === undefined) {
				const hash = new Bytes(await digestOf(subtle, 'SHA-256', bytes));
				let text = '';
				for (let at = 0; at < 32; at++) {
					text += HEX[hash[at] >> 4] + HEX[hash[at] & 15];
				}
				reply[i] = text;
			}
		}
		return reply;
	};

	const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
	/** 12 bits -> two digits of base64. */
	const pairs = {__proto__: null};

	const digitsOf = (bits) => {
		if (pairs[0] === undefined) {
			for (let i = 0; i < 4096; i++) {
				pairs[i] = DIGITS[i >> 6] + DIGITS[i & 63];
			}
		}
		return pairs[bits];
	};

	/** base64 of the samples as 16-bit numbers, low byte first; null where they are others. */
	const packed = (audio) => {
		let text = '';
		let bits = 0;
		for (let i = 0; i < audio.length; i++) {
			const sample = audio[i];
			if (typeof sample !== 'number' || sample !== (sample << 16) >> 16) {
				return null;
			}
			const low = sample & 255;
			const high = (sample >> 8) & 255;
			// Three samples are six bytes, and those are eight digits.
			if (i % 3 === 0) {
				text += digitsOf((low << 4) | (high >> 4));
				bits = high & 15;
			} else if (i % 3 === 1) {
				text += digitsOf((bits << 8) | low);
				bits = high;
			} else {
				text += digitsOf((bits << 4) | (low >> 4)) + digitsOf(((low & 15) << 8) | high);
			}
		}
		if (audio.length % 3 === 1) {
			text += `${DIGITS[bits << 2]}=`;
		} else if (audio.length % 3 === 2) {
			text += `${digitsOf(bits << 4)}==`;
		}
		return text;
	};

	/** For each sound its length and its samples, which are sent as they are where they can't be packed. */
	const samples = () => {
		const reply = {__proto__: null};
		let at = 0;
		for (const i in sounds) {
			const text = packed(sounds[i]);
			reply[at++] = sounds[i].length;
			reply[at++] = text;
			reply[at++] = text === null ? sounds[i] : null;
		}
		return reply;
	};

	return {__proto__: null, take, pull, digests, samples, sounds: () => sounds};
}

/** How the calls of a handle that `install` gave are written. */
const CALLS = {
	take: 'function (assets) { return this.take(assets); }',
	pull: 'function (ranges) { return this.pull(ranges); }',
	// Each by its name: a page sees, and may change, how lists are spread.
	digests:
		'function (numbers, subtle, digest, Encoder, encode, Bytes) { return this.digests(numbers, subtle, digest, Encoder, encode, Bytes); }',
	samples: 'function () { return this.samples(); }',
	sounds: 'function () { return this.sounds(); }',
};

/** What DevTools makes of a value that it holds. Strict, so that a symbol stays one. */
const ITSELF = "function () { 'use strict'; return this; }";

module.exports = {CALLS, HASHING, ITSELF, NATIVES, install};
