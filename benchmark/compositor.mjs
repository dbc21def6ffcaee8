// How Remotion's compositor, which extracts the frames of <OffthreadVideo>, takes
// it when its cache is emptied or small: the constants of lib/governor/places.js,
// lib/governor/compositor.js and lib/remotion/compositor.js.
//
//   npm run bench -- compositor [freed] [videos] [resume]
//
// freed: the frame that is asked for after all but some of those kept are dropped.
// videos: codecs and frame rates, asked by one tab or several, and now and then
//   emptied or started anew; by frames that the cache holds for each thread.
// resume: the same from mid-video on, by videos and threads.
//   --work FOLDER  where the video is kept, see governor.mjs; or HEADROOM_SCENES
//
// Each answer is compared with that of a compositor that keeps everything and was
// asked forwards. A wrong one where we rely on it ends with 1: emptied whole; a
// thread for each video, and as many frames for each as places.js says. A cell of
// `resume` is milliseconds a frame, and in brackets how many times those without a
// limit; it is left after 5 s, with the frames until then.
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {printMachine} from './compare.mjs';
import {SCENES} from './governor/scenes.mjs';
import {Workspace} from './governor/workspace.mjs';

const {NEWEST, rootOf} = createRequire(import.meta.url)('../__test__/activation/harness.js');
const {Places} = createRequire(import.meta.url)('../lib/governor/places.js');
const renderer = (file) =>
	createRequire(import.meta.url)(
		path.join(rootOf('renderer', NEWEST), 'dist', 'compositor', `${file}.js`),
	);
const {startCompositor} = renderer('compositor');
const {getExecutablePath} = renderer('get-executable-path');

