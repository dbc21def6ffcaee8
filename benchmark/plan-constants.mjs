// Measures what the processes of real renders take, by resolution: the
// constants of core/src/budget.rs. Linux only.
//
//   npm run bench -- plan-constants [--browser /usr/bin/chromium] [--frames 60]
//       [--only 720p|1080p|4K|encoder]
//
// Each figure is the peak of the proportional set size (PSS: shared pages are
// divided among those who share them) over one render, sampled 20 times a
// second, of all processes of that kind.

import {readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {bundle} from '@remotion/bundler';
import {renderMedia, selectComposition} from '@remotion/renderer';

const {values} = parseArgs({
	options: {
		browser: {type: 'string'},
		frames: {type: 'string', default: '60'},
		only: {type: 'string'},
	},
});
const MIB = 1024 * 1024;
const here = path.dirname(fileURLToPath(import.meta.url));

const RESOLUTIONS = [
	['720p', 1280, 720],
	['1080p', 1920, 1080],
	['4K', 3840, 2160],
];

/** What is measured apart. */
function kindOf(command) {
	if (/chrom|headless-shell/i.test(command)) {
		return /--type=renderer/.test(command) ? 'tabs' : 'browser';
	}
	return /ffmpeg/.test(command) ? 'ffmpeg' : /compositor/.test(command) ? 'compositor' : 'other';
}

/** Process id -> {parent, command} of everything that runs. */
function processes() {
	const found = new Map();
	for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
		try {
			const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
			const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
			found.set(pid, {parent, command: readFileSync(`/proc/${pid}/cmdline`, 'latin1')});
		} catch {
			// It has ended.
		}
	}
	return found;
}

function isOurs(pid, all) {
	for (let at = pid; at !== undefined; at = all.get(at)?.parent) {
		if (at === String(process.pid)) {
			return true;
		}
	}
	return false;
}

/** PSS by kind, now. */
function sample() {
	const all = processes();
	const sums = {node: 0, browser: 0, tabs: 0, ffmpeg: 0, compositor: 0, other: 0};
	for (const [pid, {command}] of all) {
		if (!isOurs(pid, all)) {
			continue;
		}
		try {
			const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
			const pss = Number(/^Pss:\s+(\d+)/m.exec(rollup)[1]) * 1024;
			sums[pid === String(process.pid) ? 'node' : kindOf(command)] += pss;
		} catch {
			// It has ended.
		}
	}
	return sums;
}

const serveUrl = await bundle({entryPoint: path.join(here, 'plan-composition.jsx')});

async function measure(width, height, options) {
	const inputProps = {width, height, durationInFrames: Number(values.frames), video: null};
	const common = {
		serveUrl,
		inputProps,
		browserExecutable: values.browser ?? null,
		chromiumOptions: {gl: null},
		logLevel: 'error',
	};
	const composition = await selectComposition({...common, id: 'scene'});
	const peaks = {total: 0};
	const timer = setInterval(() => {
		const now = sample();
		now.total = Object.values(now).reduce((sum, value) => sum + value, 0);
		for (const [name, value] of Object.entries(now)) {
			peaks[name] = Math.max(peaks[name] ?? 0, value);
		}
	}, 50);
	const outputLocation = path.join(tmpdir(), `headroom-plan-${process.pid}.mp4`);
	try {
		await renderMedia({...common, composition, codec: 'h264', outputLocation, ...options});
	} finally {
		clearInterval(timer);
		rmSync(outputLocation, {force: true});
	}
	return peaks;
}

const mib = (bytes) => `${Math.round(bytes / MIB)}`.padStart(9);
const header = ['node', 'browser', 'tabs', 'ffmpeg', 'compositor', 'total'];
console.log(`PSS in MiB, peaks over ${values.frames} frames of h264\n`);
console.log(`${'render'.padEnd(30)}${header.map((name) => name.slice(0, 8).padStart(9)).join('')}`);

const tabs = [];
for (const [name, width, height] of RESOLUTIONS) {
	if (values.only !== undefined && values.only !== name) {
		continue;
	}
	const pixels = width * height;
	const results = {};
	for (const [label, options] of [
		['1 tab, then encoding', {concurrency: 1, disallowParallelEncoding: true}],
		['2 tabs, then encoding', {concurrency: 2, disallowParallelEncoding: true}],
		['1 tab while encoding', {concurrency: 1}],
	]) {
		const peaks = await measure(width, height, options);
		results[label] = peaks;
		console.log(
			`${`${name}, ${label}`.padEnd(30)}${header.map((kind) => mib(peaks[kind] ?? 0)).join('')}`,
		);
	}
	const chrome = ({browser, tabs}) => browser + tabs;
	const one = results['1 tab, then encoding'];
	const two = results['2 tabs, then encoding'];
	tabs.push({
		name,
		pixels,
		tab: chrome(two) - chrome(one),
		base: 2 * chrome(one) - chrome(two),
		node: one.node,
		encoder: results['1 tab while encoding'].ffmpeg,
	});
}

/** Least squares through (pixels, bytes): [bytes at no pixels, bytes per pixel]. */
function line(points) {
	const mean = (pick) => points.reduce((sum, point) => sum + pick(point), 0) / points.length;
	const [x, y] = [mean(([px]) => px), mean(([, bytes]) => bytes)];
	const slope =
		points.reduce((sum, [px, bytes]) => sum + (px - x) * (bytes - y), 0) /
		points.reduce((sum, [px]) => sum + (px - x) ** 2, 0);
	return [y - slope * x, slope];
}

if (values.only === undefined || values.only === 'encoder') {
	// x264 and x265 keep frames for every thread, and take 1.5 threads a core.
	for (const codec of ['h264', 'h265']) {
		for (const threads of [3, 24]) {
			const {ffmpeg} = await measure(1280, 720, {
				codec,
				concurrency: 1,
				ffmpegOverride: ({args}) => [
					...args.slice(0, -1),
					...(codec === 'h264'
						? ['-threads', String(threads)]
						: ['-x265-params', `pools=${threads}:frame-threads=${Math.min(16, threads)}`]),
					args[args.length - 1],
				],
			});
			console.log(`720p, ${codec}, ${threads} threads: encoder ${mib(ffmpeg).trim()} MiB`);
		}
	}
}
if (tabs.length < 2) {
	process.exit();
}
console.log('\nas a line over the pixels of a frame:');
for (const [name, pick] of [
	['one more tab', ({tab}) => tab],
	['browser without tabs', ({base}) => base],
	['encoder', ({encoder}) => encoder],
	['Node', ({node}) => node],
]) {
	const [fixed, slope] = line(tabs.map((entry) => [entry.pixels, pick(entry)]));
	console.log(
		`${name.padEnd(24)}${mib(fixed)} MiB + ${slope.toFixed(1).padStart(7)} bytes a pixel` +
			`   (${tabs.map((entry) => `${entry.name}: ${Math.round(pick(entry) / MIB)} MiB`).join(', ')})`,
	);
}
