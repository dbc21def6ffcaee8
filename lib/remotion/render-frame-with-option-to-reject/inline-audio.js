'use strict';

// Stands for `render-frame-with-option-to-reject`: releases a frame's samples of
// inline audio once they are in their file. Remotion keeps them until the
// render ends, though nobody reads them again; the frame's entry stays as it is.
//
// It needs nothing of how earlier frames are looked up, so it works without the
// frame ledger. What it relies on: a frame's entry is appended and its samples
// are written in one go, with nothing awaited between and behind, so that a
// call that has succeeded has written all samples of its frame.

const {StepAside} = require('../../copies/copy');

const FILE = 'render-frame-with-option-to-reject';
const NAME = 'renderFrameWithOptionToReject';
const MIXING = 'assets/inline-audio-mixing';

/** Samples that have been written to disk. */
const RELEASED = new Int16Array(0);

const WRITES = 'inlineAudioMixing.addAsset(';

/** How a text must look for the samples to be written when it returns. */
const USES = [
	'assets.push({',
	'inlineAudioAssets',
	(text) => {
		const tail = text.slice(text.lastIndexOf('assets.push('));
		return !/\bawait\b/.test(tail) && (!text.includes(WRITES) || tail.includes(WRITES));
	},
];

/** Of the text around addAsset; Bun declares it in words of its own. */
const isDoneWhenItReturns = (text) =>
	!/\baddAsset\s*[=:]\s*async\b|\basync\s+(?:function\s+)?addAsset\b/.test(text);

function release(entry) {
	for (const asset of entry.inlineAudioAssets ?? []) {
		asset.audio = RELEASED;
	}
}

module.exports = {
	apply(copy, settings) {
		if (!copy.has(MIXING)) {
			throw new StepAside('this version has no inline audio', true);
		}
		const stock = copy.function(FILE, NAME, USES, settings);
		if (!Function.prototype.toString.call(stock).includes(WRITES)) {
			throw new StepAside('this version writes no inline audio there', true);
		}
		copy.function(
			MIXING,
			'makeInlineAudioMixing',
			['new Int16Array(asset.audio)', 'writeSync)(', isDoneWhenItReturns],
			settings,
		);
		// The frame ledger may be in place already.
		const inner = copy.module(FILE)[NAME];
		const ours = async (options) => {
			const {assets, frame} = options;
			const before = assets?.length;
			const result = await inner(options);
			if (Array.isArray(assets)) {
				// Other tabs have appended their frames meanwhile.
				for (let i = before; i < assets.length; i++) {
					if (assets[i]?.frame === frame) {
						release(assets[i]);
					}
				}
			}
			return result;
		};
		copy.swap(FILE, NAME, ours, {tokensOf: ({assets, page}) => [assets, page]});
	},
};
