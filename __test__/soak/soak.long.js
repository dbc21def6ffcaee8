'use strict';

// A long render in a small heap: 11 minutes of video with six tracks, two of them of
// @remotion/media. It finishes, the heap stays as it is, and the file is the one that
// stock code makes in a large heap.

const {NEWEST, addTones, bundle, essence, removeBundles, render} = require('../activation/harness');

const FRAMES = Number(process.env.HEADROOM_SOAK ?? 20_000);
const FPS = 30;

/** Bytes of V8's heap for each frame: what is kept of six tracks, see docs/activation.md. */
const MOST_A_FRAME = 0.2 * 1024;

const RENDER = {
	name: 'six tracks',
	id: 'media',
	inputProps: {audio: 2, urls: 4, video: false, durationInFrames: FRAMES},
	heapAt: [Math.round(FRAMES * 0.1), Math.round(FRAMES * 0.95)],
};

afterAll(removeBundles);

test(`${FRAMES} frames in a heap of 96 MiB`, async () => {
	const entry = 'media.js';
	await addTones(await bundle(NEWEST, entry), 6, Math.ceil(FRAMES / FPS) + 1);
	const job = {entry, renders: [RENDER]};
	const small = ['--expose-gc', '--max-old-space-size=96'];
	const activated = await render({...job, activated: true, nodeOptions: small});
	const [{heaps}] = activated.outcomes;
	const [early, late] = heaps;
	const growth = (late.bytes - early.bytes) / (late.at - early.at);
	console.log(`${growth.toFixed(0)} bytes of heap a frame, peak ${activated.outcomes[0].peakHeap}`);
	const large = ['--expose-gc', '--max-old-space-size=8192'];
	const stock = await render({...job, activated: false, nodeOptions: large});
	expect(stock.outcomes[0].error).toBeUndefined();
	expect(essence(activated)).toEqual(essence(stock));
	expect(growth).toBeLessThan(MOST_A_FRAME);
	expect(activated.stderr).not.toContain('remotion-headroom');
}, 7_200_000);