const FPS = 30;
const VIDEOS = 4;
const FRAMES = 76;
/** Milliseconds: a cell of a cache that is too small would take minutes. */
const MOST = 5000;
/** More than all frames that are asked for. */
const UNLIMITED = 8 * 2 ** 30;

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
function cell({bad, times, asked}, unlimited, isReliedOn) {
	const own = mean(times.slice(1));
	const ratio = own / mean(unlimited.times.slice(1, times.length));
	if (bad > 0 && isReliedOn) {
		process.exitCode = 1;
	}
	return `${own.toFixed(0)} ms (${ratio.toFixed(1)})${bad === 0 ? '' : `, ${bad} of ${asked} WRONG`}`;
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

/** Name -> what FFmpeg is told. */
const CODECS = {
	'h264, 30 fps': ['-c:v', 'libx264'],
	'h264, 16 B-frames': ['-c:v', 'libx264', '-x264-params', 'bframes=16:b-adapt=0:ref=16'],
	'h264, 25 fps': ['-r', '25', '-c:v', 'libx264'],
	'h264, 23.976 fps': ['-r', '24000/1001', '-c:v', 'libx264'],
	'h264, 60 fps': ['-r', '60', '-c:v', 'libx264'],
	h265: ['-c:v', 'libx265', '-x265-params', 'log-level=error'],
	vp8: ['-c:v', 'libvpx', '-b:v', '1M', '-auto-alt-ref', '1', '-lag-in-frames', '16'],
	vp9: ['-c:v', 'libvpx-vp9', '-b:v', '1M', '-cpu-used', '8', '-lag-in-frames', '25'],
	prores: ['-c:v', 'prores_ks'],
};
const SIZES = [4, 6, 8, 12, 16, 24, 32];
const RUNS = 4;
/** Of a hundred frames, before so many it is emptied or started anew. */
const DISTURBED = 8;

/** The same numbers each time. */
function* numbers() {
	for (let seed = 7; ; ) {
		seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
		yield seed / 2 ** 31;
	}
}
const random = numbers();
const next = () => random.next().value;

/** Frames as so many tabs may come to ask for them. */
function order(tabs) {
	const left = range(0, FRAMES);
	const asked = [];
	while (left.length > 0) {
		const some = left.splice(0, tabs);
		while (some.length > 0) {
			asked.push(...some.splice(Math.floor(next() * some.length), 1));
		}
	}
	return asked;
}

function encode(source, target, options) {
	const where = {indent: false, logLevel: 'error', binariesDirectory: null};
	const ffmpeg = getExecutablePath({type: 'ffmpeg', ...where});
	const small = ['-vf', 'scale=640:360', '-an', '-t', '4'];
	const {status, stderr} = spawnSync(
		ffmpeg,
		['-loglevel', 'error', '-i', source, ...small, ...options, target],
		{env: {...process.env, LD_LIBRARY_PATH: path.dirname(ffmpeg)}, encoding: 'utf8'},
	);
	if (status !== 0) {
		throw new Error(`${target}: ${stderr}`);
	}
}

/** Answers forwards by one that keeps everything, and how many frames it decodes at a time. */
async function forwards(file) {
	const compositor = new Compositor([file], UNLIMITED, 1);
	const expected = [];
	const rounds = new Set();
	let before = 0;
	for (const frame of range(0, FRAMES)) {
		expected.push((await compositor.ask(frame, 1))[0]);
		const kept = await compositor.kept();
		rounds.add(kept - before);
		before = kept;
	}
	await compositor.end();
	rounds.delete(0);
	return {expected, frameBytes: compositor.frameBytes, rounds: [...rounds]};
}

async function videos([source]) {
	heading(`videos: wrong answers, by frames that the cache holds for each of two threads`, [
		'video',
		'decoded at a time',
		'tabs',
		'relied on',
		...SIZES,
	]);
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-videos-'));
	try {
		for (const [name, options] of Object.entries(CODECS)) {
			const type = {prores: 'mov', vp8: 'webm', vp9: 'webm'}[name] ?? 'mp4';
			const files = [0, 1].map((i) => path.join(folder, `${name}-${i}.${type}`));
			encode(source, files[0], options);
			fs.copyFileSync(files[0], files[1]);
			const {expected, frameBytes, rounds} = await forwards(files[0]);
			for (const tabs of [1, 2, 4, 8]) {
				const row = [];
				let reliedOn = 0;
				for (const size of SIZES) {
					const cacheBytes = size * 2 * frameBytes;
					let bad = 0;
					for (const run of range(0, RUNS)) {
						const places = new Places();
						let compositor = new Compositor(files, cacheBytes, 2);
						for (const frame of order(tabs)) {
							places.ask(source, frame / FPS);
							if (next() * 100 < DISTURBED) {
								if (run % 2 === 0) {
									await compositor.free(0);
								} else {
									await compositor.end();
									compositor = new Compositor(files, cacheBytes, 2);
								}
							}
							bad += wrong(await compositor.ask(frame, 2), expected[frame]);
						}
						reliedOn = Math.max(reliedOn, places.frames);
						await compositor.end();
					}
					row.push(bad);
				}
				if (row.some((bad, i) => bad > 0 && SIZES[i] >= reliedOn)) {
					process.exitCode = 1;
				}
				print([name, rounds, tabs, reliedOn, ...row]);
			}
		}
		console.log(`of ${FRAMES * RUNS * 2} answers in each cell`);
	} finally {
		fs.rmSync(folder, {recursive: true});
	}
}

async function resume(files, expected, frameBytes) {
	heading('resume: from frame 60 on, by frames that the cache holds for each video of a thread', [
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
		[4, 4],
		[4, 8],
	]) {
		const what = {threads, order, videos};
		const unlimited = await run(files, expected, {...what, cacheBytes: UNLIMITED});
		const row = [videos, threads, cell(unlimited, unlimited, true)];
		for (const size of [8, 16]) {
			const cacheBytes = size * threads * Math.ceil(videos / threads) * frameBytes;
			const small = await run(files, expected, {...what, cacheBytes});
			row.push(cell(small, unlimited, videos <= threads));
		}
		print(row);
	}
}

const PARTS = {freed, videos, resume};
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
