'use strict';

// Renders with one copy of Remotion, stock or activated, and reports what came
// out. A process of its own, so that nothing of one run is seen by another.
//
// argv[2]: {root, activated, serveUrl, browser, renders, resultFile}

const assert = require('node:assert');
const {createHash} = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const v8 = require('node:v8');
const collectGarbage = require('./collect-garbage');

const job = JSON.parse(process.argv[2]);

/** Pairs of texts: what the tab's side says in place of what it should say. */
let lies = [];
if (job.renders.some((render) => render.lies)) {
	const tab = require('../../lib/tab/tab');
	const truth = `${tab.install}`;
	tab.install = {
		toString: () =>
			lies.reduce((text, [from, to]) => {
				assert(text.includes(from), `the tab does not say ${from}`);
				return text.replace(from, to);
			}, truth),
	};
}

const report = job.activated
	? require('../../lib/register').register({from: job.root, ...job.register})
	: null;
const actions = [];
if (job.activated) {
	require('../../lib/governor/actions').onGovernorAction((action) => actions.push(action));
}
const summaries = [];
if (job.activated) {
	require('../../lib/summary/renders').onRenderEnd((summary) => summaries.push(summary));
}

/** What stock's tabs send of payloads, counted where it arrives. */
const arrived = {bytes: 0, payloads: new Set()};
if (job.countsPayloads) {
	const collecting = require(path.join(job.root, 'dist', 'collect-assets.js'));
	const {collectAssets} = collecting;
	collecting.collectAssets = async (...args) => {
		const assets = await collectAssets(...args);
		for (const {src} of assets) {
			if (src?.length >= 400) {
				arrived.bytes += Buffer.byteLength(src);
				arrived.payloads.add(src);
			}
		}
		return assets;
	};
}
const renderer = require(path.join(job.root, 'dist', 'index.js'));

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-activation-'));
const common = {
	serveUrl: job.serveUrl,
	...job.browser,
	logLevel: 'error',
	chromiumOptions: {},
	...job.common,
};

const digest = (data) => createHash('sha256').update(data).digest('hex');

function digestFolder(folder) {
	const names = fs.readdirSync(folder).sort();
	return digest(
		JSON.stringify(names.map((name) => [name, digest(fs.readFileSync(path.join(folder, name)))])),
	);
}

/** Readable where it is short. */
const shown = (content) =>
	typeof content === 'string' && content.length < 100 ? content : digest(content);

let files = 0;
const newPath = (ending) => path.join(scratch, `${files++}${ending}`);

const select = ({id, inputProps}, puppeteerInstance) =>
	renderer.selectComposition({...common, id, inputProps, puppeteerInstance});

/** Notes what lives on the heap when `render.heapAt` frames are done. Needs --expose-gc. */
function noteHeap({heapAt}, outcome, at) {
	outcome.heaps ??= [];
	if (heapAt !== undefined && at >= (heapAt[outcome.heaps.length] ?? Number.POSITIVE_INFINITY)) {
		global.gc();
		outcome.heaps.push({at, bytes: v8.getHeapStatistics().used_heap_size});
	}
}

/** Milliseconds until the frames of the last render were there, or a guess. */
let wholeRender = 1000;

