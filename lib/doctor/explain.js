'use strict';

// What `remotion-headroom explain` says of a saved log.

const fs = require('node:fs');
const {stripVTControlCharacters} = require('node:util');
const {explainLog} = require('../explain-render-error');

/** A render's last words are at the end. */
const MOST_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const MOST_OF_A_LINE = 300;

/** The end of a file or of standard input. */
function readEnd(file) {
	const fd = file === undefined ? 0 : fs.openSync(file, 'r');
	try {
		let chunks = [];
		let size = 0;
		for (;;) {
			const chunk = Buffer.alloc(CHUNK_BYTES);
			const count = readSome(fd, chunk);
			if (count === 0) {
				break;
			}
			chunks.push(chunk.subarray(0, count));
			size += count;
			if (size > 2 * MOST_BYTES) {
				chunks = [Buffer.concat(chunks).subarray(-MOST_BYTES)];
				size = MOST_BYTES;
			}
		}
		return Buffer.concat(chunks).subarray(-MOST_BYTES).toString();
	} finally {
		if (file !== undefined) {
			fs.closeSync(fd);
		}
	}
}

/** Bytes that were read; 0 at the end. */
function readSome(fd, chunk) {
	for (;;) {
		try {
			return fs.readSync(fd, chunk);
		} catch (error) {
			// Windows says so at the end of a pipe.
			if (error.code === 'EOF') {
				return 0;
			}
			if (error.code !== 'EAGAIN') {
				throw error;
			}
			// A pipe that has nothing yet, and does not wait.
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
		}
	}
}

/** The hints for a log, each with the line that decided. */
function explain(file) {
	const text = stripVTControlCharacters(readEnd(file));
	const lines = text.split('\n');
	return explainLog(text).map((hint) => ({
		...hint,
		text: lines[hint.line - 1].trim().slice(0, MOST_OF_A_LINE),
	}));
}

function format(hints) {
	if (hints.length === 0) {
		return 'Nothing in this log is known to explain a failure.\n';
	}
	return hints
		.map(({code, title, detail, url, line, text}) =>
			[
				`${title} (${code})`,
				`  line ${line}: ${text}`,
				`  ${detail}`,
				...(url === undefined ? [] : [`  ${url}`]),
				'',
			].join('\n'),
		)
		.join('\n');
}

module.exports = {explain, format};
