'use strict';

// What a render would do: where Remotion decides, where it is activated, and
// where it is planned; each with the flags of Remotion's command that say the same.

const {native} = require('../native');
const {getAvailableMemory} = require('../memory/get-available-memory');
const {countCpus, planActivated, planRender, tabsFor} = require('../plan');
const {areInMemory} = require('../temporary-files');

/** Smaller sizes that are tried where a render does not fit. */
const SCALES = [0.75, 0.5, 0.25];

/** What Remotion's rule says of encoding beside the rendering of this size. */
const allows = ({width, height}, free) =>
	native.hasEnoughMemoryForParallelEncoding(free, native.estimateEncoderUsage(width, height));

/** The flags of `npx remotion render`; those that this Remotion knows. */
function flagsOf(plan, knows) {
	return [
		`--concurrency=${plan.concurrency}`,
		...(knows.mediaCache ? [`--media-cache-size-in-bytes=${plan.mediaCacheSizeInBytes}`] : []),
		`--offthreadvideo-cache-size-in-bytes=${plan.offthreadVideoCacheSizeInBytes}`,
		...(plan.parallelEncoding ? [] : ['--disallow-parallel-encoding']),
	];
}

function outcomeOf(plan, knows) {
	return {
		concurrency: plan.concurrency,
		encoding: plan.parallelEncoding ? 'while-rendering' : 'after-rendering',
		mediaCacheSizeInBytes: plan.mediaCacheSizeInBytes,
		offthreadVideoCacheSizeInBytes: plan.offthreadVideoCacheSizeInBytes,
		expectedPeakBytes: plan.expectedPeakBytes,
		fits: plan.fits,
		flags: flagsOf(plan, knows),
	};
}

/** A render whose caches and encoding were decided by what `free` and `offthread` bytes allow. */
function decided(video, memory, {free, offthread, parallel}) {
	const options = {
		...video,
		memory,
		concurrency: video.concurrency ?? tabsFor(countCpus()),
		disallowParallelEncoding: !(parallel ?? allows(video, free)),
		mediaCacheSizeInBytes: Math.floor(native.defaultMediaCacheSize(free)),
		offthreadVideoCacheSizeInBytes: Math.floor(native.defaultMediaCacheSize(offthread)),
	};
	return planActivated(options, {allows: true, decides: false});
}

/** The scale at which a render would fit; undefined where none of ours does. */
const fittingScale = (video, memory) =>
	SCALES.find((scale) => planRender({...video, memory, scale}).fits);

/**
 * The outcomes of a render of `video` in this `memory`.
 *
 * @param {(part: string) => boolean} takes whether activation would replace that
 */
function outcomesOf(video, memory, {takes, knows}) {
	const plan = planRender({...video, memory});
	const stock = {free: getAvailableMemory('error'), offthread: memory.host.available};
	const measured = {
		free: takes('get-available-memory') ? memory.available : stock.free,
		offthread: takes('compositor') ? memory.available : stock.offthread,
		// An activated render does not let frames wait in memory.
		parallel:
			takes('prestitcher-memory-usage') && areInMemory() ? plan.parallelEncoding : undefined,
	};
	const outcomes = {
		byItself: outcomeOf(decided(video, memory, stock), knows),
		activated: outcomeOf(decided(video, memory, measured), knows),
		planned: outcomeOf(plan, knows),
	};
	return plan.fits ? {plan, outcomes} : {plan, outcomes, fittingScale: fittingScale(video, memory)};
}

module.exports = {outcomesOf};
