'use strict';

// Verdicts, thinning, sizes, and the schemas.

const Ajv = require('ajv');
const {ROLES} = require('../../lib/report/draw');
const {optionsOf, toHtml, toSvg} = require('../../lib/report/page');
const {ROLES: READ, RecordingError, parseRecording} = require('../../lib/report/read');
const {makeReport} = require('../../lib/report/report');
const {thin} = require('../../lib/report/thin');
const {MIB, makeRandom, makeRecording, toText} = require('./recordings');

const ajv = new Ajv({allErrors: true});
const isLine = ajv.compile(require('../../schema/recording-1.json'));
const isReport = ajv.compile(require('../../schema/report-1.json'));

const parse = (lines) => parseRecording(toText(lines), 'r.jsonl');
const reportOf = (...recordings) =>
	makeReport(
		recordings.map(parse),
		recordings.map((_, i) => `${i}.jsonl`),
	);

const HEADER = {headroom: 1, start: 0, version: '0.1.0', limit: 1000 * MIB, memory: 'pss-like'};
const mibs = (p) => Object.fromEntries(Object.entries(p).map(([pid, one]) => [pid, one * MIB]));
const look = (t, used, p, more = {}) => ({
	t,
	used: used === null ? null : used * MIB,
	oomKills: 0,
	p: mibs(p),
	...more,
});
const NAMED = [
	{t: 0, process: {pid: 1, role: 'node', name: 'Node'}},
	{t: 0, process: {pid: 2, role: 'compositor', name: 'compositor'}},
	{t: 0, process: {pid: 3, role: 'tab', name: 'tab 1'}},
];
const verdictOf = (header, ...lines) =>
	reportOf([{...HEADER, ...header}, ...NAMED, ...lines]).verdict;

describe('the verdict', () => {
	test('names the peak, and who a smaller limit would have killed', () => {
		const lines = [look(0, 500, {1: 450}), look(100, 951, {1: 200, 2: 500, 3: 230})];
		expect(verdictOf({}, ...lines)).toEqual({
			code: 'peak',
			text: 'Peak 951 of 1,000 MiB, 95 %; a limit of 900 would have killed the compositor.',
		});
	});

	test('takes no cache of the kernel for memory that is needed', () => {
		const lines = [look(0, 990, {1: 100, 3: 210}), look(100, 900, {1: 100, 3: 240})];
		expect(verdictOf({}, ...lines).text).toBe(
			'Peak 990 of 1,000 MiB, 99 %; a limit of 300 would have killed tab 1.',
		);
	});

	test('says nothing of smaller limits where shared pages count several times', () => {
		const lines = [look(0, null, {1: 300, 2: 400})];
		expect(verdictOf({memory: 'rss'}, ...lines).text).toBe('Peak 700 of 1,000 MiB, 70 %.');
	});

	test('knows a render without a limit', () => {
		expect(verdictOf({limit: null}, look(0, 9000, {1: 150, 2: 200}))).toEqual({
			code: 'peak-unlimited',
			text: 'Peak 350 MiB, without a limit; a limit of 300 would have killed the compositor.',
		});
	});

	test('with a kill names the victim, the moment and what was in use', () => {
		const lines = [
			look(65_000, 999, {1: 200, 2: 700}),
			{t: 65_300, mark: {kind: 'kill', text: 'killed', figures: {pid: 2}}},
			look(65_400, 300, {1: 200}, {oomKills: 1}),
		];
		expect(verdictOf({}, ...lines)).toEqual({
			code: 'killed',
			text: 'The kernel killed the compositor at 1:05.3; in use were 999 of 1,000 MiB.',
		});
	});

	test('finds the victim where only the kernel counts, and counts from the first look', () => {
		const more = {oomKills: 4};
		const lines = [
			look(0, 900, {1: 200, 2: 300, 3: 400}, more),
			look(100, 998, {1: 200, 2: 350, 3: 440}, more),
			look(200, 600, {1: 200, 2: 350}, {oomKills: 5}),
			look(5000, 600, {1: 200, 2: 350}, {oomKills: 5}),
		];
		expect(verdictOf({}, ...lines).text).toBe(
			'The kernel killed tab 1 at 0:00.2; in use were 998 of 1,000 MiB.',
		);
		expect(verdictOf({}, ...lines.slice(0, 2)).code).toBe('peak');
		const [{marks}] = reportOf([HEADER, ...NAMED, ...lines]).recordings;
		expect(marks).toEqual([
			{t: 200, kind: 'kill', text: 'the kernel killed tab 1, by its own count', render: null},
		]);
	});

	test('says where a recording breaks off, and only there', () => {
		const mark = (t, kind) => ({t, mark: {kind, text: 'a', render: '1'}});
		const node = {t: 0, process: {pid: 1, role: 'node', name: 'Node', render: '1'}};
		const lines = [node, mark(0, 'phase'), look(0, 300, {1: 200}), look(4200, 990, {1: 900})];
		expect(verdictOf({}, ...lines)).toEqual({
			code: 'broken-off',
			text: 'The recording breaks off at 0:04.2: Node was killed, or goes on; in use were 990 of 1,000 MiB.',
		});
		// Its render has ended; or Node has, and somebody else goes on with the recording.
		const ends = [mark(4300, 'end'), {t: 4300, process: {pid: 1, gone: true}}];
		for (const end of ends) {
			expect(verdictOf({}, ...lines, end).code).toBe('peak');
		}
	});

	test('goes by the limit of its moment, and knows the tightest one', () => {
		const lines = [look(0, 700, {1: 700}), look(100, 480, {1: 480}, {limit: 500 * MIB})];
		const [{peak, verdict}] = reportOf([HEADER, ...NAMED, ...lines]).recordings;
		expect(verdict.text).toContain('Peak 700 of 1,000 MiB, 70 %');
		expect(peak.highestShare).toBeCloseTo(0.96);
	});

	test.each([
		[
			{kill: true},
			{},
			/^\d+ MiB less at the peak: \d+ instead of 1,000 MiB; nothing is killed any more\.$/,
		],
		[{}, {kill: true}, /^\d+ MiB more at the peak: .*; now the kernel kills\.$/],
		[{}, {}, /^The same peak, \d+ MiB\.$/],
		[{kill: true}, {kill: true}, /the kernel kills as before\.$/],
	])('of %j and then %j', (before, after, text) => {
		const report = reportOf(makeRecording(before), makeRecording(after));
		expect(report.verdict).toEqual({code: 'compared', text: expect.stringMatching(text)});
	});
});

