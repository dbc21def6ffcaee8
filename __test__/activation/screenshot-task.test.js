'use strict';

// Screenshots through Remotion's own connection, from a peer that answers as told:
// what stock code makes of each answer, and what comes of it with us.

const {createRequire} = require('node:module');
const path = require('node:path');
const {NEWEST, rootOf} = require('./harness');
const part = require('../../lib/remotion/screenshot-task');
const {binaryError} = require('../../lib/native');
const {Copy} = require('../../lib/copies/copy');

const VERSIONS = [NEWEST, '4.0.500', '4.0.443', '4.0.382', '4.0.300'];

/** Bytes that are no text, the same for each seed. */
const picture = (length, seed = 1) =>
	Buffer.from(Uint8Array.from({length}, (_, i) => (i * i * 31 + i * 7 + seed * 101) >>> 3));

const base64 = (length, seed) => picture(length, seed).toString('base64');
const json = (value) => JSON.stringify(value);
const plain = (data) => (id, sessionId) => json({id, result: {data}, sessionId});

/** What the peer answers to a question for a screenshot: texts, each a list of a message's pieces. */
const ANSWERS = {
	...Object.fromEntries(
		[3, 3000, 3071, 3072, 3073, 3074, 3075, 100_000, 1_000_001, 3_000_002].map((length) => [
			`${length} bytes`,
			plain(base64(length)),
		]),
	),
	'without padding': plain(base64(9001).replace(/=+$/, '')),
	'for URLs': plain(picture(9000).toString('base64url')),
	'with line breaks': plain(base64(9000).replace(/(.{76})/g, '$1\r\n')),
	'with bits that stand for nothing': plain(`${base64(9000)}QR==`),
	'with padding inside': plain(`${base64(9001)}${base64(9001)}`),
	'with an escape': (id, sessionId) =>
		plain(base64(9000))(id, sessionId).replaceAll('+', '\\u002b'),
	'with another character': plain(`${base64(9000)}é`),
	'with text behind the quote': (id, sessionId) =>
		`{"id":${id},"result":{"data":"${base64(9000)}","more":1},"sessionId":"${sessionId}"}`,
	'with two pictures': (id, sessionId) =>
		`{"id":${id},"result":{"data":"${base64(9000)}","data":"${base64(9003)}"},"sessionId":"${sessionId}"}`,
	'with spaces': (id, sessionId) =>
		`{"id": ${id}, "result": {"data": "${base64(9000)}"}, "sessionId": "${sessionId}"}`,
	'in another order': (id, sessionId) => json({sessionId, result: {data: base64(9000)}, id}),
	'with a list': plain([1, 2, 3]),
	empty: plain(''),
	'without data': (id, sessionId) => json({id, result: {}, sessionId}),
	'an error': (id, sessionId) =>
		json({id, error: {code: -32000, message: 'Unable to capture screenshot'}, sessionId}),
	'an error with data': (id, sessionId) =>
		json({id, error: {code: -32000, message: 'no', data: base64(9000)}, sessionId}),
	'another number before': (id, sessionId) => [
		plain(base64(9000, 2))(id + 1000, sessionId),
		plain(base64(9000))(id, sessionId),
	],
	twice: (id, sessionId) => [
		plain(base64(9000))(id, sessionId),
		plain(base64(9000, 2))(id, sessionId),
	],
	'twice, both large': (id, sessionId) => [
		plain(base64(200_000))(id, sessionId),
		plain(base64(200_000, 2))(id, sessionId),
	],
	'another session before': (id, sessionId) => [
		plain(base64(9000, 2))(id, 'F00'),
		plain(base64(9000))(id, sessionId),
	],
	'an event before': (id, sessionId) => [
		json({method: 'Page.screencastFrame', params: {data: base64(9000, 3)}, sessionId}),
		plain(base64(9000))(id, sessionId),
	],
	'large, and an event before': (id, sessionId) => [
		json({method: 'Page.screencastFrame', params: {data: base64(200_000, 3)}, sessionId}),
		plain(base64(200_000))(id, sessionId),
	],
	'in fragments': (id, sessionId) => [plain(base64(50_000))(id, sessionId).match(/.{1,777}/g)],
	'as bytes': (id, sessionId) => [Buffer.from(plain(base64(9000))(id, sessionId))],
	'detached before': (id, sessionId) => [
		json({method: 'Target.detachedFromTarget', params: {sessionId}}),
		plain(base64(9000))(id, sessionId),
	],
};

/** A peer that answers as the browser would, but for screenshots. */
async function startPeer(ws, answerOf) {
	const server = new ws.WebSocketServer({port: 0, host: '127.0.0.1'});
	await new Promise((resolve) => server.once('listening', resolve));
	server.on('connection', (socket) => {
		const send = (message) => {
			if (Array.isArray(message)) {
				message.forEach((piece, i) => void socket.send(piece, {fin: i === message.length - 1}));
			} else {
				socket.send(message);
			}
		};
		socket.on('message', (data) => {
			const {id, method, params, sessionId} = JSON.parse(data);
			if (method === 'Page.captureScreenshot') {
				const answer = answerOf(id, sessionId);
				for (const message of Array.isArray(answer) ? answer : [answer]) {
					send(message);
				}
				return;
			}
			if (method === 'Target.attachToTarget') {
				const attached = {sessionId: params.targetId, targetInfo: {type: 'page'}};
				send(json({method: 'Target.attachedToTarget', params: attached}));
				send(json({id, result: {sessionId: params.targetId}}));
				return;
			}
			send(json({id, result: {}, sessionId}));
		});
	});
	return server;
}

