'use strict';

// What frames tell of their assets, kept as runs: Remotion's array reads as stock
// code's does, in whatever order tabs finish their frames.

const fs = require('node:fs');
const fc = require('fast-check');
const {NEWEST, rootOf} = require('./harness');
const {Copy} = require('../../lib/copies/copy');
const assetRuns = require('../../lib/remotion/render-frame-with-option-to-reject/asset-runs');
const frameLedger = require('../../lib/remotion/render-frame-with-option-to-reject/frame-ledger');
const inlineAudio = require('../../lib/remotion/render-frame-with-option-to-reject/inline-audio');

const VERSIONS = [NEWEST, '4.0.500', '4.0.443', '4.0.382', '4.0.300'];
const SETTINGS = {logLevel: 'error'};
const FILE = 'render-frame-with-option-to-reject';
const NAME = 'renderFrameWithOptionToReject';

const nextTick = () => new Promise(setImmediate);

/** What a page and a disk would do; a frame ends when `ends` says. */
function withoutPages(copy, assetsOf, ends) {
	const takesBoth = /\{ buffer, collectedAssets \} = await/.test(
		fs.readFileSync(copy.place(FILE), 'utf8'),
	);
	async function takeFrame({freePage: {frame}}) {
		await ends(frame);
		return takesBoth ? {buffer: null, collectedAssets: assetsOf(frame)} : null;
	}
	const stubs = [
		['seek-to-frame', 'seekToFrame', async () => {}],
		['take-frame', 'takeFrame', takeFrame],
		['collect-assets', 'collectAssets', async ({frame}) => assetsOf(frame)],
		['assets/download-and-map-assets-to-file', 'downloadAndMapAssetsToFileUrl', async () => {}],
	];
	const before = stubs.map(([file, name, stub]) => {
		const module = copy.module(file);
		const {[name]: stock} = module;
		module[name] = stub;
		return () => {
			module[name] = stock;
		};
	});
	return () => before.forEach((undo) => void undo());
}

/** The array of entries after frames that end in the order of `ranks`; those of `failing` reject first. */
async function render(copy, {frames, ranks, failing, assetsOf}) {
	const list = typeof frames === 'number' ? Array.from({length: frames}, (_, i) => i) : frames;
	const assets = [];
	const rank = new Map(list.map((frame) => [frame, ranks[frame % ranks.length]]));
	const undo = withoutPages(copy, assetsOf, async (frame) => {
		for (let left = rank.get(frame); left > 0; left--) {
			await nextTick();
		}
	});
	const one = (frame, onFrameBuffer = null) =>
		copy.module(FILE)[NAME]({
			frame,
			page: {frame, on() {}, off() {}, _client: () => ({on() {}, off() {}})},
			assets,
			framesToRender: list,
			allFramesAndExtraFrames: list,
			framesRenderedObj: {count: 0},
			lastFrame: list.at(-1),
			countType: 'actual-frames',
			imageFormat: 'none',
			frameDir: '/nowhere',
			imageSequencePattern: null,
			onFrameBuffer,
			onArtifact: () => {},
			reject: () => {},
			stoppedSignal: {stopped: false},
			fps: 30,
			trimLeftOffset: 0,
			trimRightOffset: 0,
			downloadMap: {inlineAudioMixing: {addAsset() {}}},
			logLevel: 'error',
		});
	// There is no image to hand it.
	const fails = () => {};
	try {
		await Promise.all(
			list.map(async (frame) => {
				if (failing.has(frame)) {
					await expect(one(frame, fails)).rejects.toThrow();
				}
				await one(frame);
			}),
		);
	} finally {
		undo();
	}
	return assets;
}

const track = fc.record({
	id: fc.constantFrom('a', 'b', 'c', 'd'),
	type: fc.constantFrom('audio', 'video', 'audio', 'inline-audio', 'artifact'),
	from: fc.integer({min: 0, max: 8}),
	length: fc.integer({min: 1, max: 14}),
	src: fc.constantFrom('http://localhost/a.mp3', `data:audio/wav;base64,${'A'.repeat(500)}`),
	volumes: fc.array(fc.double({min: 0, max: 1}), {minLength: 1, maxLength: 3}),
	rate: fc.constantFrom(1, 0.1, 1.5),
});

