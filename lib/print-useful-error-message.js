'use strict';

const {LOG_LEVELS, checkLogLevel} = require('./check');
const {CLIP, explainRenderError, isObject, read} = require('./explain-render-error');

const MOST_PRINTED = 10;

let printed = [];

/** Whether the hints for `err` were printed lately. Notes that they are now. */
function wasPrinted(err) {
	const stack = isObject(err) ? read(err, 'stack') : undefined;
	if (typeof stack !== 'string' || stack === '') {
		return false;
	}
	// A slice would keep the whole of a huge stack alive.
	const mark = stack.length > CLIP ? `${stack.length} ${stack.slice(0, 4096)}` : stack;
	if (printed.includes(mark)) {
		return true;
	}
	printed = [...printed, mark].slice(-MOST_PRINTED);
	return false;
}

const WRITERS = {
	error: (line) => console.error(line),
	warn: (line) => console.warn(line),
	info: (line) => console.log(line),
};

function printUsefulErrorMessage(err, logLevel, indent) {
	checkLogLevel(logLevel);
	if (wasPrinted(err)) {
		return;
	}
	const prefix = indent ? '│ ' : '';
	for (const hint of explainRenderError(err)) {
		if (LOG_LEVELS.indexOf(logLevel) > LOG_LEVELS.indexOf(hint.severity)) {
			continue;
		}
		const write = WRITERS[hint.severity];
		write(`${prefix}💡 ${hint.title}`);
		write(`${prefix}   ${hint.detail}`);
		if (hint.url !== undefined) {
			write(`${prefix}   ${hint.url}`);
		}
	}
}

module.exports = {printUsefulErrorMessage};