describe('thinning', () => {
	test('keeps the largest of each measure, wherever it is', () => {
		for (let seed = 1; seed <= 200; seed++) {
			const random = makeRandom(seed);
			const count = 3 + Math.floor(random() * 3000);
			let t = 0;
			const points = Array.from({length: count}, () => {
				t += Math.floor(random() ** 4 * 2000);
				return {t, a: random(), b: random()};
			});
			const kept = thin(points, 100, [(one) => one.a, (one) => one.b]);
			expect(kept.length).toBeLessThanOrEqual(100);
			expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
			for (const measure of ['a', 'b']) {
				const most = Math.max(...points.map((one) => one[measure]));
				expect(Math.max(...kept.map((i) => points[i][measure]))).toBe(most);
			}
			expect([kept[0], kept.at(-1)]).toEqual([0, count - 1]);
		}
	});

	test('of times that are all the same', () => {
		const points = Array.from({length: 1000}, (_, i) => ({t: 5, a: i === 700 ? 1 : 0}));
		expect(thin(points, 10, [(one) => one.a])).toContain(700);
	});

	test('a peak of one look in ten minutes is in the report, at its moment', () => {
		const lines = makeRecording({seconds: 600, limitMib: 3000});
		const looks = lines.filter((line) => line.p);
		for (const i of [1, 777, 3210, looks.length - 2]) {
			const spike = looks[i];
			const was = {...spike, p: {...spike.p}};
			spike.p[10] += 1500 * MIB;
			spike.used += 1500 * MIB;
			const [{peak, moments, processes}] = reportOf(lines).recordings;
			expect(peak).toMatchObject({t: spike.t, bytes: spike.used});
			const at = moments.t.indexOf(spike.t);
			expect(moments.used[at]).toBeCloseTo(spike.used / MIB, 0);
			const node = processes.find(({role}) => role === 'node');
			expect(node).toMatchObject({peak: spike.p[10], peakAt: spike.t});
			expect(node.values[at - node.from]).toBeCloseTo(spike.p[10] / MIB, 0);
			Object.assign(spike, was);
		}
	});
});

/** Bytes of a page. */
const LIMIT = 300_000;

