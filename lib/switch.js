'use strict';

// REMOTION_HEADROOM: whether activation is wanted.

const {describe} = require('./check');
const {warnOnce} = require('./log');

const OFF = ['off', '0', 'false', 'no'];
/** `try-unknown` and `verbose` say how, and so that. */
const ON = ['', 'on', '1', 'true', 'yes', 'try-unknown', 'verbose'];

const wish = () => (process.env.REMOTION_HEADROOM ?? '').trim().toLowerCase();

/** Whether texts of Remotion's that we don't know are to be tried. */
const triesUnknown = () => wish() === 'try-unknown';

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

module.exports = {isSwitchedOff, triesUnknown};
