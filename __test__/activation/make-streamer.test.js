'use strict';

// Messages of the compositor's, put together by us and by the function that we stand
// for, whatever the pieces in which they come.

const {createRequire} = require('node:module');
const path = require('node:path');
const {NEWEST, rootOf} = require('./harness');
const part = require('../../lib/remotion/make-streamer');
const {Copy} = require('../../lib/copies/copy');

const VERSIONS = [NEWEST, '4.0.500', '4.0.443', '4.0.382', '4.0.300'];
const SEEDS = 600;

/** Numbers below `most`, the same for each seed. */
function numbers(seed) {
	let state = (seed * 2654435761) >>> 0;
	return (most) => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		state >>>= 0;
		return state % most;
	};
}

const oneOf = (next, list) => list[next(list.length)];

function bytesOf(next, length) {
	const bytes = Buffer.alloc(length);
	// Few values, so that parts of a header come up by themselves.
	for (let i = 0; i < length; i++) {
		bytes[i] = oneOf(next, Buffer.from('r:emotion_buffer0\0\xff1', 'latin1'));
	}
	return bytes;
}

function message(next, lengths) {
	const length = oneOf(next, lengths);
	const body = bytesOf(next, length);
	if (next(8) === 0 && length > 30) {
		body.write('remotion_buffer:9:3:0:abc', next(length - 25), 'latin1');
	}
	const nonce = oneOf(next, ['0', 'k3j9x', '', 'remotion_buffer', '\xe9', 'r']);
	return Buffer.concat([
		Buffer.from(`remotion_buffer:${nonce}:${length}:${next(3)}:`, 'latin1'),
		body,
	]);
}

const ODD = [
	'remotion_buffer:a:-1:0:xyz',
	'remotion_buffer:a:1e1:0:0123456789',
	'remotion_buffer:a: 3:0:xyz',
	'remotion_buffer:a:03:0:xyz',
	'remotion_buffer:a:3.5:0:wxyz',
	'remotion_buffer:a::0:',
	'remotion_buffer:a:0x2:1:ab',
	'remotion_buffer:a:3:one:xyz',
	'remotion_buffer:a:99999999999:0:x',
	'remotion_buffer:a:9999999999999999999:0:x',
	'remotion_bufferremotion_buffer:a:1:1:x',
	'remotion_buffer:a:4',
	'remotion_buf',
	'remotion_buffer:a:Infinity:0:x',
	'panic at src/main.rs',
].map((text) => Buffer.from(text, 'latin1'));

/** What a stream of messages looks like, in pieces. */
function streamOf(seed) {
	const next = numbers(seed + 1);
	const malformed = seed % 3 === 0;
	// Stock code looks through all that it has for each piece.
	const [lengths, largest] = oneOf(next, [
		[[0, 1, 5, 40], 1 + next(9)],
		[[0, 1, 5, 40, 300], 64],
		[[0, 40, 3000, 9000], 2000],
	]);
	const parts = Array.from({length: 1 + next(6)}, () =>
		malformed && next(3) === 0 ? oneOf(next, ODD) : message(next, lengths),
	);
	const whole = Buffer.concat(parts);
	const pieces = [];
	for (let at = 0; at < whole.length; ) {
		const size = next(largest + 1);
		pieces.push(whole.subarray(at, at + size));
		at += size;
	}
	// Once in a while somebody clears it, or what is told throws.
	return {
		pieces,
		clearAt: next(10) === 0 ? next(pieces.length + 1) : -1,
		throwAt: next(10) === 0 ? next(4) : -1,
		clearInside: next(20) === 0 ? next(4) : -1,
	};
}

function outcome(makeStreamer, {pieces, clearAt, throwAt, clearInside}) {
	const said = [];
	let told = 0;
	const streamer = makeStreamer((status, nonce, data) => {
		said.push([status, nonce, data.constructor.name, Buffer.from(data).toString('latin1')]);
		told++;
		if (told - 1 === clearInside) {
			streamer.clear();
		}
		if (told - 1 === throwAt) {
			throw new Error('told');
		}
		if (told > 50) {
			throw new RangeError('for ever');
		}
	});
	pieces.forEach((piece, i) => {
		if (i === clearAt) {
			streamer.clear();
		}
		try {
			said.push(streamer.onData(piece));
		} catch (error) {
			said.push(`${error}`);
		}
		said.push(Buffer.from(streamer.getOutputBuffer()).toString('latin1'));
	});
	streamer.clear();
	said.push(streamer.getOutputBuffer().length);
	return said;
}

describe.each(VERSIONS)('Remotion %s', (version) => {
	const root = rootOf('renderer', version);
	const dist = path.join(
		path.dirname(
			createRequire(path.join(root, 'dist', 'index.js')).resolve(
				'@remotion/streaming/package.json',
			),
		),
		'dist',
	);
	const load = () => require(path.join(dist, 'make-streamer.js')).makeStreamer;
	const stock = load();
	const copy = new Copy(root);
	beforeAll(() => part.apply(copy, {logLevel: 'warn'}));
	afterAll(() => {
		copy.restore();
		expect(load()).toBe(stock);
	});

	test('the same is told, in the same order', () => {
		const ours = load();
		expect(ours).not.toBe(stock);
		for (let seed = 0; seed < SEEDS; seed++) {
			const stream = streamOf(seed);
			const [expected, got] = [outcome(stock, stream), outcome(ours, stream)];
			if (JSON.stringify(got) !== JSON.stringify(expected)) {
				expect({seed, said: got}).toEqual({seed, said: expected});
			}
		}
	});

	test('the package hands out ours', () => {
		expect(require(path.join(dist, 'index.js')).makeStreamer).toBe(load());
	});

	test('another copy that shares the package is activated, too', () => {
		const other = new Copy(root);
		part.apply(other, {logLevel: 'warn'});
		const stream = streamOf(1);
		expect(outcome(load(), stream)).toEqual(outcome(stock, stream));
		other.restore();
	});
});

test('payloads for a sink are left to stock code', async () => {
	const copy = new Copy(rootOf('renderer', NEWEST));
	part.apply(copy, {logLevel: 'warn'});
	const {makeStreamer} = copy.module('@remotion/streaming/make-streamer');
	copy.restore();
	const pieces = [];
	const sink = {write: async (piece) => pieces.push(`${Buffer.from(piece)}`), end: async () => {}};
	const streamer = makeStreamer(
		() => pieces.push('told'),
		() => sink,
	);
	await streamer.onData(Buffer.from('remotion_buffer:a:6:0:abc'));
	await streamer.onData(Buffer.from('def'));
	expect(pieces).toEqual(['abc', 'def', 'told']);
});
