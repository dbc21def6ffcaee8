'use strict';

// Around Remotion's own functions, nothing of which is replaced: what they are
// given, do and answer stays theirs, whatever their text. We note where a render
// starts, and add to printUsefulErrorMessage() what it does not explain.

const {watch} = require('./oom-kills');
const summaries = require('./summary/renders');
const {printWhatIsMissing} = require('./print-useful-error-message');

/** What opens a browser or an encoder, each with the module that has it, and what a render is called. */
const RENDERS = [
	['render-media', 'internalRenderMedia', 'renderMedia'],
	['render-frames', 'internalRenderFrames', 'renderFrames'],
	['render-still', 'internalRenderStill', 'renderStill'],
	['stitch-frames-to-video', 'internalStitchFramesToVideo', 'stitchFramesToVideo'],
	['select-composition', 'internalSelectComposition'],
	['get-compositions', 'internalGetCompositions'],
];

const noting = (call) => (stock, copy) => {
	const run = call === undefined ? stock : (...args) => summaries.during(copy, call, stock, args);
	return (...args) => watch.during(() => run(...args));
};

const adding =
	(stock) =>
	(...args) => {
		// First: where the kernel has killed, that is the cause of all else.
		printWhatIsMissing(...args);
		return stock(...args);
	};

const FUNCTIONS = [
	...RENDERS.map(([file, name, call]) => ({file, name, around: noting(call)})),
	{file: 'print-useful-error-message', name: 'printUsefulErrorMessage', around: adding},
];

/**
 * What the main module hands on, which others hold. It is loaded first: modules
 * that require it would else be incomplete when it hands their functions on.
 */
function handedOn(copy) {
	const main = copy.module('index').RenderInternals;
	return typeof main === 'object' && main !== null ? main : {};
}

function wrap(copy) {
	let internals = {};
	try {
		internals = handedOn(copy);
	} catch {
		// It fails for whoever renders, too.
	}
	for (const {file, name, around} of FUNCTIONS) {
		try {
			const stock = copy.exported(file, name);
			copy.swap(file, name, around(stock, copy));
			if (internals[name] === stock) {
				copy.swapIn(internals, name, around(stock, copy));
			}
		} catch {
			// A version without it explains less.
		}
	}
}

/** What ends the process while a render runs, such as a pipe to FFmpeg that broke, reaches no caller. */
function onUncaught(error) {
	if (watch.isRendering()) {
		printWhatIsMissing(error, 'info', false);
	}
}

let watching = false;

function watchUncaught() {
	if (!watching) {
		watching = true;
		process.on('uncaughtExceptionMonitor', onUncaught);
	}
}

function unwatchUncaught() {
	watching = false;
	process.off('uncaughtExceptionMonitor', onUncaught);
}

module.exports = {unwatchUncaught, watchUncaught, wrap};
