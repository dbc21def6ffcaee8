'use strict';

// The whole matrix: every scenario on every version. By `npm run test:long -- activation`.

const fs = require('node:fs');
const path = require('node:path');
const {NEWEST, addTones, both, bundle, essence, removeBundles, render} = require('./harness');
const {LONG, MEDIA} = require('./scenarios');

const VERSIONS = ['4.0.300', '4.0.382', '4.0.443', '4.0.500', NEWEST];
/** 4.0.300 had no @remotion/media. */
const WITH_MEDIA = VERSIONS.slice(1);

let clip;

/** A short WebM with sound, made by Remotion. */
async function makeClip() {
	const copyTo = path.join(await bundle(), 'clip.webm');
	const inputProps = {count: 1, bytes: 40000};
	await render({
		activated: false,
		renders: [{id: 'payloads', inputProps, ending: '.webm', options: {codec: 'vp8'}, copyTo}],
	});
	return fs.readFileSync(copyTo);
}

beforeAll(async () => {
	clip = await makeClip();
}, 120_000);

afterAll(removeBundles);

function sameOutcome({stock, activated}, i, fails = null) {
	const expected = essence(stock)[i];
	if (fails === null) {
		expect(expected.error).toBeUndefined();
	} else {
		expect(expected.error).toContain(fails);
	}
	expect(essence(activated)[i]).toEqual(expected);
}

describe.each(VERSIONS)('Remotion %s', (version) => {
	let runs;
	let videoRuns;

	beforeAll(async () => {
		await addTones(await bundle(version), 2, 1);
		const video = {
			id: 'video',
			inputProps: {
				src: `data:video/webm;base64,${clip.toString('base64')}`,
				durationInFrames: 2,
			},
			// Chromium does not always decode in a tab in the background.
			options: {concurrency: 1},
		};
		runs = await both({version, renders: LONG});
		// Chromium sometimes never decodes the video, also for stock Remotion: then
		// there is nothing to compare with yet.
		const failed = () =>
			[videoRuns.stock, videoRuns.activated].some(({outcomes: [{error}]}) => error !== undefined);
		for (let attempt = 0; attempt < 3 && (attempt === 0 || failed()); attempt++) {
			videoRuns = await both({version, renders: [video]});
		}
	}, 1_200_000);

	test.each(LONG.map(({name, fails}, i) => [name, i, fails]))('%s', (_name, i, fails) => {
		sameOutcome(runs, i, fails);
	});

	test('base64 video', () => {
		sameOutcome(videoRuns, 0);
	});

	test('collecting, compressing, the ledger and memory are ours', () => {
		expect(runs.activated.report.applied).toEqual(
			expect.arrayContaining([
				'get-available-memory',
				'compress-assets',
				'collect-assets',
				'render-frame-with-option-to-reject/frame-ledger',
				'render-frame-with-option-to-reject/outcome',
				'render-frame-and-retry-target-close',
				'make-page',
				'compositor',
			]),
		);
		expect(runs.activated.stats.hits).toBeGreaterThan(0);
	});
});

describe.each(WITH_MEDIA)('@remotion/media, Remotion %s', (version) => {
	const entry = 'media.js';
	let runs;

	beforeAll(async () => {
		const folder = await bundle(version, entry);
		await addTones(folder, 2, 1);
		fs.writeFileSync(path.join(folder, 'public', 'clip.webm'), clip);
		runs = await both({version, entry, renders: MEDIA});
	}, 600_000);

	test.each(MEDIA.map(({name}, i) => [name, i]))('%s', (_name, i) => {
		sameOutcome(runs, i);
	});
});