describe('sizes', () => {
	test.each([
		['ten minutes', {seconds: 600}],
		['ten minutes with 500 processes', {seconds: 600, extra: 500, limitMib: 4000}],
	])('the page of %s', (_what, options) => {
		const report = reportOf(makeRecording(options));
		expect(Buffer.byteLength(toHtml(report))).toBeLessThan(LIMIT);
		expect(isReport(report)).toBe(true);
	});

	test('the page of two renders of ten minutes, whose frames and actions are many', () => {
		const lines = makeRecording({seconds: 600, tabs: 6, limitMib: 3000});
		for (let t = 0; t < 600_000; t += 50) {
			lines.push({t, frame: {n: t, ms: (t * 7919) % 997, render: null}});
			lines.push({t, mark: {kind: 'action', text: 'tab-closed', figures: {tab: 2}}});
		}
		const sorted = [lines[0], ...lines.slice(1).sort((a, b) => a.t - b.t)];
		const report = reportOf(sorted, sorted);
		expect(Buffer.byteLength(toHtml(report))).toBeLessThan(LIMIT);
	});

	test('with many processes everybody is counted, and the large ones have names', () => {
		const lines = makeRecording({extra: 500, limitMib: 4000});
		const [{processes, moments}] = reportOf(lines).recordings;
		const sum = processes.reduce((all, {count}) => all + count, 0);
		expect(sum).toBe(parse(lines).processes.length);
		expect(processes.map(({name}) => name)).toEqual(expect.arrayContaining(['Node', 'compositor']));
		const at = 50;
		const shown = processes.reduce((all, {values, from}) => all + (values[at - from] ?? 0), 0);
		const measured = lines.find((line) => line.p && line.t === moments.t[at]);
		const bytes = Object.values(measured.p).reduce((all, one) => all + one, 0);
		expect(Math.abs(shown - bytes / MIB)).toBeLessThan(5);
	});
});

describe('the schemas', () => {
	test.each([[{}], [{kill: true}], [{limitMib: null, kernel: false}]])(
		'recordings and reports of %j keep to them',
		(options) => {
			const lines = makeRecording(options);
			expect(lines.filter((line) => !isLine(line))).toEqual([]);
			const report = reportOf(lines);
			isReport(JSON.parse(JSON.stringify(report)));
			expect(isReport.errors).toBe(null);
		},
	);

	test.each([
		[{...HEADER, headroom: 2}],
		[{t: 1}],
		[{t: 1, p: {a: 5}}],
		[{t: -1, p: {}}],
		[{t: 1, process: {pid: 1, role: 'chef', name: 'x'}}],
		[{t: 1, process: {pid: 1}}],
		[{t: 1, mark: {kind: 'lunch', text: ''}}],
		[{t: 1, frame: {n: 1}}],
	])('%j is no line of a recording', (line) => {
		expect(isLine(line)).toBe(false);
	});

	test('every role is drawn', () => {
		expect([...ROLES].sort()).toEqual([...READ].sort());
	});
});

