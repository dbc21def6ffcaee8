'use strict';

// Chooses the options of a render that decide how much memory it takes. The
// rule is in Rust; here are arguments, and reasons in words.

const {execFileSync} = require('node:child_process');
const os = require('node:os');
const {native} = require('./native');
const {checkOptions, checkString, fail, isRevoked} = require('./check');
const {checkMediaCacheSize} = require('./max-cache-size');
const {measureMemory} = require('./measure');
const {canUseParallelEncoding} = require('./parallel-encoding');

const SOURCES = {
	host: 'the memory of this machine',
	cgroup: 'the memory limit of this container',
	lambda: 'the memory of this Lambda function',
	override: 'REMOTION_HEADROOM_MEMORY_LIMIT',
};

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
function resolveConcurrency(concurrency) {
	const most = countCpus();
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

/** The number of bytes in `memory`: a report of measureMemory(), or a plain number. */
function availableIn(memory) {
	const isReport = typeof memory === 'object' && memory !== null && !isRevoked(memory);
	const available = isReport ? memory.available : memory;
	if (typeof available !== 'number' || !(available >= 0)) {
		fail('memory', 'a report of measureMemory() or a number of bytes', memory);
	}
	return available;
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

/** How the rule is to treat encoding beside rendering. */
function parallelEncodingWish(capable, disallowed) {
	if (!capable || disallowed === true) {
		return 'never';
	}
	return disallowed === false ? 'always' : 'ifItFits';
}

function planRender(options) {
	checkPlanOptions(options);
	const {width, height, durationInFrames} = options;
	const codec = options.codec ?? 'h264';
	const memory = options.memory ?? measureMemory({logLevel: 'error'});
	const available = availableIn(memory);
	const capable = canUseParallelEncoding(codec);
	const stockTabs = Math.round(Math.min(8, Math.max(1, countCpus() / 2)));
	const givenTabs = isGiven(options.concurrency);
	const wantedTabs = givenTabs ? resolveConcurrency(options.concurrency) : stockTabs;
	const plan = native.planRender({
		available,
		cpus: countCpus(),
		width,
		height,
		hevc: codec === 'h265',
		// More tabs than frames would have nothing to do.
		tabs: givenTabs ? wantedTabs : Math.min(wantedTabs, Math.ceil(durationInFrames ?? wantedTabs)),
		keepTabs: givenTabs,
		parallelEncoding: parallelEncodingWish(capable, options.disallowParallelEncoding),
		mediaCache: options.mediaCacheSizeInBytes ?? undefined,
		offthreadVideoCache: options.offthreadVideoCacheSizeInBytes ?? undefined,
	});
	const chosen = {
		disallowParallelEncoding: isGiven(options.disallowParallelEncoding)
			? options.disallowParallelEncoding
			: !plan.parallelEncoding,
		concurrency: plan.tabs,
		mediaCacheSizeInBytes: plan.mediaCache,
		offthreadVideoCacheSizeInBytes: plan.offthreadVideoCache,
	};
	const context = {options, memory, codec, capable, wantedTabs, givenTabs};
	return {
		...chosen,
		options: chosen,
		fits: plan.fits,
		availableBytes: available,
		budgetBytes: plan.budget,
		expectedPeakBytes: plan.expectedPeak,
		reasons: reasonsFor(plan, context),
	};
}

const mib = (bytes) => `${Math.round(bytes / 1024 / 1024).toLocaleString('en-US')} MiB`;
const count = (number, thing) => `${number} ${thing}${number === 1 ? '' : 's'}`;

/** The plan in words, one sentence or two for each decision. */
function reasonsFor(plan, {options, memory, codec, capable, wantedTabs, givenTabs}) {
	const source = SOURCES[memory.limitedBy];
	const reasons = [
		`${mib(availableIn(memory))} are available${source ? ` (limited by ${source})` : ''}; ` +
			`planned with ${mib(plan.budget)}, the rest is a margin.`,
	];
	if (plan.parallelEncoding) {
		reasons.push(
			`Encoding runs while rendering: the encoder's ${mib(plan.encoder)} fit beside the browser.`,
		);
	} else if (options.disallowParallelEncoding === true) {
		reasons.push('Encoding follows rendering, as you asked.');
	} else if (!capable) {
		reasons.push(
			process.env.REMOTION_PARTITIONED_RENDERING === 'true'
				? 'Encoding follows rendering: Remotion renders in partitions here.'
				: `Encoding follows rendering: Remotion can't do both at once with ${codec}.`,
		);
	} else {
		reasons.push(
			`Encoding follows rendering: the encoder's ${mib(plan.encoder)} do not fit beside the browser.`,
		);
	}
	const each = `${mib(plan.tab)} each, beside ${mib(plan.base)} for the browser and Node`;
	if (givenTabs) {
		reasons.push(`${count(plan.tabs, 'tab')}, as you asked: ${each}.`);
	} else if (plan.tabs < wantedTabs && plan.tabs < (options.durationInFrames ?? wantedTabs)) {
		reasons.push(`${count(plan.tabs, 'tab')} instead of ${wantedTabs}, to fit: ${each}.`);
	} else {
		reasons.push(`${count(plan.tabs, 'tab')}: ${each}.`);
	}
	reasons.push(
		isGiven(options.mediaCacheSizeInBytes)
			? `Every tab may fill a media cache of ${mib(plan.mediaCache)}, as you asked.`
			: `Every tab may fill a media cache of its own, so each gets ${mib(plan.mediaCache)}.`,
		isGiven(options.offthreadVideoCacheSizeInBytes)
			? `<OffthreadVideo> keeps frames up to ${mib(plan.offthreadVideoCache)}, as you asked.`
			: `<OffthreadVideo> keeps frames up to ${mib(plan.offthreadVideoCache)}: by itself it would ` +
					'go by the memory of the machine and not of the container.',
	);
	if (!plan.fits) {
		reasons.push(
			`This does not fit: about ${mib(plan.expectedPeak)} are needed at the peak. It may still ` +
				'work if the composition uses little media; more memory, a smaller frame or a lower ' +
				'scale make it safe.',
		);
	}
	return reasons;
}

module.exports = {countCpus, planRender};
