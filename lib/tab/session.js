'use strict';

// What Node has of one page in one tab, and the DevTools calls it speaks with.
//
// The page's assets are held by a DevTools handle until the frame is complete:
// whatever fails, they can still be fetched as Remotion fetches them. DevTools
// also tells what page code can't, and without running any of it: whether a
// value is a proxy, an accessor or a plain object.

const {constants} = require('node:buffer');
const {native} = require('../native');
const {markOffHeap, worksOffHeap} = require('../assets/store');
const {current} = require('../summary/current');
const {COMPRESSIBLE} = require('../assets/history');
const {Sent, find, mayBeKnown} = require('./sent');
const {CALLS, HASHING, ITSELF, NATIVES, install} = require('./tab');

/** Characters of what is pulled at a time. */
const PIECE = 256 * 1024;
/** Pulls on their way at a time: the tab makes the next ones while Node takes one in. */
const AHEAD = 3;
/** Characters of new payloads that come along with a frame. */
const ALONGSIDE = 64 * 1024;
/** Characters of payloads that a tab remembers; those of the frame at hand come on top. */
const KEEP = 64 * 1024 * 1024;

/** What is held for one frame, and released with it. */
const FRAME = 'remotion-headroom';

/** Asks what kinds of values a list has, not for the values. */
const KINDS = {
	objectGroup: FRAME,
	serializationOptions: {serialization: 'deep', maxDepth: 1},
};
const PLAIN = new Set(['object', 'null', 'undefined', 'string', 'number', 'boolean']);

/** The tab's answer is not what it should be. */
class Mismatch extends Error {}

function must(condition, what) {
	if (!condition) {
		throw new Mismatch(what);
	}
}

const isIndex = (value, length) => Number.isInteger(value) && value >= 0 && value < length;

/** A list of the tab's: an object with the keys 0, 1, 2 and so on. */
function listOf(value) {
	must(typeof value === 'object' && value !== null, 'the tab sent no list');
	return Object.values(value);
}

/** `list` in pieces of `size`. */
function inGroups(list, size) {
	must(list.length % size === 0, 'the tab sent half a list');
	return Array.from({length: list.length / size}, (_, i) => list.slice(i * size, (i + 1) * size));
}

async function call(client, functionDeclaration, args, more) {
	const {value} = await client.send('Runtime.callFunctionOn', {
		functionDeclaration,
		arguments: args,
		...more,
	});
	must(value.exceptionDetails === undefined, 'the tab threw an error');
	return value.result;
}

/** The answer to stock's question as DevTools gives it by value. */
const byValue = (client, objectId) =>
	client.send('Runtime.callFunctionOn', {
		functionDeclaration: ITSELF,
		objectId,
		returnByValue: true,
	});

/** Lets go of something that the tab holds. Nothing hangs on whether that succeeds. */
function letGo(client, method, params) {
	try {
		client.send(method, params).catch(() => {});
	} catch {
		// The connection is gone, and all handles with it.
	}
}

/** Lets go of what a frame held. */
const release = (client) => letGo(client, 'Runtime.releaseObjectGroup', {objectGroup: FRAME});

/**
 * Handles of built-in functions, and of those `objects`, that the tab's side needs; throws
 * where the page has put something else in their place.
 */
async function nativesOf(client, contextId, expression, {objects = {}, objectGroup} = {}) {
	const {
		value: {result, exceptionDetails},
	} = await client.send('Runtime.evaluate', {
		expression,
		contextId,
		throwOnSideEffect: true,
		objectGroup,
	});
	const replaced = 'the page has replaced built-in functions';
	must(exceptionDetails === undefined && result.objectId !== undefined, replaced);
	const {value: properties} = await client.send('Runtime.getProperties', {
		objectId: result.objectId,
		ownProperties: true,
	});
	return properties.result.map(({name, value}) => {
		const expected = objects[name] ?? `function ${name}() { [native code] }`;
		must(value?.description === expected, replaced);
		return {objectId: value.objectId};
	});
}

/** Where Rust can't hold the text. */
class PlainBuilder {
	text = '';

	append(piece) {
		this.text += piece;
	}

	finish() {
		return this.text;
	}
}

/** Takes in one payload, piece by piece, outside the heap unless `plain`. */
class Arrival {
	constructor(number, length, plain = !worksOffHeap) {
		this.number = number;
		this.length = length;
		this.plain = plain;
		this.missing = length;
		this.builder = null;
		/** It can't be held outside the heap: there is no memory, or it is not ASCII. */
		this.unfit = false;
	}

	append(piece) {
		must(typeof piece === 'string' && piece.length <= this.missing, 'a piece has another length');
		this.missing -= piece.length;
		this.attempt(() => {
			this.builder ??= this.plain ? new PlainBuilder() : new native.PayloadBuilder(this.length);
			this.builder.append(piece);
		});
	}

	attempt(step) {
		try {
			return this.unfit ? null : step();
		} catch (error) {
			must(!this.plain, error.message);
			this.builder = null;
			this.unfit = true;
			return null;
		}
	}

