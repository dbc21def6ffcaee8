'use strict';

// Stands for `render-media`: see ../fill-in-plan.js.

const {replace} = require('../fill-in-plan');

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
		replace(copy, {file: FILE, name: NAME, stock, encodes: true}, settings);
	},
};
