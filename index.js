'use strict';

// Every export is a plain name in one object literal: that is how Node finds
// the names that ESM importers may use.
const {
	getAvailableMemory,
	getAvailableMemoryFromCgroup,
	getAvailableMemoryFromProcMeminfo,
	getFreeMemoryFromProcMeminfo,
	getMaxLambdaMemory,
} = require('./lib/memory');
const {
	canUseParallelEncoding,
	hasEnoughMemoryForParallelEncoding,
	shouldUseParallelEncoding,
} = require('./lib/parallel-encoding');
const {compressAsset} = require('./lib/assets/compress');
const {isAssetCompressed, uncompressMediaAsset} = require('./lib/assets/reference');
const {getAssetStoreStats} = require('./lib/assets/store');
const {explainRenderError, printUsefulErrorMessage} = require('./lib/diagnostics');
const {getMaxVideoCacheSize} = require('./lib/max-cache-size');
const {measureMemory} = require('./lib/measure');
const {MediaCache} = require('./lib/media-cache');
const {planRender} = require('./lib/plan');
const {register, unregister} = require('./lib/register');

module.exports = {
	getAvailableMemory,
	getAvailableMemoryFromCgroup,
	getAvailableMemoryFromProcMeminfo,
	getFreeMemoryFromProcMeminfo,
	getMaxLambdaMemory,
	shouldUseParallelEncoding,
	hasEnoughMemoryForParallelEncoding,
	canUseParallelEncoding,
	compressAsset,
	isAssetCompressed,
	uncompressMediaAsset,
	getAssetStoreStats,
	measureMemory,
	planRender,
	getMaxVideoCacheSize,
	MediaCache,
	explainRenderError,
	printUsefulErrorMessage,
	register,
	unregister,
};
