'use strict';

// unregister() in the middle of a render with artifacts and large payloads, in
// two tabs: what comes out is stock's, whenever it is called.

const {addTones, bundle, essence, removeBundles, render} = require('./harness');

const MOMENTS = 20;

const RENDER = {
	name: 'artifacts and 4 MB',
	id: 'artifacts',
	inputProps: {durationInFrames: 8, track: 4_000_000},
};

afterAll(removeBundles);

test(`at ${MOMENTS} moments`, async () => {
	await addTones(await bundle(), 2, 1);
	const stock = await render({activated: false, renders: [RENDER]});
	const activated = await render({
		activated: true,
		renders: [
			RENDER,
			...Array.from({length: MOMENTS}, (_, i) => ({
				...RENDER,
				kind: 'unregistered',
				share: (i + 0.5) / MOMENTS,
			})),
		],
	});
	const [{result, error}] = essence(stock);
	expect(error).toBeUndefined();
	const outcomes = essence(activated);
	expect(outcomes.map((outcome) => outcome.error)).toEqual(Array(MOMENTS + 1).fill(undefined));
	expect(outcomes.map((outcome) => outcome.result)).toEqual(Array(MOMENTS + 1).fill(result));
	// Each moment was within the render.
	const within = activated.outcomes.filter((outcome) => outcome.rendered !== undefined);
	expect(within.length).toBeGreaterThan(MOMENTS / 2);
	expect(activated.stderr).not.toContain('remotion-headroom');
}, 600_000);
