'use strict';

const {LOG_LEVELS, checkLogLevel} = require('./check');
const {native} = require('./native');
const {CLIP, explainRenderError, isObject, read} = require('./explain-render-error');

const MOST_PRINTED = 10;

/** Whether the hints for an error were printed lately. Notes that they are now. */
function makeWasPrinted() {
	let printed = [];
	return (err) => {
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
	};
}

const wasPrinted = makeWasPrinted();

const WRITERS = {
	error: (line) => console.error(line),
	warn: (line) => console.warn(line),
	info: (line) => console.log(line),
};

function printHints(hints, logLevel, indent) {
	const prefix = indent ? '│ ' : '';
	for (const hint of hints) {
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

function printUsefulErrorMessage(err, logLevel, indent) {
	checkLogLevel(logLevel);
	if (!wasPrinted(err)) {
		printHints(explainRenderError(err), logLevel, indent);
	}
}

/** Those that Remotion does not explain itself. */
let own;

const wasAdded = makeWasPrinted();

/** What Remotion's own function leaves out. Never throws: a render is failing already. */
function printWhatIsMissing(err, logLevel, indent) {
	try {
		if (!wasAdded(err)) {
			own ??= new Set(native.codes().ownHints);
			const hints = explainRenderError(err).filter(({code}) => own.has(code));
			printHints(hints, LOG_LEVELS.includes(logLevel) ? logLevel : 'info', indent === true);
		}
	} catch {
		// What Remotion says stands.
	}
}

module.exports = {printUsefulErrorMessage, printWhatIsMissing};
