// src/budget.rs, for machines without a binary.

const MINIMUM_MEMORY_LEFT = 2_000_000_000;
const ENCODER_BYTES_PER_PIXEL = 1000;

const estimateEncoderUsage = (width, height) => ENCODER_BYTES_PER_PIXEL * width * height;

const hasEnoughMemoryForParallelEncoding = (free, estimatedUsage) =>
	free - estimatedUsage > MINIMUM_MEMORY_LEFT;

module.exports = {estimateEncoderUsage, hasEnoughMemoryForParallelEncoding};
