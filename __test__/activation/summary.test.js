'use strict';

// What is said of a render after its end, held against counts that are made without
// it: of what stock's tabs send, of the heap, and of the governor's actions.

const path = require('node:path');
const {native} = require('../../lib/native');
const {NEWEST, browser, bundle, removeBundles, render} = require('./harness');
const {parse} = require('./openmetrics');
const {ACTIVATE, makeProject} = require('./project');

const MIB = 2 ** 20;
const isOff = process.env.REMOTION_HEADROOM_BINARY === 'off';

const PAYLOADS = {id: 'payloads', inputProps: {count: 3, bytes: 100_000, durationInFrames: 8}};
const CHANGING = {id: 'changing', inputProps: {durationInFrames: 4}};

afterAll(removeBundles);

/** Every number of a summary, by its path. */
function figuresOf(value, at = '') {
	return typeof value === 'number'
		? [[at, value]]
		: typeof value === 'object' && value !== null
			? Object.entries(value).flatMap(([name, one]) => figuresOf(one, `${at}.${name}`))
			: [];
}

/** What holds for each summary, whatever its render. */
function check(summary) {
	for (const [at, figure] of figuresOf(summary)) {
		expect([at, Number.isFinite(figure) && figure >= 0]).toEqual([at, true]);
	}
	expect(summary.remotionVersion).toMatch(/^4\./);
	expect(summary.message).not.toMatch(/NaN|undefined|null|\{|\}/);
	for (const {code, text} of summary.lines) {
		expect(native.codes().renderSummary).toContain(code);
		expect(text).not.toMatch(/NaN|undefined|null|\{|\}/);
	}
	const {payloads, memory, startedAt} = summary;
	expect(Math.abs(startedAt - Date.now())).toBeLessThan(3_600_000);
	expect(memory.looks).toBeGreaterThanOrEqual(2);
	expect(memory.peakBytes).toBeGreaterThan(0);
	expect(memory.peakBytes).toBeLessThanOrEqual(memory.limitBytes);
	if (payloads !== null) {
		if (summary.outcome === 'ended') {
			expect(payloads.heldBytes).toBeLessThanOrEqual(payloads.stockBytes);
		}
		expect(payloads.count > 0).toBe(payloads.heldBytes > 0);
	}
}

const codesOf = ({lines}) => lines.map(({code}) => code);

const RENDERS = [
	{name: 'media', ...PAYLOADS, ballast: 96 * MIB},
	{name: 'changing', ...CHANGING},
	{name: 'still', id: 'artifacts', kind: 'still', options: {frame: 1}},
	{name: 'frames', ...PAYLOADS, kind: 'frames', options: {concurrency: 1}},
	{name: 'throws', id: 'throws', inputProps: {at: 2}},
	{name: 'cancelled', id: 'payloads', kind: 'cancelled', inputProps: {durationInFrames: 60}},
	{name: 'two at once', ...PAYLOADS, kind: 'twoAtOnce', other: CHANGING},
	{name: 'hostile', id: 'hostile', inputProps: {durationInFrames: 4}},
	{name: 'nothing', id: 'nothing'},
];

