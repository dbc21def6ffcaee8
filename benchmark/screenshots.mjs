// What a screenshot costs Node: Remotion's screenshotTask() on pages of a real browser,
// stock and activated in turn, with equal bytes.
//
//   npm run bench -- screenshots [shots]      shots of each kind and picture, 30 at first
//
// CPU is Node's, the browser's left out: milliseconds a shot, medians. Garbage is what
// V8's heap has more of behind a shot than before it.
import {strict as assert} from 'node:assert';
import {createRequire} from 'node:module';
import path from 'node:path';
import {printMachine} from './compare.mjs';

const require = createRequire(import.meta.url);
const {browser: found, NEWEST, rootOf} = require('../__test__/activation/harness.js');
const {register, unregister} = require('../index.js');

const root = rootOf('renderer', NEWEST);
const {openBrowser} = require(root);
const load = (file) => require(path.join(root, 'dist', `${file}.js`));

const SHOTS = Number(process.argv[2] ?? 30);

/** Noise of these sizes: its PNG has about three bytes a pixel. */
const PICTURES = [
	{name: 'JPEG of 1080p', format: 'jpeg', jpegQuality: 80, width: 1920, height: 1080},
	{name: 'PNG of 1 MB', format: 'png', width: 720, height: 464},
	{name: 'PNG of 3 MB', format: 'png', width: 1280, height: 784},
	{name: 'PNG of 12 MB', format: 'png', width: 2560, height: 1568},
];

/** Milliseconds of CPU until now: all of the process, collectors of garbage among it. */
function cpu() {
	const {user, system} = process.cpuUsage();
	return (user + system) / 1000;
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Runs in the page. */
function paint(width, height) {
	const canvas = document.createElement('canvas');
	canvas.width = width;
	canvas.height = height;
	const context = canvas.getContext('2d');
	const image = context.createImageData(width, height);
	const words = new Uint32Array(image.data.buffer);
	let state = 1;
	for (let i = 0; i < words.length; i++) {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		words[i] = (state >>> 8) | 0xff000000;
	}
	context.putImageData(image, 0, 0);
	document.body.style.margin = '0';
	document.body.replaceChildren(canvas);
}

async function pageOf(browser, {width, height}) {
	const page = await browser.newPage({
		context: () => null,
		logLevel: 'error',
		indent: false,
		pageIndex: 0,
		onBrowserLog: null,
		onLog: () => undefined,
	});
	await page.setViewport({width, height, deviceScaleFactor: 1});
	await page.evaluate(paint, width, height);
	return page;
}

async function shot(page, {format, jpegQuality, width, height}) {
	const {screenshotTask} = load('screenshot-task');
	const options = {page, format, jpegQuality, width, height};
	globalThis.gc();
	const heap = process.memoryUsage().heapUsed;
	const before = cpu();
	const buffer = await screenshotTask({...options, omitBackground: false, path: null, scale: 1});
	const figures = {cpu: cpu() - before, garbage: process.memoryUsage().heapUsed - heap};
	return {buffer, ...figures};
}

printMachine();
const browser = await openBrowser('chrome', found);
try {
	for (const picture of PICTURES) {
		// A page that has been ours stays so.
		const pages = {
			stock: await pageOf(browser, picture),
			activated: await pageOf(browser, picture),
		};
		const figures = {stock: [], activated: []};
		let bytes;
		for (let i = 0; i < SHOTS + 3; i++) {
			const shots = {stock: await shot(pages.stock, picture)};
			const {applied} = register({from: root});
			assert.ok(applied.includes('screenshot-task'));
			shots.activated = await shot(pages.activated, picture);
			unregister();
			assert.ok(shots.activated.buffer.equals(shots.stock.buffer), 'the pictures differ');
			bytes = shots.stock.buffer.length;
			if (i >= 3) {
				figures.stock.push(shots.stock);
				figures.activated.push(shots.activated);
			}
		}
		await pages.stock.close();
		await pages.activated.close();
		const of = (kind, what) => median(figures[kind].map((one) => one[what]));
		const [theirs, ours] = [of('stock', 'cpu'), of('activated', 'cpu')];
		const mb = (kind) => (of(kind, 'garbage') / 1e6).toFixed(1);
		console.log(
			`${picture.name.padEnd(14)} (${(bytes / 1e6).toFixed(1)} MB) equal  stock ${theirs.toFixed(2)} ms, ` +
				`activated ${ours.toFixed(2)} ms: ${(theirs / ours).toFixed(1)} times less; ` +
				`garbage ${mb('stock')} and ${mb('activated')} MB`,
		);
	}
} finally {
	await browser.close({silent: true});
}
process.exit(0);
