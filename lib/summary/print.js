'use strict';

// Prints whole lines, once whoever waits for a render has drawn its last progress.

const PREFIX = '[remotion-headroom]';

const DIM = ['\x1b[2m', '\x1b[22m'];
const YELLOW = ['\x1b[33m', '\x1b[39m'];

/** Lines of these codes tell of something that somebody may have to see to. */
const WARNS = ['failed', 'stepped-aside', 'kills'];

/** no-color.org, force-color.org; else a terminal that can. */
function hasColours(stream, env = process.env) {
	const {FORCE_COLOR: forced, NO_COLOR: refused, TERM: terminal} = env;
	if (forced !== undefined && forced !== '') {
		return !['0', 'false'].includes(forced);
	}
	return !refused && stream.isTTY === true && terminal !== 'dumb';
}

const paint = ([on, off], text) => `${on}${text}${off}`;

/** `{code, text}` as it is printed. */
function format({code, text}, colours) {
	if (!colours) {
		return `${PREFIX} ${text}`;
	}
	return `${paint(DIM, PREFIX)} ${WARNS.includes(code) ? paint(YELLOW, text) : text}`;
}

let waiting = [];

function flush() {
	const lines = waiting;
	waiting = [];
	process.off('exit', flush);
	const colours = hasColours(process.stdout);
	for (const one of lines) {
		console.log(format(one, colours));
	}
}

/** Prints `{code, text}` now. */
const print = (one) => console.log(format(one, hasColours(process.stdout)));

/** Prints them soon, or when the process ends before. */
function printLater(lines) {
	if (waiting.length === 0) {
		// What follows the render without waiting comes first.
		setImmediate(flush);
		process.on('exit', flush);
	}
	waiting.push(...lines);
}

module.exports = {format, hasColours, print, printLater};
