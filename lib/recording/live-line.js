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

/** Fewer rows are all the command's. */
const LEAST_ROWS = 4;

/** Where the cursor goes on afterwards, whatever `text` moves (DECSC, DECRC). */
const aside = (text) => `\u001b7${text}\u001b8`;
/** The rows that scroll (DECSTBM); without an argument, all of them. */
const scrolling = (rows = '') => `\u001b[${rows}r`;
const clearedRow = (row, text = '') => `\u001b[${row};1H${text}\u001b[K`;

const hasRoom = ({isTTY, rows}) =>
	isTTY === true && rows >= LEAST_ROWS && process.env.TERM !== 'dumb';

/**
 * In the last row, which is taken out of what scrolls: whatever the command prints,
 * and however it draws its progress, neither comes in the other's way.
 */
class LiveLine {
	constructor(recording, stream) {
		this.recording = recording;
		this.stream = stream;
		this.timer = null;
		if (hasRoom(stream)) {
			this.onResize = () => this.reserve();
			stream.on('resize', this.onResize);
			// Where the cursor is in the last row, all moves up.
			stream.write('\n');
			this.reserve();
			stream.write('\u001b[A');
			this.timer = setInterval(() => this.draw(), EVERY);
		}
	}

	reserve() {
		this.rows = this.stream.rows;
		this.stream.write(aside(scrolling(`1;${this.rows - 1}`)));
	}

	draw() {
		const text = textOf(this.recording.view()).slice(0, (this.stream.columns || 80) - 1);
		this.stream.write(aside(clearedRow(this.rows, text)));
	}

	stop() {
		if (this.timer !== null) {
			clearInterval(this.timer);
			this.stream.off('resize', this.onResize);
			this.stream.write(aside(`${scrolling()}${clearedRow(this.rows)}`));
		}
	}
}

module.exports = {LiveLine, textOf};
