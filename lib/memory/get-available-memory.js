'use strict';

const os = require('node:os');
const {native} = require('../native');
const {checkLogLevel} = require('../check');
const {warnOnce} = require('../log');
const {warnMeminfo} = require('./from-proc-meminfo');

// On Linux the addon reads what os.freemem() would read, and reads it once; on
// macOS it knows of more than free memory, mostly.
const hostFree = process.platform === 'linux' ? () => undefined : os.freemem;

function getAvailableMemory(logLevel) {
	checkLogLevel(logLevel);
	const lambda = process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE;
	const reading = native.readMemory(lambda || undefined, hostFree());
	if (reading.problem !== undefined && !lambda) {
		warnMeminfo(logLevel, reading.problem);
	}
	if (reading.limitExceedsHost) {
		warnOnce(
			'limit-exceeds-host',
			logLevel,
			`The cgroup allows ${native.mib(reading.cgroup)} more, but this machine has only ${native.mib(
				reading.hostFree,
			)} free. Is the container's memory limit larger than the machine it runs on? ` +
				'The smaller figure is used.',
		);
	}
	return reading.available;
}

module.exports = {getAvailableMemory};
