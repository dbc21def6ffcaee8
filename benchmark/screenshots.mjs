// What a screenshot costs Node: Remotion's screenshotTask() on pages of a real browser,
// stock and activated in turn, with equal bytes.
//
//   npm run bench -- screenshots [rounds]      of each picture, 5 at first
//
// CPU is Node's, the browser's left out: milliseconds a shot in a row of them, what
// collecting their garbage takes included, medians; of the main thread, as Linux counts
// it, and of all threads. Garbage is what V8's heap has more of behind a shot.
import {strict as assert} from 'node:assert';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {printMachine} from './compare.mjs';

const require = createRequire(import.meta.url);
const {browser: found, NEWEST, rootOf} = require('../__test__/activation/harness.js');
const {register, unregister} = require('../index.js');

const root = rootOf('renderer', NEWEST);
const {openBrowser} = require(root);
const load = (file) => require(path.join(root, 'dist', `${file}.js`));

const ROUNDS = Number(process.argv[2] ?? 5);
if (!Number.isInteger(ROUNDS) || ROUNDS < 1) {
	throw new TypeError(`rounds must be a whole number, one or more, but got ${process.argv[2]}`);
}
const IN_A_ROW = 20;

/** Noise of these sizes: its PNG has about three bytes a pixel. */
const PICTURES = [
	{name: 'JPEG of 1080p', format: 'jpeg', jpegQuality: 80, width: 1920, height: 1080},
	{name: 'PNG of 1 MB', format: 'png', width: 720, height: 464},
	{name: 'PNG of 3 MB', format: 'png', width: 1280, height: 784},
	{name: 'PNG of 12 MB', format: 'png', width: 2560, height: 1568},
];

/** Milliseconds of CPU until now, of all threads. */
function cpu() {
	const {user, system} = process.cpuUsage();
	return (user + system) / 1000;
}

/** The same of the main thread alone. */
function mainThread() {
	const [nanoseconds] = fs
		.readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8')
		.split(' ');
	return Number(nanoseconds) / 1e6;
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

const shot = (page, {format, jpegQuality, width, height}) =>
	load('screenshot-task').screenshotTask({
		...{page, format, jpegQuality, width, height},
		...{omitBackground: false, path: null, scale: 1},
	});

/** Milliseconds and bytes a shot, and the picture. */
async function round(page, picture) {
	globalThis.gc();
	const heap = process.memoryUsage().heapUsed;
	const buffer = await shot(page, picture);
	const garbage = process.memoryUsage().heapUsed - heap;
	const [main, all] = [mainThread(), cpu()];
	for (let i = 0; i < IN_A_ROW; i++) {
		await shot(page, picture);
	}
	return {
		buffer,
		figures: {
			main: (mainThread() - main) / IN_A_ROW,
			all: (cpu() - all) / IN_A_ROW,
			garbage,
		},
	};
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
		// The first round warms both up.
		for (let i = 0; i <= ROUNDS; i++) {
			const stock = await round(pages.stock, picture);
			const {applied} = register({from: root});
			assert.ok(applied.includes('screenshot-task'));
			const activated = await round(pages.activated, picture);
			unregister();
			assert.ok(activated.buffer.equals(stock.buffer), 'the pictures differ');
			bytes = stock.buffer.length;
			if (i > 0) {
				figures.stock.push(stock.figures);
				figures.activated.push(activated.figures);
			}
		}
		await pages.stock.close();
		await pages.activated.close();
		const of = (kind, what) => median(figures[kind].map((one) => one[what]));
		const compared = (what) => {
			const [theirs, ours] = [of('stock', what), of('activated', what)];
			return `${theirs.toFixed(2)} and ${ours.toFixed(2)} ms, ${(theirs / ours).toFixed(1)} times less`;
		};
		const mb = (kind) => (of(kind, 'garbage') / 1e6).toFixed(1);
		console.log(
			`${picture.name.padEnd(14)} (${(bytes / 1e6).toFixed(1)} MB) equal  main thread ` +
				`${compared('main')}; all threads ${compared('all')}; ` +
				`garbage ${mb('stock')} and ${mb('activated')} MB`,
		);
	}
} finally {
	await browser.close({silent: true});
}
process.exit(0);
