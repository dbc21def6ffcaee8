'use strict';

// Which frame is next, and where it is: as in stock code, step by step.

const fc = require('fast-check');
const {NEWEST, rootOf} = require('./harness');
const {Copy} = require('../../lib/copies/copy');
const nextFrameToRender = require('../../lib/remotion/next-frame-to-render');
const frameIndex = require('../../lib/remotion/render-frame-with-option-to-reject/frame-index');
const {indexIn} = require('../../lib/ascending');

const VERSIONS = [NEWEST, '4.0.500', '4.0.443', '4.0.382', '4.0.300'];
const SETTINGS = {logLevel: 'error'};

/** An export of a copy as it is, and as a part makes it. */
function both(version, part, file, name) {
	const copy = new Copy(rootOf('renderer', version));
	const stock = copy.module(file)[name];
	part.apply(copy, SETTINGS);
	const ours = copy.module(file)[name];
	expect(ours).not.toBe(stock);
	copy.takeOut();
	expect(copy.module(file)[name]).toBe(stock);
	return {stock, ours};
}

/** What is returned, or thrown. */
function attempt(call) {
	try {
		return {value: call()};
	} catch (error) {
		return {thrown: error.message};
	}
}

const ascending = fc
	.uniqueArray(fc.integer({min: -20, max: 300}), {maxLength: 60})
	.map((list) => list.sort((a, b) => a - b));

describe.each(VERSIONS)('Remotion %s', (version) => {
	test('next-frame-to-render: frames are given out and back in the same order', () => {
		const {stock, ours} = both(
			version,
			nextFrameToRender,
			'next-frame-to-render',
			'nextFrameToRenderState',
		);
		// Lists that don't ascend are Remotion's own affair, with the same answers.
		const lists = fc.oneof(ascending, fc.array(fc.integer({min: 0, max: 9}), {maxLength: 12}));
		const steps = fc.array(fc.oneof(fc.constant(null), fc.integer({min: -2, max: 60})), {
			maxLength: 150,
		});
		fc.assert(
			fc.property(lists, steps, (allFramesAndExtraFrames, taken) => {
				const [theirs, mine] = [stock, ours].map((make) =>
					make({allFramesAndExtraFrames, concurrencyOrFramesToRender: 2}),
				);
				for (const step of taken) {
					// A frame of the list, or none of it.
					const frame = allFramesAndExtraFrames[step] ?? step;
					const act = ({getNextFrame, returnFrame}) =>
						attempt(() => (step === null ? getNextFrame(0) : returnFrame(frame)));
					expect(act(mine)).toEqual(act(theirs));
				}
			}),
			{numRuns: 500},
		);
	});

	test('frame-index: the lists answer as arrays do', async () => {
		const file = 'render-frame-with-option-to-reject';
		const name = 'renderFrameWithOptionToReject';
		const copy = new Copy(rootOf('renderer', version));
		// In place of the rest of a frame, which needs a page.
		const module = copy.module(file);
		const stock = module[name];
		copy.function(file, name);
		const seen = [];
		module[name] = (options) => seen.push(options);
		frameIndex.apply(copy, SETTINGS);
		const lists = [[0, 1, 2], [7], [3, 6, 9, 12], [5, 4], [1, 1], [0.5, 1], []];
		for (const framesToRender of lists) {
			module[name]({framesToRender, allFramesAndExtraFrames: framesToRender, assets: []});
			const {framesToRender: list, allFramesAndExtraFrames} = seen.pop();
			expect(allFramesAndExtraFrames).toBe(list);
			expect([list.length, list[0]]).toEqual([framesToRender.length, framesToRender[0]]);
			for (const frame of [-1, 0, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13]) {
				expect(list.indexOf(frame)).toBe(framesToRender.indexOf(frame));
			}
		}
		copy.takeOut();
		module[name] = stock;
	});
});

test('a frame is found in a list that ascends, however it is spaced', () => {
	fc.assert(
		fc.property(ascending, fc.integer({min: -30, max: 310}), (list, frame) => {
			expect(indexIn(list, frame)).toBe(list.indexOf(frame));
			for (const one of list) {
				expect(indexIn(list, one)).toBe(list.indexOf(one));
			}
		}),
	);
});
