'use strict';

// What Remotion does for each frame beside the browser's work, with a page that
// answers at once. argv[2]: {frames, assets, activated}. Prints {cpu, digest}:
// milliseconds of CPU, and what stands in the array of frames afterwards.

const {createHash} = require('node:crypto');
const path = require('node:path');
const {Page, playing, urls} = require('./emulated-page.cjs');

const {frames, assets: count, activated} = JSON.parse(process.argv[2]);
const root = path.dirname(require.resolve('@remotion/renderer/package.json'));
const load = (file) => require(path.join(root, 'dist', file));

if (activated) {
	require('../lib/register').register({from: root});
}

// The parts of browser and network cost nothing here.
load('seek-to-frame').seekToFrame = async () => {};
load('take-frame').takeFrame = async () => null;
load('assets/download-and-map-assets-to-file').downloadAndMapAssetsToFileUrl = async () => {};
const {renderFrameWithOptionToReject} = load('render-frame-with-option-to-reject');

playing(urls(count));
const page = new Page();

async function main() {
	// What activation starts, a loader thread in some versions of Node, is not counted.
	await new Promise((resolve) => setTimeout(resolve, 300));
	const numbers = Array.from({length: frames}, (_, i) => i);
	const ledger = [];
	const options = {
		reject(error) {
			throw error;
		},
		width: 1,
		height: 1,
		compId: 'none',
		attempt: 1,
		stoppedSignal: {stopped: false},
		indent: false,
		logLevel: 'error',
		timeoutInMilliseconds: 30_000,
		outputDir: null,
		onFrameBuffer: null,
		imageFormat: 'none',
		onError(error) {
			throw error;
		},
		lastFrame: frames - 1,
		frameDir: '',
		scale: 1,
		countType: 'from-zero',
		assets: ledger,
		framesToRender: numbers,
		onArtifact: null,
		onDownload: null,
		downloadMap: {},
		framesRenderedObj: {count: 0},
		page,
		fps: 30,
		trimLeftOffset: 0,
		trimRightOffset: 0,
		allFramesAndExtraFrames: numbers,
	};
	const before = process.cpuUsage();
	for (let frame = 0; frame < frames; frame++) {
		page.frame = frame;
		options.frame = frame;
		await renderFrameWithOptionToReject(options);
	}
	const {user, system} = process.cpuUsage(before);
	const digest = createHash('sha256').update(JSON.stringify(ledger)).digest('hex');
	console.log(JSON.stringify({cpu: (user + system) / 1000, digest}));
}

main();
