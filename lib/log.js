'use strict';

const {LOG_LEVELS} = require('./check');

const said = new Set();

/** Prints a warning where `logLevel` lets warnings through. */
function warn(logLevel, message) {
	if (LOG_LEVELS.indexOf(logLevel) <= LOG_LEVELS.indexOf('warn')) {
		console.warn(`[remotion-headroom] ${message}`);
	}
}

/** Like `warn`, but once per process and cause. A silent log level leaves it unsaid. */
function warnOnce(cause, logLevel, message) {
	if (!said.has(cause) && LOG_LEVELS.indexOf(logLevel) <= LOG_LEVELS.indexOf('warn')) {
		said.add(cause);
		warn(logLevel, message);
	}
}

module.exports = {warn, warnOnce};
