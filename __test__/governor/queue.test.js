'use strict';

// The queue of the attempts that wait for a tab: first in, first out, also
// where thousands were taken and their places are given up.

const fc = require('fast-check');
const {TabPool} = require('../../lib/governor/tab-pool');

/** A render's queue, of which no tab is open yet. */
const empty = () => new TabPool(null, {poolPromise: new Promise(() => {})}).queue;

const step = fc.oneof(
	fc.record({push: fc.integer({min: 1, max: 1500})}),
	// Nobody takes from one that is empty.
	fc.record({shift: fc.integer({min: 1, max: 2500})}),
	{arbitrary: fc.constant({takeAll: 1}), weight: 1},
);

test('it is what a list would be', () => {
	fc.assert(
		fc.property(fc.array(step, {maxLength: 12}), (steps) => {
			const queue = empty();
			let model = [];
			let next = 0;
			for (const {push = 0, shift = 0, takeAll = 0} of steps) {
				for (let i = 0; i < push; i++) {
					queue.push(next);
					model.push(next++);
				}
				const count = Math.min(shift, model.length);
				const taken = Array.from({length: count}, () => queue.shift());
				expect(taken).toEqual(model.slice(0, count));
				model = model.slice(count);
				if (takeAll > 0) {
					expect(queue.takeAll()).toEqual(model);
					model = [];
				}
				expect(queue.length).toBe(model.length);
			}
			expect(queue.takeAll()).toEqual(model);
			expect(queue.length).toBe(0);
		}),
	);
});
