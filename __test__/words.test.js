'use strict';

// What is said: documents list every code, and both cores say the same.

const fs = require('node:fs');
const path = require('node:path');
const fc = require('fast-check');
const {native} = require('../lib/native');
const wasm = require('../lib/wasm').makeNative();

const codes = native.codes();

test.each([
	['diagnostics.md', codes.hints],
	['plan.md', codes.planReasons],
	['doctor.md', [...codes.doctorAdvice, ...codes.doctorLines]],
	['governor.md', codes.governorActions],
	['activation.md', codes.renderSummary],
	['metrics.md', codes.metrics],
])('the tables of %s list every code, and none that there is not', (name, known) => {
	const text = fs.readFileSync(path.join(__dirname, '..', 'docs', name), 'utf8');
	const tables = text.split(/^(?=\| code )/m).slice(1);
	const listed = tables.flatMap((table) =>
		[...table.split('\n\n')[0].matchAll(/^\| `([\w-]+)`/gm)].map(([, code]) => code),
	);
	expect(listed.sort()).toEqual([...known].sort());
});

test('bytes are written as people write numbers', () => {
	const bytes = fc.oneof(
		fc.double({min: 0, max: 1e20, noNaN: true}),
		fc.integer({min: 0, max: 10_000}).map((halves) => halves * 2 ** 19),
		fc.constantFrom(0, Number.POSITIVE_INFINITY),
	);
	fc.assert(
		fc.property(bytes, (size) => {
			const expected = `${Math.round(size / 2 ** 20).toLocaleString('en-US')} MiB`;
			expect(native.mib(size)).toBe(expected);
			expect(wasm.mib(size)).toBe(expected);
		}),
	);
});

const optional = (arbitrary) => fc.option(arbitrary, {nil: undefined});
const size = fc.double({min: 0, max: 1e11, noNaN: true});

test('both cores give the same reasons', () => {
	expect(wasm.codes()).toEqual(codes);
	const of = (names) => fc.constantFrom(...Object.values(names));
	const wish = fc.record({
		available: size,
		cpus: fc.integer({min: 1, max: 64}),
		width: fc.integer({min: 1, max: 8000}),
		height: fc.integer({min: 1, max: 8000}),
		scale: fc.constantFrom(0.1, 1, 2),
		codec: of(native.Codec),
		framesInMemory: fc.integer({min: 0, max: 10_000}),
		image: of(native.Image),
		mediaSources: fc.integer({min: 0, max: 30}),
		offthreadThreads: fc.integer({min: 1, max: 8}),
		remotionAllows: optional(fc.boolean()),
		decides: fc.boolean(),
		quotaCpus: optional(fc.double({min: 0.01, max: 64, noNaN: true})),
		tabsWithoutQuota: optional(fc.integer({min: 1, max: 8})),
		tabs: fc.integer({min: 1, max: 64}),
		keepTabs: fc.boolean(),
		parallelEncoding: of(native.ParallelEncoding),
		sequential: optional(of(native.Sequential)),
		limitedBy: optional(of(native.LimitedBy)),
		mediaCache: optional(size),
		offthreadVideoCache: optional(size),
	});
	fc.assert(
		fc.property(wish, (asked) => {
			expect(wasm.planRender(asked)).toEqual(native.planRender(asked));
		}),
	);
});