	/** The whole text; null where it must stay on the heap. */
	finish() {
		must(this.missing === 0, 'a payload is shorter than announced');
		return this.attempt(() => this.builder.finish());
	}
}

/** Calls of at most PIECE characters in which `arrivals` can be pulled. */
function* batchesOf(arrivals) {
	let ranges = [];
	let room = PIECE;
	for (const arrival of arrivals) {
		for (let start = 0; start < arrival.length; ) {
			const end = Math.min(start + room, arrival.length);
			ranges.push([arrival, start, end]);
			room -= end - start;
			start = end;
			if (room === 0) {
				yield ranges;
				ranges = [];
				room = PIECE;
			}
		}
	}
	if (ranges.length > 0) {
		yield ranges;
	}
}

/**
 * By Node's decoder: for a frame's audio it takes as long as the base64 crate in
 * the binary, for more it is faster, and it needs no binary.
 */
function samplesOf(count, text) {
	must(typeof text === 'string', 'audio is not text');
	const announced = text.length === Math.ceil((count * 2) / 3) * 4;
	must(announced, 'audio has another length than announced');
	const samples = new Int16Array(count);
	const bytes = Buffer.from(samples.buffer);
	must(bytes.write(text, 'base64') === bytes.length, 'audio is not base64');
	return samples;
}

class TabSession {
	constructor(contextId) {
		/** The page's; another one means another page, which knows of nothing. */
		this.contextId = contextId;
		this.handle = null;
		/** Why the page is left to Remotion: the tab's side could not be put into it. */
		this.refused = null;
		/** Number -> {text, bytes}. */
		this.payloads = new Map();
		this.lastNumber = 0;
		/** When a piece of a payload came last. */
		this.lastPiece = 0;
		/** Handles of what the tab hashes with, once it has been asked to. */
		this.hashing = null;
	}

	/** Puts the tab's side into the page. */
	async open(client) {
		const natives = await nativesOf(client, this.contextId, NATIVES, {objectGroup: FRAME});
		const figures = [COMPRESSIBLE, ALONGSIDE, KEEP].map((value) => ({value}));
		const result = await call(client, `${install}`, [...natives, ...figures], {
			executionContextId: this.contextId,
		});
		must(result.objectId !== undefined, 'the tab gave no handle');
		this.handle = result.objectId;
	}

	/** Lets go of the tab's side, and with it of the payloads that it remembers. */
	close(client) {
		letGo(client, 'Runtime.releaseObject', {objectId: this.handle});
	}

	ask(client, what, args, more = {returnByValue: true}) {
		return call(client, CALLS[what], args, {objectId: this.handle, ...more});
	}

	/** The assets that `handed`, a result of DevTools, stands for. */
	async collect(client, handed) {
		const args = [{objectId: handed.objectId}];
		const {value: reply} = await this.ask(client, 'take', args);
		must(typeof reply === 'object' && reply !== null, 'the tab sent no assets');
		const assets = listOf(reply.assets);
		must(handed.description.endsWith(`(${assets.length})`), 'assets are missing');
		const sounds = listOf(reply.sounds);
		await this.receive(client, inGroups(listOf(reply.fresh), 3));
		let carried = 0;
		for (const [index, number] of inGroups(listOf(reply.refs), 2)) {
			const payload = this.payloads.get(number);
			must(isIndex(index, assets.length) && payload !== undefined, 'a number is unknown');
			must(assets[index]?.src === '', 'a payload came twice');
			assets[index].src = payload.text;
			carried += payload.bytes;
			if (worksOffHeap) {
				markOffHeap(assets[index]);
			}
		}
		if (sounds.length > 0) {
			await this.addSamples(client, assets, sounds);
		}
		for (const number of listOf(reply.gone)) {
			this.payloads.delete(number);
		}
		// Where something is amiss, the frame is counted when it comes whole.
		current()?.carried(carried);
		return assets;
	}

	keep(number, text) {
		const payload = {text, bytes: Buffer.byteLength(text)};
		this.payloads.set(number, payload);
		current()?.sent(text, payload.bytes);
		return payload;
	}

	/** Takes in the payloads that the tab has not sent before. */
	async receive(client, fresh) {
		const later = [];
		for (const [number, length, text] of fresh) {
			must(number === this.lastNumber + 1, 'a number came twice');
			this.lastNumber = number;
			must(
				Number.isInteger(length) && length > 0 && length <= constants.MAX_STRING_LENGTH,
				'a payload has an impossible length',
			);
			const arrival = new Arrival(number, length);
			if (text === null) {
				later.push(arrival);
			} else {
				arrival.append(text);
				this.keep(number, arrival.finish() ?? text);
			}
		}
		const [known, unknown] = [true, false].map((wanted) =>
			later.filter(({length}) => mayBeKnown(this, length) === wanted),
		);
		const borrowing = this.borrow(client, known);
		// What fails is told when its turn comes.
		borrowing.catch(() => {});
		await this.pullAll(client, unknown);
		await this.pullAll(client, await borrowing);
	}

