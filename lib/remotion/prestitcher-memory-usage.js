'use strict';

// Stands for `prestitcher-memory-usage`: whether encoding may run beside rendering.
//
// Versions decide differently. Ours replaces the rule that is ours too; another
// version keeps its own rule, over the memory that our measurement reports. A
// render that was planned does as the plan says, and so does one whose frames would
// be in memory until they are encoded, which no rule of Remotion's knows of.

const {native} = require('../native');
const {StepAside} = require('../copies/copy');
const encoding = require('../encoding');

const FILE = 'prestitcher-memory-usage';

// [free, estimated usage]: on either side of what the rules are known to differ in.
const PROBES = [
	[4_000_000_000, 2_000_000_000],
	[4_000_000_001, 2_000_000_000],
	[9_000_000_000, 6_900_000_000],
	[3_000_000_000, 1_500_000_000],
	[1_500_000_000, 100_000_000],
];

module.exports = {
	apply(copy, settings) {
		const memory = copy.module('memory/get-available-memory');
		const stock = copy.function(
			FILE,
			'shouldUseParallelEncoding',
			['getAvailableMemory)('],
			settings,
		);
		const rule = copy.module(FILE).hasEnoughMemoryForParallelEncoding;
		if (
			typeof rule !== 'function' ||
			PROBES.some(
				([freeMemory, estimatedUsage]) =>
					rule({freeMemory, estimatedUsage}) !==
					native.hasEnoughMemoryForParallelEncoding(freeMemory, estimatedUsage),
			)
		) {
			throw new StepAside(
				'this version has a rule of its own, which goes by get-available-memory',
				true,
			);
		}
		copy.swap(FILE, 'shouldUseParallelEncoding', (options) => {
			const {width, height, logLevel} = options;
			const estimatedUsage = native.estimateEncoderUsage(Number(width), Number(height));
			const freeMemory = memory.getAvailableMemory(logLevel);
			if (!Number.isFinite(estimatedUsage)) {
				return stock(options);
			}
			const planned = encoding.decide(options);
			return {
				hasEnoughMemory:
					planned ?? native.hasEnoughMemoryForParallelEncoding(freeMemory, estimatedUsage),
				freeMemory,
				estimatedUsage,
			};
		});
		encoding.note(copy);
	},
};
