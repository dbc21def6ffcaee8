'use strict';

// lib/governor/written.js on real streams and a real process: when a frame was
// taken.

const {spawn} = require('node:child_process');
const {once} = require('node:events');
const {Writable} = require('node:stream');
const {noteWrites, written} = require('../../lib/governor/written');

const nextTurn = () => new Promise(setImmediate);

/** Whether a promise is kept after all that is due now was done. */
async function isKept(promise) {
	let kept = false;
	promise.then(() => {
		kept = true;
	});
	await nextTurn();
	return kept;
}

/** A stream that takes a chunk when it is told to. */
function slow(options) {
	const taking = [];
	const stream = new Writable({
		...options,
		write: (_chunk, _encoding, done) => taking.push(done),
	});
	return {stream, take: () => taking.shift()()};
}

test('what a stream takes at once is not waited for', () => {
	const {stream} = slow({highWaterMark: 100});
	noteWrites(stream);
	const frame = Buffer.alloc(10);
	expect(stream.write(frame)).toBe(true);
	expect(written(frame)).toBe(undefined);
});

test('a frame is taken once the stream wants more, and not before', async () => {
	const {stream, take} = slow({highWaterMark: 1});
	noteWrites(stream);
	const frames = [Buffer.alloc(10), Buffer.alloc(10)];
	expect(frames.map((frame) => stream.write(frame))).toEqual([false, false]);
	take();
	await nextTurn();
	// The second is still there, so that nothing more is wanted.
	expect(await isKept(written(frames[0]))).toBe(false);
	take();
	await Promise.all(frames.map(written));
});

test('arguments, result and receiver are those of the stream', async () => {
	const {stream, take} = slow({highWaterMark: 1});
	const {write} = stream;
	noteWrites(stream);
	expect(stream.write).not.toBe(write);
	const ended = new Promise((resolve) => {
		expect(stream.write('é', 'latin1', resolve)).toBe(false);
	});
	take();
	await ended;
	// A string is nobody's frame.
	expect(written('é')).toBe(undefined);
});

test.each([
	['fails', (stream) => stream.destroy(new Error('EPIPE'))],
	['is closed', (stream) => stream.destroy()],
])('a stream that %s keeps nobody waiting', async (_how, end) => {
	const {stream} = slow({highWaterMark: 1});
	const errors = [];
	stream.on('error', (error) => errors.push(error.message));
	noteWrites(stream);
	const frame = Buffer.alloc(10);
	stream.write(frame);
	expect(await isKept(written(frame))).toBe(false);
	end(stream);
	await written(frame);
	const late = Buffer.alloc(10);
	stream.write(late);
	await written(late);
});

test('an error is still told to nobody but its owner', async () => {
	const {stream} = slow({highWaterMark: 1});
	const owner = once(stream, 'error');
	noteWrites(stream);
	const frame = Buffer.alloc(10);
	stream.write(frame);
	stream.destroy(new Error('EPIPE'));
	await written(frame);
	await expect(owner).resolves.toEqual([expect.objectContaining({message: 'EPIPE'})]);
});

test('no listener stays behind', async () => {
	const {stream, take} = slow({highWaterMark: 1});
	const count = () =>
		['drain', 'close', 'error'].reduce((sum, event) => sum + stream.listenerCount(event), 0);
	const before = count();
	noteWrites(stream);
	for (let i = 0; i < 50; i++) {
		const frame = Buffer.alloc(10);
		stream.write(frame);
		take();
		await written(frame);
	}
	expect(count()).toBe(before);
});

test('an encoder that reads slowly is waited for', async () => {
	// Reads nothing before it is told to.
	const script = `process.stdout.write('up');
		process.once('message', () => {
			process.stdin.resume();
			process.disconnect();
		});`;
	const child = spawn(process.execPath, ['-e', script], {
		stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
	});
	try {
		await once(child.stdout, 'data');
		noteWrites(child.stdin);
		// More than any pipe holds.
		const frame = Buffer.alloc(4 * 2 ** 20);
		child.stdin.write(frame);
		expect(await isKept(written(frame))).toBe(false);
		child.send('read');
		await written(frame);
		child.stdin.end();
		await once(child, 'exit');
	} finally {
		child.kill('SIGKILL');
	}
});

test.each([undefined, null, {}])('%j has no writes to note', (stream) => {
	expect(() => noteWrites(stream)).not.toThrow();
});
