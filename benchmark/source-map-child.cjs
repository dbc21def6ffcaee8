'use strict';

// What a render prepares before its first frame, for a bundle with a large source map.
// argv[2]: {folder, activated, positions}; needs --expose-gc. Prints {heap, rss, cpu}, bytes
// that were added and milliseconds; what the map says of the positions, which are asked for
// after that; and the bytes then.

const path = require('node:path');
const v8 = require('node:v8');

const {folder, activated, positions} = JSON.parse(process.argv[2]);
const root = path.dirname(require.resolve('@remotion/renderer/package.json'));
if (activated) {
	const {applied} = require('../lib/register').register({from: root});
	if (!applied.includes('symbolicate-stacktrace')) {
		throw new Error('not active');
	}
}
const {RenderInternals} = require('@remotion/renderer');

const rss = () => process.memoryUsage().rss;
const heap = () => v8.getHeapStatistics().used_heap_size;

async function main() {
	await new Promise((resolve) => setTimeout(resolve, 300));
	global.gc();
	const [before, cpuBefore] = [{heap: heap(), rss: rss()}, process.cpuUsage()];
	const server = await RenderInternals.prepareServer({
		webpackConfigOrServeUrl: folder,
		port: null,
		remotionRoot: root,
		offthreadVideoThreads: 1,
		logLevel: 'error',
		indent: false,
		offthreadVideoCacheSizeInBytes: null,
		binariesDirectory: null,
		forceIPv4: false,
		sampleRate: 48_000,
	});
	// Stock code loads it beside the rest; we do when it is asked for.
	do {
		await new Promise((resolve) => setTimeout(resolve, 100));
	} while (!activated && server.sourceMap() === null);
	const {user, system} = process.cpuUsage(cpuBefore);
	global.gc();
	const figures = {
		heap: heap() - before.heap,
		rss: rss() - before.rss,
		cpu: (user + system) / 1000,
	};
	const answers = positions.map((position) => server.sourceMap().originalPositionFor(position));
	global.gc();
	const used = {heapUsed: heap() - before.heap, rssUsed: rss() - before.rss};
	console.log(JSON.stringify({...figures, ...used, answers}));
	process.exit(0);
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
