'use strict';

const {native} = require('../native');
const {checkLogLevel} = require('../check');
const {warnOnce} = require('../log');

function warnMeminfo(logLevel, problem) {
	warnOnce('meminfo', logLevel, `/proc/meminfo can't be used: ${problem}.`);
}

function getFreeMemoryFromProcMeminfo(logLevel) {
	checkLogLevel(logLevel);
	try {
		return native.readProcMeminfo();
	} catch (error) {
		warnMeminfo(logLevel, error.message);
		return null;
	}
}

module.exports = {
	/** The name in newer sources of Remotion. */
	getAvailableMemoryFromProcMeminfo: getFreeMemoryFromProcMeminfo,
	getFreeMemoryFromProcMeminfo,
	warnMeminfo,
};
