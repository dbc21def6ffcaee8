'use strict';

// Flags mean to Remotion's command what the doctor says that they do, and the page
// is as wide as it may be.

const path = require('node:path');
const {createRequire} = require('node:module');
const {RenderInternals} = require('@remotion/renderer');
const {BrowserSafeApis} = require('@remotion/renderer/client');
const {examine} = require('../../lib/doctor/examine');
const {format, widthOf} = require('../../lib/doctor/format');
const {outcomesOf} = require('../../lib/doctor/outcomes');
const {measureMemory} = require('../../index');
const {expectSchema} = require('./schema');

const cli = path.dirname(require.resolve('@remotion/cli/package.json'));
const {BooleanFlags} = require(path.join(cli, 'dist/parsed-cli.js'));
const minimist = createRequire(path.join(cli, 'dist/parsed-cli.js'))('minimist');
const {options} = BrowserSafeApis;

const HD = {width: 1920, height: 1080};
const GIB = 2 ** 30;
const memory = measureMemory({logLevel: 'error'});
const withAvailable = (available) => ({
	...memory,
	available,
	total: Math.max(memory.total, available),
	limitedBy: 'cgroup',
});
const everything = {takes: () => true, knows: {mediaCache: true}};

test.each([1, 2, 4, 64].map((gib) => gib * GIB))('%d bytes: flags for Remotion', (available) => {
	const found = outcomesOf(HD, withAvailable(available), everything);
	expectSchema({name: 'HD', ...HD, ...found}, 'render');
	const {outcomes} = found;
	expect(Object.keys(outcomes)).toEqual(['byItself', 'activated', 'planned']);
	for (const {flags, ...outcome} of Object.values(outcomes)) {
		const commandLine = minimist(flags, {boolean: BooleanFlags});
		const read = (name) => options[`${name}Option`].getValue({commandLine}).value;
		expect({
			concurrency: read('concurrency'),
			mediaCacheSizeInBytes: read('mediaCacheSizeInBytes'),
			offthreadVideoCacheSizeInBytes: read('offthreadVideoCacheSizeInBytes'),
			encoding: read('disallowParallelEncoding') ? 'after-rendering' : 'while-rendering',
		}).toEqual({
			concurrency: outcome.concurrency,
			mediaCacheSizeInBytes: outcome.mediaCacheSizeInBytes,
			offthreadVideoCacheSizeInBytes: outcome.offthreadVideoCacheSizeInBytes,
			encoding: outcome.encoding,
		});
		// Nothing else is in them.
		const known = Object.values(options).map(({cliFlag}) => cliFlag);
		expect(
			flags.map((flag) => flag.slice(2).split('=')[0]).filter((name) => !known.includes(name)),
		).toEqual([]);
		expect(RenderInternals.resolveConcurrency(outcome.concurrency)).toBe(outcome.concurrency);
	}
});

test('by itself Remotion opens as many tabs as it says, and knows of no limit below the machine', () => {
	const {byItself, activated, planned} = outcomesOf(
		HD,
		withAvailable(2 * GIB),
		everything,
	).outcomes;
	expect(byItself.concurrency).toBe(RenderInternals.resolveConcurrency(null));
	expect(activated.mediaCacheSizeInBytes).toBe(GIB);
	expect(activated.offthreadVideoCacheSizeInBytes).toBe(GIB);
	expect(planned.fits).toBe(true);
	expect(planned.mediaCacheSizeInBytes).toBeLessThan(GIB);
});

test('what is not replaced stays as Remotion has it', () => {
	const nothing = {takes: () => false, knows: {mediaCache: true}};
	// Measured twice: memory of a machine that works is not the same twice.
	const near = (bytes) => Math.round(bytes / (4 * GIB));
	const {byItself, activated} = outcomesOf(HD, withAvailable(64 * GIB), nothing).outcomes;
	expect(near(activated.expectedPeakBytes)).toBe(near(byItself.expectedPeakBytes));
	expect(activated.offthreadVideoCacheSizeInBytes).toBe(byItself.offthreadVideoCacheSizeInBytes);
});

test('an older command is given no flag that it does not know', () => {
	const {outcomes} = outcomesOf(HD, memory, {...everything, knows: {mediaCache: false}});
	expect(outcomes.planned.flags.join()).not.toContain('media-cache');
});

test('a scale is proposed where it helps', () => {
	const video = {width: 3840, height: 2160};
	expect(outcomesOf(video, withAvailable(64 * GIB), everything)).not.toHaveProperty('fittingScale');
	const {fittingScale} = outcomesOf(video, withAvailable(2 * GIB), everything);
	expect([0.25, 0.5, 0.75]).toContain(fittingScale);
	expect(outcomesOf(video, withAvailable(GIB / 8), everything).fittingScale).toBe(undefined);
});

describe('the page', () => {
	const findings = examine({});
	test('of findings that are as the schema says', () => expectSchema(findings));

	const plain = (width) => format(findings, {coloured: false, width});

	test.each([60, 80, 100, 140, 160])('in %d columns', (width) => {
		const lines = plain(width).split('\n');
		// What is to be pasted is not broken within a word or a quotation.
		const prose = lines.filter((line) => !/^ +(NODE_OPTIONS=|node |set |--)/.test(line));
		expect(prose.filter((line) => line.length > width)).toEqual([]);
		expect(Math.max(...prose.map((line) => line.length))).toBeGreaterThan(width - 20);
	});

	test('flags can be pasted over the ends of lines', () => {
		const {flags} = findings.renders[0].outcomes.planned;
		for (const width of [60, 160]) {
			expect(plain(width).replace(/ \\\n\s*/g, ' ')).toContain(`\n      ${flags.join(' ')}\n`);
		}
	});

	test('advice is first', () => {
		expect(plain(80).indexOf('Advice')).toBeLessThan(plain(80).indexOf('Memory'));
	});

	test('is as wide as a terminal can be read', () => {
		const of = (columns) => widthOf({isTTY: true, columns});
		expect([of(20), of(100), of(500), of(0)]).toEqual([60, 100, 160, 80]);
		expect(widthOf({columns: 100})).toBe(80);
	});
});
