'use strict';

// remotion-headroom/lambda: what the line calls that is appended to the file of
// Remotion's Lambda function. Nothing here may fail the function.

const {version: ours} = require('../../package.json');
const {worksOffHeap} = require('../assets/store');
const {LOG_LEVELS} = require('../check');
const {applyParts, isByDesign} = require('../copies/apply');
const explanations = require('../explain-render-error');
const renders = require('../remotion-renders');
const {onFrame} = require('../summary/renders');
const {choiceWish, governWish, isSwitchedOff, wantsSummary} = require('../switch');
const {BundledCopy} = require('./bundled-copy');

/**
 * The parts of ../remotion that work in a function, where one process renders
 * with the tabs that Remotion gives it, and what stands for the governor's there.
 */
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
	'inline-audio-mixing': require('../remotion/inline-audio-mixing'),
	'calculate-asset-positions': require('../remotion/calculate-asset-positions'),
	'next-frame-to-render': require('../remotion/next-frame-to-render'),
	compositor: require('../remotion/compositor'),
	'download-and-map-assets-to-file': require('../remotion/download-and-map-assets-to-file'),
	'download-and-map-assets-to-file/download-asset': require('../remotion/download-and-map-assets-to-file/download-asset'),
	'screenshot-task': require('../remotion/screenshot-task'),
	'make-streamer': require('../remotion/make-streamer'),
	'on-downloads-helper': require('./on-downloads-helper'),
	relief: require('./relief'),
};

const MEMORY = ['measured', 'parity'];

/** What register() has for options, as far as there are any here. */
function settingsOf() {
	const logLevel = choiceWish('REMOTION_HEADROOM_LOG_LEVEL', LOG_LEVELS, 'warn');
	return {
		memory: choiceWish('REMOTION_HEADROOM_MEMORY', MEMORY, 'measured', logLevel),
		logLevel,
		plan: false,
		govern: governWish('auto', logLevel),
		// Who is killed in a function takes its browser along.
		survive: false,
		report: null,
		summary: false,
	};
}

function say({applied, skipped, remotionVersion}) {
	const left = skipped.map(({part, reason}) => `; ${part} is left to Remotion: ${reason}`).join('');
	const held = worksOffHeap ? "payloads are held outside V8's heap" : "payloads stay in V8's heap";
	console.log(
		`[remotion-headroom] ${ours} in the function of Remotion ${remotionVersion}, ${held}: ` +
			`${applied.join(', ') || 'nothing'}${left}`,
	);
}

/**
 * @param modules `{module: [exports, start, end, wrappers]}`: bytes of `file`, and what
 *   one that is to run again requires
 * @param about `{version, file}`: Remotion's version, and the function's file
 * @returns `{remotionVersion, applied, skipped}`, as register() has them
 */
function activate(modules, {version, file}) {
	if (isSwitchedOff()) {
		const reason = `REMOTION_HEADROOM=${process.env.REMOTION_HEADROOM}`;
		return {remotionVersion: version, applied: [], skipped: [{part: 'all', reason}]};
	}
	const settings = settingsOf();
	const copy = new BundledCopy(modules, {version, file});
	let done = {applied: [], skipped: []};
	const missed = () => done.skipped.filter((step) => !isByDesign(step));
	renders.wrap(copy, () => ({
		report: null,
		logLevel: settings.logLevel,
		remotion: version,
		asides: missed,
	}));
	copy.settings = settings;
	copy.onFrame = onFrame;
	done = applyParts(copy, PARTS, settings);
	copy.applied = () => done.applied;
	copy.aside = missed;
	explanations.state.activated = true;
	const outcome = {remotionVersion: version, ...done};
	if (wantsSummary()) {
		say(outcome);
	}
	return outcome;
}

module.exports = {PARTS, activate};
