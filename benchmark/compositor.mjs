// How Remotion's compositor, which extracts the frames of <OffthreadVideo>, takes
// it when its cache is emptied or small: the constants of lib/governor/compositor.js
// and lib/remotion/compositor.js.
//
//   npm run bench -- compositor [freed] [cache] [resume]
//
// freed: the frame that is asked for after all but some of those kept are dropped.
// cache: a cache of so many frames of each video, from the start, beside one
//   without a limit.
// resume: the same from mid-video on, by videos and threads.
//   --work FOLDER  where the video is kept, see governor.mjs; or HEADROOM_SCENES
//
// Each answer is compared with that of a compositor that keeps everything and was
// asked forwards; one emptied whole, or with 8 frames of each video or more, that
// answers wrong ends with 1. A cell is milliseconds a frame, and in brackets how many
// times those without a limit; it is left after 5 s, with the frames until then.
import {createHash} from 'node:crypto';
import {createRequire} from 'node:module';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {printMachine} from './compare.mjs';
import {SCENES} from './governor/scenes.mjs';
import {Workspace} from './governor/workspace.mjs';

const {NEWEST, rootOf} = createRequire(import.meta.url)('../__test__/activation/harness.js');
const {startCompositor} = createRequire(import.meta.url)(
	path.join(rootOf('renderer', NEWEST), 'dist', 'compositor', 'compositor.js'),
);

const FPS = 30;
const VIDEOS = 4;
const FRAMES = 76;
/** Milliseconds: a cell of a cache that is too small would take minutes. */
const MOST = 5000;
/** More than all frames that are asked for. */
const UNLIMITED = 8 * 2 ** 30;
/** FRAMES_OF_A_SOURCE of lib/governor/compositor.js: smaller caches may answer wrong. */
const RELIED_ON = 8;

const {values, positionals} = parseArgs({
	allowPositionals: true,
	options: {work: {type: 'string', default: process.env.HEADROOM_SCENES}},
});
const range = (from, to) => Array.from({length: to - from}, (_, i) => from + i);

class Compositor {
	constructor(files, cacheBytes, threads = 2) {
		this.files = files;
		this.process = startCompositor({
			type: 'StartLongRunningProcess',
			payload: {
				concurrency: threads,
				maximum_frame_cache_size_in_bytes: cacheBytes,
				verbose: false,
			},
			logLevel: 'error',
			indent: false,
			binariesDirectory: null,
		});
	}

	/** A frame of each of so many videos at once: their hashes, or why there is none. */
	ask(frame, videos = VIDEOS) {
		const one = async (src) => {
			const payload = {src, original_src: src, time: frame / FPS};
			const how = {transparent: false, tone_mapped: true};
			try {
				const image = await this.process.executeCommand('ExtractFrame', {...payload, ...how});
				this.frameBytes = image.byteLength;
				return createHash('sha1').update(image).digest('hex');
			} catch (error) {
				return `failed: ${error.message}`;
			}
		};
		return Promise.all(this.files.slice(0, videos).map(one));
	}

	async kept() {
		const stats = await this.process.executeCommand('GetOpenVideoStats', {});
		return JSON.parse(Buffer.from(stats).toString()).frames_in_cache;
	}

	free(bytes) {
		return this.process.executeCommand('FreeUpMemory', {remaining_bytes: bytes});
	}

	end() {
		return this.process.shutDownOrKill().catch(() => undefined);
	}
}

const print = (cells) => console.log(`| ${cells.join(' | ')} |`);

function heading(title, cells) {
	console.log(title);
	print(cells);
	print(cells.map(() => '---'));
}

/** How many answers are not the frame that was asked for. */
const wrong = (answers, expected) => answers.filter((answer) => answer !== expected).length;

/** Frames in the order given: how many answers were wrong, and milliseconds a frame. */
async function run(files, expected, {cacheBytes, threads, order, videos = VIDEOS}) {
	const compositor = new Compositor(files, cacheBytes, threads);
	const times = [];
	let bad = 0;
	let left = MOST;
	for (const frame of order) {
		const before = performance.now();
		bad += wrong(await compositor.ask(frame, videos), expected[frame]);
		times.push(performance.now() - before);
		// The first one starts the process, and decodes from the key frame in any case.
		left -= times.length > 1 ? times.at(-1) : 0;
		if (left < 0) {
			break;
		}
	}
	await compositor.end();
	return {bad, times, asked: times.length * videos};
}

const mean = (times) => times.reduce((a, b) => a + b, 0) / times.length;

