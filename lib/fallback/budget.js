'use strict';

// src/budget.rs, for machines without a binary.

const MINIMUM_MEMORY_LEFT = 2_000_000_000;
const ENCODER_BYTES_PER_PIXEL = 1000;

const estimateEncoderUsage = (width, height) => ENCODER_BYTES_PER_PIXEL * width * height;

const hasEnoughMemoryForParallelEncoding = (free, estimatedUsage) =>
	free - estimatedUsage > MINIMUM_MEMORY_LEFT;

const MIB = 1024 * 1024;
const mediaCacheLimits = () => ({min: 240 * MIB, max: 20_000 * MIB});

function defaultMediaCacheSize(available) {
	if (available === undefined) {
		return 1_000_000_000;
	}
	return Math.min(Math.max(available / 2, 500 * MIB), 20_000 * MIB);
}

module.exports = {
	defaultMediaCacheSize,
	estimateEncoderUsage,
	hasEnoughMemoryForParallelEncoding,
	mediaCacheLimits,
};
