'use strict';

// Chooses the options of a render that decide how much memory it takes. The
// rule and its reasons are in Rust; here are arguments.

const {execFileSync} = require('node:child_process');
const os = require('node:os');
const {native} = require('./native');
const {checkOptions, checkString, fail, isRevoked} = require('./check');
const {checkMediaCacheSize} = require('./max-cache-size');
const {measureMemory} = require('./measure-memory');
const {canUseParallelEncoding, isPartitioned} = require('./can-use-parallel-encoding');

const {ParallelEncoding, Sequential} = native;
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
	if (isGiven(codec)) {
		checkString(codec, 'codec');
	}
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
	const {disallowParallelEncoding} = options;
	if (isGiven(disallowParallelEncoding) && typeof disallowParallelEncoding !== 'boolean') {
		fail('disallowParallelEncoding', 'a boolean', disallowParallelEncoding);
	}
}

/** Why encoding must not run beside rendering; undefined where it may. */
function whySequential(codec, disallowed) {
	if (disallowed === true) {
		return Sequential.Asked;
	}
	if (canUseParallelEncoding(codec)) {
		return undefined;
	}
	return isPartitioned() ? Sequential.Partitions : Sequential.Codec;
}

/** How the rule is to treat encoding beside rendering. */
function parallelEncodingWish(sequential, disallowed) {
	if (sequential !== undefined) {
		return ParallelEncoding.Never;
	}
	return disallowed === false ? ParallelEncoding.Always : ParallelEncoding.IfItFits;
}

function planRender(options) {
	checkPlanOptions(options);
	const {width, height, durationInFrames} = options;
	const codec = options.codec ?? 'h264';
	const {disallowParallelEncoding} = options;
	const memory = readMemory(options.memory ?? measureMemory({logLevel: 'warn'}));
	const {available, limitedBy} = memory;
	const cpus = resolveCpus(options.cpus, memory.cpus);
	const sequential = whySequential(codec, disallowParallelEncoding);
	const stockTabs = Math.round(Math.min(8, Math.max(1, cpus.usable / 2)));
	const givenTabs = isGiven(options.concurrency);
	const wantedTabs = givenTabs ? resolveConcurrency(options.concurrency, cpus.count) : stockTabs;
	const plan = native.planRender({
		available,
		cpus: cpus.count,
		width,
		height,
		hevc: codec === 'h265',
		codec,
		// More tabs than frames would have nothing to do.
		tabs: givenTabs ? wantedTabs : Math.min(wantedTabs, Math.ceil(durationInFrames ?? wantedTabs)),
		keepTabs: givenTabs,
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
		fits: plan.fits,
		availableBytes: available,
		budgetBytes: plan.budget,
		expectedPeakBytes: plan.expectedPeak,
		reasons: plan.reasons.map(({text}) => text),
		reasonCodes: plan.reasons.map(({code}) => code),
	};
}

module.exports = {countCpus, planRender};