/** A cell, beside one without a limit over the same frames but the first. */
function cell({bad, times, asked}, unlimited, size = RELIED_ON) {
	const own = mean(times.slice(1));
	const ratio = own / mean(unlimited.times.slice(1, times.length));
	const answers = bad === 0 ? '' : `, ${bad} of ${asked} WRONG`;
	if (bad > 0 && size >= RELIED_ON) {
		process.exitCode = 1;
	}
	return `${own.toFixed(0)} ms (${ratio.toFixed(1)})${answers}`;
}

async function freed(files, expected, frameBytes) {
	heading('freed: the next frame of four videos after all but some frames were dropped', [
		'frames to keep',
		'frames kept',
		'wrong answers',
	]);
	for (const keep of [0, 1, 2, 6, 12, 'all']) {
		let bad = 0;
		let asked = 0;
		const kept = [];
		for (let last = 3; last < 36; last += 3) {
			const compositor = new Compositor(files, UNLIMITED);
			for (const frame of range(0, last + 1)) {
				if (wrong(await compositor.ask(frame), expected[frame]) > 0) {
					throw new Error(`frame ${frame} was wrong before anything was dropped`);
				}
			}
			await compositor.free(keep === 'all' ? UNLIMITED : keep * frameBytes);
			kept.push(await compositor.kept());
			bad += wrong(await compositor.ask(last + 1), expected[last + 1]);
			asked += VIDEOS;
			await compositor.end();
		}
		if (keep === 0 && bad > 0) {
			process.exitCode = 1;
		}
		print([keep, `${Math.min(...kept)} to ${Math.max(...kept)}`, `${bad} of ${asked}`]);
	}
}

const ORDERS = {
	forward: range(0, 28),
	pairs: range(0, 14).flatMap((i) => [2 * i + 1, 2 * i]),
	fours: range(0, 7).flatMap((i) => [4 * i + 3, 4 * i + 1, 4 * i + 2, 4 * i]),
	again: range(0, 24).flatMap((i) => (i % 7 === 6 ? [i, i - 2, i] : [i])),
};
const SIZES = [1, 2, 4, 6, 8, 12];

async function cache(files, expected, frameBytes) {
	heading('cache: a frame of all four videos, by frames of each video that the cache holds', [
		'threads',
		'order',
		'no limit',
		...SIZES,
	]);
	for (const threads of [2, 8]) {
		for (const [name, order] of Object.entries(ORDERS)) {
			const unlimited = await run(files, expected, {cacheBytes: UNLIMITED, threads, order});
			const row = [threads, name, cell(unlimited, unlimited)];
			for (const size of SIZES) {
				const cacheBytes = size * VIDEOS * frameBytes;
				row.push(cell(await run(files, expected, {cacheBytes, threads, order}), unlimited, size));
			}
			print(row);
		}
	}
}

async function resume(files, expected, frameBytes) {
	heading('resume: from frame 60 on, by frames of each video that the cache holds', [
		'videos',
		'threads',
		'no limit',
		8,
		16,
	]);
	const order = range(60, FRAMES);
	for (const [videos, threads] of [
		[1, 1],
		[2, 1],
		[4, 2],
		[4, 8],
	]) {
		const what = {threads, order, videos};
		const unlimited = await run(files, expected, {...what, cacheBytes: UNLIMITED});
		const row = [videos, threads, cell(unlimited, unlimited)];
		for (const size of [8, 16]) {
			const small = await run(files, expected, {...what, cacheBytes: size * videos * frameBytes});
			row.push(cell(small, unlimited, size));
		}
		print(row);
	}
}

const PARTS = {freed, cache, resume};
const chosen = positionals.length > 0 ? positionals : Object.keys(PARTS);
const unknown = chosen.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
	throw new TypeError(`There is no part ${unknown}: ${Object.keys(PARTS)}`);
}
printMachine();
const folder = await new Workspace(values.work).prepare(SCENES.A, NEWEST);
const files = range(0, VIDEOS).map((i) => path.join(folder, 'public', `1080p-${i}.mp4`));

const reference = new Compositor(files, UNLIMITED);
const expected = [];
for (const frame of range(0, FRAMES)) {
	// The others are copies.
	const [answer] = await reference.ask(frame, 1);
	if (answer.startsWith('failed')) {
		throw new Error(`frame ${frame} of the reference: ${answer}`);
	}
	expected.push(answer);
}
await reference.end();
if (new Set(expected).size !== FRAMES) {
	throw new Error('frames of the video are alike: a wrong answer would not be seen');
}
console.log(`Remotion ${NEWEST}, 1080p, ${FRAMES} reference frames, no two alike\n`);

for (const name of chosen) {
	const begun = performance.now();
	await PARTS[name](files, expected, reference.frameBytes);
	console.log(`\n${name} took ${((performance.now() - begun) / 1000).toFixed(0)} s\n`);
}