test('both cores give the same advice', () => {
	const findings = fc.record({
		noBinary: optional(fc.string()),
		externalStrings: fc.boolean(),
		heapLimit: size,
		memory: fc.record({
			total: size,
			available: size,
			place: fc.constantFrom('host', 'container', 'lambda'),
			stated: fc.boolean(),
		}),
		limitIgnored: optional(fc.string()),
		oomKills: optional(fc.nat()),
		levels: fc.array(fc.record({path: fc.string(), high: optional(size), usage: optional(size)})),
		renders: fc.array(
			fc.record({
				name: fc.string(),
				expectedPeak: size,
				budget: size,
				fits: fc.boolean(),
				peakByItself: optional(size),
				fittingScale: optional(fc.constantFrom(0.25, 0.5, 0.75)),
			}),
		),
		disk: fc.record({directory: fc.string(), free: optional(size), inMemory: fc.boolean()}),
		libc: optional(
			fc.record({glibc: optional(fc.oneof(fc.string(), fc.constantFrom('2.31', '2.36')))}),
		),
		browser: fc.constantFrom('ready', 'missing', 'outdated', 'lost'),
		packages: fc.array(fc.record({name: fc.string(), version: fc.string()})),
		switchedOff: optional(fc.string()),
		installed: fc.boolean(),
		line: optional(fc.string()),
		remotionVersion: optional(fc.string()),
		applies: fc.boolean(),
		skipped: fc.array(fc.string()),
	});
	fc.assert(
		fc.property(findings, (found) => {
			expect(wasm.doctorAdvice(found)).toEqual(native.doctorAdvice(found));
			for (const core of [wasm, native]) {
				expect(() =>
					core.doctorAdvice({...found, memory: {...found.memory, place: 'moon'}}),
				).toThrow(/moon/);
				expect(() => core.doctorAdvice({...found, browser: 'lynx'})).toThrow(/lynx/);
			}
		}),
	);
	const texts = {runner: 'tsx', file: 'next.config.mjs', value: 'off', tabs: '50%'};
	for (const code of [...codes.doctorLines, 'lunch']) {
		const asked = [['counted'], [4], Object.keys(texts), Object.values(texts)];
		const line = native.describeDoctor(code, ...asked);
		expect(wasm.describeDoctor(code, ...asked)).toBe(line);
		expect(line !== null).toBe(codes.doctorLines.includes(code));
	}
});

test('both cores describe actions alike', () => {
	const names = [
		...['tabs', 'of', 'from', 'to', 'tab', 'frame', 'milliseconds', 'tabBytes', 'gainedBytes'],
		...['cachedBytes', 'cacheBytes', 'availableBytes', 'limitBytes', 'expectedBytes'],
	];
	const code = fc.oneof(fc.constantFrom(...codes.governorActions), fc.string());
	const figures = fc.uniqueArray(
		fc.tuple(
			fc.oneof(fc.constantFrom(...names), fc.string()),
			fc.oneof(fc.nat(), size, fc.double()),
		),
		{selector: ([name]) => name, maxLength: 14},
	);
	fc.assert(
		fc.property(code, figures, (type, all) => {
			const asked = [type, all.map(([name]) => name), all.map(([, figure]) => figure)];
			const sentence = native.describeAction(...asked);
			expect(wasm.describeAction(...asked)).toBe(sentence);
			expect(sentence !== null).toBe(codes.governorActions.includes(type));
		}),
	);
});

test('both cores sum up alike, and say what a metric means', () => {
	const names = fc.constantFrom('payloads', 'heldBytes', 'seconds', 'limitBytes', 'call', 'reason');
	const named = (value) =>
		fc.uniqueArray(fc.tuple(fc.oneof(names, fc.string()), value), {selector: ([name]) => name});
	const code = fc.oneof(fc.constantFrom(...codes.renderSummary), fc.string());
	const figure = fc.oneof(fc.nat(), size, fc.double());
	fc.assert(
		fc.property(code, named(figure), named(fc.string()), (line, figures, texts) => {
			const lists = [figures, texts].flatMap((all) => [
				all.map(([name]) => name),
				all.map(([, value]) => value),
			]);
			const text = native.describeSummary(line, ...lists);
			expect(wasm.describeSummary(line, ...lists)).toBe(text);
			expect(text !== null).toBe(codes.renderSummary.includes(line));
		}),
	);
	for (const metric of codes.metrics) {
		expect(native.metricHelp(metric)).toMatch(/\.$/);
		expect(wasm.metricHelp(metric)).toBe(native.metricHelp(metric));
	}
	expect(native.metricHelp('lunch')).toBeNull();
});

test('each action is a whole sentence of its own figures', () => {
	const text = fs.readFileSync(path.join(__dirname, '..', 'index.d.ts'), 'utf8');
	const [, declared] = text.match(/^export type GovernorAction = \{(.*?)^\);$/ms);
	const [state, ...kinds] = declared.split(/^\t\| \{$/m);
	const figuresOf = (part) => [...part.matchAll(/^\s+(\w+): number;$/gm)].map(([, name]) => name);
	for (const kind of kinds) {
		const names = [...figuresOf(state), ...figuresOf(kind)];
		const [, types] = kind.match(/\btype: (.+);$/m);
		for (const [, type] of types.matchAll(/'(.+?)'/g)) {
			const sentence = native.describeAction(type, names, Array(names.length).fill(2 ** 21));
			// What was not filled in.
			expect(sentence).not.toMatch(/[{}]/);
			expect(sentence).toMatch(/ \(2 MiB of 2 MiB left, 2 MiB soon\)\.$/);
		}
	}
});
