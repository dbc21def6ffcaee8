'use strict';

// Output with and without activation, byte by byte. The longer matrix is in
// renders.long.js.

const path = require('node:path');
const {NEWEST, addTones, both, bundle, essence, removeBundles, render} = require('./harness');
const {MEDIA, QUICK} = require('./scenarios');

/** All of them are in the long matrix. */
const OLDER = ['4.0.300', '4.0.443'];

const GOVERNED = [
	'render-frame-with-option-to-reject/frame-index',
	'render-frame-with-option-to-reject/outcome',
	'next-frame-to-render',
	'symbolicate-stacktrace',
	'render-frame-and-retry-target-close',
	'render-frame-and-retry-target-close/in-turn',
	'make-page',
	'compositor',
];

afterAll(removeBundles);

describe(`Remotion ${NEWEST}`, () => {
	let runs;

	beforeAll(async () => {
		await addTones(await bundle(), 2, 1);
		runs = await both({renders: QUICK});
	}, 240_000);

	test.each(QUICK.map(({name}, i) => [name, i]))('%s', (_name, i) => {
		const expected = essence(runs.stock)[i];
		expect(essence(runs.activated)[i]).toEqual(expected);
	});

	test('renders that should succeed did, and the others did not', () => {
		QUICK.forEach(({fails}, i) => {
			const {error} = runs.stock.outcomes[i];
			expect(error === undefined).toBe(fails === undefined);
			expect(error ?? '').toContain(fails ?? '');
		});
	});

	test('messages of a page come with where they were told', () => {
		const {result} = runs.stock.outcomes[QUICK.findIndex(({kind}) => kind === 'told')];
		expect(result.length).toBeGreaterThan(15);
		expect(result.flat().join('\n')).toMatch(/fixture\/index\.js:\d+/);
	});

	test('every part is applied', () => {
		expect(runs.activated.report).toMatchObject({
			remotionVersion: NEWEST,
			path: path.dirname(require.resolve('@remotion/renderer/package.json')),
			applied: expect.arrayContaining([
				'get-available-memory',
				'prestitcher-memory-usage',
				'compress-assets',
				'collect-assets',
				'render-frame-with-option-to-reject/frame-ledger',
				'render-frame-with-option-to-reject/inline-audio',
				'render-frame-with-option-to-reject/asset-runs',
				'inline-audio-mixing',
				...GOVERNED,
			]),
			// It does these by itself.
			skipped: ['calculate-asset-positions', 'prespawn-ffmpeg'].map((part) => ({
				part,
				reason: expect.stringContaining('by itself'),
			})),
		});
	});

	test('a page that lies is answered with stock code and one warning', () => {
		const warnings = runs.activated.stderr.match(/assets are fetched as Remotion does/g);
		expect(warnings).toHaveLength(1);
	});

	test('a payload is held once, whatever the number of tabs and frames', () => {
		expect(runs.activated.stats.hits).toBeGreaterThan(0);
		expect(runs.activated.stats.bytes).toBeLessThan(6_000_000);
	});
});

test(`Remotion ${NEWEST} with @remotion/media`, async () => {
	const entry = 'media.js';
	await addTones(await bundle(NEWEST, entry), 2, 1);
	const renders = MEDIA.filter(({inputProps}) => inputProps);
	const {stock, activated} = await both({entry, renders});
	expect(essence(activated)).toEqual(essence(stock));
	expect(stock.outcomes.map(({error}) => error)).toEqual([undefined]);
}, 120_000);

test.each(OLDER)(
	'Remotion %s',
	async (version) => {
		const renders = QUICK.filter(({name}) => name === 'base64 audio' || name === 'artifacts');
		const {stock, activated} = await both({version, renders});
		expect(essence(activated)).toEqual(essence(stock));
		expect(stock.outcomes.map(({error}) => error)).toEqual([undefined, undefined]);
		expect(activated.report.remotionVersion).toBe(version);
		expect(activated.report.applied).toEqual(
			expect.arrayContaining([
				'compress-assets',
				'collect-assets',
				'render-frame-with-option-to-reject/frame-ledger',
				...GOVERNED,
				'calculate-asset-positions',
				'prespawn-ffmpeg',
			]),
		);
		// These have another rule for parallel encoding, which they keep, and the oldest has no
		// inline audio.
		expect(activated.report.skipped.map(({part}) => part)).toEqual([
			'prestitcher-memory-usage',
			...(version === '4.0.300'
				? ['render-frame-with-option-to-reject/inline-audio', 'inline-audio-mixing']
				: []),
		]);
		expect(activated.stderr).not.toContain('remotion-headroom');
	},
	120_000,
);

// Twenty moments, with large payloads, are in unregister.long.js.
test('unregister() in the middle of a render changes nothing of it', async () => {
	const job = {id: 'artifacts', inputProps: {durationInFrames: 6, track: 400_000}};
	const at = (share) => ({...job, kind: 'unregistered', share});
	const stock = await render({activated: false, renders: [job]});
	const activated = await render({activated: true, renders: [job, at(0.4), at(0.6), at(0.8)]});
	const [expected] = essence(stock);
	expect(expected.error).toBeUndefined();
	expect(essence(activated)).toEqual(Array(4).fill(expected));
}, 120_000);
