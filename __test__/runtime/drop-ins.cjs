'use strict';

// The drop-ins beside the real ones, without a test framework: it has to run in
// every mode and runtime of matrix.long.js, Jest does not.

const assert = require('node:assert');
const ours = require('../..');
const theirs = require('../oracle.js');

/** Memory moves between two calls. */
const near = (a, b) => assert(Math.abs(a - b) < 2 ** 29, `${a} and ${b}`);

function check({native = true} = {}) {
	near(ours.getAvailableMemory('error'), theirs.getAvailableMemory('error'));
	assert.strictEqual(ours.getMaxLambdaMemory(), theirs.getMaxLambdaMemory());
	const meminfo = [ours, theirs].map((side) => side.getFreeMemoryFromProcMeminfo('error'));
	near(...meminfo.map((bytes) => bytes ?? 0));
	const size = {width: 1920, height: 1080, logLevel: 'error'};
	assert.strictEqual(
		ours.shouldUseParallelEncoding(size).estimatedUsage,
		theirs.shouldUseParallelEncoding(size).estimatedUsage,
	);
	for (const codec of ['h264', 'prores', 'h264-mkv']) {
		assert.strictEqual(ours.canUseParallelEncoding(codec), theirs.canUseParallelEncoding(codec));
	}

	// Latin-1, wide, and with a lone surrogate; each again on later frames.
	const payloads = ['x', 'data:\u00ff', '\u6f22', 'a\ud800'].map((part) => part.repeat(700));
	const histories = {ours: [], theirs: []};
	for (let frame = 0; frame < 20; frame++) {
		const src = payloads[(frame * 7) % payloads.length];
		for (const [name, side] of [
			['ours', ours],
			['theirs', theirs],
		]) {
			const asset = {type: 'audio', id: `a-${frame % 3}`, frame, src: `${src}${frame % 2}`};
			histories[name].push(side.compressAsset(histories[name], asset));
		}
	}
	assert.deepStrictEqual(histories.ours, histories.theirs);
	const [last] = histories.ours.slice(-1);
	assert(ours.isAssetCompressed(last.src));
	assert.strictEqual(
		ours.uncompressMediaAsset(histories.ours, last).src,
		theirs.uncompressMediaAsset(histories.theirs, last).src,
	);
	const stats = ours.getAssetStoreStats();
	assert.strictEqual(stats.native, native);
	assert(stats.hits > 0);
	return stats;
}

module.exports = {check};

if (require.main === module) {
	check({native: process.env.REMOTION_HEADROOM_BINARY !== 'off'});
}
