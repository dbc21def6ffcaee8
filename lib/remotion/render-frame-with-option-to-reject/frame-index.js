'use strict';

// Stands for `render-frame-with-option-to-reject`: answers where a frame is in the
// lists of frames, which stock code searches from their begin for each frame.

const {ascends, indexIn} = require('../../ascending');

const FILE = 'render-frame-with-option-to-reject';
const NAME = 'renderFrameWithOptionToReject';

/** How each list may be used: by its first frame, its length and indexOf(). */
const USED = /^(?:\.length\b|\.indexOf\(frame\)|\[0\]|\s*[,}])/;
const LIST = /\b(?:framesToRender|allFramesAndExtraFrames)\b/g;

const USES = [
	'framesToRender.indexOf(frame)',
	(text) =>
		[...text.matchAll(LIST)].every(({0: {length}, index}) => USED.test(text.slice(index + length))),
];

/** List -> what stands for it; null where that would not answer the same. */
const views = new WeakMap();

/** All that stock code uses of a list of frames. */
class FrameList {
	constructor(frames) {
		this.frames = frames;
		this.length = frames.length;
		this[0] = frames[0];
	}

	indexOf(frame) {
		return indexIn(this.frames, frame);
	}
}

function viewOf(frames) {
	if (!Array.isArray(frames)) {
		return frames;
	}
	let view = views.get(frames);
	if (view === undefined) {
		view = ascends(frames) ? new FrameList(frames) : null;
		views.set(frames, view);
	}
	// Grown since, which Remotion does not do.
	return view?.length === frames.length ? view : frames;
}

module.exports = {
	apply(copy, settings) {
		copy.function(FILE, NAME, USES, settings);
		// The frame ledger may be in place already.
		const inner = copy.module(FILE)[NAME];
		const ours = (options) => {
			const {framesToRender, allFramesAndExtraFrames} = options;
			return inner({
				...options,
				framesToRender: viewOf(framesToRender),
				allFramesAndExtraFrames: viewOf(allFramesAndExtraFrames),
			});
		};
		copy.swap(FILE, NAME, ours, {tokensOf: ({assets, page}) => [assets, page]});
	},
};
