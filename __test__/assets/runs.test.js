'use strict';

// Lists of assets that are kept as runs, read again: as they were.

const fc = require('fast-check');
const {runInNewContext} = require('node:vm');
const {Runs} = require('../../lib/assets/runs');

const number = fc.oneof(
	fc.integer({min: -3, max: 3}),
	fc.double(),
	fc.constantFrom(-0, NaN, Infinity, -Infinity, 2 ** 53, 0.1),
);

/** What a track's field does from frame to frame. */
const behaviour = fc.oneof(
	fc.record({start: number, step: number}).map(
		({start, step}) =>
			(i) =>
				start + i * step,
	),
	fc.record({start: number, step: number}).map(
		({start, step}) =>
			(i) =>
				i < 3 ? start : start + step * (i - 3),
	),
	fc.array(number, {minLength: 1, maxLength: 6}).map((values) => (i) => values[i % values.length]),
	fc
		.array(fc.oneof(number, fc.constantFrom(null, undefined, 'text', true, [1], {a: 1})), {
			minLength: 1,
			maxLength: 3,
		})
		.map((values) => (i) => values[i % values.length]),
);

const track = fc.record({
	id: fc.constantFrom('a', 'b', 'c', undefined),
	from: fc.integer({min: 0, max: 8}),
	to: fc.integer({min: 0, max: 16}),
	fields: fc.dictionary(fc.constantFrom('volume', 'mediaFrame', 'src', 'x'), behaviour),
});

function listsOf(tracks, frames) {
	return Array.from({length: frames}, (_, frame) =>
		tracks
			.filter(({from, to}) => from <= frame && frame <= to)
			.map(({id, fields}) => ({
				id,
				...Object.fromEntries(Object.entries(fields).map(([key, at]) => [key, at(frame)])),
				frame,
			})),
	);
}

/** Every key in its order. */
const exact = (list) => list.map((asset) => Object.entries(asset));

function kept(lists) {
	const runs = new Runs();
	for (const list of lists) {
		runs.push(list);
	}
	return runs;
}

test('any lists, in any order of reading', () => {
	fc.assert(
		fc.property(
			fc.array(track, {maxLength: 6}),
			fc.integer({min: 1, max: 16}),
			(tracks, frames) => {
				const lists = listsOf(tracks, frames);
				const runs = kept(lists);
				const backwards = lists.map((_, i) => runs.at(frames - 1 - i)).reverse();
				expect(backwards.map(exact)).toStrictEqual(lists.map(exact));
				expect(lists.map((_, i) => exact(runs.at(i)))).toStrictEqual(lists.map(exact));
			},
		),
		{numRuns: 500},
	);
});

test('what is no plain object stays the object that it is', () => {
	class Odd {
		id = 'a';
	}
	const foreign = runInNewContext('({id: "a", frame: 3})');
	const lists = [[new Odd()], [new Odd()], [null], [foreign], [{id: 'a'}], ['text'], []];
	const runs = kept(lists);
	for (const [i, list] of lists.entries()) {
		expect(runs.at(i)).toHaveLength(list.length);
		expect(runs.at(i)[0]).toBe(list[0]);
	}
});

test('a list that is read may be changed, and is not what is read next', () => {
	const runs = kept([[{id: 'a', volume: 1}], [{id: 'a', volume: 1}]]);
	runs.at(1)[0].volume = 7;
	runs.at(1).push('more');
	expect(runs.at(1)).toEqual([{id: 'a', volume: 1}]);
});

test('tracks that go on take one run each, however their volumes go', () => {
	const lists = Array.from({length: 500}, (_, frame) =>
		['a', 'b', 'c'].map((id) => ({id, frame, mediaFrame: frame * 1.5, volume: Math.sin(frame)})),
	);
	expect(kept(lists).stretches).toHaveLength(1);
});
