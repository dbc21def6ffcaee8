'use strict';

// Stands for `compress-assets`: a payload that an earlier asset carries becomes
// a reference to it. See ../assets/compress-assets.js.

const {compressAsset} = require('../assets/compress-assets');
const {stepAside} = require('../summary/current');

const FILE = 'compress-assets';
// An array of all earlier assets, or, in newer sources, a Map of the first by `src`.
const LOOKS_UP = ['.find(', '.get('];
const FRAGMENTS = [
	'.length < 400',
	(text) => LOOKS_UP.some((call) => text.includes(call)),
	'same-as-',
];

module.exports = {
	apply(copy, settings) {
		const stock = copy.function(FILE, 'compressAsset', FRAGMENTS, settings);
		const ours = (previous, asset) => {
			try {
				return compressAsset(previous, asset);
			} catch (error) {
				// Whatever it was, stock's own answer (or its own error) is right.
				stepAside('compress-assets', error.message);
				return stock(previous, asset);
			}
		};
		copy.swap(FILE, 'compressAsset', ours, {
			tokensOf: (previous) => [previous],
			begins: false,
		});
	},
};
