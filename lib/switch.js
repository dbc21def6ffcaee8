'use strict';

// REMOTION_HEADROOM: whether activation is wanted. The others stand for options of
// register(), over which they have the last word.

const {describe} = require('./check');
const {warnOnce} = require('./log');
const {isReportFile} = require('./recording/report-file');

const OFF = ['off', '0', 'false', 'no'];
/** `try-unknown` and `verbose` say how, and so that. */
const ON = ['', 'on', '1', 'true', 'yes', 'try-unknown', 'verbose'];

const wish = () => (process.env.REMOTION_HEADROOM ?? '').trim().toLowerCase();

/** Whether texts of Remotion's that we don't know are to be tried. */
const triesUnknown = () => wish() === 'try-unknown';

/** Whether each render is to be summed up in a line. */
const wantsSummary = () => wish() === 'verbose';

/** Whether the environment switches activation off. A value that says neither warns once. */
function isSwitchedOff(logLevel = 'warn') {
	const value = wish();
	if (OFF.includes(value)) {
		return true;
	}
	if (!ON.includes(value)) {
		warnOnce(
			'switch',
			logLevel,
			`REMOTION_HEADROOM is ${describe(process.env.REMOTION_HEADROOM)}, which means nothing to us: ` +
				`activated all the same. To switch off: ${OFF.join(', ')}.`,
		);
	}
	return false;
}

/** What `register({govern})` comes to: the environment has the last word. */
function governWish(option, logLevel = 'warn') {
	const value = (process.env.REMOTION_HEADROOM_GOVERN ?? '').trim().toLowerCase();
	if (OFF.includes(value)) {
		return 'off';
	}
	if (value === '' || value === 'auto') {
		return option;
	}
	const {native} = require('./native');
	const reserveBytes = native.parseSize(value);
	if (reserveBytes !== null) {
		return {reserveBytes};
	}
	warnOnce(
		'govern',
		logLevel,
		`REMOTION_HEADROOM_GOVERN is ${describe(process.env.REMOTION_HEADROOM_GOVERN)}, which means ` +
			`nothing to us. To switch off: ${OFF.join(', ')}. As a reserve it ${native.whyNoSize(value)}`,
	);
	return option;
}

/** What `register({report})` comes to: the environment has the last word. */
function reportWish(option, logLevel = 'warn') {
	const value = (process.env.REMOTION_HEADROOM_REPORT ?? '').trim();
	if (value === '') {
		return option;
	}
	if (OFF.includes(value.toLowerCase())) {
		return null;
	}
	if (isReportFile(value)) {
		return value;
	}
	warnOnce(
		'report',
		logLevel,
		`REMOTION_HEADROOM_REPORT is ${describe(process.env.REMOTION_HEADROOM_REPORT)}, and a report ` +
			`ends in .html or .jsonl. To switch off: ${OFF.join(', ')}.`,
	);
	return option;
}

/** What variable `name` says, as users write it; '' where it is not set. */
const stated = (name) => (process.env[name] ?? '').trim();

/** Of `name`, one of `known`; what the caller wants where it says nothing, or nothing we know. */
function choiceWish(name, known, option, logLevel = 'warn') {
	const value = stated(name).toLowerCase();
	if (value === '' || known.includes(value)) {
		return value === '' ? option : value;
	}
	warnOnce(
		name,
		logLevel,
		`${name} is ${describe(process.env[name])}, and ignored: it is one of ${known.join(', ')}.`,
	);
	return option;
}

const YES = ['on', '1', 'true', 'yes'];

/** The same, of a yes or no. */
function yesWish(name, option, logLevel) {
	const choice = choiceWish(name, [...YES, ...OFF], undefined, logLevel);
	return choice === undefined ? option : YES.includes(choice);
}

/** What Node preloads to activate. Written so that tracers copy it with the rest. */
const registerFile = () => require.resolve('../register.js');

module.exports = {
	choiceWish,
	governWish,
	isSwitchedOff,
	registerFile,
	reportWish,
	stated,
	triesUnknown,
	wantsSummary,
	yesWish,
};