/** How a render is made, by `kind`: returns what must be equal to stock. */
const KINDS = {
	async media(render, puppeteerInstance, outcome) {
		const outputLocation = newPath(render.ending ?? '.mp4');
		const artifacts = [];
		let ballast = null;
		await renderer.renderMedia({
			codec: 'h264',
			concurrency: 2,
			...common,
			composition: await select(render, puppeteerInstance),
			inputProps: render.inputProps,
			puppeteerInstance,
			outputLocation,
			onArtifact: ({filename, frame, content}) =>
				artifacts.push([filename, frame, typeof content, shown(content)]),
			onProgress: ({renderedFrames, renderedDoneIn}) => {
				outcome.framesIn ??= renderedDoneIn ?? undefined;
				noteHeap(render, outcome, renderedFrames);
				if (render.ballast && renderedFrames > 0 && outcome.ballast === undefined) {
					// Eight bytes each, on the heap until the render has ended.
					ballast ??= Array(render.ballast / 8).fill(1);
				}
			},
			...render.options,
		});
		outcome.ballast = ballast?.length;
		// Whoever still holds the callback does not hold it.
		ballast = null;
		outcome.bytes = fs.statSync(outputLocation).size;
		if (render.copyTo) {
			fs.copyFileSync(outputLocation, render.copyTo);
		}
		return [digest(fs.readFileSync(outputLocation)), artifacts.sort()];
	},

	/** Frames and what is kept of their assets, without a video. */
	async ledger(render, puppeteerInstance, outcome, stitch = null) {
		const outputDir = newPath('');
		const composition = await select(render, puppeteerInstance);
		const artifacts = [];
		const start = performance.now();
		const {assetsInfo, frameCount} = await renderer.renderFrames({
			concurrency: 2,
			imageFormat: 'jpeg',
			onStart() {},
			onFrameUpdate() {},
			onArtifact: ({filename, frame, content}) =>
				artifacts.push([filename, frame, typeof content, shown(content)]),
			...common,
			composition,
			inputProps: render.inputProps,
			puppeteerInstance,
			outputDir,
			...render.options,
		});
		outcome.framesIn = performance.now() - start;
		// In the same turn: then Remotion removes the files.
		const stitched = stitch?.(assetsInfo, composition);
		const kept = assetsInfo.assets.map((frame) => [
			frame.frame,
			frame.audioAndVideoAssets,
			frame.artifactAssets,
			(frame.inlineAudioAssets ?? []).map(({audio, ...rest}) => rest),
			// Who calls renderFrames() gets what is no accessor of ours.
			Object.entries(Object.getOwnPropertyDescriptors(frame)).map(([key, property]) => [
				key,
				'value' in property,
			]),
		]);
		outcome.samples = assetsInfo.assets
			.flatMap(({inlineAudioAssets = []}) => inlineAudioAssets)
			.reduce((sum, {audio}) => sum + audio.length, 0);
		// Frames are in the order in which tabs finished them.
		kept.sort(([a], [b]) => a - b);
		const images = render.options?.imageFormat === 'none' ? null : digestFolder(outputDir);
		return [images, frameCount, digest(JSON.stringify(kept)), artifacts.sort(), await stitched];
	},

	frames(render, puppeteerInstance, outcome) {
		return KINDS.ledger(render, puppeteerInstance, outcome, async (assetsInfo, composition) => {
			const outputLocation = newPath('.mp4');
			await renderer.stitchFramesToVideo({
				assetsInfo,
				codec: 'h264',
				fps: composition.fps,
				width: composition.width,
				height: composition.height,
				outputLocation,
				force: true,
				...(render.stitch ?? {}),
			});
			return digest(fs.readFileSync(outputLocation));
		});
	},

	async chunks(render, puppeteerInstance) {
		const composition = await select(render, puppeteerInstance);
		const videoFiles = [];
		const audioFiles = [];
		const {ranges} = render;
		for (const frameRange of ranges) {
			const audio = newPath('.aac');
			const video = newPath('.ts');
			await renderer.renderMedia({
				codec: 'h264-ts',
				// With two, stock renders alone differ among themselves.
				concurrency: 1,
				...common,
				composition,
				inputProps: render.inputProps,
				puppeteerInstance,
				frameRange,
				forSeamlessAacConcatenation: true,
				compositionStart: 0,
				enforceAudioTrack: true,
				separateAudioTo: audio,
				outputLocation: video,
				audioCodec: 'aac',
				numberOfGifLoops: null,
			});
			videoFiles.push(video);
			audioFiles.push(audio);
		}
		const outputLocation = newPath('.mp4');
		await renderer.combineChunks({
			outputLocation,
			videoFiles,
			audioFiles,
			codec: 'h264',
			fps: composition.fps,
			framesPerChunk: ranges[0][1] - ranges[0][0] + 1,
			audioCodec: 'aac',
			preferLossless: false,
			compositionDurationInFrames: composition.durationInFrames,
		});
		return [digest(fs.readFileSync(outputLocation))];
	},

	async still(render, puppeteerInstance) {
		const output = newPath('.png');
		const artifacts = [];
		await renderer.renderStill({
			...common,
			composition: await select(render, puppeteerInstance),
			inputProps: render.inputProps,
			puppeteerInstance,
			output,
			onArtifact: ({filename, content}) => artifacts.push([filename, digest(content)]),
			...render.options,
		});
		return [digest(fs.readFileSync(output)), artifacts];
	},

	/** What is printed of a page's messages, in one tab as their order depends on chance with more. */
	async told(render, puppeteerInstance) {
		const lines = [];
		const kept = ['log', 'warn', 'error', 'info'].map((how) => [how, console[how]]);
		for (const [how] of kept) {
			console[how] = (...args) => {
				// Another port with each render.
				const line = args.join(' ').replace(/localhost:\d+/g, 'localhost');
				if (/told|harm/.test(line)) {
					lines.push([how, line]);
				}
			};
		}
		const options = {...render.options, concurrency: 1, logLevel: 'verbose'};
		try {
			await KINDS.media({...render, options}, puppeteerInstance, {});
		} finally {
			Object.assign(console, Object.fromEntries(kept));
		}
		return lines;
	},

	/** Switched off after a share of the time that a whole render's frames take. */
	async unregistered(render, puppeteerInstance, outcome) {
		const {register, unregister} = require('../../lib/register');
		register({from: job.root});
		let rendered = 0;
		const started = performance.now();
		let framesEnd = null;
		const onProgress = ({renderedFrames, renderedDoneIn}) => {
			rendered = renderedFrames;
			framesEnd ??= renderedDoneIn === null ? null : performance.now();
		};
		const timer = setTimeout(() => {
			outcome.rendered = framesEnd === null ? rendered : undefined;
			unregister();
		}, render.share * wholeRender);
		const options = {...render.options, onProgress};
		const result = await KINDS.media({...render, options}, puppeteerInstance, {});
		clearTimeout(timer);
		wholeRender = (framesEnd ?? performance.now()) - started;
		return result;
	},

	async twoAtOnce(render, puppeteerInstance) {
		const both = [render, {...render, ...render.other}];
		return Promise.all(both.map((one) => KINDS.media(one, puppeteerInstance, {})));
	},

	async cancelled(render, puppeteerInstance) {
		const {cancel, cancelSignal} = renderer.makeCancelSignal();
		const onProgress = ({renderedFrames}) => renderedFrames >= 2 && cancel();
		const options = {...render.options, cancelSignal, onProgress};
		return KINDS.media({...render, options}, puppeteerInstance, {});
	},

	/** Crashes the browser in the middle of the render: Remotion opens another one. */
	async browserKilled(render) {
		const browser = await renderer.openBrowser('chrome', common);
		let killed = false;
		const onProgress = ({renderedFrames}) => {
			if (renderedFrames >= 3 && !killed) {
				killed = true;
				browser.runner.connection.send('Browser.crash').catch(() => {});
			}
		};
		const options = {...render.options, onProgress};
		const result = await KINDS.media({...render, options}, browser, {});
		return [killed, result];
	},

	/** Kills the tab's process in the middle of the render. */
	async crash(render) {
		const browser = await renderer.openBrowser('chrome', common);
		let crashed = false;
		const onProgress = async ({renderedFrames}) => {
			if (renderedFrames >= 3 && !crashed) {
				crashed = true;
				for (const page of await browser.pages()) {
					page
						._client()
						.send('Page.crash')
						.catch(() => {});
				}
			}
		};
		try {
			const result = await KINDS.media(
				{...render, options: {...render.options, onProgress}},
				browser,
				{},
			);
			return [crashed, result];
		} finally {
			await browser.close({silent: true}).catch(() => {});
		}
	},
};

