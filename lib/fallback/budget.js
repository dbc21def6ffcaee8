'use strict';

// src/budget.rs, for machines without a binary.

const MINIMUM_MEMORY_LEFT = 2_000_000_000;
const ENCODER_BYTES_PER_PIXEL = 1000;

const estimateEncoderUsage = (width, height) => ENCODER_BYTES_PER_PIXEL * width * height;

const hasEnoughMemoryForParallelEncoding = (free, estimatedUsage) =>
	free - estimatedUsage > MINIMUM_MEMORY_LEFT;

const MIB = 1024 * 1024;
const BLIND_MEDIA_CACHE = 1_000_000_000;
const SMALLEST_DEFAULT_MEDIA_CACHE = 500 * MIB;
const MAX_MEDIA_CACHE = 20_000 * MIB;

const mediaCacheLimits = () => ({min: 240 * MIB, max: MAX_MEDIA_CACHE});

const defaultMediaCacheSize = (available) =>
	available === undefined || Number.isNaN(available)
		? BLIND_MEDIA_CACHE
		: Math.min(MAX_MEDIA_CACHE, Math.max(SMALLEST_DEFAULT_MEDIA_CACHE, available / 2));

module.exports = {
	defaultMediaCacheSize,
	estimateEncoderUsage,
	hasEnoughMemoryForParallelEncoding,
	mediaCacheLimits,
};