describe(`renders of Remotion ${NEWEST}`, () => {
	let stock;
	let activated;

	beforeAll(async () => {
		const renders = RENDERS.filter(({name}) => ['media', 'changing'].includes(name));
		stock = await render({activated: false, countsPayloads: true, renders});
		activated = await render({activated: true, renders: RENDERS});
	}, 240_000);

	const outcomeOf = (name) => activated.outcomes[RENDERS.findIndex((one) => one.name === name)];
	const arrivedOf = (name) => stock.outcomes[['media', 'changing'].indexOf(name)].arrived;

	test('each has one summary, but for the frames that are stitched, and the two', () => {
		const calls = activated.outcomes.map(({summaries}) => summaries.map(({call}) => call));
		expect(calls).toEqual([
			['renderMedia'],
			['renderMedia'],
			['renderStill'],
			['renderFrames', 'stitchFramesToVideo'],
			['renderMedia'],
			['renderMedia'],
			['renderMedia', 'renderMedia'],
			['renderMedia'],
			['renderMedia'],
		]);
	});

	test('figures are figures', () => {
		for (const {summaries} of activated.outcomes) {
			summaries.forEach(check);
		}
	});

	test.each(['media', 'changing'])('payloads of %s are those that stock’s tabs send', (name) => {
		const [{payloads, outcome, steppedAside, parts}] = outcomeOf(name).summaries;
		const {bytes, payloadBytes, payloads: count} = arrivedOf(name);
		expect(bytes).toBeGreaterThan(0);
		expect(payloads).toMatchObject({count, heldBytes: payloadBytes, stockBytes: bytes});
		expect(payloads.offHeap).toBe(!isOff);
		// Two tabs send each of them once at most.
		expect(payloads.sentBytes).toBeLessThanOrEqual(2 * payloadBytes);
		expect({outcome, steppedAside}).toEqual({outcome: 'ended', steppedAside: []});
		expect(parts).toEqual(expect.arrayContaining(['collect-assets', 'compress-assets']));
	});

	test('the peak of the heap is what somebody else saw', () => {
		const {summaries, peakHeap, ballast} = outcomeOf('media');
		const [{peakHeapBytes}] = summaries;
		expect(ballast * 8).toBe(96 * MIB);
		expect(peakHeapBytes).toBeGreaterThan(96 * MIB);
		expect(Math.abs(peakHeapBytes - peakHeap)).toBeLessThan(24 * MIB);
		// It is of this render.
		const [after] = outcomeOf('nothing').summaries;
		expect(after.peakHeapBytes).toBeLessThan(96 * MIB);
	});

	test('how they ended', () => {
		const outcomes = ['throws', 'cancelled', 'nothing'].map(
			(name) => outcomeOf(name).summaries[0].outcome,
		);
		expect(outcomes).toEqual(['failed', 'cancelled', 'ended']);
		expect(codesOf(outcomeOf('throws').summaries[0])[0]).toBe('failed');
		expect(outcomeOf('nothing').summaries[0].payloads.count).toBe(0);
		expect(codesOf(outcomeOf('nothing').summaries[0])).toContain('no-payloads');
	});

	test('of two at once each has its own payloads, and what is shared is said', () => {
		const {summaries} = outcomeOf('two at once');
		const counts = summaries.map(({payloads: {count, heldBytes, stockBytes}}) => [
			count,
			heldBytes,
			stockBytes,
		]);
		const expected = ['media', 'changing'].map((name) => {
			const {payloads, payloadBytes, bytes} = arrivedOf(name);
			return [payloads, payloadBytes, bytes];
		});
		expect(counts.sort()).toEqual(expected.sort());
		for (const summary of summaries) {
			expect(summary.rendersAtOnce).toBe(2);
			expect(codesOf(summary)).toContain('shared');
		}
		expect(outcomeOf('media').summaries[0].rendersAtOnce).toBe(1);
		expect(codesOf(outcomeOf('media').summaries[0])).not.toContain('shared');
	});

	test('what stepped aside is said', () => {
		const [summary] = outcomeOf('hostile').summaries;
		expect(summary.steppedAside.map(({part}) => part)).toContain('collect-assets');
		expect(summary.message).toMatch(/left to Remotion: collect-assets, because /);
	});

	test('a still is not governed, and looked at all the same', () => {
		const [summary] = outcomeOf('still').summaries;
		expect(summary.governed).toBe(false);
		expect(codesOf(summary)).toContain('not-governed');
		expect(outcomeOf('media').summaries[0].governed).toBe(true);
	});

	test('looks are kept in order, apart, and are what the peaks are of', () => {
		const {looks} = activated;
		expect(looks.length).toBeGreaterThan(10);
		looks.slice(1).forEach(({at}, i) => {
			expect(at - looks[i].at).toBeGreaterThanOrEqual(100);
		});
		const most = Math.max(...looks.map(({usedBytes}) => usedBytes));
		const peaks = activated.outcomes.flatMap(({summaries}) =>
			summaries.map(({memory}) => memory.peakBytes),
		);
		expect(Math.max(...peaks)).toBe(most);
	});

	test('metrics are OpenMetrics, and count the renders', () => {
		const families = parse(activated.text);
		const names = [...families.keys()].map((name) => name.replace('remotion_headroom_', ''));
		const {metrics} = native.codes();
		expect(metrics).toEqual(expect.arrayContaining(names));
		expect(metrics.filter((name) => !names.includes(name) && name !== 'oom_kills')).toEqual([]);
		const samples = (name) => Object.fromEntries(families.get(`remotion_headroom_${name}`).samples);
		const failed = RENDERS.filter((_, i) => activated.outcomes[i].error !== undefined);
		expect(failed.map(({name}) => name)).toEqual(['throws', 'cancelled']);
		// One of them is two at once, and one is frames that are stitched then.
		expect(samples('renders')).toEqual({
			'outcome="ended"': RENDERS.length - 2 + 2,
			'outcome="failed"': 1,
			'outcome="cancelled"': 1,
		});
		expect(samples('renders_under_way')).toEqual({'': 0});
		expect(Object.keys(samples('governor_actions'))).toEqual(
			native.codes().governorActions.map((code) => `type="${code}"`),
		);
		expect(samples('memory_limit_bytes')['']).toBeGreaterThan(0);
	});

	test('what is no OpenMetrics is refused', () => {
		const {text} = activated;
		for (const [from, to] of [
			['# EOF\n', ''],
			['_total{', '{'],
			['# TYPE', '#TYPE'],
			['"ended"} ', '"ended} '],
			['_bytes bytes', '_bytes seconds'],
			[/_under_way \d+/, '_under_way NaN'],
			[/(remotion_headroom_payloads \d+\n)/, '$1$1'],
		]) {
			const changed = text.replace(from, to);
			expect(changed).not.toBe(text);
			expect(() => parse(changed)).toThrow('no OpenMetrics');
		}
	});
});

