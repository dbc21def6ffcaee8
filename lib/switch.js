'use strict';

// REMOTION_HEADROOM: whether activation is wanted. REMOTION_HEADROOM_GOVERN: whether
// an activated render is to be governed, or what is to stay free.

const {describe} = require('./check');
const {warnOnce} = require('./log');
const {native} = require('./native');

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

module.exports = {governWish, isSwitchedOff, triesUnknown, wantsSummary};