const OPTIONS = {format: 'png', width: 4, height: 4, scale: 1, omitBackground: false, path: null};

describe.each(VERSIONS)('Remotion %s', (version) => {
	const root = rootOf('renderer', version);
	const copy = new Copy(root);
	const ws = createRequire(path.join(root, 'dist', 'index.js'))('ws');
	const {Connection} = copy.module('browser/Connection');
	const {NodeWebSocketTransport} = copy.module('browser/NodeWebSocketTransport');
	const shoot = (options) =>
		copy.module('screenshot-task').screenshotTask({...OPTIONS, ...options});
	let server;
	let connection;

	async function connect(answerOf) {
		server = await startPeer(ws, answerOf);
		const {port} = server.address();
		const transport = await NodeWebSocketTransport.create(`ws://127.0.0.1:${port}`);
		connection = new Connection(transport);
	}

	async function pageOf(targetId) {
		const client = await connection.createSession({targetId});
		return {_client: () => client, target: () => ({_targetId: targetId})};
	}

	function disconnect() {
		connection.dispose();
		return new Promise((resolve) => server.close(resolve));
	}

	afterEach(disconnect);

	/** A screenshot or its error, and what else comes of it. */
	async function outcome(answerOf) {
		await connect(answerOf);
		const page = await pageOf('AB12');
		const events = [];
		page._client().on('Page.screencastFrame', ({data}) => events.push(data));
		const sizes = [];
		const {send} = page._client();
		page._client().send = async (...args) => {
			const answer = await send.apply(page._client(), args);
			sizes.push(answer.size);
			return answer;
		};
		let result;
		try {
			const buffer = await shoot({page});
			result = {isBuffer: Buffer.isBuffer(buffer), text: buffer.toString('base64')};
		} catch (error) {
			result = {name: error.constructor.name, message: error.message};
		}
		// Whatever came with it has come by then.
		if (connection.session('AB12') !== null) {
			await page._client().send('Page.enable');
		}
		return {result, events, sizes};
	}

	const taken = [];
	/** Bytes of messages that were given back, and what their buffers have since. */
	const released = [];
	beforeAll(() => {
		const {native} = require('../../lib/native');
		const {decodeBase64, releaseBytes} = native;
		if (decodeBase64 !== undefined && binaryError === null) {
			native.releaseBytes = (buffer) => {
				const {byteLength} = buffer;
				releaseBytes(buffer);
				released.push([byteLength, buffer.byteLength]);
			};
			native.decodeBase64 = (...args) => {
				const done = decodeBase64(...args);
				taken.push(done);
				return done;
			};
		}
	});

	test.each(Object.entries(ANSWERS))('an answer %s', async (_, answerOf) => {
		const expected = await outcome(answerOf);
		await disconnect();
		part.apply(copy, {logLevel: 'warn'});
		try {
			expect(await outcome(answerOf)).toEqual(expected);
		} finally {
			copy.takeOut();
		}
	});

	test('several tabs at once, each gets its own', async () => {
		const waiting = [];
		part.apply(copy, {logLevel: 'warn'});
		try {
			// Answers come in another order than the questions.
			await connect((id, sessionId) => {
				waiting.push(plain(base64(20_000, Number(sessionId)))(id, sessionId));
				return waiting.length === 6 ? waiting.reverse() : [];
			});
			const pages = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => pageOf(String(n))));
			taken.length = 0;
			const shots = await Promise.all(pages.map((page) => shoot({page})));
			shots.forEach((shot, i) => {
				expect(shot.equals(picture(20_000, i + 1))).toBe(true);
			});
			expect(taken).toEqual(shots.map(() => true));
		} finally {
			copy.takeOut();
		}
	});

	test('the memory of a large message is given back at once, unless somebody else reads it', async () => {
		part.apply(copy, {logLevel: 'warn'});
		try {
			await connect(plain(base64(200_000)));
			const page = await pageOf('AB12');
			released.length = 0;
			expect((await shoot({page})).equals(picture(200_000))).toBe(true);
			const [[before, after], ...others] = released;
			expect(before).toBeGreaterThan(200_000 * (4 / 3));
			expect([after, others]).toEqual([0, []]);
			const read = [];
			connection.transport.websocket.on('message', (data) => read.push(data));
			expect((await shoot({page})).equals(picture(200_000))).toBe(true);
			expect(released.length).toBe(1);
			expect(`${read.at(-1)}`).toContain(base64(200_000));
		} finally {
			copy.takeOut();
		}
	});

	test('who else asks gets what stock code gives', async () => {
		part.apply(copy, {logLevel: 'warn'});
		try {
			await connect(plain(base64(9000)));
			const page = await pageOf('AB12');
			expect((await shoot({page})).equals(picture(9000))).toBe(true);
			const {value} = await page._client().send('Page.captureScreenshot', {format: 'png'});
			expect(value.data).toBe(base64(9000));
		} finally {
			copy.takeOut();
		}
	});
});
