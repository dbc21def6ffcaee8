'use strict';

// Stands for `next-frame-to-render`: which frame a tab renders next. Stock code
// searches all frames from the first one on, each time; ours goes on where it was.

const {ascends, indexIn} = require('../ascending');

const FILE = 'next-frame-to-render';
const NAME = 'nextFrameToRenderState';
const FRAGMENTS = [
	'allFramesAndExtraFrames.find((frame)',
	'return !rendered.has(frame);',
	"throw new Error('No more frames to render');",
	'rendered.set(nextFrame, true);',
	'rendered.delete(frame);',
];

/** Frames in their order; one that was given back comes first again. */
function stateOf(frames) {
	/** Where the first frame is that was never given out. */
	let next = 0;
	/** Where frames are that were given back, the first one last. */
	const returned = [];
	return {
		getNextFrame: () => {
			if (returned.length > 0) {
				return frames[returned.pop()];
			}
			if (next >= frames.length) {
				throw new Error('No more frames to render');
			}
			return frames[next++];
		},
		returnFrame: (frame) => {
			const at = indexIn(frames, frame);
			if (at === -1 || at >= next || returned.includes(at)) {
				return;
			}
			const before = returned.findIndex((other) => other < at);
			returned.splice(before === -1 ? returned.length : before, 0, at);
		},
	};
}

module.exports = {
	apply(copy, settings) {
		const stock = copy.function(FILE, NAME, FRAGMENTS, settings);
		copy.swap(FILE, NAME, (options) => {
			const frames = options.allFramesAndExtraFrames;
			return ascends(frames) ? stateOf(frames) : stock(options);
		});
	},
};
