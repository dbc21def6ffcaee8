'use strict';

// Stands for `prespawn-ffmpeg`: notes when the encoder has taken a frame. Up to
// 4.0.500 frames are written to it without waiting, so that those of a slow
// encoder pile up in Node; our pool waits, and later versions do so themselves.

const {StepAside} = require('../copies/copy');
const {noteWrites} = require('../governor/written');

const FILE = 'prespawn-ffmpeg';
const NAME = 'prespawnFfmpeg';
const FRAGMENTS = ['callFf)(', 'task', "['-f', 'image2pipe']"];

/** Versions that have it wait by themselves. */
const WAITS = 'write-with-backpressure';

module.exports = {
	apply(copy, settings) {
		if (copy.has(WAITS)) {
			throw new StepAside('this version waits for the encoder by itself', true);
		}
		const stock = copy.function(FILE, NAME, FRAGMENTS, settings);
		copy.swap(FILE, NAME, (options) => {
			const encoder = stock(options);
			noteWrites(encoder?.task?.stdin);
			return encoder;
		});
	},
};
