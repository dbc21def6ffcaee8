'use strict';

// Stands for `compositor/compositor`: the process that extracts the frames of
// <OffthreadVideo>.
//
// Its cache: where the user gave no size, it takes half of what the *machine* has
// left, whatever the container allows. It gets the same share of what is really
// available. Its allocator: glibc keeps freed frames for itself (972 MiB after all
// were freed: 879), unless large blocks are mappings of their own (877: 104). That
// costs 12 ms a frame, so only where memory is short when it starts.

const childProcess = require('node:child_process');
const {native} = require('../native');
const {measureMemory} = require('../measure-memory');
const {Compositor} = require('../governor/compositor');
const {governorFor} = require('../governor/governor');
const {videosOf} = require('../recording/render');
const {current, stepAside} = require('../summary/current');

const FILE = 'compositor/compositor';
const NAME = 'startCompositor';
const FRAGMENTS = [
	'executeCommand:',
	'waitForDone',
	'finishCommands',
	'pid:',
	'(0, node_child_process_1.spawn)(',
	'runningStatus',
];

const CACHE = 'maximum_frame_cache_size_in_bytes';
const THREADS = 'concurrency';

/**
 * Threads where memory is short. Those in use share the cache, and two videos on
 * one thread drive each other's frames out: once it was emptied, each frame is then
 * decoded from the last key frame, for ever (`npm run bench -- compositor`).
 */
const THREADS_WHERE_SHORT = 8;

/** Bytes: with less to begin with, the allocator is to give back what is freed. */
const SHORT = 4 * 2 ** 30;

/** mallopt(3). A frame of 720p has 2.7 MB. */
const ALLOCATOR = {MALLOC_MMAP_THRESHOLD_: '1048576', MALLOC_ARENA_MAX: '2'};

/**
 * The size that Remotion's rule gives for what the container leaves; null where that is
 * the machine's. A function's machine is its own.
 */
function cacheSize({available, limitedBy, environment}) {
	const isTheMachines = limitedBy === 'host' && environment !== 'lambda';
	return isTheMachines ? null : native.defaultMediaCacheSize(available);
}

/** Starts a process with variables that nobody has set. */
function withVariables(variables, start) {
	const added = Object.entries(variables).filter(([name]) => process.env[name] === undefined);
	for (const [name, value] of added) {
		process.env[name] = value;
	}
	try {
		return start();
	} finally {
		for (const [name] of added) {
			delete process.env[name];
		}
	}
}

/**
 * Has a killed process be replaced, not end ours: a frame that is asked for between
 * its end and the news of it is written to a closed pipe, to whose errors nobody
 * listens.
 */
function listening(start) {
	const {spawn} = childProcess;
	childProcess.spawn = (...args) => {
		const child = spawn(...args);
		child.stdin?.on('error', () => undefined);
		return child;
	};
	try {
		return start();
	} finally {
		childProcess.spawn = spawn;
	}
}

const keepsFrames = ({type, payload}) =>
	type === 'StartLongRunningProcess' && typeof payload === 'object' && CACHE in payload;

/**
 * What to start it with. A size that the user gave is theirs, and so are its
 * threads; so are those of one that nobody governs.
 */
function prepare({payload}, isGoverned) {
	const memory = measureMemory({logLevel: 'error'});
	const isShort = memory.available < SHORT;
	const cacheBytes = (payload[CACHE] ?? null) === null ? cacheSize(memory) : null;
	const mayRaise = isGoverned && isShort && cacheBytes !== null;
	const given = payload[THREADS];
	return {
		cacheBytes,
		threads: mayRaise ? Math.max(given ?? 1, THREADS_WHERE_SHORT) : given,
		variables: isShort && process.platform === 'linux' ? ALLOCATOR : {},
	};
}

module.exports = {
	listening,
	apply(copy, settings) {
		const stock = copy.function(FILE, NAME, FRAGMENTS, settings);
		copy.swap(FILE, NAME, (args) => {
			if (!keepsFrames(args)) {
				return stock(args);
			}
			const governor = governorFor(settings);
			let prepared;
			try {
				prepared = prepare(args, governor !== null);
			} catch (error) {
				stepAside('compositor', error.message);
				return stock(args);
			}
			const {cacheBytes, threads, variables} = prepared;
			const survives = governor !== null && settings.survive;
			const start = (bytes, count = threads) => {
				const size = bytes ?? args.payload[CACHE];
				const payload = {...args.payload, [CACHE]: size, [THREADS]: count};
				const run = () => stock({...args, payload});
				return withVariables(variables, () => (survives ? listening(run) : run()));
			};
			// One that was started before renders is for all of them.
			const figures = current();
			const tell = (action) => governor?.tell(args.logLevel, action, figures);
			return new Compositor(governor, start, {
				cacheBytes,
				threads: threads ?? 1,
				survives,
				tell,
				noteVideos: videosOf(),
			}).handle();
		});
	},
};