const assetsIn = (tracks) => (frame) =>
	tracks
		.map((one, i) => ({...one, i}))
		.filter(({from, length}) => from <= frame && frame < from + length)
		.map(({id, type, src, volumes, rate, i}) =>
			type === 'inline-audio'
				? {type, id, audio: [frame], frame, timestamp: frame / 30, duration: 1 / 30}
				: type === 'artifact'
					? {type, contentType: 'text', content: 'x', filename: `${i}-${frame}.txt`, frame}
					: {
							type,
							src,
							id,
							frame,
							volume: volumes[frame % volumes.length],
							mediaFrame: frame * rate,
							playbackRate: rate,
							toneFrequency: null,
						},
		);

/** Sorted as Remotion does it, each asset with what it is told with; samples aside, which we release. */
const read = (entries) =>
	JSON.stringify(
		[...entries].sort((a, b) => a.frame - b.frame),
		(key, value) => (key === 'audio' ? undefined : value),
	);

const isShort = (entry) =>
	Object.getOwnPropertyDescriptor(entry, 'audioAndVideoAssets').value === undefined;

describe.each(VERSIONS)('Remotion %s', (version) => {
	const stock = new Copy(rootOf('renderer', version));

	/** A copy with these parts, put in as register() does it. */
	async function activated(parts, run) {
		const copy = new Copy(rootOf('renderer', version));
		for (const part of parts) {
			try {
				part.apply(copy, SETTINGS);
			} catch (error) {
				// It has no inline audio.
				expect(error.expected).toBe(true);
			}
		}
		try {
			return await run(copy);
		} finally {
			copy.takeOut();
		}
	}

	test.each([
		['by itself', [assetRuns]],
		['behind the parts that look at the array', [frameLedger, inlineAudio, assetRuns]],
	])('the array reads the same: %s', async (_, parts) => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(track, {maxLength: 5}),
				fc.integer({min: 1, max: 14}),
				fc.array(fc.integer({min: 0, max: 9}), {minLength: 1, maxLength: 14}),
				fc.uniqueArray(fc.integer({min: 0, max: 13}), {maxLength: 3}),
				async (tracks, frames, ranks, failing) => {
					const job = {frames, ranks, failing: new Set(failing), assetsOf: assetsIn(tracks)};
					const theirs = await render(stock, job);
					const ours = await activated(parts, (copy) => render(copy, job));
					expect(ours.map(({frame}) => frame)).toEqual(theirs.map(({frame}) => frame));
					expect(read(ours)).toBe(read(theirs));
					expect(read(ours)).toBe(read(theirs));
					// All of them have come.
					expect(ours.every(isShort)).toBe(true);
					expect(theirs.some(isShort)).toBe(false);
				},
			),
			{numRuns: 100},
		);
	});

	const plainly = {ranks: [0], failing: new Set(), assetsOf: assetsIn([])};

	test('frames that do not ascend stay as they are', async () => {
		await activated([assetRuns], async (copy) => {
			const entries = await render(copy, {...plainly, frames: [0, 2, 1]});
			expect(entries.map(({frame}) => frame)).toEqual([0, 2, 1]);
			expect(entries.some(isShort)).toBe(false);
		});
	});

	test('where an asset can not be looked at, its frame and those behind it stay as they are', async () => {
		const refuses = {
			getPrototypeOf() {
				throw new Error('not this one');
			},
		};
		const assetsOf = (frame) => [new Proxy({type: 'audio', src: 'a.mp3', id: 'a', frame}, refuses)];
		await activated([assetRuns], async (copy) => {
			const entries = await render(copy, {...plainly, assetsOf, frames: 3});
			expect(entries.map(isShort)).toEqual([true, false, false]);
			expect(entries.map(({audioAndVideoAssets: [{frame}]}) => frame)).toEqual([0, 1, 2]);
		});
	});

	test('a list that somebody puts in the place of one is there', async () => {
		await activated([assetRuns], async (copy) => {
			const entries = await render(copy, {...plainly, frames: [3, 6, 9]});
			expect(entries.map(isShort)).toEqual([true, true, true]);
			entries[1].audioAndVideoAssets = ['theirs'];
			expect(entries[1].audioAndVideoAssets).toEqual(['theirs']);
			expect(entries.map(isShort)).toEqual([true, false, true]);
			expect(entries[2].audioAndVideoAssets).toEqual([]);
		});
	});
});
