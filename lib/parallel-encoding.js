'use strict';

const {native} = require('./native');
const {checkBytes, checkDimension, checkLogLevel, checkOptions, checkString} = require('./check');
const {getAvailableMemory} = require('./memory');

// The codecs whose frames can be piped into the encoder while rendering.
const PARALLEL_CODECS = new Set(['h264', 'h264-mkv', 'h265']);

function shouldUseParallelEncoding(options) {
	checkOptions(options, 'shouldUseParallelEncoding');
	const {width, height, logLevel} = options;
	checkDimension(width, 'width');
	checkDimension(height, 'height');
	checkLogLevel(logLevel);
	const freeMemory = getAvailableMemory(logLevel);
	const estimatedUsage = native.estimateEncoderUsage(width, height);
	return {
		hasEnoughMemory: native.hasEnoughMemoryForParallelEncoding(freeMemory, estimatedUsage),
		freeMemory,
		estimatedUsage,
	};
}

function hasEnoughMemoryForParallelEncoding(options) {
	checkOptions(options, 'hasEnoughMemoryForParallelEncoding');
	const {freeMemory, estimatedUsage} = options;
	checkBytes(freeMemory, 'freeMemory');
	checkBytes(estimatedUsage, 'estimatedUsage');
	return native.hasEnoughMemoryForParallelEncoding(freeMemory, estimatedUsage);
}

/** Whether Remotion renders in partitions, which are encoded later. */
const isPartitioned = () => process.env.REMOTION_PARTITIONED_RENDERING === 'true';

function canUseParallelEncoding(codec) {
	checkString(codec, 'codec');
	return !isPartitioned() && PARALLEL_CODECS.has(codec);
}

module.exports = {
	canUseParallelEncoding,
	hasEnoughMemoryForParallelEncoding,
	isPartitioned,
	shouldUseParallelEncoding,
};
