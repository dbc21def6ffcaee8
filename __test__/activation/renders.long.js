'use strict';

// The whole matrix: every scenario on every version. By `npm run test:activation`.

const fs = require('node:fs');
const path = require('node:path');
const {NEWEST, addTones, both, bundle, removeBundles, render} = require('./harness');
const {LONG, MEDIA} = require('./scenarios');

const VERSIONS = ['4.0.300', '4.0.382', '4.0.443', '4.0.500', NEWEST];

const essence = ({outcomes}) => outcomes.map(({result, error}) => ({result, error}));

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

describe.each(VERSIONS)('Remotion %s', (version) => {
	let runs;
	const names = [...LONG.map(({name}) => name), 'base64 video'];

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
		runs = await both({version, renders: [...LONG, video]});
	}, 600_000);

	test.each(names.map((name, i) => [name, i]))('%s', (_name, i) => {
		expect(essence(runs.activated)[i]).toEqual(essence(runs.stock)[i]);
	});
});

test('@remotion/media', async () => {
	const entry = 'media.js';
	const folder = await bundle(NEWEST, entry);
	await addTones(folder, 2, 1);
	fs.writeFileSync(path.join(folder, 'public', 'clip.webm'), clip);
	const {stock, activated} = await both({entry, renders: MEDIA});
	expect(essence(activated)).toEqual(essence(stock));
	expect(stock.outcomes.map(({error}) => error)).toEqual(MEDIA.map(() => undefined));
}, 300_000);