test('actions of the governor are counted for their render, those that concern all apart', async () => {
	const {outcomes, text} = await render({
		activated: true,
		register: {govern: {reserveBytes: Number.MAX_SAFE_INTEGER}},
		renders: [{id: 'payloads', inputProps: {count: 2, bytes: 40_000, durationInFrames: 24}}],
	});
	const [{actions, summaries}] = outcomes;
	const [summary] = summaries;
	check(summary);
	const expected = {};
	for (const {type} of actions) {
		expected[type] = (expected[type] ?? 0) + 1;
	}
	expect({...summary.actions, ...summary.sharedActions}).toEqual(expected);
	expect(Object.keys(summary.sharedActions)).toEqual(['tabs-purged']);
	expect(summary.actions['tab-replaced']).toBeGreaterThan(0);
	expect(codesOf(summary)).toContain('governor');
	const {samples} = parse(text).get('remotion_headroom_governor_actions');
	expect(samples.get('type="tab-replaced"')).toBe(expected['tab-replaced']);
}, 120_000);

test.each([
	['without a governor', {env: {REMOTION_HEADROOM_GOVERN: 'off'}}, {governed: false}],
	[
		'without a binary',
		{env: {REMOTION_HEADROOM_BINARY: 'off'}},
		{governed: true, payloads: {offHeap: false}},
	],
	['Remotion 4.0.300', {version: '4.0.300'}, {governed: true, remotionVersion: '4.0.300'}],
])(
	'%s',
	async (_name, how, expected) => {
		const {outcomes} = await render({activated: true, renders: [PAYLOADS], ...how});
		const [summary] = outcomes[0].summaries;
		check(summary);
		expect(summary).toMatchObject({outcome: 'ended', steppedAside: [], ...expected});
		expect(summary.payloads.count).toBe(3);
		expect(summary.payloads.stockBytes).toBe(8 * summary.payloads.heldBytes);
	},
	120_000,
);

