'use strict';

// Which frames a stream has not taken yet.

/** What was written -> a promise that is kept once the stream wants more. */
const pending = new WeakMap();

/** Notes what is written to a stream from now on. */
function noteWrites(stream) {
	const write = stream?.write;
	if (typeof write !== 'function') {
		return;
	}
	stream.write = function noted(chunk, ...rest) {
		const wantsMore = Reflect.apply(write, this, [chunk, ...rest]);
		if (!wantsMore && typeof chunk === 'object') {
			pending.set(chunk, drained(stream));
		}
		return wantsMore;
	};
}

/** Kept when the stream wants more, or takes nothing any more: what failed is for its owner to say. */
function drained(stream) {
	return new Promise((resolve) => {
		const events = ['drain', 'close', 'error'];
		const done = () => {
			for (const event of events) {
				stream.off(event, done);
			}
			resolve();
		};
		for (const event of events) {
			stream.on(event, done);
		}
		if (stream.destroyed) {
			done();
		}
	});
}

/** Kept once `chunk` was taken; at once where nobody noted it. */
const written = (chunk) => pending.get(chunk);

module.exports = {noteWrites, written};
