'use strict';

// Stands for `make-streamer` of @remotion/streaming: makes messages of what the
// compositor writes, each a frame of <OffthreadVideo>.
//
// Stock code keeps all chunks of a message, and then copies them into one array: a
// frame is in memory twice, and the chunks come to be old before they die. Here the
// array is made when the header has been read, and each chunk is copied when it comes.
// Odd headers and sinks are left to stock code.

const FILE = '@remotion/streaming/make-streamer';
const NAME = 'makeStreamer';
const FRAGMENTS = [
	'missingData = { dataMissing: length - dataLength',
	"status === 1 ? 'error' : 'success'",
	'getOutputBuffer: () => outputBuffer',
	'unprocessedBuffers = [];',
];

const MAGIC = Buffer.from('remotion_buffer:');
const COLON = 0x3a;

/** A whole number as the compositor writes it; stock code decides what others mean. */
const LENGTH = /^(?:0|[1-9]\d{0,14})$/;

/** Bytes of a payload for which an array is made before they have come. */
const MOST = 2 ** 30;

/** The header that begins at `start`, and all bytes to its end; null where it is not complete. */
function headerAt(pending, start) {
	const fields = [];
	let at = start + MAGIC.length;
	while (fields.length < 3) {
		const end = pending.indexOf(COLON, at);
		if (end === -1) {
			return null;
		}
		fields.push(pending.toString('latin1', at, end));
		at = end + 1;
	}
	const [nonce, length, status] = fields;
	const bytes = pending.subarray(0, at);
	return {nonce, length, status: Number(status) === 1 ? 'error' : 'success', bytes};
}

const NOTHING = Buffer.alloc(0);

const asBuffer = ({buffer, byteOffset, byteLength}) => Buffer.from(buffer, byteOffset, byteLength);

/** An array for a payload of that length; null where stock code is to see to it. */
function roomFor(length) {
	if (!LENGTH.test(length) || Number(length) > MOST) {
		return null;
	}
	try {
		return new Uint8Array(Buffer.allocUnsafeSlow(Number(length)).buffer);
	} catch {
		return null;
	}
}

/** One stream of messages. */
class Streamer {
	constructor(stock, onMessage) {
		this.makeStock = () => stock(onMessage);
		this.onMessage = onMessage;
		/** Stock code's own, once that reads. */
		this.stock = null;
		/** What is not read yet; while a payload comes, all that came with its header. */
		this.pending = NOTHING;
		/** The message whose payload is coming. */
		this.message = null;
	}

	onData(data) {
		if (this.stock !== null) {
			return this.stock.onData(data);
		}
		const {message} = this;
		if (message === null) {
			const bytes = asBuffer(data);
			this.pending = this.pending.length === 0 ? bytes : Buffer.concat([this.pending, bytes]);
			return this.read();
		}
		const part = data.subarray(0, message.payload.length - message.filled);
		message.payload.set(part, message.filled);
		message.filled += part.length;
		if (message.filled < message.payload.length) {
			return undefined;
		}
		this.finish(message, asBuffer(data).subarray(part.length));
		return this.read();
	}

	/** Hands a message out. */
	finish({header, payload}, rest) {
		this.message = null;
		this.pending = rest;
		try {
			this.onMessage(header.status, header.nonce, payload);
		} catch (error) {
			// Stock code has not moved on by then, and hands it out again.
			this.pending = Buffer.concat([header.bytes, payload, rest]);
			throw error;
		}
	}

	/** Reads what is pending. */
	read() {
		for (;;) {
			const start = this.pending.indexOf(MAGIC);
			const header = start === -1 ? null : headerAt(this.pending, start);
			if (header === null) {
				return undefined;
			}
			const payload = roomFor(header.length);
			if (payload === null) {
				return this.leaveToStock();
			}
			const end = header.bytes.length + payload.length;
			const part = this.pending.subarray(header.bytes.length, end);
			payload.set(part);
			const message = {header, payload, filled: part.length};
			if (part.length < payload.length) {
				this.message = message;
				return undefined;
			}
			this.finish(message, this.pending.subarray(end));
		}
	}

	/** From here on stock code reads, first what is pending. */
	leaveToStock() {
		this.stock = this.makeStock();
		return this.stock.onData(this.pending);
	}

	getOutputBuffer() {
		if (this.stock !== null) {
			return this.stock.getOutputBuffer();
		}
		const {buffer, byteOffset, length} = this.pending;
		return new Uint8Array(buffer, byteOffset, length);
	}

	clear() {
		if (this.message !== null) {
			// Stock code goes on counting what is missing of it, which a header tells it.
			const {payload, filled} = this.message;
			this.stock = this.makeStock();
			this.stock.onData(Buffer.from(`${MAGIC}0:${payload.length - filled}:0:`));
			this.message = null;
		}
		this.stock?.clear();
		this.pending = NOTHING;
	}
}

module.exports = {
	apply(copy, settings) {
		const stock = copy.function(FILE, NAME, FRAGMENTS, settings);
		copy.swap(FILE, NAME, (onMessage, ...more) => {
			if (more.some(Boolean)) {
				// It is asked to hand payloads on piece by piece.
				return stock(onMessage, ...more);
			}
			const streamer = new Streamer(stock, onMessage);
			return {
				onData: (data) => streamer.onData(data),
				getOutputBuffer: () => streamer.getOutputBuffer(),
				clear: () => streamer.clear(),
			};
		});
	},
};
