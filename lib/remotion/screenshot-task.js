'use strict';

// Stands for `screenshot-task`: takes a screenshot's bytes from the message that the
// browser sends, before it becomes text.
//
// Stock code makes a string of the message, parses it as JSON, and makes a Buffer of
// the base64 in it: three times the picture in memory, most of it in V8's heap. Here
// stock code asks as ever, and what it gets is an ArrayBuffer in place of base64,
// which Buffer.from(data, 'base64') takes as it is, without a copy. All other
// messages, and each that is not exactly what is expected, go on to stock code.

const {binaryError, native} = require('../native');
const {StepAside} = require('../copies/copy');
const {stepAside} = require('../summary/current');

const FILE = 'screenshot-task';
const NAME = 'screenshotTask';

/** Bytes of a message from which on it is worth it. */
const WORTH = 4096;

/** Bytes that Node reads from a socket at once, at most. */
const MOST_READ_AT_ONCE = 65_536;

/** Characters in which a message that we take has begun. */
const OPENING = 64;
const HEAD = /^\{"id":(\d{1,15}),"result":\{"data":"/;
const tailOf = (sessionId) => `"},"sessionId":"${sessionId}"}`;

/** What CDPSession.send() makes of the question. */
const QUESTION =
	/^\{"sessionId":"([^"\\]+)","method":"Page\.captureScreenshot","params":\{.*\},"id":(\d+)\}$/;

const EQUALS_SIGN = 0x3d;

/** The bytes that the base64 from `start` to `end` stands for, as an ArrayBuffer; null where it is none. */
function bytesOf(data, start, end) {
	const length = end - start;
	if (length <= 0 || length % 4 !== 0) {
		return null;
	}
	const padding = data[end - 1] !== EQUALS_SIGN ? 0 : data[end - 2] !== EQUALS_SIGN ? 1 : 2;
	const {buffer} = Buffer.allocUnsafeSlow((length / 4) * 3 - padding);
	return native.decodeBase64(data, start, end, new Uint8Array(buffer)) ? buffer : null;
}

/**
 * Gives the memory of a message back that nobody reads any more: V8 would hold it until
 * it next collects garbage, which messages of megabytes then make it do over and over.
 * One longer than what is read from a socket at once was put together for itself alone.
 */
function release(data) {
	const {buffer, byteLength} = data;
	if (byteLength > MOST_READ_AT_ONCE && buffer.byteLength === byteLength) {
		try {
			native.releaseBytes(buffer);
		} catch {
			// Then V8 does, later.
		}
	}
}

/** What passes between Node and one browser. */
class Wire {
	constructor(transport) {
		const {websocket} = transport;
		const [listener, ...others] = websocket.listeners('message');
		if (listener === undefined || others.length > 0) {
			throw new Error('another listener reads what the browser sends');
		}
		/** Session's name -> the session, while it takes screenshots, and how many. */
		this.sessions = new Map();
		/** Number of a question -> the session that has asked. */
		this.asked = new Map();
		const {send} = transport;
		transport.send = (message) => {
			this.note(message);
			return Reflect.apply(send, transport, [message]);
		};
		websocket.off('message', listener);
		websocket.on('message', (data, isBinary) => {
			const answer = transport.onmessage && !isBinary ? this.take(data) : null;
			if (answer === null) {
				Reflect.apply(listener, websocket, [data, isBinary]);
				return;
			}
			const {length} = data;
			if (websocket.listenerCount('message') === 1) {
				release(data);
			}
			answer.session._onMessage(answer.message, length);
		});
	}

	/** From now on screenshots of that session are ours, until what is given back is called. */
	begin(session) {
		const id = session.id();
		const entry = this.sessions.get(id) ?? {session, count: 0};
		entry.count++;
		this.sessions.set(id, entry);
		return () => {
			entry.count--;
			if (entry.count > 0) {
				return;
			}
			this.sessions.delete(id);
			// Of a tab that crashed before it answered.
			for (const [number, one] of this.asked) {
				if (one === session) {
					this.asked.delete(number);
				}
			}
		};
	}

	/** Notes the number of a question for a screenshot. */
	note(message) {
		if (this.sessions.size === 0 || typeof message !== 'string') {
			return;
		}
		const [, id, number] = QUESTION.exec(message) ?? [];
		const entry = this.sessions.get(id);
		if (entry !== undefined) {
			this.asked.set(Number(number), entry.session);
		}
	}

	/** The message as stock code would parse it, and whose it is; null where it is for stock code. */
	take(data) {
		try {
			if (this.asked.size === 0 || !Buffer.isBuffer(data) || data.length < WORTH) {
				return null;
			}
			const [head, number] = HEAD.exec(data.toString('latin1', 0, OPENING)) ?? [];
			const id = Number(number);
			const session = this.asked.get(id);
			if (session === undefined) {
				return null;
			}
			this.asked.delete(id);
			const sessionId = session.id();
			const tail = tailOf(sessionId);
			const end = data.length - tail.length;
			// Else it has been detached meanwhile.
			const isAttached = session.connection()?.session(sessionId) === session;
			if (!isAttached || data.toString('latin1', end) !== tail) {
				return null;
			}
			const bytes = bytesOf(data, head.length, end);
			return bytes && {session, message: {id, result: {data: bytes}, sessionId}};
		} catch (error) {
			stepAside(FILE, error.message);
			return null;
		}
	}
}

/** Each browser's, for as long as there is one; null where it can't be had. */
const wires = new WeakMap();

function wireOf(transport) {
	if (!wires.has(transport)) {
		wires.set(transport, null);
		wires.set(transport, new Wire(transport));
	}
	return wires.get(transport);
}

/** Has screenshots of that page taken from their messages; what ends that, or null. */
function begin({format, page}) {
	if (format === 'pdf') {
		return null;
	}
	try {
		const session = page._client();
		return wireOf(session.connection().transport)?.begin(session) ?? null;
	} catch (error) {
		stepAside(FILE, error.message);
		return null;
	}
}

/** Whether this runtime takes an ArrayBuffer where base64 is expected, without a copy. */
function takesArrayBuffers() {
	const {buffer} = Buffer.allocUnsafeSlow(3);
	const taken = Buffer.from(buffer, 'base64');
	return taken.buffer === buffer && taken.length === buffer.byteLength;
}

module.exports = {
	apply(copy, settings) {
		const fragments = ["'Page.captureScreenshot'", "Buffer.from(result.data, 'base64')"];
		const stock = copy.function(FILE, NAME, fragments, settings);
		copy.function(
			'browser/Connection',
			'Connection',
			[
				'this.transport.onmessage =',
				'this.transport.send(stringifiedMessage)',
				'session(sessionId) {',
			],
			settings,
		);
		copy.function(
			'browser/NodeWebSocketTransport',
			'NodeWebSocketTransport',
			[
				"this.websocket.addEventListener('message', (event) =>",
				'this.onmessage.call(null, event.data)',
				'this.websocket.send(message)',
			],
			settings,
		);
		if (binaryError !== null) {
			throw new StepAside('it needs the binary', true);
		}
		if (!takesArrayBuffers()) {
			throw new StepAside('this runtime takes no ArrayBuffer in place of base64', true);
		}
		const ours = async (options) => {
			const end = begin(options);
			try {
				return await stock(options);
			} finally {
				end?.();
			}
		};
		copy.swap(FILE, NAME, ours, {tokensOf: ({page}) => [page], begins: false});
	},
};
