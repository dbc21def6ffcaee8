'use strict';

// Stands for `compress-assets`: a payload that an earlier asset carries becomes
// a reference to it. See ../assets/compress.js.

const {compressAsset} = require('../assets/compress');

const FILE = 'compress-assets';

module.exports = {
	part: 'compress-assets',

	apply(copy) {
		const stock = copy.function(FILE, 'compressAsset', ['.length < 400', 'same-as-']);
		const ours = (previous, asset) => {
			try {
				return compressAsset(previous, asset);
			} catch {
				// Whatever it was, stock's own answer (or its own error) is right.
				return stock(previous, asset);
			}
		};
		copy.swap(FILE, 'compressAsset', ours, {
			tokensOf: (previous) => [previous],
			begins: false,
		});
	},
};
