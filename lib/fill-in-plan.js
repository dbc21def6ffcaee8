'use strict';

// With register({plan: true}), options that decide how much memory a render
// takes, and that its caller left unset, come from planRender(). Values that were
// given are kept, and planned with.

const {measureMemory} = require('./measure-memory');
const {planRender} = require('./plan');

const CHOICES = [
	'disallowParallelEncoding',
	'concurrency',
	'mediaCacheSizeInBytes',
	'offthreadVideoCacheSizeInBytes',
];

const isUnset = (value) => value === undefined || value === null;

/** The frames of `frameRange`, where that is a pair. */
function lengthOf(composition, frameRange) {
	const [first, last] = Array.isArray(frameRange) ? frameRange : [];
	return Number.isFinite(first) && Number.isFinite(last)
		? last - first + 1
		: typeof frameRange === 'number'
			? 1
			: composition.durationInFrames;
}

/** What to add to a caller's options; nothing where a plan can't be made. */
function choose(options, {encodes}, logLevel) {
	const {composition, scale, frameRange} = options;
	const wishes = Object.fromEntries(
		CHOICES.filter((name) => !isUnset(options[name])).map((name) => [name, options[name]]),
	);
	const plan = planRender({
		...wishes,
		// renderFrames() encodes nothing.
		...(encodes ? {codec: options.codec} : {disallowParallelEncoding: true}),
		width: composition.width * (scale ?? 1),
		height: composition.height * (scale ?? 1),
		durationInFrames: lengthOf(composition, frameRange),
		memory: measureMemory({logLevel}),
	});
	const added = Object.fromEntries(
		CHOICES.filter((name) => isUnset(options[name]))
			.filter((name) => encodes || name !== 'disallowParallelEncoding')
			.map((name) => [name, plan.options[name]]),
	);
	return {plan, added};
}

function isVerbose({logLevel, verbose, dumpBrowserLogs}) {
	return Boolean(verbose || dumpBrowserLogs) || logLevel === 'verbose' || logLevel === 'trace';
}

/** The options with what was left unset filled in. */
function fillIn(options, how, logLevel) {
	let chosen;
	try {
		chosen = choose(options, how, options.logLevel ?? logLevel);
	} catch {
		// What can't be planned with is Remotion's to refuse, in its own words.
		return options;
	}
	const {plan, added} = chosen;
	if (isVerbose(options)) {
		console.log(
			[
				`[remotion-headroom] Planned: ${JSON.stringify(added)}`,
				...plan.reasons.map((reason) => `[remotion-headroom]   ${reason}`),
			].join('\n'),
		);
	}
	return {...options, ...added};
}

/** `stock`, given its options as the plan has them where `settings` ask for one. */
function planned(stock, settings, how) {
	return (options, ...rest) =>
		stock(settings.plan ? fillIn(options, how, settings.logLevel) : options, ...rest);
}

module.exports = {planned};
