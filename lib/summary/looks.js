'use strict';

// Looks at memory from a render's begin to its end: the governor's own begin with
// the tabs, and end with them. And V8's heap.

const v8 = require('node:v8');
const {native} = require('../native');
const {LOOKS_FROM_THREAD, variables} = require('../governor/governor');
const {underWay} = require('./current');

/**
 * Milliseconds between looks at the heap, beside one at each frame. A look takes some
 * microseconds, but waking Node for it 0.2 ms: 1 % of a core at every 20 ms.
 */
const HEAP_EVERY = 100;

let looker = null;
let timer = null;
let heapTimer = null;

function look() {
	looker ??= new native.Governor();
	looker.look(...variables());
}

/** Looks as often as a governor does, from a thread where that works. */
function watch() {
	look();
	if (LOOKS_FROM_THREAD) {
		looker.watch(() => {}, ...variables());
		return;
	}
	timer ??= setTimeout(() => {
		timer = null;
		if (underWay.size > 0) {
			watch();
		}
	}, looker.view().nextLook);
	timer.unref();
}

function noteHeap() {
	const {used_heap_size: bytes} = v8.getHeapStatistics();
	for (const figures of underWay) {
		figures.peakHeapBytes = Math.max(figures.peakHeapBytes, bytes);
	}
}

function start() {
	watch();
	noteHeap();
	heapTimer ??= setInterval(noteHeap, HEAP_EVERY).unref();
}

/** The last render ends. */
function stop() {
	if (LOOKS_FROM_THREAD) {
		looker?.unwatch();
	}
	clearTimeout(timer);
	clearInterval(heapTimer);
	timer = null;
	heapTimer = null;
}

/** The kernel's own mark, which nobody resets; null where it has none. */
const highWater = () => native.highWater(...variables()) ?? null;

/** Looks of the last minutes, the oldest first. */
function getMemoryTimeline() {
	return native.memoryTimeline().map(({at, available, limit, used, limitHits, oomKills}) => ({
		at,
		availableBytes: available,
		limitBytes: limit,
		usedBytes: used,
		limitHits,
		oomKills,
	}));
}

module.exports = {getMemoryTimeline, highWater, look, noteHeap, start, stop};
