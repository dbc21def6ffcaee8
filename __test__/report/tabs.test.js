'use strict';

// Which process is which tab: the rule, and in a real browser, whose tabs are
// crashed to see whose process that ends.

const fs = require('node:fs');
const puppeteer = require('puppeteer-core');
const {browser: found} = require('../activation/harness');
const {assign, processesOf} = require('../../lib/recording/tabs');
const {needs} = require('../needs');

const times = (entries) => new Map(Object.entries(entries).map(([pid, s]) => [Number(pid), s]));

describe('assign', () => {
	test.each([
		['each where times are apart', [1.5, 0.3], {7: 0.29, 8: 1.4}, {7: 0.31, 8: 1.6}, [8, 7]],
		// The kernel's figures are of 10 ms.
		[
			'the page is a little ahead or behind',
			[1.015, 2.485],
			{7: 1, 8: 2.5},
			{7: 1, 8: 2.5},
			[7, 8],
		],
		['nobody where it is further', [1.03], {7: 1}, {7: 1}, [null]],
		['neither of two that are alike', [1, 1.01], {7: 1, 8: 1}, {7: 1.01, 8: 1.01}, [null, null]],
		// One process of two pages is no tab's alone.
		['neither of two pages of one process', [1, 1], {7: 1}, {7: 1}, [null, null]],
		// 7 might be the other's as well.
		['not by elimination', [1, 1.3], {7: 1, 8: 1.3}, {7: 1.3, 8: 1.3}, [null, null]],
		['not one that came meanwhile', [0.1], {}, {9: 0.1}, [null]],
		['not one that went meanwhile', [0.1, 5], {8: 5, 9: 0.1}, {8: 5}, [null, 8]],
		['beside a spare one', [3], {7: 0.05, 8: 2.9}, {7: 0.05, 8: 3.1}, [8]],
		['no pages', [], {7: 1}, {7: 1}, []],
		['no processes', [1], {}, {}, [null]],
		['no numbers', [Number.NaN, undefined], {7: 1}, {7: 1}, [null, null]],
	])('%s', (_what, pages, before, after, expected) => {
		expect(assign(pages, times(before), times(after))).toEqual(expected);
	});

	test('no process is given twice, whatever the times', () => {
		let state = 1;
		const random = () => {
			state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
			return state / 2 ** 32;
		};
		let given = 0;
		for (let round = 0; round < 2000; round++) {
			const truth = Array.from({length: 1 + Math.floor(random() * 6)}, () => random() * 2);
			const before = new Map(truth.map((time, i) => [100 + i, time - random() * 0.1]));
			const after = new Map(truth.map((time, i) => [100 + i, time + random() * 0.1]));
			const pids = assign(truth, before, after);
			const clear = pids.filter((pid) => pid !== null);
			given += clear.length;
			expect(new Set(clear).size).toBe(clear.length);
			// Enclosed by its own process, it never gets another one.
			expect(pids.filter((pid, i) => pid !== null && pid !== 100 + i)).toEqual([]);
		}
		expect(given).toBeGreaterThan(1000);
	});
});

needs(
	'browser',
	found.browserExecutable === undefined ? 'there is no Chrome or Chromium' : null,
	describe,
)('in a browser', () => {
	let browser;

	beforeAll(async () => {
		browser = await puppeteer.launch({
			executablePath: found.browserExecutable,
			args: ['--no-sandbox'],
		});
	});

	afterAll(() => browser?.close());

	test('a page’s process is the one that ends when the page crashes', async () => {
		const pages = [];
		const keepBusy = (page, milliseconds) =>
			page.evaluate((busy) => {
				const end = performance.now() + busy;
				while (performance.now() < end) {}
			}, milliseconds);
		for (const milliseconds of [100, 500, 900]) {
			const page = await browser.newPage();
			await keepBusy(page, milliseconds);
			await page._client().send('Performance.enable');
			pages.push(page);
		}
		let pids = [];
		let all = [];
		for (let attempt = 0; attempt < 40 && (pids.length === 0 || pids.includes(null)); attempt++) {
			({pids, all} = await processesOf(pages));
			// One that is like another, the browser's own among them, is so no longer.
			for (const page of pages.filter((_, i) => pids[i] === null)) {
				await keepBusy(page, 70 + 20 * attempt);
			}
		}
		expect(new Set(pids).size).toBe(3);
		expect(all).toEqual(expect.arrayContaining(pids));
		const runs = (pid) => {
			try {
				return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
			} catch {
				return false;
			}
		};
		if (process.platform !== 'linux') {
			return;
		}
		const left = [...pids];
		for (const i of [1, 0, 2]) {
			pages[i]
				._client()
				.send('Page.crash')
				.catch(() => {});
			while (left.every(runs)) {
				await new Promise((resolve) => setTimeout(resolve, 20));
			}
			expect(left.filter((pid) => !runs(pid))).toEqual([pids[i]]);
			left.splice(left.indexOf(pids[i]), 1);
		}
	}, 60_000);
});
