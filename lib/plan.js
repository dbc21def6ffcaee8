'use strict';

// Chooses the options of a render that decide how much memory it takes. The
// rule and its reasons are in Rust; here are arguments.

const {execFileSync} = require('node:child_process');
const os = require('node:os');
const {native} = require('./native');
const {checkOptions, fail, isRevoked} = require('./check');
const {checkMediaCacheSize} = require('./max-cache-size');
const {measureMemory} = require('./measure-memory');
const {canEncodeBeside, isPartitioned} = require('./can-use-parallel-encoding');
const encoding = require('./encoding');
const {areInMemory} = require('./temporary-files');

const {Image, ParallelEncoding, Sequential} = native;
const CODECS = Object.values(native.Codec);
const AUDIO = ['mp3', 'aac', 'wav'];
const IMAGES = Object.values(Image);
/** Half a minute, where the length is not known. */
const DEFAULT_FRAMES = 900;
/** A video or a sound of a source of its own in each tab. */
const DEFAULT_MEDIA_SOURCES = 1;
/** Remotion's own default. */
const DEFAULT_THREADS = 2;
const LIMITS = Object.values(native.LimitedBy);

const isGiven = (value) => value !== undefined && value !== null;

function checkPositive(value, name, what) {
	if (typeof value !== 'number' || !(value > 0) || value === Number.POSITIVE_INFINITY) {
		fail(name, `a finite ${what} above zero`, value);
	}
}

