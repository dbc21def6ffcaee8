'use strict';

// Stands for `render-frames`: see ../fill-in-plan.js.

const {replace} = require('../fill-in-plan');

const FILE = 'render-frames';
const NAME = 'renderFrames';
const FRAGMENTS = ['internalRenderFrames)(', 'offthreadVideoCacheSizeInBytes', 'composition'];

module.exports = {
	apply(copy, settings) {
		copy.function(FILE, NAME, FRAGMENTS, settings);
		// What makes entries of frames whole may be in place already.
		const stock = copy.exported(FILE, NAME);
		replace(copy, {file: FILE, name: NAME, stock, encodes: false}, settings);
	},
};