async function main() {
	const puppeteerInstance = await renderer.openBrowser('chrome', common);
	const outcomes = [];
	for (const render of job.renders) {
		const outcome = {};
		lies = render.lies ?? [];
		let peak = 0;
		const timer = setInterval(() => {
			peak = Math.max(peak, v8.getHeapStatistics().used_heap_size);
		}, 5);
		try {
			outcome.result = await KINDS[render.kind ?? 'media'](render, puppeteerInstance, outcome);
		} catch (error) {
			// Some quote a whole data URL.
			outcome.error = String(error.message).split('\n')[0].slice(0, 300);
		}
		clearInterval(timer);
		if (render.ballast) {
			// Or the next render begins with it.
			collectGarbage();
		}
		outcome.peakHeap = peak;
		outcome.actions = actions.splice(0);
		outcome.summaries = summaries.splice(0);
		outcome.arrived = {
			bytes: arrived.bytes,
			payloads: arrived.payloads.size,
			payloadBytes: [...arrived.payloads].reduce((sum, src) => sum + Buffer.byteLength(src), 0),
		};
		arrived.bytes = 0;
		arrived.payloads.clear();
		outcomes.push(outcome);
	}
	await puppeteerInstance.close({silent: true});
	const stats = job.activated ? require('../../lib/assets/store').getAssetStoreStats() : null;
	fs.rmSync(scratch, {recursive: true, force: true});
	const looks = job.activated ? require('../../lib/summary/looks').getMemoryTimeline() : [];
	const text = job.activated ? require('../../lib/summary/metrics').metrics() : null;
	fs.writeFileSync(job.resultFile, JSON.stringify({report, outcomes, stats, looks, text}));
	process.exit(0);
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