/** The CPUs Remotion counts: Node's count, or that of nproc where it is lower. */
let cpus;
function countCpus() {
	if (cpus === undefined) {
		cpus = os.availableParallelism?.() ?? os.cpus().length;
		try {
			const options = {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']};
			cpus = Math.min(cpus, Number.parseInt(execFileSync('nproc', options), 10) || cpus);
		} catch {
			// Not every system has nproc.
		}
	}
	return cpus;
}

/** Tabs for `concurrency` as a user writes it: a number or a share such as '50%'. */
function resolveConcurrency(concurrency, most) {
	let tabs = concurrency;
	if (typeof concurrency === 'string' && /^\d+(\.\d+)?%$/.test(concurrency)) {
		tabs = (Number.parseFloat(concurrency) / 100) * most;
	} else if (typeof concurrency !== 'number') {
		fail('concurrency', "a number of tabs or a share of the CPUs such as '50%'", concurrency);
	}
	tabs = Math.floor(tabs);
	if (!(tabs >= 1 && tabs <= most)) {
		throw new RangeError(
			`concurrency must come to 1 to ${most} tabs (the number of CPUs), but ${String(concurrency)} does not`,
		);
	}
	return tabs;
}

/** What is available, what limits it, and CPUs, in `memory`: a report of measureMemory(), or a number. */
function readMemory(memory) {
	const isReport = typeof memory === 'object' && memory !== null && !isRevoked(memory);
	const {available, limitedBy, cpus} = isReport ? memory : {available: memory};
	if (typeof available !== 'number' || !(available >= 0)) {
		fail('memory', 'a report of measureMemory() or a number of bytes', memory);
	}
	if (isGiven(limitedBy) && !LIMITS.includes(limitedBy)) {
		fail('memory.limitedBy', `one of ${LIMITS.join(', ')}`, limitedBy);
	}
	if (isGiven(cpus)) {
		checkPositive(cpus, 'memory.cpus', 'number of CPUs');
	}
	return {available, limitedBy: limitedBy ?? undefined, cpus: cpus ?? undefined};
}

/**
 * CPUs to plan with: `usable` time for tabs, which may be no whole number, and as
 * many as Remotion and the encoder `count`, who know of no quota. Where they were
 * given, this machine is not looked at.
 */
function resolveCpus(given, ofReport) {
	if (isGiven(given)) {
		return {usable: given, count: Math.max(1, Math.floor(given))};
	}
	const count = countCpus();
	return {usable: Math.min(count, ofReport ?? measureMemory({logLevel: 'error'}).cpus), count};
}

function checkOneOf(value, name, known) {
	if (isGiven(value) && !known.includes(value)) {
		fail(name, `one of ${known.join(', ')}`, value);
	}
}

function checkCount(value, name, least) {
	if (isGiven(value) && !(Number.isSafeInteger(value) && value >= least)) {
		fail(name, `a whole number from ${least} on`, value);
	}
}

function checkBoolean(value, name) {
	if (isGiven(value) && typeof value !== 'boolean') {
		fail(name, 'a boolean', value);
	}
}

function checkPlanOptions(options) {
	checkOptions(options, 'planRender');
	const {width, height, fps, durationInFrames, codec, offthreadVideoCacheSizeInBytes} = options;
	checkPositive(width, 'width', 'number of pixels');
	checkPositive(height, 'height', 'number of pixels');
	if (isGiven(fps)) {
		checkPositive(fps, 'fps', 'number of frames a second');
	}
	if (isGiven(durationInFrames)) {
		checkPositive(durationInFrames, 'durationInFrames', 'number of frames');
	}
	checkOneOf(codec, 'codec', CODECS);
	checkOneOf(options.imageFormat, 'imageFormat', IMAGES);
	if (isGiven(options.scale)) {
		checkPositive(options.scale, 'scale', 'factor');
	}
	checkCount(options.mediaSources, 'mediaSources', 0);
	checkCount(options.offthreadVideoThreads, 'offthreadVideoThreads', 1);
	if (isGiven(options.cpus)) {
		checkPositive(options.cpus, 'cpus', 'number of CPUs');
	}
	if (isGiven(options.mediaCacheSizeInBytes)) {
		checkMediaCacheSize(options.mediaCacheSizeInBytes);
	}
	if (
		isGiven(offthreadVideoCacheSizeInBytes) &&
		!(Number.isSafeInteger(offthreadVideoCacheSizeInBytes) && offthreadVideoCacheSizeInBytes > 0)
	) {
		fail(
			'offthreadVideoCacheSizeInBytes',
			'a whole number of bytes above zero',
			offthreadVideoCacheSizeInBytes,
		);
	}
	checkBoolean(options.disallowParallelEncoding, 'disallowParallelEncoding');
	checkBoolean(options.framesInMemory, 'framesInMemory');
}

/** Why encoding must not run beside rendering; undefined where it may. */
function whySequential(codec, disallowed, isElsewhere) {
	if (disallowed === true) {
		return Sequential.Asked;
	}
	if (!canEncodeBeside(codec)) {
		return Sequential.Codec;
	}
	return !isElsewhere && isPartitioned() ? Sequential.Partitions : undefined;
}

/** How the rule is to treat encoding beside rendering. */
function parallelEncodingWish(sequential, disallowed) {
	if (sequential !== undefined) {
		return ParallelEncoding.Never;
	}
	return disallowed === false ? ParallelEncoding.Always : ParallelEncoding.IfItFits;
}

/** Half of the CPUs, 1 to 8, as Remotion has it; and no more than there are frames. */
const tabsFor = (cpus, frames) =>
	Math.min(Math.round(Math.min(8, Math.max(1, cpus / 2))), Math.ceil(frames ?? 8));

/** Tabs at most, whether there have to be that many, and the quota where that decided. */
function resolveTabs({concurrency, durationInFrames}, {usable, count}) {
	if (isGiven(concurrency)) {
		return {tabs: resolveConcurrency(concurrency, count), keepTabs: true};
	}
	const tabs = tabsFor(usable, durationInFrames);
	const tabsWithoutQuota = tabsFor(count, durationInFrames);
	return tabs < tabsWithoutQuota
		? {tabs, keepTabs: false, quotaCpus: usable, tabsWithoutQuota}
		: {tabs, keepTabs: false};
}

/**
 * The plan for `options`, checked. What an activated render knows beside them is in
 * `render`: what Remotion's rule `allows`, and whether it `decides` by the plan.
 */
function planFor(options, {allows, decides}) {
	const {width, height, durationInFrames, disallowParallelEncoding} = options;
	const codec = options.codec ?? 'h264';
	const isElsewhere = isGiven(options.memory) && isGiven(options.cpus);
	const memory = readMemory(options.memory ?? measureMemory({logLevel: 'warn'}));
	const {available, limitedBy} = memory;
	const cpus = resolveCpus(options.cpus, memory.cpus);
	const sequential = whySequential(codec, disallowParallelEncoding, isElsewhere);
	const inMemory = options.framesInMemory ?? (!isElsewhere && areInMemory());
	const plan = native.planRender({
		available,
		cpus: cpus.count,
		width,
		height,
		scale: options.scale ?? 1,
		codec,
		framesInMemory: inMemory ? Math.ceil(durationInFrames ?? DEFAULT_FRAMES) : 0,
		image: AUDIO.includes(codec) ? Image.None : (options.imageFormat ?? Image.Jpeg),
		mediaSources: options.mediaSources ?? DEFAULT_MEDIA_SOURCES,
		offthreadThreads: options.offthreadVideoThreads ?? DEFAULT_THREADS,
		remotionAllows: allows,
		decides: decides && !isElsewhere,
		...resolveTabs(options, cpus),
		parallelEncoding: parallelEncodingWish(sequential, disallowParallelEncoding),
		sequential,
		limitedBy,
		mediaCache: options.mediaCacheSizeInBytes ?? undefined,
		offthreadVideoCache: options.offthreadVideoCacheSizeInBytes ?? undefined,
	});
	const chosen = {
		disallowParallelEncoding: disallowParallelEncoding ?? !plan.parallelEncoding,
		concurrency: plan.tabs,
		mediaCacheSizeInBytes: plan.mediaCache,
		offthreadVideoCacheSizeInBytes: plan.offthreadVideoCache,
	};
	return {
		...chosen,
		options: chosen,
		parallelEncoding: plan.parallelEncoding,
		fits: plan.fits,
		availableBytes: available,
		budgetBytes: plan.budget,
		expectedPeakBytes: plan.expectedPeak,
		reasons: plan.reasons.map(({text}) => text),
		reasonCodes: plan.reasons.map(({code}) => code),
	};
}

/** The plan of a render that we know more of; see planFor(). */
function planActivated(options, render) {
	checkPlanOptions(options);
	return planFor(options, render);
}

function planRender(options) {
	checkPlanOptions(options);
	return planFor(options, {decides: encoding.isDecided()});
}

module.exports = {CODECS, DEFAULT_THREADS, countCpus, planActivated, planRender, tabsFor};
