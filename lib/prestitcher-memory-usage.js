'use strict';

const {native} = require('./native');
const {checkBytes, checkDimension, checkLogLevel, checkOptions} = require('./check');
const {getAvailableMemory} = require('./memory/get-available-memory');

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

module.exports = {hasEnoughMemoryForParallelEncoding, shouldUseParallelEncoding};
