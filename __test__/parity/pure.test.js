'use strict';

const fc = require('fast-check');
const ours = require('../..');
const theirs = require('../oracle');

const runs = Number(process.env.HEADROOM_RUNS ?? 5000);

/** The result, or the class of the error. */
function outcome(call) {
	const {log} = console;
	// Upstream prints the whole list before it throws.
	console.log = () => {};
	try {
		return {value: call()};
	} catch (error) {
		return {error: error.constructor.name};
	} finally {
		console.log = log;
	}
}

const codecs = 'h264 h265 h264-mkv h264-ts vp8 vp9 av1 mp3 aac wav gif prores'.split(' ');

describe('canUseParallelEncoding', () => {
	afterEach(() => {
		delete process.env.REMOTION_PARTITIONED_RENDERING;
	});

	test.each([undefined, 'true', 'false', '1', ''])(
		'with REMOTION_PARTITIONED_RENDERING=%s',
		(value) => {
			if (value !== undefined) {
				process.env.REMOTION_PARTITIONED_RENDERING = value;
			}
			for (const codec of [...codecs, 'unknown', '']) {
				expect([codec, ours.canUseParallelEncoding(codec)]).toEqual([
					codec,
					theirs.canUseParallelEncoding(codec),
				]);
			}
		},
	);
});

test('hasEnoughMemoryForParallelEncoding', () => {
	const bytes = fc.oneof(
		fc.double({noNaN: true}),
		fc.integer({min: 0, max: 2 ** 40}),
		fc.constantFrom(0, 2e9, 2e9 + 1, 4e9, Number.POSITIVE_INFINITY),
	);
	fc.assert(
		fc.property(bytes, bytes, (freeMemory, estimatedUsage) => {
			expect(ours.hasEnoughMemoryForParallelEncoding({freeMemory, estimatedUsage})).toBe(
				theirs.hasEnoughMemoryForParallelEncoding({freeMemory, estimatedUsage}),
			);
		}),
		{numRuns: runs},
	);
});

test('the estimate of shouldUseParallelEncoding', () => {
	const pixels = fc.oneof(
		fc.integer({min: 0, max: 16384}),
		fc.double({min: 0, max: 1e6, noNaN: true}),
	);
	fc.assert(
		fc.property(pixels, pixels, (width, height) => {
			const options = {width, height, logLevel: 'error'};
			expect(ours.shouldUseParallelEncoding(options).estimatedUsage).toBe(
				theirs.shouldUseParallelEncoding(options).estimatedUsage,
			);
		}),
		{numRuns: 500},
	);
});

const part = fc.constantFrom(
	'same-as',
	'same-as-',
	'-',
	'a',
	'b-c',
	'1',
	'2.5',
	'.',
	'\n',
	'\u2028',
	'\ud800',
	'\u00e9',
	'data:,',
);
const text = fc.oneof(
	fc.array(part, {maxLength: 7}).map((parts) => parts.join('')),
	fc.string(),
);
const frame = fc.oneof(
	fc.integer({min: -3, max: 12}),
	fc.constantFrom(2.5, -0, 1e21, 1e-7, Number.NaN, Number.POSITIVE_INFINITY),
);

test('isAssetCompressed', () => {
	fc.assert(
		fc.property(text, (src) => {
			expect(ours.isAssetCompressed(src)).toBe(theirs.isAssetCompressed(src));
		}),
		{numRuns: runs},
	);
});

test('uncompressMediaAsset', () => {
	const id = fc.oneof(fc.constantFrom('a', 'b-c', '', 'a-', 'same-as-a'), text);
	const plain = fc.record({id, frame, src: text});
	const reference = fc
		.record({id, frame})
		.map((target) => ({id: 'x', frame: 0, src: `same-as-${target.id}-${target.frame}`}));
	let resolved = 0;
	fc.assert(
		fc.property(
			fc.array(fc.oneof(plain, reference), {maxLength: 6}),
			fc.oneof(plain, reference),
			fc.nat(5),
			(assets, other, at) => {
				// Half of the time a reference to one that is there.
				const target = assets[at];
				const asset =
					target === undefined ? other : {...other, src: `same-as-${target.id}-${target.frame}`};
				const result = outcome(() => ours.uncompressMediaAsset(assets, asset));
				expect(result).toEqual(outcome(() => theirs.uncompressMediaAsset(assets, asset)));
				resolved += result.value !== undefined && result.value !== asset ? 1 : 0;
			},
		),
		{numRuns: runs},
	);
	expect(resolved).toBeGreaterThan(runs / 100);
});