	/** Takes what another tab has sent or is sending. Returns what this one has to send. */
	async borrow(client, arrivals) {
		if (arrivals.length === 0) {
			return arrivals;
		}
		const digests = await this.digests(client, arrivals);
		const found = await Promise.all(
			arrivals.map(({length}, i) =>
				typeof digests[i] === 'string' ? find(this, length, digests[i]) : null,
			),
		);
		return arrivals.filter(({number}, i) => {
			const payload = found[i];
			if (payload !== null) {
				this.payloads.set(number, payload);
				current()?.held(payload.text, payload.bytes);
			}
			return payload === null;
		});
	}

	/** SHA-256 of payloads in hex, as the tab has them; nothing where it can't tell. */
	async digests(client, arrivals) {
		const numbers = {value: arrivals.map(({number}) => number)};
		const how = {returnByValue: true, awaitPromise: true};
		try {
			this.hashing ??= await nativesOf(client, this.contextId, HASHING, {
				objects: {subtle: 'SubtleCrypto'},
			});
			const {value} = await this.ask(client, 'digests', [numbers, ...this.hashing], how);
			return listOf(value);
		} catch {
			// No secure context, or a page of its own: each tab sends what it has.
			return [];
		}
	}

	/** Pulls payloads, onto the heap where they can't be held outside of it. */
	async pullAll(client, arrivals) {
		const unfit = await this.pull(client, arrivals);
		await this.pull(
			client,
			unfit.map(({number, length}) => new Arrival(number, length, true)),
		);
	}

	/** Pulls payloads. Returns those that can't be held outside the heap. */
	async pull(client, arrivals) {
		this.lastPiece = performance.now();
		const sent = new Map(arrivals.map((one) => [one, new Sent(this, one.length)]));
		try {
			return await this.pullPieces(client, arrivals, sent);
		} finally {
			// Nothing, for those that have come.
			for (const one of sent.values()) {
				one.drop();
			}
		}
	}

	async pullPieces(client, arrivals, sent) {
		const unfit = [];
		const onTheWay = [];
		const takeIn = async ([batch, answer]) => {
			const {value} = await answer;
			this.lastPiece = performance.now();
			const pieces = listOf(value);
			must(pieces.length === batch.length, 'pieces are missing');
			batch.forEach(([arrival, start, end], i) => {
				must(pieces[i]?.length === end - start, 'a piece has another length');
				arrival.append(pieces[i]);
				if (end === arrival.length) {
					const text = arrival.finish();
					if (text === null) {
						unfit.push(arrival);
					} else {
						sent.get(arrival).keep(this.keep(arrival.number, text));
						sent.delete(arrival);
					}
				}
			});
		};
		for (const batch of batchesOf(arrivals)) {
			const ranges = batch.flatMap(([{number}, start, end]) => [number, start, end]);
			const answer = this.ask(client, 'pull', [{value: ranges}]);
			// What fails is told when its turn comes.
			answer.catch(() => {});
			onTheWay.push([batch, answer]);
			if (onTheWay.length === AHEAD) {
				await takeIn(onTheWay.shift());
			}
		}
		for (const next of onTheWay) {
			await takeIn(next);
		}
		return unfit;
	}

	/** Puts the samples of inline audio into the assets at the places `sounds`. */
	async addSamples(client, assets, sounds) {
		const {deepSerializedValue} = await this.ask(client, 'sounds', [], KINDS);
		const kinds = deepSerializedValue?.value;
		must(
			kinds?.length === sounds.length && kinds.every(([, {type}]) => type === 'array'),
			'audio is not a plain array',
		);
		const {value} = await this.ask(client, 'samples', []);
		const samples = inGroups(listOf(value), 3);
		must(samples.length === sounds.length, 'audio is missing');
		samples.forEach(([count, text, asTheyAre], i) => {
			const index = sounds[i];
			must(isIndex(index, assets.length) && assets[index]?.audio === null, 'audio came twice');
			assets[index].audio = text === null ? asTheyAre : samplesOf(count, text);
		});
	}
}

/**
 * Whether a result of DevTools is an array of plain objects and simple values,
 * so that reading it is seen by nobody. DevTools looks without running page code.
 */
async function isPlainList(client, {subtype, objectId, preview}) {
	if (subtype !== 'array' || preview === undefined) {
		return false;
	}
	if (!preview.overflow) {
		return preview.properties.every(({type, subtype: kind}) =>
			type === 'object' ? kind === undefined || kind === 'null' : type !== 'accessor',
		);
	}
	// A preview ends at 100 entries.
	const {deepSerializedValue} = await call(client, ITSELF, [], {objectId, ...KINDS});
	return deepSerializedValue?.value.every(({type}) => PLAIN.has(type)) === true;
}

module.exports = {FRAME, TabSession, byValue, isPlainList, release};
