'use strict';

// What is done to each copy of Remotion: all parts, and what is around renders.

const {applyParts, isByDesign} = require('./apply');
const {Copy} = require('./copy');
const explanations = require('../explain-render-error');
const {noteOomKills} = require('../oom-kills');
const renders = require('../remotion-renders');
const summaries = require('../summary/renders');

/** Each part by its file's path. */
const PARTS = {
	'get-available-memory': require('../remotion/get-available-memory'),
	'prestitcher-memory-usage': require('../remotion/prestitcher-memory-usage'),
	'compress-assets': require('../remotion/compress-assets'),
	'collect-assets': require('../remotion/collect-assets'),
	'render-frame-with-option-to-reject/frame-ledger': require('../remotion/render-frame-with-option-to-reject/frame-ledger'),
	// Behind the ledger, whose function it calls.
	'render-frame-with-option-to-reject/frame-index': require('../remotion/render-frame-with-option-to-reject/frame-index'),
	'render-frame-with-option-to-reject/inline-audio': require('../remotion/render-frame-with-option-to-reject/inline-audio'),
	// Behind that one, which changes what an entry has.
	'render-frame-with-option-to-reject/asset-runs': require('../remotion/render-frame-with-option-to-reject/asset-runs'),
	// Behind the others, whose outcome it notes.
	'render-frame-with-option-to-reject/outcome': require('../remotion/render-frame-with-option-to-reject/outcome'),
	'inline-audio-mixing': require('../remotion/inline-audio-mixing'),
	'calculate-asset-positions': require('../remotion/calculate-asset-positions'),
	'next-frame-to-render': require('../remotion/next-frame-to-render'),
	'render-frame-and-retry-target-close': require('../remotion/render-frame-and-retry-target-close'),
	// Before that one's calls, which it spreads out.
	'render-frame-and-retry-target-close/in-turn': require('../remotion/render-frame-and-retry-target-close/in-turn'),
	'make-page': require('../remotion/make-page'),
	'symbolicate-stacktrace': require('../remotion/symbolicate-stacktrace'),
	compositor: require('../remotion/compositor'),
	'prespawn-ffmpeg': require('../remotion/prespawn-ffmpeg'),
	'download-and-map-assets-to-file': require('../remotion/download-and-map-assets-to-file'),
	'download-and-map-assets-to-file/download-asset': require('../remotion/download-and-map-assets-to-file/download-asset'),
	'screenshot-task': require('../remotion/screenshot-task'),
	'make-streamer': require('../remotion/make-streamer'),
	'render-media': require('../remotion/render-media'),
	'render-frames': require('../remotion/render-frames'),
};

/**
 * Applies every part to the copy at `root`.
 *
 * @param settings looked up by replacements each time
 * @param {(part: string) => boolean} asked whether a part is in use with these
 */
function applyAll(root, settings, asked) {
	const copy = new Copy(root);
	let outcome = {applied: [], skipped: []};
	const missed = () => outcome.skipped.filter((step) => asked(step.part) && !isByDesign(step));
	// Before the parts, which call what is there when they are applied.
	renders.wrap(copy, () => ({
		report: settings.report,
		logLevel: settings.logLevel,
		remotion: copy.version,
		asides: missed,
	}));
	copy.settings = settings;
	copy.onFrame = summaries.onFrame;
	outcome = applyParts(copy, PARTS, settings, asked);
	renders.wrapSteps(copy);
	copy.applied = () => outcome.applied.filter(asked);
	copy.aside = missed;
	return {copy, outcome: {remotionVersion: copy.version, path: root, ...outcome}};
}

/** While there is a copy that may render. */
function watchRenders() {
	noteOomKills();
	renders.watchUncaught();
	explanations.state.activated = true;
}

function unwatchRenders() {
	renders.unwatchUncaught();
	explanations.state.activated = false;
}

module.exports = {PARTS, applyAll, unwatchRenders, watchRenders};
