'use strict';

// Renders with what was planned, and tells what Remotion did. A process of its own.
//
// argv[2]: {root, serveUrl, browser, register, cells: [{limit?, width, height, scale, options}]}

const path = require('node:path');
const job = JSON.parse(process.argv[2]);
const headroom = require('../..');
const renderer = require(path.join(job.root, 'dist', 'index.js'));

headroom.register({from: job.root, logLevel: 'error', ...job.register});

/** What Remotion says of parallel encoding while `render` starts. */
async function listen(render) {
	const {log} = console;
	const said = [];
	console.log = (...words) => {
		said.push(words.join(' '));
	};
	try {
		await render();
	} finally {
		console.log = log;
	}
	return said.filter((line) => /Parallel encoding is (en|dis)abled/.test(line));
}

(async () => {
	const common = {
		serveUrl: job.serveUrl,
		...job.browser,
		inputProps: {count: 0, durationInFrames: 2},
	};
	const puppeteerInstance = await renderer.openBrowser('chrome', {
		...job.browser,
		logLevel: 'error',
	});
	const composition = await renderer.selectComposition({
		...common,
		puppeteerInstance,
		id: 'payloads',
		logLevel: 'error',
	});
	const outcomes = [];
	for (const {limit, width, height, scale, options, durationInFrames} of job.cells) {
		if (limit !== undefined) {
			process.env.REMOTION_HEADROOM_MEMORY_LIMIT = String(limit);
		}
		const sized = {...composition, width, height, durationInFrames: durationInFrames ?? 2};
		const planned = headroom.planRender({...sized, scale, ...options});
		let start;
		const said = await listen(() =>
			renderer.renderMedia({
				...common,
				puppeteerInstance,
				codec: 'h264',
				composition: sized,
				scale,
				logLevel: 'verbose',
				...options,
				outputLocation: null,
				onStart: (data) => {
					start = data;
				},
			}),
		);
		outcomes.push({
			planned: planned.parallelEncoding,
			reason: planned.reasonCodes[1],
			frames: planned.reasonCodes.includes('frames-in-memory'),
			started: start.parallelEncoding,
			said: said.map((line) => line.includes('enabled')),
		});
	}
	await puppeteerInstance.close({silent: true});
	process.stdout.write(`\n${JSON.stringify(outcomes)}`);
	process.exit(0);
})();
