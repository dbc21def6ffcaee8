'use strict';

// Stands for `render-frame-with-option-to-reject`: notes what becomes of each
// frame. Its caller hears of a crash at once, while the frame may still end well:
// captured, and waiting for its turn to be encoded. Rendered again, it would be in
// the video twice.

const {outcomes} = require('../../governor/survive');

const FILE = 'render-frame-with-option-to-reject';
const NAME = 'renderFrameWithOptionToReject';
const USES = ['reject(err);', "page.on('error', errorCallbackOnFrame)", 'assets.push({'];

module.exports = {
	apply(copy, settings) {
		copy.function(FILE, NAME, USES, settings);
		// What other parts have put there.
		const inner = copy.module(FILE)[NAME];
		const ours = (options) => {
			const outcome = inner(options);
			outcomes.set(options.page, outcome);
			return outcome;
		};
		copy.swap(FILE, NAME, ours, {tokensOf: ({assets, page}) => [assets, page]});
		copy.seesOutcomes = true;
	},
};