describe('damaged recordings', () => {
	const NASTY = [null, -1, 1e300, 0.5, '', 'x'.repeat(5000), [], {}, true, '</script>', {a: -1}];

	/** Puts something else in the place of one value, at any depth. */
	function damage(value, random) {
		const keys = Object.keys(value);
		const key = keys[Math.floor(random() * keys.length)];
		const inner = value[key];
		if (
			typeof inner === 'object' &&
			inner !== null &&
			Object.keys(inner).length > 0 &&
			random() < 0.7
		) {
			damage(inner, random);
		} else if (random() < 0.2) {
			delete value[key];
		} else {
			value[key] = NASTY[Math.floor(random() * NASTY.length)];
		}
	}

	test('are an error in a sentence, or a report as the schema has it', () => {
		let reports = 0;
		for (let seed = 1; seed <= 300; seed++) {
			const random = makeRandom(seed * 7919);
			const lines = makeRecording({seconds: 2, every: 50, kill: seed % 2 === 0, render: 'a'});
			// The header is one of many lines, and has much to get wrong.
			damage(lines[0], random);
			for (let i = 0; i < 12; i++) {
				damage(lines[1 + Math.floor(random() * (lines.length - 1))], random);
			}
			let report;
			try {
				report = reportOf(lines);
			} catch (error) {
				expect(error).toBeInstanceOf(RecordingError);
				continue;
			}
			reports += 1;
			isReport(JSON.parse(JSON.stringify(report)));
			expect([seed, isReport.errors]).toEqual([seed, null]);
			const html = toHtml(report);
			expect(Buffer.byteLength(html)).toBeLessThan(LIMIT);
			// Without the page's code, which may speak of them.
			const [drawn] = html.split('<script>\n');
			const wrong = /.{20}(?:NaN|Infinity|undefined|\[object).{20}/.exec(drawn + toSvg(report));
			expect([seed, wrong]).toEqual([seed, null]);
		}
		expect(reports).toBeGreaterThan(150);
	});
});

describe('the report', () => {
	test('of two renders at once knows each', () => {
		const both = [
			...makeRecording({render: 'a'}),
			...makeRecording({render: 'b', seed: 3}).slice(1),
		].map((line) => (line.process && line.process.render === 'b' ? {...line, t: line.t} : line));
		const sorted = [both[0], ...both.slice(1).sort((x, y) => x.t - y.t)];
		const report = reportOf(sorted);
		const [{renders, frames}] = report.recordings;
		expect(renders.map(({id}) => id).sort()).toEqual(['a', 'b']);
		expect(renders.reduce((all, one) => all + one.frames, 0)).toBe(frames.count);
		const html = toHtml(report);
		expect(html).toContain('Renders as a table');
		expect(html).toContain('class="frames second"');
		// Which is which is said wherever it is drawn.
		for (const drawn of [html, toSvg(report)]) {
			expect(drawn).toContain('>frames of render a<');
			expect(drawn).toContain('>frames of render b<');
		}
		expect(html).toContain('compositor (b)');
		expect(html).toContain('A plan for this limit and one render at a time');
	});

	test('names every line of a picture of two, in the page and in the SVG', () => {
		const report = reportOf(makeRecording({kill: true}), makeRecording());
		const [html, svg] = [toHtml(report), toSvg(report)].map((text) => text.split('<script')[0]);
		for (const drawn of [html, svg]) {
			expect(drawn.match(/>processes before</g)).toHaveLength(1);
			expect(drawn.match(/>the kernel’s count</g)).toHaveLength(2);
		}
		// One in the legend, one in the picture.
		expect(svg.match(/class="ghost"/g)).toHaveLength(2);
		expect(toSvg(reportOf(makeRecording()))).not.toContain('ghost"');
	});

	test('puts an action that is told by its code in the words of the core', () => {
		const [{marks}] = reportOf(makeRecording()).recordings;
		expect(marks.map(({text}) => text)).toContain(
			'2 -> 1 tabs at work: memory is short (61 MiB of 1,000 MiB left, 88 MiB soon).',
		);
	});

	test('advises where it was tight, and only there', () => {
		const [tight] = reportOf(makeRecording({kill: true})).recordings;
		expect(tight.advice.map(({code}) => code)).toEqual(['oom-killed']);
		expect(tight.plan.size).toBe('1920x1080');
		expect(tight.plan.reasons.map(({code}) => code)).toContain('tabs-fewer');
		const [ample] = reportOf(makeRecording({limitMib: 8000})).recordings;
		expect(ample).toMatchObject({advice: [], plan: null});
	});

	// Four of 1080p in 720p: a cache that goes by the composition alone would be too
	// small to render them with.
	test('advises a cache that holds the videos there were', () => {
		const size = {width: 1280, height: 720, cpus: 2};
		const lines = (figures) => [
			HEADER,
			{t: 0, mark: {kind: 'phase', text: 'a', figures: {...size, ...figures}}},
			look(10, 990, {1: 900}),
			look(20, 990, {1: 900}),
		];
		const cacheOf = (figures) => {
			const [{plan}] = reportOf(lines(figures)).recordings;
			return plan.options.offthreadVideoCacheSizeInBytes;
		};
		const needed = 4 * 8 * 1920 * 1080 * 3;
		expect(cacheOf({videos: 4, videoFrameBytes: 1920 * 1080 * 3})).toBeGreaterThanOrEqual(needed);
		expect(cacheOf({})).toBeLessThan(needed);
		for (const odd of [
			{videos: -1, videoFrameBytes: 1e300},
			{videos: 1e9, videoFrameBytes: 1e15},
		]) {
			expect(Number.isSafeInteger(cacheOf(odd))).toBe(true);
		}
	});

	test('pastes options that the command of Remotion has', () => {
		const {BrowserSafeApis} = require('@remotion/renderer/client');
		const known = Object.values(BrowserSafeApis.options).map(({cliFlag}) => `--${cliFlag}`);
		const [{plan}] = reportOf(makeRecording({kill: true})).recordings;
		const {flags} = optionsOf(plan.options);
		expect(flags.length).toBe(4);
		expect(known).toEqual(expect.arrayContaining(flags.map((flag) => flag.split('=')[0])));
	});

	test('advises on a heap that is nearly full', () => {
		const v8 = {t: 50, v8: {used: 480 * MIB, limit: 512 * MIB, external: 0, delay: 1}};
		const lines = [HEADER, look(0, 500, {1: 500}), v8, look(100, 500, {1: 500})];
		const [{advice}] = reportOf(lines).recordings;
		expect(advice).toEqual([
			expect.objectContaining({
				code: 'v8-heap-exhausted',
				title: "V8's heap was filled to 94 % of its limit.",
			}),
		]);
	});

	test('keeps the command line, which may hold secrets, to itself', () => {
		const report = reportOf(makeRecording());
		expect(toHtml(report) + toSvg(report)).not.toContain('secret');
	});
});
