'use strict';

// Stands for `render-media`: see ../fill-in-plan.js.

const {planned} = require('../fill-in-plan');

const FILE = 'render-media';
const NAME = 'renderMedia';
const FRAGMENTS = [
	'internalRenderMedia)(',
	'disallowParallelEncoding',
	'offthreadVideoCacheSizeInBytes',
	'composition',
];

module.exports = {
	apply(copy, settings) {
		const stock = copy.function(FILE, NAME, FRAGMENTS, settings);
		copy.swap(FILE, NAME, planned(stock, settings, {encodes: true}));
	},
};
