'use strict';

// Stands for `render-frames`: see ../fill-in-plan.js.

const {replace} = require('../fill-in-plan');

const FILE = 'render-frames';
const NAME = 'renderFrames';
const FRAGMENTS = ['internalRenderFrames)(', 'offthreadVideoCacheSizeInBytes', 'composition'];

module.exports = {
	apply(copy, settings) {
		const stock = copy.function(FILE, NAME, FRAGMENTS, settings);
		replace(copy, {file: FILE, name: NAME, stock, encodes: false}, settings);
	},
};