describe('what is printed', () => {
	let project;
	let bundled;

	beforeAll(async () => {
		bundled = await bundle();
		project = await makeProject();
		project.script(
			'listening.cjs',
			`const {renderMedia, selectComposition} = require('remotion-headroom/renderer');
			const {getRenderSummaries, onRenderEnd, register} = require('remotion-headroom');
			register({summary: true});
			onRenderEnd(() => { throw new Error('mine'); });
			const end = onRenderEnd(() => console.log('never told'));
			end();
			process.on('exit', () => console.log('kept', getRenderSummaries().length));`,
		);
		project.script(
			'stock.cjs',
			"const {renderMedia, selectComposition} = require('@remotion/renderer');",
		);
	}, 120_000);

	afterAll(() => project.remove());

	const cli = path.join('node_modules', '@remotion', 'cli', 'remotion-cli.js');
	const command = (name, level, env, output) => {
		const flags = [
			'--props={"count":2,"bytes":20000,"durationInFrames":3}',
			`--log=${level}`,
			...(browser.browserExecutable
				? [`--browser-executable=${browser.browserExecutable}`, '--chrome-mode=chrome-for-testing']
				: []),
		];
		const plain = {NO_COLOR: '1', FORCE_COLOR: '0'};
		const {stdout} = project.run(
			[cli, name, ...flags, bundled, 'payloads'],
			{...plain, ...ACTIVATE, ...env},
			output,
		);
		return stdout.split('\n');
	};
	const oursOf = (lines) => lines.filter((line) => line.includes('[remotion-headroom]'));

	test('the command at verbose: that we are active, and a block at the end', () => {
		const ours = oursOf(command('render', 'verbose', {}, 'verbose.mp4'));
		expect(ours[0]).toMatch(
			/ remotion-headroom \d+\.\d+\.\d+ is active in Remotion 4\.\S+: .*, compo/,
		);
		expect(ours.filter((line) => /is active in/.test(line))).toHaveLength(1);
		const at = ours.findIndex((line) => / renderMedia\(\) ended after /.test(line));
		const heads = ours.slice(at + 1).map((line) => line.split('] ')[1].split(':')[0]);
		expect(heads.slice(0, 3)).toEqual(['took part', 'payloads', 'V8 heap']);
		expect(heads.at(-1)).toBe('governor');
	}, 120_000);

	test('the command by REMOTION_HEADROOM=verbose: one line, the last', () => {
		const env = {REMOTION_HEADROOM: 'verbose'};
		const lines = command('render', 'info', env, 'line.mp4').filter(Boolean);
		expect(oursOf(lines)).toHaveLength(1);
		expect(lines.at(-1)).toMatch(/^\[remotion-headroom\] renderMedia\(\) ended after .*\.$/);
		const still = command('still', 'error', env, 'line.png');
		expect(oursOf(still)).toEqual([expect.stringMatching(/ renderStill\(\) ended after /)]);
	}, 120_000);

	test('in colour where it is forced', () => {
		const env = {REMOTION_HEADROOM: 'verbose', FORCE_COLOR: '1', NO_COLOR: ''};
		const [line] = oursOf(command('still', 'error', env, 'colour.png'));
		expect(line.startsWith('\x1b[2m[remotion-headroom]\x1b[22m renderStill')).toBe(true);
	}, 120_000);

	test('nothing where nobody asked, and nothing where nothing is activated', () => {
		expect(oursOf(command('render', 'info', {}, 'unasked.mp4'))).toEqual([]);
		const off = {REMOTION_HEADROOM: 'off'};
		expect(oursOf(command('render', 'verbose', off, 'off.mp4'))).toEqual([]);
	}, 120_000);

	test('register({summary: true}); a listener that throws, and one that was ended', () => {
		const {stdout, stderr} = project.run(['listening.cjs'], {NO_COLOR: '1', FORCE_COLOR: '0'});
		expect(stdout).toMatch(/^kept 1$/m);
		expect(stdout).not.toContain('never told');
		expect(oursOf(stdout.split('\n'))).toEqual([expect.stringMatching(/renderMedia\(\) ended/)]);
		expect(stderr).toMatch(/A listener of onRenderEnd\(\) threw: Error: mine/);
	}, 120_000);
});

describe('colours', () => {
	const {format, hasColours} = require('../../lib/summary/print');

	test.each([
		[true, {}, true],
		[false, {}, false],
		[true, {NO_COLOR: '1'}, false],
		[true, {NO_COLOR: ''}, true],
		[true, {TERM: 'dumb'}, false],
		[false, {FORCE_COLOR: '1'}, true],
		[true, {FORCE_COLOR: '0'}, false],
		[false, {FORCE_COLOR: '3', NO_COLOR: '1'}, true],
		[false, {FORCE_COLOR: ''}, false],
	])('terminal: %s, %j', (isTTY, env, expected) => {
		expect(hasColours({isTTY}, env)).toBe(expected);
	});

	test('only what somebody may have to see to is yellow', () => {
		expect(format({code: 'kills', text: 'a'}, true)).toContain('\x1b[33ma\x1b[39m');
		expect(format({code: 'heap', text: 'a'}, true)).not.toContain('\x1b[33m');
		expect(format({code: 'kills', text: 'a'}, false)).toBe('[remotion-headroom] a');
	});
});

test('arguments are checked', () => {
	const {onRenderEnd, register} = require('../../index');
	for (const listener of [undefined, null, 5, {}, 'told']) {
		expect(() => onRenderEnd(listener)).toThrow(/^listener must be a function, but got /);
	}
	for (const summary of [null, 1, 'verbose', {}]) {
		expect(() => register({summary})).toThrow(/^summary must be a boolean, but got /);
	}
});
