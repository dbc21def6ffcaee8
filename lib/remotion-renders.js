'use strict';

// Around Remotion's own functions, nothing of which is replaced: what they are
// given, do and answer stays theirs, whatever their text. We note where a render
// starts, and add to printUsefulErrorMessage() what it does not explain.

const path = require('node:path');
const {watch} = require('./oom-kills');
const {printWhatIsMissing} = require('./print-useful-error-message');
const recording = require('./recording/render');

/** What opens a browser, each with the module that has it. */
const RENDERS = [
	['render-media', 'internalRenderMedia'],
	['render-frames', 'internalRenderFrames'],
	['render-still', 'internalRenderStill'],
	['select-composition', 'internalSelectComposition'],
	['get-compositions', 'internalGetCompositions'],
];

/** Those of them that have frames to tell of. */
const RECORDED = ['internalRenderMedia', 'internalRenderFrames', 'internalRenderStill'];

const noting =
	(stock) =>
	(...args) =>
		watch.during(() => stock(...args));

const recorded =
	(stock, about) =>
	(...args) =>
		watch.during(() => recording.during({...about(), options: args[0]}, () => stock(...args)));

const adding =
	(stock) =>
	(...args) => {
		// First: where the kernel has killed, that is the cause of all else.
		printWhatIsMissing(...args);
		return stock(...args);
	};

const FUNCTIONS = [
	...RENDERS.map(([file, name]) => ({
		file,
		name,
		around: RECORDED.includes(name) ? recorded : noting,
	})),
	{file: 'print-useful-error-message', name: 'printUsefulErrorMessage', around: adding},
];

/** What the main module handed on, if it was loaded before us: others hold that. */
function handedOn(copy) {
	const main = require.cache?.[path.join(copy.dist, 'index.js')]?.exports?.RenderInternals;
	return typeof main === 'object' && main !== null ? main : {};
}

/** @param {() => object} about what a recording of a render is to know */
function wrap(copy, about) {
	const internals = handedOn(copy);
	for (const {file, name, around} of FUNCTIONS) {
		try {
			const stock = copy.exported(file, name);
			copy.swap(file, name, around(stock, about));
			if (internals[name] === stock) {
				copy.swapIn(internals, name, around(stock, about));
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
