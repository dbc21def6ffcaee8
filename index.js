// Each name is written out so that Node offers it to ESM importers too.
const {measureMemory} = require('./lib/measure');
const memory = require('./lib/memory');
const parallelEncoding = require('./lib/parallel-encoding');
const {compressAsset} = require('./lib/assets/compress');
const references = require('./lib/assets/reference');
const {getAssetStoreStats} = require('./lib/assets/store');
const {register, unregister} = require('./lib/register');

module.exports = {
	getAvailableMemory: memory.getAvailableMemory,
	getAvailableMemoryFromCgroup: memory.getAvailableMemoryFromCgroup,
	getFreeMemoryFromProcMeminfo: memory.getFreeMemoryFromProcMeminfo,
	getMaxLambdaMemory: memory.getMaxLambdaMemory,
	shouldUseParallelEncoding: parallelEncoding.shouldUseParallelEncoding,
	hasEnoughMemoryForParallelEncoding: parallelEncoding.hasEnoughMemoryForParallelEncoding,
	canUseParallelEncoding: parallelEncoding.canUseParallelEncoding,
	compressAsset,
	isAssetCompressed: references.isAssetCompressed,
	uncompressMediaAsset: references.uncompressMediaAsset,
	getAssetStoreStats,
	measureMemory,
	register,
	unregister,
};
