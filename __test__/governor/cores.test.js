'use strict';

// Both cores decide alike. What they decide by is a look at the real machine, at a
// time of the core's own: here there is one at most, by a limit that is smaller
// than any machine, so that both see the same, and no time passes afterwards.

const fc = require('fast-check');
const {native} = require('../../lib/native');
const wasm = require('../../lib/wasm').makeNative();

const MIB = 2 ** 20;

const tabs = fc.nat({max: 9});
// Those of no render among them.
const render = fc.nat({max: 4});
const frame = fc.nat({max: 3});

const call = fc.oneof(
	...Object.entries({
		mayOpen: [tabs],
		begin: [tabs, tabs],
		end: [render],
		target: [render],
		tabs: [render, tabs, tabs, tabs],
		opened: [render, tabs],
		frameEnded: [render, tabs],
		killed: [render, frame],
		purged: [],
		freed: [],
		recycled: [],
		decide: [],
		view: [],
	}).map(([method, args]) => fc.tuple(fc.constant(method), fc.tuple(...args))),
);

const limit = fc.option(fc.integer({min: 1, max: 512 * MIB}));
const reserve = fc.option(
	fc.oneof(fc.integer({min: 1, max: 512 * MIB}), fc.constant(Number.MAX_SAFE_INTEGER)),
	{nil: undefined},
);

/** All that a governor answers. */
function answers({Governor}, reserveBytes, seen, calls) {
	const governor = new Governor(reserveBytes);
	if (seen !== null) {
		governor.look(undefined, `${seen}b`);
	}
	return calls.map(([method, args]) => governor[method](...args) ?? null);
}

test('for any calls', () => {
	fc.assert(
		fc.property(reserve, limit, fc.array(call, {maxLength: 40}), (reserveBytes, seen, calls) => {
			const [ours, theirs] = [native, wasm].map((core) => answers(core, reserveBytes, seen, calls));
			expect(theirs).toEqual(ours);
		}),
		{numRuns: 500},
	);
});

/** What a pool calls for a render of four tabs. */
const begins = [
	['mayOpen', [0]],
	['begin', [4, 4]],
	['tabs', [1, 4, 0, 9]],
];
const last = (reserveBytes, seen, calls) =>
	[native, wasm].map((core) => answers(core, reserveBytes, seen, calls).at(-1));
const change = {render: 1, from: 4, to: 3, tabBytes: 0};
const nothing = {purge: false, free: false, park: false, changes: []};

test('where memory is ample, there is nothing to do', () => {
	const calls = [...begins, ['frameEnded', [1, 0]], ['decide', []]];
	expect(last(MIB, 512 * MIB, calls)).toEqual([nothing, nothing]);
});

test('where memory is short, all is given back, and there is a tab fewer', () => {
	const all = {purge: true, free: true, park: true, changes: [{...change, code: 'fewer-tabs'}]};
	expect(last(512 * MIB, MIB, [...begins, ['decide', []]])).toEqual([all, all]);
});

test('after a kill there is a tab fewer, until a frame is too large for one', () => {
	const killed = {...nothing, changes: [{...change, code: 'fewer-tabs-after-kill'}]};
	const kill = ['killed', [1, 7]];
	expect(last(MIB, 512 * MIB, [...begins, kill, ['decide', []]])).toEqual([killed, killed]);
	const alone = [...begins.slice(0, 1), ['begin', [1, 1]], ['tabs', [1, 1, 0, 9]]];
	expect(last(MIB, 512 * MIB, [...alone, kill, kill])).toEqual(['again', 'again']);
	expect(last(MIB, 512 * MIB, [...alone, kill, kill, kill])).toEqual(['too-large', 'too-large']);
});

test('where a tab more fits, there is one', () => {
	const calls = [
		['mayOpen', [0]],
		['begin', [1, 4]],
		['tabs', [1, 1, 0, 9]],
		['frameEnded', [1, 0]],
		['decide', []],
	];
	const more = {...nothing, changes: [{...change, from: 1, to: 2, code: 'more-tabs'}]};
	expect(last(MIB, 512 * MIB, calls)).toEqual([more, more]);
});

test('a wish that is no number of tabs opens none, and breaks nothing', () => {
	for (const core of [native, wasm]) {
		const governor = new core.Governor();
		expect(() => governor.begin(0, 0)).not.toThrow();
		expect(governor.target(1)).toBe(1);
		expect(governor.target(99)).toBe(2 ** 32 - 1);
	}
});
