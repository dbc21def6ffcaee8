// The three functions of the package beside those of @remotion/renderer.
import {strict as assert} from 'node:assert';
import {createRequire} from 'node:module';
import {compare, printMachine} from './compare.mjs';

const require = createRequire(import.meta.url);
const ours = require('../index.js');
const theirs = require('../__test__/oracle.js');

printMachine();

// Memory moves between two calls; the rest of the answer does not.
const near = (a, b) => assert(Math.abs(a - b) < 2 ** 28, `${a} and ${b}`);

compare('getAvailableMemory', {
	ours: () => ours.getAvailableMemory('error'),
	theirs: () => theirs.getAvailableMemory('error'),
	equal: near,
	repeat: 500,
});

const size = {width: 1920, height: 1080, logLevel: 'error'};
compare('shouldUseParallelEncoding', {
	ours: () => ours.shouldUseParallelEncoding(size),
	theirs: () => theirs.shouldUseParallelEncoding(size),
	equal: (a, b) => {
		near(a.freeMemory, b.freeMemory);
		assert.equal(a.estimatedUsage, b.estimatedUsage);
		assert.equal(a.hasEnoughMemory, b.hasEnoughMemory);
	},
	repeat: 500,
});

const asset = (id, frame, src) => ({type: 'audio', id, frame, src, volume: 1, mediaFrame: frame});
const urls = Array.from({length: 500}, (_, i) =>
	asset('track', i, 'https://example.com/audio.mp3'),
);
const url = asset('track', 500, 'https://example.com/audio.mp3');
compare('compressAsset, an ordinary short src', {
	ours: () => ours.compressAsset(urls, url),
	theirs: () => theirs.compressAsset(urls, url),
	repeat: 200_000,
});

const payload = (seed) => `data:audio/wav;base64,${seed.repeat(500_000)}`;
const history = Array.from({length: 10}, (_, i) => asset(`track-${i}`, 0, payload(`${i}ab`)));
const kept = {
	ours: history.map((one) => ours.compressAsset([], {...one})),
	theirs: history,
};
// A fresh string each time, as one that arrives from the browser is.
const again = Buffer.from(payload('9ab'));
const fresh = () => asset('track-9', 1, again.latin1Slice());
compare('a string of 1.5 MB arrives (both pay this)', {ours: fresh, theirs: fresh, repeat: 20});
compare('compressAsset, a payload of 1.5 MB again', {
	ours: () => ours.compressAsset(kept.ours, fresh()),
	theirs: () => theirs.compressAsset(kept.theirs, fresh()),
	repeat: 20,
});
