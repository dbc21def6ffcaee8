'use strict';

require('./lib/bundled/entry').failInBundle(module);

// Every export is a plain name in one object literal: that is how Node finds
// the names that ESM importers may use.
const {compressAsset, isAssetCompressed} = require('./lib/assets/compress-assets');
const {getAssetStoreStats} = require('./lib/assets/store');
const {uncompressMediaAsset} = require('./lib/assets/types');
const {canUseParallelEncoding} = require('./lib/can-use-parallel-encoding');
const {explainRenderError} = require('./lib/explain-render-error');
const {onGovernorAction} = require('./lib/governor/actions');
const {getMaxVideoCacheSize} = require('./lib/max-cache-size');
const {measureMemory} = require('./lib/measure-memory');
const {MediaCache} = require('./lib/media-cache');
const {getAvailableMemoryFromCgroup} = require('./lib/memory/from-docker-cgroup');
const {getMaxLambdaMemory} = require('./lib/memory/from-lambda-env');
const {
	getAvailableMemoryFromProcMeminfo,
	getFreeMemoryFromProcMeminfo,
} = require('./lib/memory/from-proc-meminfo');
const {getAvailableMemory} = require('./lib/memory/get-available-memory');
const {planRender} = require('./lib/plan');
const {
	hasEnoughMemoryForParallelEncoding,
	shouldUseParallelEncoding,
} = require('./lib/prestitcher-memory-usage');
const {printUsefulErrorMessage} = require('./lib/print-useful-error-message');
const {register, unregister} = require('./lib/register');
const {getMemoryTimeline} = require('./lib/summary/looks');
const {metrics} = require('./lib/summary/metrics');
const {getRenderSummaries, onRenderEnd} = require('./lib/summary/renders');

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
	onGovernorAction,
	onRenderEnd,
	getRenderSummaries,
	getMemoryTimeline,
	metrics,
};
