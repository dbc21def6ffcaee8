'use strict';

// The page in a real browser: what it says, by mouse, keyboard and screen
// reader, in light and dark, narrow and wide. HEADROOM_SCREENSHOTS is a folder
// where each is left to be looked at.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {pathToFileURL} = require('node:url');
const puppeteer = require('puppeteer-core');
const {browser: found} = require('../activation/harness');
const {toHtml, toSvg} = require('../../lib/report/page');
const {parseRecording} = require('../../lib/report/read');
const {makeReport} = require('../../lib/report/report');
const {needs} = require('../needs');
const {MIB, makeRecording, toText} = require('./recordings');

const executablePath = found.browserExecutable;
const there = executablePath === undefined ? 'there is no Chrome or Chromium' : null;
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-page-'));
const screenshots = process.env.HEADROOM_SCREENSHOTS;

const reportOf = (...options) =>
	makeReport(
		options.map((one) => parseRecording(toText(makeRecording(one)), 'r.jsonl')),
		options.map((_, i) => `${i}.jsonl`),
	);

const HOSTILE = '</script><script>document.title="taken"</script><img src=x onerror=alert(1)>';
const hostile = () => {
	const lines = makeRecording();
	lines.find(({process}) => process?.role === 'compositor').process.name = HOSTILE;
	lines.find(({mark}) => mark?.kind === 'phase').mark.text = `${HOSTILE}\u0007`;
	return makeReport([parseRecording(toText(lines), 'r.jsonl')], [HOSTILE]);
};

const PAGES = {
	calm: () => reportOf({}),
	killed: () => reportOf({kill: true}),
	unlimited: () => reportOf({limitMib: null, kernel: false}),
	'far-limit': () => reportOf({limitMib: 24_105}),
	many: () => reportOf({extra: 500, limitMib: 4000}),
	compared: () => reportOf({kill: true}, {}),
	hostile,
};

