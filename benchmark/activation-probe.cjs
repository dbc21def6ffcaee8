'use strict';

// Preloaded before all else: what this process has taken when it ends. Written to the file in
// HEADROOM_PROBE as {loaded, ended}: milliseconds since its start, of the clock and of the CPU
// (all threads), and bytes. `loaded` is when whoever loads Remotion calls headroomLoaded().

const fs = require('node:fs');
const v8 = require('node:v8');
const {isMainThread} = require('node:worker_threads');

const file = process.env.HEADROOM_PROBE;

function figures() {
	const {user, system} = process.cpuUsage();
	return {
		wall: performance.now(),
		cpu: (user + system) / 1000,
		rss: process.memoryUsage.rss(),
		heap: v8.getHeapStatistics().used_heap_size,
	};
}

// Node's loader thread preloads it too. What the process starts measures nothing.
if (isMainThread && file !== undefined) {
	delete process.env.HEADROOM_PROBE;
	let loaded = null;
	let peakHeap = 0;
	globalThis.headroomLoaded = () => {
		loaded = figures();
	};
	setInterval(() => {
		peakHeap = Math.max(peakHeap, v8.getHeapStatistics().used_heap_size);
	}, 5).unref();
	process.on('exit', () => {
		const ended = figures();
		const peakRss = process.resourceUsage().maxRSS * 1024;
		// What lives, garbage aside.
		global.gc();
		const kept = v8.getHeapStatistics().used_heap_size;
		fs.writeFileSync(file, JSON.stringify({loaded, ended: {...ended, kept, peakRss, peakHeap}}));
	});
}
