'use strict';

// When each asset is heard, by stock code and by ours: the same answers and errors.

const fc = require('fast-check');
const {NEWEST, rootOf} = require('./harness');
const {Copy} = require('../../lib/copies/copy');
const part = require('../../lib/remotion/calculate-asset-positions');

const QUADRATIC = ['4.0.443', '4.0.382', '4.0.300'];
const FILE = 'assets/calculate-asset-positions';
const NAME = 'calculateAssetPositions';
const SETTINGS = {logLevel: 'error'};

const ids = ['a', 'b', 'a-1', 'same-as-a', 'c'];
const id = fc.constantFrom(...ids);
const source = fc.oneof(
	{arbitrary: fc.constantFrom('http://localhost/a.mp3', 'http://localhost/b.mp3'), weight: 6},
	fc
		.tuple(id, fc.constantFrom('0', '1', '2', '7', '1.5', '-1'))
		.map((two) => `same-as-${two.join('-')}`),
	fc.constantFrom('http://localhost/same-as-a-0', 'same-as-a\nb-0', 'data:audio/wav;base64,AA=='),
);
const asset = fc.record({
	type: fc.constantFrom('audio', 'audio', 'video', 'artifact'),
	id,
	src: source,
	volume: fc.constantFrom(0, 0.5, 1, 1),
	mediaFrame: fc.integer({min: 0, max: 9}),
	playbackRate: fc.constantFrom(1, 2),
	toneFrequency: fc.constantFrom(1, 1.5),
	audioStartFrame: fc.constantFrom(0, 3),
	audioStreamIndex: fc.constantFrom(0, 1),
});
/** Frames, not from 0 and with gaps, and now and then one that is no list. */
const renders = fc
	.tuple(
		fc.array(
			fc.oneof({arbitrary: fc.array(asset, {maxLength: 6}), weight: 30}, fc.constant(null)),
			{
				maxLength: 20,
			},
		),
		fc.constantFrom(0, 1, 1.5, -1),
		fc.constantFrom(1, 2),
	)
	.map(([frames, first, step]) =>
		frames.map((list, i) => list?.map((one) => ({...one, frame: first + i * step})) ?? list),
	);

describe.each(QUADRATIC)('Remotion %s', (version) => {
	const copy = new Copy(rootOf('renderer', version));
	const stock = copy.module(FILE)[NAME];
	const {log} = console;
	let logged;
	beforeAll(() => {
		part.apply(copy, SETTINGS);
		console.log = (...args) => logged.push(args);
	});
	afterAll(() => {
		console.log = log;
		copy.takeOut();
	});

	function attempt(calculate, frames) {
		logged = [];
		try {
			const value = calculate(frames);
			return {value, keys: value.map(Object.keys), logged};
		} catch ({name, message}) {
			return {thrown: [name, message], logged};
		}
	}

	test('the same answers, errors and lines', () => {
		const ours = copy.module(FILE)[NAME];
		expect(ours).not.toBe(stock);
		const seen = {answers: 0, errors: 0, resolved: 0};
		fc.assert(
			fc.property(renders, (frames) => {
				const theirs = attempt(stock, frames);
				expect(attempt(ours, frames)).toEqual(theirs);
				seen[theirs.thrown ? 'errors' : 'answers']++;
				const isReference = ({src}) => /^same-as-[a-c]-\d$/.test(src);
				seen.resolved += theirs.value && frames.flat(1).some(isReference) ? 1 : 0;
			}),
			{numRuns: 3000},
		);
		for (const count of Object.values(seen)) {
			expect(count).toBeGreaterThan(10);
		}
	});

	test('a long render, in which assets pause', () => {
		const frames = Array.from({length: 5000}, (_, frame) =>
			ids.map((one, i) => ({
				type: 'audio',
				id: one,
				// The first frame brings the source, later ones refer to it.
				src: frame === 0 ? `http://localhost/${i}.mp3` : `same-as-${one}-0`,
				volume: frame % 3,
				mediaFrame: frame,
				frame,
			})),
		);
		// The last third comes anew.
		const gap = [...frames.slice(0, 3000), [], ...frames.slice(3000)];
		expect(copy.module(FILE)[NAME](gap)).toEqual(stock(gap));
	});
});

test.each([NEWEST, '4.0.500'])('Remotion %s is left alone by design', (version) => {
	const copy = new Copy(rootOf('renderer', version));
	expect(() => part.apply(copy, SETTINGS)).toThrow(expect.objectContaining({expected: true}));
});
