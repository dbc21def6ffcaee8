'use strict';

// Stands for `memory/get-available-memory`: what is left for the render, in bytes.
//
// By `measureMemory` (every cgroup level, an explicit limit, reclaimable cache
// counted as available), or by the drop-in where `memory: 'parity'` is asked for.

const {getAvailableMemory} = require('../memory');

function loadMeasure() {
	try {
		return require('../measure').measureMemory;
	} catch (error) {
		if (error.code !== 'MODULE_NOT_FOUND') {
			throw error;
		}
		return null;
	}
}

const FILE = 'memory/get-available-memory';

module.exports = {
	part: 'get-available-memory',

	apply(copy, settings) {
		const stock = copy.function(FILE, 'getAvailableMemory', ['freemem']);
		const measureMemory = loadMeasure();
		copy.swap(FILE, 'getAvailableMemory', (logLevel) => {
			try {
				return measureMemory === null || settings.memory === 'parity'
					? getAvailableMemory(logLevel)
					: measureMemory().available;
			} catch {
				return stock(logLevel);
			}
		});
	},
};
