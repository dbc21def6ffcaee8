'use strict';

// The governor where it says that memory is short all the time: output is stock's,
// and so are errors.

const {essence, render} = require('./harness');

const long = (inputProps = {}) => ({durationInFrames: 24, ...inputProps});

/** More is never free, so every look finds it critical. */
const ALWAYS = {govern: {reserveBytes: Number.MAX_SAFE_INTEGER}};

const RENDERS = [
	{name: 'many frames', id: 'payloads', inputProps: long({count: 2, bytes: 40000})},
	{name: 'one tab', id: 'payloads', options: {concurrency: 1}},
	{name: 'files', id: 'payloads', kind: 'frames', options: {concurrency: 1}},
	{name: 'no parallel encoding', id: 'changing', options: {disallowParallelEncoding: true}},
	{name: 'two renders at once', id: 'payloads', kind: 'twoAtOnce', other: {id: 'changing'}},
	{name: 'a tab that hangs', id: 'retried'},
	{name: 'a still', id: 'artifacts', kind: 'still', options: {frame: 1}},
];

const FAILING = [
	{name: 'a composition that throws', id: 'throws', inputProps: {at: 2}, fails: 'the composition'},
	{
		name: 'a cancelled render',
		id: 'payloads',
		kind: 'cancelled',
		inputProps: long(),
		fails: 'cancel',
	},
	{
		name: 'a tab that crashes by itself',
		id: 'payloads',
		kind: 'crash',
		inputProps: long(),
		fails: 'Page crashed!',
	},
	// What is left of those before is gone.
	{name: 'the next render', id: 'payloads'},
];

// Stock waits for ever where a browser of the user's crashes between two frames of a
// tab, so there is nothing to compare with.
const BROWSER = {id: 'payloads', kind: 'browserKilled', inputProps: long({count: 2, bytes: 40000})};

const alwaysShort = (of) => () => {
	let stock;
	let governed;
	beforeAll(async () => {
		const job = {version: of, renders: [...RENDERS, ...FAILING], deadline: 280_000};
		stock = await render({...job, activated: false});
		governed = await render({...job, activated: true, register: ALWAYS});
	}, 600_000);

	const outcomeOf = ({outcomes}, name) =>
		outcomes[[...RENDERS, ...FAILING].findIndex((one) => one.name === name)];

	test.each(RENDERS.map(({name}) => [name]))('%s: as in stock', (name) => {
		const [a, b] = [stock, governed].map((run) => outcomeOf(run, name));
		expect(a.error).toBeUndefined();
		expect(essence({outcomes: [b]})).toEqual(essence({outcomes: [a]}));
	});

	test.each(FAILING.map(({name, fails}) => [name, fails]))(
		'%s: fails as in stock',
		(name, fails) => {
			const [a, b] = [stock, governed].map((run) => outcomeOf(run, name));
			expect(a.error ?? 'it did not fail').toContain(fails ?? 'it did not fail');
			expect(essence({outcomes: [b]})).toEqual(essence({outcomes: [a]}));
		},
	);

	test('it acted, and said so', () => {
		const {actions} = outcomeOf(governed, 'many frames');
		const types = new Set(actions.map(({type}) => type));
		expect(types).toContain('tabs-purged');
		expect(types).toContain('tab-replaced');
		for (const action of actions) {
			expect(action.message).not.toMatch(/[{}]|NaN|undefined/);
			for (const [name, value] of Object.entries(action)) {
				if (name !== 'type' && name !== 'message') {
					expect([name, value >= 0]).toEqual([name, true]);
				}
			}
		}
	});

	test('a browser that crashes is replaced', async () => {
		const job = {version: of, renders: [BROWSER], deadline: 100_000};
		const {outcomes} = await render({...job, activated: true, register: ALWAYS});
		const [crashed, result] = outcomes[0].result;
		expect(crashed).toBe(true);
		expect(result).toEqual(outcomeOf(stock, 'many frames').result);
	});

	test('switched off, it does nothing', async () => {
		const {outcomes} = await render({
			version: of,
			renders: [RENDERS[0]],
			activated: true,
			register: ALWAYS,
			env: {REMOTION_HEADROOM_GOVERN: 'off'},
		});
		expect(outcomes[0].actions).toEqual([]);
		expect(essence({outcomes})).toEqual(essence({outcomes: [outcomeOf(stock, 'many frames')]}));
	});
};

module.exports = {RENDERS, alwaysShort};
