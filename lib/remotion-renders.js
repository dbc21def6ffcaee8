'use strict';

// Around Remotion's own functions, nothing of which is replaced: what they are
// given, do and answer stays theirs, whatever their text. We note where a render
// starts, and add to printUsefulErrorMessage() what it does not explain.

const {watch} = require('./oom-kills');
const summaries = require('./summary/renders');
const recording = require('./recording/render');

/** Only failing renders need it. */
const printWhatIsMissing = (...args) =>
	require('./print-useful-error-message').printWhatIsMissing(...args);

/** What opens a browser or an encoder, each with the module that has it, and what a render is called. */
const RENDERS = [
	['render-media', 'internalRenderMedia', 'renderMedia'],
	['render-frames', 'internalRenderFrames', 'renderFrames'],
	['render-still', 'internalRenderStill', 'renderStill'],
	['stitch-frames-to-video', 'internalStitchFramesToVideo', 'stitchFramesToVideo'],
	['select-composition', 'internalSelectComposition'],
	['get-compositions', 'internalGetCompositions'],
];

/** Those of them that have frames to tell of. */
const RECORDED = ['renderMedia', 'renderFrames', 'renderStill'];

const noting = (call) => (stock, copy, about) => {
	const run = call === undefined ? stock : (...args) => summaries.during(copy, call, stock, args);
	const told = RECORDED.includes(call)
		? (...args) => recording.during({...about(), options: args[0]}, () => run(...args))
		: run;
	return (...args) => watch.during(() => told(...args));
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

/** @param {() => object} about what a recording of a render is to know */
function wrap(copy, about) {
	let internals = {};
	try {
		internals = handedOn(copy);
	} catch {
		// It fails for whoever renders, too.
	}
	for (const {file, name, around} of FUNCTIONS) {
		try {
			const stock = copy.exported(file, name);
			copy.swap(file, name, around(stock, copy, about));
			if (internals[name] === stock) {
				copy.swapIn(internals, name, around(stock, copy, about));
			}
		} catch {
			// A version without it explains less.
		}
	}
}

/** Where a render is, for its recording. */
const STEPS = [
	[
		'make-page',
		'makePage',
		(stock) => (options) => {
			recording.phase('rendering frames');
			const page = stock(options);
			recording.notePage(page);
			return page;
		},
	],
	[
		'stitch-frames-to-video',
		'internalStitchFramesToVideo',
		(stock) =>
			(...args) => {
				recording.phase('stitching');
				return stock(...args);
			},
	],
	[
		'render-frame-with-option-to-reject',
		'renderFrameWithOptionToReject',
		(stock) => (options) => {
			const rendered = stock(options);
			recording.noteFrame(options, rendered);
			return rendered;
		},
	],
];

/** Behind the parts, which know a function by its text. */
function wrapSteps(copy) {
	for (const [file, name, around] of STEPS) {
		try {
			copy.swap(file, name, around(copy.exported(file, name)));
		} catch {
			// A recording of a version without it tells less.
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

module.exports = {handedOn, unwatchUncaught, watchUncaught, wrap, wrapSteps};