needs(
	'browser',
	there,
	describe,
)('the page', () => {
	let browser;
	const opened = [];

	beforeAll(async () => {
		for (const [name, make] of Object.entries(PAGES)) {
			const report = make();
			fs.writeFileSync(path.join(folder, `${name}.html`), toHtml(report));
			fs.writeFileSync(path.join(folder, `${name}.svg`), toSvg(report));
		}
		// Chrome refuses its sandbox to root.
		const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
		browser = await puppeteer.launch({executablePath, args});
	});

	afterAll(async () => {
		await browser?.close();
		fs.rmSync(folder, {recursive: true});
	});

	afterEach(() => Promise.all(opened.splice(0).map((page) => page.close())));

	/** A page, and whatever it asked for or complained of. */
	async function open(file, {width = 1200, scheme = 'light', script = true} = {}) {
		const page = await browser.newPage();
		opened.push(page);
		const requests = [];
		const complaints = [];
		page.on('request', (request) => requests.push(request.url()));
		page.on('pageerror', (error) => complaints.push(error.message));
		page.on('console', (message) => complaints.push(message.text()));
		await page.setJavaScriptEnabled(script);
		await page.setViewport({width, height: 900});
		await page.emulateMediaFeatures([{name: 'prefers-color-scheme', value: scheme}]);
		const url = pathToFileURL(path.join(folder, file)).href;
		await page.goto(url, {waitUntil: 'load'});
		if (script && file.endsWith('.html')) {
			await page.waitForSelector('.readout .when');
		}
		const foreign = () => requests.filter((one) => one !== url && !one.startsWith('data:'));
		return {page, complaints, foreign};
	}

	const every = ['calm', 'killed', 'compared'].flatMap((name) =>
		['light', 'dark'].flatMap((scheme) => [360, 1600].map((width) => [name, scheme, width])),
	);
	const rest = ['unlimited', 'far-limit', 'many', 'hostile'].map((name) => [name, 'dark', 360]);
	const variants = [...every, ...rest];

	test.each(variants)('%s in %s, %d pixels wide', async (name, scheme, width) => {
		const {page, complaints, foreign} = await open(`${name}.html`, {width, scheme});
		if (screenshots) {
			const file = path.join(screenshots, `${name}-${scheme}-${width}.png`);
			await page.screenshot({path: file, fullPage: true});
		}
		for (const details of await page.$$('details')) {
			await details.evaluate((one) => {
				one.open = true;
			});
		}
		// From outside the page, whose policy lets nothing else in.
		const {violations} = await page.evaluate(`${axe}; axe.run()`);
		expect(violations.map(({id, nodes}) => [id, nodes.map(({target}) => target)])).toEqual([]);
		expect(complaints).toEqual([]);
		expect(foreign()).toEqual([]);
		const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
		expect(beyond).toBeLessThanOrEqual(0);
	});

	test('axe would find what is wrong', async () => {
		const {page} = await open('calm.html');
		await page.evaluate(() => document.querySelector('.picture').removeAttribute('aria-label'));
		const {violations} = await page.evaluate(`${axe}; axe.run()`);
		expect(violations.map(({id}) => id)).toContain('aria-input-field-name');
	});

	const told = (page, index = 0) =>
		page.$eval(`#readout-${index}`, (one) => ({
			when: one.querySelector('.when').textContent,
			names: [...one.querySelectorAll('li span:nth-child(2)')].map((span) => span.textContent),
			text: one.textContent,
		}));

	test('begins at the peak, and names everybody there', async () => {
		const [{peak}] = PAGES.calm().recordings;
		const {page} = await open('calm.html');
		const {when, names, text} = await told(page);
		expect(when).toBe(`0:${(Math.floor(peak.t / 100) / 10).toFixed(1)}`);
		expect(names.slice().sort()).toEqual(
			['Chrome', 'GPU process', 'Node', 'compositor', 'network service', 'tab 1', 'tab 3'].sort(),
		);
		expect(text).toContain(`${Math.round(peak.bytes / MIB)} of 1,000 MiB`);
	});

	test('arrow keys move the cursor, and a screen reader hears what is there', async () => {
		const [{moments}] = PAGES.calm().recordings;
		const {page} = await open('calm.html');
		await page.keyboard.press('Tab');
		const focused = () =>
			page.evaluate(() => {
				const {activeElement: one} = document;
				return {role: one.role, now: Number(one.ariaValueNow), text: one.ariaValueText};
			});
		const at = await focused();
		expect(at.role).toBe('slider');
		await page.keyboard.press('ArrowRight');
		const index = moments.t.indexOf(at.now);
		expect((await focused()).now).toBe(moments.t[index + 1]);
		await page.keyboard.press('End');
		expect((await focused()).now).toBe(moments.t.at(-1));
		await page.keyboard.press('Home');
		expect(await focused()).toMatchObject({
			now: 0,
			text: expect.stringMatching(/^0:00\.0; .*Node/),
		});
		await page.keyboard.press('ArrowLeft');
		expect((await focused()).now).toBe(0);
		await page.keyboard.press('p');
		expect((await focused()).now).toBe(at.now);
	});

	test('the mouse moves it, and a mark is told with its reason', async () => {
		const {page} = await open('calm.html');
		const box = await page.$eval('.dot.action', (one) => {
			const {x, y, width, height} = one.getBoundingClientRect();
			return {x: x + width / 2, y: y + height / 2};
		});
		await page.mouse.move(box.x, box.y);
		const {when, text} = await told(page);
		expect(when).toBe('0:20.1');
		expect(text).toContain('1: emptied the cache of <OffthreadVideo>, which held 196 MiB');
	});

	test('another width draws it anew', async () => {
		const {page} = await open('calm.html', {width: 1600});
		const width = () => page.$eval('.picture svg', (one) => one.viewBox.baseVal.width);
		const wide = await width();
		await page.setViewport({width: 400, height: 900});
		await page.waitForFunction(
			(before) => document.querySelector('.picture svg').viewBox.baseVal.width < before / 2,
			{},
			wide,
		);
		const fits = await page.$eval('.picture', (one) => one.scrollWidth <= one.clientWidth);
		expect(fits).toBe(true);
	});

	test('names from a recording are text', async () => {
		const {page} = await open('hostile.html');
		expect(await page.title()).not.toBe('taken');
		expect((await told(page)).names).toContain(HOSTILE);
		expect(await page.$$('img')).toEqual([]);
	});

	test('without JavaScript the pictures and tables are there', async () => {
		const {page} = await open('calm.html', {script: false});
		const label = await page.$eval('.picture', (one) => [one.role, one.ariaLabel]);
		expect(label).toEqual(['img', expect.stringContaining('Peak ')]);
		expect((await page.$$('.picture .area')).length).toBeGreaterThan(5);
		expect((await page.$$('tbody tr')).length).toBeGreaterThan(50);
	});

	test('it can be printed', async () => {
		const {page} = await open('calm.html', {scheme: 'dark'});
		await page.emulateMediaType('print');
		const colours = await page.evaluate(() => {
			const {backgroundColor, color} = getComputedStyle(document.body);
			return {backgroundColor, color};
		});
		expect(colours).toEqual({backgroundColor: 'rgb(255, 255, 255)', color: 'rgb(0, 0, 0)'});
		expect(await page.$eval('.readout', (one) => getComputedStyle(one).display)).toBe('none');
		const pdf = await page.pdf({format: 'A4'});
		expect(Buffer.from(pdf.subarray(0, 4)).toString()).toBe('%PDF');
		if (screenshots) {
			fs.writeFileSync(path.join(screenshots, 'calm.pdf'), pdf);
		}
	});

	test.each(Object.keys(PAGES))('the SVG of %s is whole, and has a name', async (name) => {
		const {page, complaints, foreign} = await open(`${name}.svg`);
		const root = await page.evaluate(() => ({
			name: document.documentElement.tagName,
			title: document.querySelector('title').textContent,
			// Chrome shows an error in the file where it is not well-formed.
			broken: document.querySelector('parsererror') !== null,
			areas: document.querySelectorAll('.area').length,
		}));
		expect(root).toMatchObject({name: 'svg', broken: false});
		expect(root.title).not.toBe('');
		expect(root.areas).toBeGreaterThan(3);
		expect(complaints).toEqual([]);
		expect(foreign()).toEqual([]);
		if (screenshots) {
			await page.screenshot({path: path.join(screenshots, `${name}-svg.png`)});
		}
	});
});
