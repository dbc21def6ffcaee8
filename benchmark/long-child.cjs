'use strict';

// Remotion's own rendering of frames, from its begin to its end, over pages that
// answer at once. argv[2]: {frames, assets, tabs, activated}; needs --expose-gc.
// Prints {cpu, start, end, digest}: milliseconds of CPU; bytes that live on V8's heap
// when the first frame begins and when the last has ended, above what lived there
// before; and what stands in the array of frames.

const {createHash} = require('node:crypto');
const path = require('node:path');
const v8 = require('node:v8');
const {Page, playing, urls} = require('./emulated-page.cjs');

const {frames, assets, tabs, activated} = JSON.parse(process.argv[2]);
const root = path.dirname(require.resolve('@remotion/renderer/package.json'));
const load = (file) => require(path.join(root, 'dist', file));

if (activated) {
	const {applied, skipped} = require('../lib/register').register({from: root, govern: 'off'});
	if (!applied.includes('render-frame-and-retry-target-close/in-turn')) {
		throw new Error(`not active: ${JSON.stringify(skipped)}`);
	}
}

const living = () => {
	global.gc();
	return v8.getHeapStatistics().used_heap_size;
};

let before = 0;
let start = null;
// The parts of browser and network cost nothing here.
load('seek-to-frame').seekToFrame = async ({frame, page}) => {
	start ??= living() - before;
	page.frame = frame;
};
load('set-props-and-env').setPropsAndEnv = async () => {};
load('assets/download-and-map-assets-to-file').downloadAndMapAssetsToFileUrl = async () => {};

playing(urls(assets));

const browser = {
	on() {},
	off() {},
	async pages() {
		return [];
	},
	newPage: async ({pageIndex}) => new Page({copies: true, browser, pageIndex}),
};

async function main() {
	// What activation starts, a loader thread in some versions of Node, is not counted.
	await new Promise((resolve) => setTimeout(resolve, 300));
	const {internalRenderFrames} = load('render-frames');
	const {makeDownloadMap} = load('assets/download-map');
	const options = {
		browserExecutable: null,
		cancelSignal: () => {},
		chromiumOptions: {},
		composition: {id: 'x', width: 2, height: 2, fps: 30, durationInFrames: frames, props: {}},
		concurrency: tabs,
		envVariables: {},
		everyNthFrame: 1,
		frameRange: null,
		frames: null,
		imageFormat: 'none',
		indent: false,
		jpegQuality: 80,
		muted: false,
		onArtifact: null,
		onBrowserLog: null,
		onDownload: () => {},
		onFrameBuffer: null,
		onFrameUpdate: () => {},
		onLog: () => {},
		onStart: () => {},
		outputDir: null,
		port: null,
		puppeteerInstance: browser,
		scale: 1,
		server: {
			serveUrl: 'http://localhost:3000',
			offthreadPort: 3000,
			sourceMap: () => null,
			downloadMap: makeDownloadMap(48_000),
			compositor: {pid: null},
		},
		timeoutInMilliseconds: 30_000,
		logLevel: 'error',
		webpackBundleOrServeUrl: 'http://localhost:3000',
		serializedInputPropsWithCustomSchema: '{}',
		serializedResolvedPropsWithCustomSchema: '{}',
		offthreadVideoCacheSizeInBytes: null,
		parallelEncodingEnabled: false,
		binariesDirectory: null,
		compositionStart: 0,
		forSeamlessAacConcatenation: false,
		onBrowserDownload: () => {},
		chromeMode: 'headless-shell',
		offthreadVideoThreads: null,
		imageSequencePattern: null,
		mediaCacheSizeInBytes: null,
		sampleRate: 48_000,
	};
	before = living();
	const cpuBefore = process.cpuUsage();
	const {assetsInfo} = await internalRenderFrames(options);
	const {user, system} = process.cpuUsage(cpuBefore);
	const end = living() - before;
	const hash = createHash('sha256');
	for (const frame of assetsInfo.assets) {
		hash.update(JSON.stringify(frame));
	}
	const result = {cpu: (user + system) / 1000, start, end, digest: hash.digest('hex')};
	console.log(JSON.stringify(result));
	process.exit(0);
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
