'use strict';

// Stands for `memory/get-available-memory`: what is left for the render, in bytes.
//
// By `measureMemory` (every cgroup level, an explicit limit, reclaimable cache
// counted as available), or by the drop-in where `memory: 'parity'` is asked for.

const {measureMemory} = require('../measure-memory');
const {getAvailableMemory} = require('../memory/get-available-memory');

const FILE = 'memory/get-available-memory';

module.exports = {
	apply(copy, settings) {
		const stock = copy.function(FILE, 'getAvailableMemory', ['freemem'], settings);
		copy.swap(FILE, 'getAvailableMemory', (logLevel) => {
			try {
				return settings.memory === 'parity'
					? getAvailableMemory(logLevel)
					: measureMemory({logLevel}).available;
			} catch {
				return stock(logLevel);
			}
		});
	},
};
