'use strict';

// What to do about a recording, in the words of the plan and of the
// explanations, which are tables of the core's.

const {native} = require('../native');
const {FORWARDS} = require('../governor/places');
const {DEFAULT_THREADS, countCpus, planRender} = require('../plan');
const {called, largest, percent, shareOf} = require('./verdict');

const MIB = 2 ** 20;
/** From this share of a limit on there is something to advise. */
const TIGHT = 0.85;
/** More videos at once, or larger frames (16K in 8 bytes a pixel), are no render. */
const MOST_VIDEOS = 1000;
const MOST_BYTES = 2 ** 30;
/** Where a recording does not tell the size of its frames. */
const ASSUMED = {width: 1920, height: 1080};

const positive = (value) => (Number.isFinite(value) && value > 0 ? value : undefined);

/**
 * The same with a cache that is large enough for the videos that were rendered: their
 * frames may be larger than the composition's.
 */
function withRoomFor(plan, options, {videos, videoFrameBytes}) {
	const onEach = Math.ceil(videos / DEFAULT_THREADS);
	const least = DEFAULT_THREADS * onEach * FORWARDS * videoFrameBytes;
	return plan.options.offthreadVideoCacheSizeInBytes < least
		? planRender({...options, offthreadVideoCacheSizeInBytes: Math.ceil(least / MIB) * MIB})
		: plan;
}

/** Videos of a recording, or nothing where that can't be. */
function credibleVideos({videos, videoFrameBytes}) {
	const areCredible = positive(videos) <= MOST_VIDEOS && positive(videoFrameBytes) <= MOST_BYTES;
	return areCredible ? {videos: Math.ceil(videos), videoFrameBytes} : null;
}

function planFor({marks}, {limit}) {
	if (!(limit > 0)) {
		return null;
	}
	const phases = marks.filter(({kind}) => kind === 'phase');
	const told = Object.assign({}, ...phases.map(({figures}) => figures));
	const [width, height] = [positive(told.width), positive(told.height)];
	const known = width !== undefined && height !== undefined;
	const seen = credibleVideos(told);
	const options = {
		// Another machine than this one, perhaps.
		memory: limit,
		cpus: positive(told.cpus) ?? countCpus(),
		width: known ? width : ASSUMED.width,
		height: known ? height : ASSUMED.height,
		...(seen && {mediaSources: seen.videos}),
	};
	const planned = planRender(options);
	const plan = seen === null ? planned : withRoomFor(planned, options, seen);
	return {
		size: known ? `${width}x${height}` : null,
		options: plan.options,
		reasons: plan.reasons.map((text, i) => ({code: plan.reasonCodes[i], text})),
	};
}

/** The core's explanation of a failure that reads `message`. */
function explain(message, kills) {
	const [{code, severity, detail, url}] = native.explainFailure(
		message,
		'',
		'',
		kills,
		false,
		false,
	);
	return {code, severity, text: detail, url: url ?? null};
}

/** `{advice, plan}`; the plan is null where there is no need for one. */
function advise(recording, {kills, tightest}) {
	const advice = [];
	const share = shareOf(tightest);
	const tight = share !== null && share >= TIGHT;
	if (kills.length > 0) {
		const victims = kills.map(({process}) => (process === null ? 'a process' : called(process)));
		const title = `The kernel killed ${[...new Set(victims)].join(' and ')}.`;
		advice.push({...explain('was killed with SIGKILL', kills.length), title});
	}
	const fullest = largest(
		recording.v8.filter(({used, limit}) => used !== null && limit > 0),
		({used, limit}) => used / limit,
	);
	if (fullest !== null && fullest.used / fullest.limit >= TIGHT) {
		const filled = percent(fullest.used / fullest.limit);
		const title = `V8's heap was filled to ${filled} of its limit.`;
		advice.push({...explain('Reached heap limit', 0), severity: 'warn', title});
	}
	return {advice, plan: kills.length > 0 || tight ? planFor(recording, tightest) : null};
}

module.exports = {advise};
