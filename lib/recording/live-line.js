'use strict';

// One line that says how a command is doing, on a terminal and nowhere else.

const {native} = require('../native');

const EVERY = 500;

const counted = (count, one) => `${count} ${one}${count === 1 ? '' : 's'}`;

/** What a view of the recorder comes to. */
function textOf({used, limit, bytes, tabs, frames, actions}) {
	const size = native.mib(used < 0 ? bytes : used);
	return [
		limit < 0 ? size : `${size.replace(' MiB', '')} of ${native.mib(limit)}`,
		counted(tabs, 'tab'),
		counted(frames, 'frame'),
		counted(actions, 'action'),
	].join(', ');
}

class LiveLine {
	constructor(recording, stream) {
		this.stream = stream;
		this.timer = stream.isTTY
			? setInterval(() => {
					// Back at its begin, so that what the command prints next replaces it.
					const text = textOf(recording.view()).slice(0, (stream.columns ?? 80) - 1);
					stream.write(`\r${text}\u001b[K\r`);
				}, EVERY)
			: null;
	}

	stop() {
		if (this.timer !== null) {
			clearInterval(this.timer);
			this.stream.write('\r\u001b[K');
		}
	}
}

module.exports = {LiveLine, textOf};
