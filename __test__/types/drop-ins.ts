// Compiled, never run: each drop-in can stand where its original stands, and
// the other way round where ours is not wider on purpose.

import * as ours from '../../index.js';

type Dist = {
	cgroup: typeof import('../../node_modules/@remotion/renderer/dist/memory/from-docker-cgroup.js');
	lambda: typeof import('../../node_modules/@remotion/renderer/dist/memory/from-lambda-env.js');
	meminfo: typeof import('../../node_modules/@remotion/renderer/dist/memory/from-proc-meminfo.js');
	memory: typeof import('../../node_modules/@remotion/renderer/dist/memory/get-available-memory.js');
	parallel: typeof import('../../node_modules/@remotion/renderer/dist/prestitcher-memory-usage.js');
	codec: typeof import('../../node_modules/@remotion/renderer/dist/can-use-parallel-encoding.js');
	compress: typeof import('../../node_modules/@remotion/renderer/dist/compress-assets.js');
	uncompress: typeof import('../../node_modules/@remotion/renderer/dist/assets/types.js');
	explain: typeof import('../../node_modules/@remotion/renderer/dist/print-useful-error-message.js');
};

type Ours = typeof ours;

/** Accepts only a `From` that can be used as a `To`. */
type Assignable<From extends To, To> = [From, To];

export type OursForTheirs = [
	Assignable<Ours['getAvailableMemory'], Dist['memory']['getAvailableMemory']>,
	Assignable<Ours['getAvailableMemoryFromCgroup'], Dist['cgroup']['getAvailableMemoryFromCgroup']>,
	Assignable<Ours['getFreeMemoryFromProcMeminfo'], Dist['meminfo']['getFreeMemoryFromProcMeminfo']>,
	// Renamed in newer sources.
	Assignable<
		Ours['getAvailableMemoryFromProcMeminfo'],
		Dist['meminfo']['getFreeMemoryFromProcMeminfo']
	>,
	Assignable<Ours['getMaxLambdaMemory'], Dist['lambda']['getMaxLambdaMemory']>,
	Assignable<Ours['shouldUseParallelEncoding'], Dist['parallel']['shouldUseParallelEncoding']>,
	Assignable<
		Ours['hasEnoughMemoryForParallelEncoding'],
		Dist['parallel']['hasEnoughMemoryForParallelEncoding']
	>,
	Assignable<Ours['canUseParallelEncoding'], Dist['codec']['canUseParallelEncoding']>,
	Assignable<Ours['compressAsset'], Dist['compress']['compressAsset']>,
	Assignable<Ours['isAssetCompressed'], Dist['compress']['isAssetCompressed']>,
	Assignable<Ours['uncompressMediaAsset'], Dist['uncompress']['uncompressMediaAsset']>,
	Assignable<Ours['printUsefulErrorMessage'], Dist['explain']['printUsefulErrorMessage']>,
];

/** What is planned can be spread into Remotion's options. */
export type PlannedForRemotion = Assignable<
	ours.PlannedOptions,
	Partial<import('@remotion/renderer').RenderMediaOptions>
>;
export const fromComposition = (
	composition: import('remotion').VideoConfig,
	report: ours.MemoryReport,
): ours.RenderPlan => ours.planRender({...composition, codec: 'h264', memory: report});
export const bytes: Buffer | undefined = new ours.MediaCache().get('key');

type Asset = Parameters<Dist['compress']['compressAsset']>[1];
/** The Map form of newer sources: the first asset by `src`. */
export const byMap = (map: Map<string, Asset>, asset: Asset): Asset[] => [
	ours.compressAsset(map, asset),
	ours.uncompressMediaAsset(map, asset),
];

// Not here: canUseParallelEncoding, compressAsset and uncompressMediaAsset,
// which take any string and assets of any Remotion version.
export type TheirsForOurs = [
	Assignable<Dist['memory']['getAvailableMemory'], Ours['getAvailableMemory']>,
	Assignable<Dist['cgroup']['getAvailableMemoryFromCgroup'], Ours['getAvailableMemoryFromCgroup']>,
	Assignable<Dist['meminfo']['getFreeMemoryFromProcMeminfo'], Ours['getFreeMemoryFromProcMeminfo']>,
	Assignable<Dist['lambda']['getMaxLambdaMemory'], Ours['getMaxLambdaMemory']>,
	Assignable<Dist['parallel']['shouldUseParallelEncoding'], Ours['shouldUseParallelEncoding']>,
	Assignable<
		Dist['parallel']['hasEnoughMemoryForParallelEncoding'],
		Ours['hasEnoughMemoryForParallelEncoding']
	>,
	Assignable<Dist['compress']['isAssetCompressed'], Ours['isAssetCompressed']>,
];

// The check itself: a wrong type must not pass.
// @ts-expect-error a string is no log level
ours.getAvailableMemory('loud');
// @ts-expect-error sizes are numbers
ours.shouldUseParallelEncoding({width: '1', height: 1, logLevel: 'info'});
