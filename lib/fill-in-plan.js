'use strict';

// With register({plan: true}), options that decide how much memory a render
// takes, and that its caller left unset, come from planRender(). Values that were
// given are kept, and planned with.
//
// Public functions call the internal ones, and so does Remotion's command: both
// are wrapped, and what was planned by the first is not planned again.

const {warn} = require('./log');
const {measureMemory} = require('./measure-memory');
const encoding = require('./encoding');
const {handedOn: mainInternals} = require('./remotion-renders');
const {areInMemory} = require('./temporary-files');

/** Most renders are not planned. */
const planActivated = (...args) => require('./plan').planActivated(...args);

const CHOICES = [
	'disallowParallelEncoding',
	'concurrency',
	'mediaCacheSizeInBytes',
	'offthreadVideoCacheSizeInBytes',
];

const RULE = 'prestitcher-memory-usage';

const isUnset = (value) => value === undefined || value === null;

/** The frames of `frameRange`, where that says them. */
function lengthOf(composition, frameRange) {
	if (typeof frameRange === 'number') {
		return 1;
	}
	const [first, last] = Array.isArray(frameRange) ? frameRange : [];
	const end = Number.isFinite(last) ? last : composition.durationInFrames - 1;
	return Number.isFinite(first) ? end - first + 1 : composition.durationInFrames;
}

/** What this copy's own rule says of encoding beside rendering; undefined where it can't be asked. */
function allows(copy, {width, height}, logLevel) {
	try {
		return copy.module(RULE).shouldUseParallelEncoding({width, height, logLevel}).hasEnoughMemory;
	} catch {
		return undefined;
	}
}

/** What is planned with, of a render's options. */
function wishOf(options, {encodes}, logLevel) {
	const {composition, scale, frameRange, everyNthFrame} = options;
	const {width, height} = composition;
	return {
		...Object.fromEntries(
			CHOICES.filter((name) => !isUnset(options[name])).map((name) => [name, options[name]]),
		),
		// renderFrames() encodes nothing, and leaves its frames to the caller.
		...(encodes ? {codec: options.codec} : {disallowParallelEncoding: true, framesInMemory: false}),
		width,
		height,
		scale,
		imageFormat: options.imageFormat ?? composition.defaultVideoImageFormat,
		offthreadVideoThreads: options.offthreadVideoThreads,
		durationInFrames: Math.ceil(lengthOf(composition, frameRange) / (everyNthFrame ?? 1)),
		memory: measureMemory({logLevel}),
	};
}

/** The options without decisions that are only Remotion's own defaults. */
const asGiven = (options, {internal}) =>
	internal && options.disallowParallelEncoding === false
		? {...options, disallowParallelEncoding: undefined}
		: options;

function choose(copy, options, how, logLevel) {
	const given = asGiven(options, how);
	const plan = planActivated(wishOf(given, how, logLevel), {
		allows: how.encodes ? allows(copy, options.composition, logLevel) : undefined,
		decides: encoding.isDecided(copy),
	});
	const added = Object.fromEntries(
		CHOICES.filter((name) => isUnset(given[name]))
			.filter((name) => how.encodes || name !== 'disallowParallelEncoding')
			.map((name) => [name, plan.options[name]]),
	);
	return {plan, added};
}

function isVerbose({logLevel, verbose, dumpBrowserLogs}) {
	return Boolean(verbose || dumpBrowserLogs) || logLevel === 'verbose' || logLevel === 'trace';
}

function say({plan, added}, options, logLevel) {
	if (isVerbose(options)) {
		console.log(
			[
				`[remotion-headroom] Planned: ${JSON.stringify(added)}`,
				...plan.reasons.map((reason) => `[remotion-headroom]   ${reason}`),
			].join('\n'),
		);
	}
	if (!plan.fits) {
		warn(logLevel, plan.reasons[plan.reasonCodes.indexOf('does-not-fit')]);
	}
}

/** The options with what was left unset filled in, and the plan; none where there can't be one. */
function fillIn(copy, options, how, settings) {
	const logLevel = options?.logLevel ?? settings.logLevel;
	// What renderMedia() hands to renderFrames() has all of it.
	if (!how.encodes && CHOICES.slice(1).every((name) => !isUnset(options?.[name]))) {
		return {options};
	}
	let chosen;
	try {
		chosen = choose(copy, options, how, logLevel);
	} catch {
		// What can't be planned with is Remotion's to refuse, in its own words.
		return {options};
	}
	say(chosen, options, settings.logLevel === 'error' ? 'error' : logLevel);
	return {options: {...options, ...chosen.added}, plan: chosen.plan};
}

/** Whether encoding runs beside rendering in a render that nobody planned, where its frames are in memory. */
const unplanned = (copy, options, logLevel) => () =>
	options.disallowParallelEncoding !== true && areInMemory()
		? planActivated(wishOf(asGiven(options, {internal: true}), {encodes: true}, logLevel), {
				decides: encoding.isDecided(copy),
			}).parallelEncoding
		: undefined;

/** Set while a public function that has planned calls the internal one. */
let handedOn = null;

/** The public function `stock`, given its options as the plan has them where `settings` ask for one. */
function planned(copy, stock, settings, how) {
	return (options, ...rest) => {
		if (!settings.plan) {
			return stock(options, ...rest);
		}
		const outer = handedOn;
		handedOn = fillIn(copy, options, how, settings);
		try {
			return stock(handedOn.options, ...rest);
		} finally {
			handedOn = outer;
		}
	};
}

/** The same of an internal one, which Remotion's command calls itself. */
function plannedInternally(copy, stock, settings, {encodes}) {
	return (options, ...rest) => {
		const how = {encodes, internal: true};
		const filled = handedOn ?? (settings.plan ? fillIn(copy, options, how, settings) : {options});
		const isNew = handedOn === null;
		handedOn = null;
		const {plan} = filled;
		const all = isNew ? filled.options : options;
		if (!encodes) {
			return stock(all, ...rest);
		}
		const decide =
			plan === undefined
				? unplanned(copy, all, settings.logLevel)
				: () => all.disallowParallelEncoding !== true && plan.parallelEncoding;
		return encoding.during(decide, () => stock(all, ...rest));
	};
}

/** Wraps the public function `name` of `file`, which is `stock`, and the internal one that it calls. */
function replace(copy, {file, name, stock, encodes}, settings) {
	const internal = `internal${name[0].toUpperCase()}${name.slice(1)}`;
	const around = (inner) => plannedInternally(copy, inner, settings, {encodes});
	const inner = copy.exported(file, internal);
	const main = mainInternals(copy);
	copy.swap(file, name, planned(copy, stock, settings, {encodes}));
	copy.swap(file, internal, around(inner));
	if (typeof main[internal] === 'function') {
		copy.swapIn(main, internal, around(main[internal]));
	}
}

module.exports = {replace};
