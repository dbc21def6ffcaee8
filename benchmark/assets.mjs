// compressAsset against the TypeScript of @remotion/renderer, side by side.
//
//   npm run bench -- assets
//
// Every row first asserts that both give equal results, then times both in
// turns and prints the ratio of the medians. Memory rows run in processes of
// their own.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const require = createRequire(import.meta.url);
const self = fileURLToPath(import.meta.url);
const renderer = require.resolve('@remotion/renderer/package.json');
const theirs = require(path.join(path.dirname(renderer), 'dist', 'compress-assets.js'));
const ours = require('../index.js');
const {sample} = require('../lib/assets/fingerprint.js');

const IMPLEMENTATIONS = {theirs, ours};
const PREFIX = 'data:audio/wav;base64,UklGRiQAAABXQVZFZm10IBAAAAABAAIA';

/** A data URL of `length` characters, a flat one-byte string of its own. */
function payload(length) {
	const body = randomBytes(Math.ceil((length * 3) / 4)).toString('base64');
	return fresh(Buffer.from(PREFIX + body.slice(0, length - PREFIX.length), 'latin1'));
}

/**
 * A new flat string on V8's heap, as a message of the browser leaves one there.
 * (`Buffer.toString` would make external strings of long ones.)
 */
const fresh = (bytes) => JSON.parse(`"${bytes.toString('latin1')}"`);

/** 20 ms of 16-bit stereo at 44.1 kHz, in base64. */
const SILENCE = 4704;

const asset = (frame, src, id = 'audio') => ({
	type: 'audio',
	src,
	id,
	frame,
	volume: 1,
	mediaFrame: frame,
	playbackRate: 1,
});

function median(samples) {
	samples.sort((a, b) => a - b);
	return samples[samples.length >> 1];
}

/** Median nanoseconds of `theirs`, `ours` and more, each timed once a round. */
function inTurns(rounds, works) {
	const samples = works.map(() => []);
	for (let round = -3; round < rounds; round++) {
		for (let i = 0; i < works.length; i++) {
			const arg = works[i].prepare?.();
			const start = process.hrtime.bigint();
			works[i].run(arg);
			const took = Number(process.hrtime.bigint() - start);
			// The first rounds warm up.
			if (round >= 0) {
				samples[i].push(took / (works[i].calls ?? 1));
			}
		}
	}
	return samples.map(median);
}

/** The same assets through both: each implementation keeps a history of its own. */
function histories(sources) {
	return Object.fromEntries(
		Object.entries(IMPLEMENTATIONS).map(([name, {compressAsset}]) => {
			const history = [];
			sources.forEach((bytes, frame) => {
				history.push(compressAsset(history, asset(frame, fresh(bytes))));
			});
			return [name, history];
		}),
	);
}

/**
 * Looking up a payload again, as a fresh string, `calls` times each. With many,
 * both strings stay in the processor's cache; else memory's speed counts too.
 */
function again(sources, which, rounds, {calls = 1, extra = []} = {}) {
	const known = histories(sources);
	assert.deepEqual(known.ours, known.theirs);
	const bytes = sources[which];
	const results = Object.entries(IMPLEMENTATIONS).map(([name, {compressAsset}]) =>
		compressAsset(known[name], asset(9999, fresh(bytes))),
	);
	assert.deepEqual(results[1], results[0]);
	assert.equal(results[1].src, `same-as-audio-${which}`);
	return inTurns(rounds, [
		...Object.entries(IMPLEMENTATIONS).map(([name, {compressAsset}]) => ({
			calls,
			prepare: () => asset(9999, fresh(bytes)),
			run: (again) => {
				for (let i = 0; i < calls; i++) {
					compressAsset(known[name], again);
				}
			},
		})),
		...extra,
	]);
}

function ordinary() {
	const CALLS = 2_000_000;
	const history = [asset(0, 'https://example.com/0.mp3'), asset(1, 'https://example.com/1.mp3')];
	const assets = Array.from({length: 8}, (_, i) =>
		asset(i, `https://example.com/assets/music-${i}.mp3?token=${'x'.repeat(40 * i)}`),
	);
	const works = Object.values(IMPLEMENTATIONS).map(({compressAsset}) => {
		for (const one of assets) {
			assert.equal(compressAsset(history, one), one);
		}
		// A loop of its own for each, so that neither shares the other's type feedback.
		const run = new Function(
			'compressAsset',
			'history',
			'assets',
			`// ${compressAsset === ours.compressAsset ? 'ours' : 'theirs'}: V8 shares code of equal text
			return () => {
				let same = 0;
				for (let i = 0; i < ${CALLS}; i++) {
					const one = assets[i & 7];
					if (compressAsset(history, one) === one) same++;
				}
				return same;
			}`,
		)(compressAsset, history, assets);
		assert.equal(run(), CALLS);
		return {run, calls: CALLS};
	});
	return inTurns(41, works);
}

function fiveMegabytes(calls) {
	const bytes = Buffer.from(payload(5_000_000), 'latin1');
	const other = Buffer.from(bytes);
	const memcmp = {
		calls,
		prepare: () => Buffer.from(bytes),
		run: (copy) => {
			for (let i = 0; i < calls; i++) {
				assert.equal(Buffer.compare(copy, other), 0);
			}
		},
	};
	const [theirTime, ourTime, limit] = again([bytes], 0, 41, {calls, extra: [memcmp]});
	return {times: [theirTime, ourTime], limit};
}

/** `shared`: characters that all begin with, as WAV files that begin with silence do. */
function sameLength(shared) {
	const lead = 'A'.repeat(shared);
	const sources = Array.from({length: 200}, () => {
		const whole = payload(200_000);
		return Buffer.from(
			whole.slice(0, PREFIX.length) + lead + whole.slice(PREFIX.length + shared),
			'latin1',
		);
	});
	return again(sources, 199, 101);
}

/** First asset by `src`, as plainly as it can be written. */
function plainByMap(map, one) {
	const first = one.src.length < 400 ? undefined : map.get(one.src);
	return first ? {...one, src: `same-as-${first.id}-${first.frame}`} : one;
}

/**
 * Payload `which` of 200 again, where a Map has the first asset by `src`. V8
 * hashes strings of this length by their length, so that all of them collide.
 */
function byMap(which, calls = 1) {
	const lead = PREFIX + 'A'.repeat(SILENCE);
	const sources = Array.from({length: 200}, () =>
		Buffer.from(lead + payload(200_000).slice(lead.length), 'latin1'),
	);
	const byForm = [plainByMap, ours.compressAsset].map((compress) => {
		const map = new Map();
		for (const [frame, bytes] of sources.entries()) {
			const compressed = compress(map, asset(frame, fresh(bytes)));
			if (!map.has(compressed.src)) {
				map.set(compressed.src, compressed);
			}
		}
		return {compress, map};
	});
	const [plain, own] = byForm;
	assert.deepEqual([...own.map], [...plain.map]);
	for (const {compress, map} of byForm) {
		const again = asset(9999, fresh(sources[which]));
		assert.deepEqual(compress(map, again), {...again, src: `same-as-audio-${which}`});
	}
	return inTurns(
		301,
		byForm.map(({compress, map}) => ({
			calls,
			prepare: () => asset(9999, fresh(sources[which])),
			run: (again) => {
				for (let i = 0; i < calls; i++) {
					compress(map, again);
				}
			},
		})),
	);
}

/** Alike but for one character, 100 before the end. */
function nearTheEnd() {
	const first = Buffer.from(payload(200_000), 'latin1');
	const sources = Array.from({length: 200}, (_, i) => {
		const bytes = Buffer.from(first);
		bytes.write(i.toString(36).padStart(4, '0'), bytes.length - 104, 'latin1');
		return bytes;
	});
	return again(sources, 199, 41);
}

/** Like signed URLs of one bucket: alike but for the end. */
const alike = (_, i) =>
	Buffer.from(`https://example.com/${'a'.repeat(568)}${String(i).padStart(12, '0')}`);
const unlike = () => Buffer.from(payload(600), 'latin1');

/** A counter near the beginning of a data URL, as a number in a header makes it. */
const countedEarly = (_, i) =>
	Buffer.from(`${PREFIX}${String(i).padStart(12, '0')}`.padEnd(600, 'A'));

/** Two texts of 2,000 characters that no sample tells apart differ here. */
const UNSAMPLED = 1300;
const crowded = (_, i) =>
	Buffer.from(`${PREFIX.padEnd(UNSAMPLED, 'A')}${String(i).padStart(5, '0')}`.padEnd(2000, 'A'));

/** Five unique sources a frame; the caller flattens its ledger for every frame. */
function manyFrames(make, FRAMES = 1500) {
	const sources = Array.from({length: FRAMES * 5}, make);
	const render = ({compressAsset}) => {
		const ledger = [];
		let calls = 0n;
		const start = process.hrtime.bigint();
		for (let frame = 0; frame < FRAMES; frame++) {
			const previous = ledger.flat(1);
			const assets = [0, 1, 2, 3, 4].map((i) =>
				asset(frame, fresh(sources[frame * 5 + i]), `audio-${i}`),
			);
			const before = process.hrtime.bigint();
			const compressed = assets.map((one) => compressAsset(previous, one));
			calls += process.hrtime.bigint() - before;
			ledger.push(compressed);
		}
		const whole = Number(process.hrtime.bigint() - start);
		return {ledger, calls: Number(calls), whole};
	};
	assert.deepEqual(render(ours).ledger, render(theirs).ledger);
	const rounds = [0, 1, 2].map(() => [render(theirs), render(ours)]);
	const of = (which, figure) => median(rounds.map((round) => round[which][figure]));
	return {
		times: [of(0, 'calls'), of(1, 'calls')],
		whole: [of(0, 'whole'), of(1, 'whole')],
	};
}

/** Our time alone, where the TypeScript's grows out of hand. */
function ourTime(make, frames) {
	const sources = Array.from({length: frames * 5}, make);
	return median(
		[0, 1, 2, 3, 4].map(() => {
			const ledger = [];
			let calls = 0n;
			for (let frame = 0; frame < frames; frame++) {
				const previous = ledger.flat(1);
				const assets = [0, 1, 2, 3, 4].map((i) =>
					asset(frame, fresh(sources[frame * 5 + i]), `audio-${i}`),
				);
				const before = process.hrtime.bigint();
				ledger.push(assets.map((one) => ours.compressAsset(previous, one)));
				calls += process.hrtime.bigint() - before;
			}
			return Number(calls);
		}),
	);
}

/** Sixty frames with a payload each. Not async: those keep their locals alive. */
function sixty(compressAsset) {
	const history = [];
	for (let frame = 0; frame < 60; frame++) {
		const one = asset(frame, payload(3_000_000));
		assert.equal(compressAsset(history, one), one);
		history.push(one);
	}
	return history;
}

/** In a process of its own: what 60 payloads of 3 MB leave on V8's heap. */
async function measureHeap(name) {
	const settle = async () => {
		for (let i = 0; i < 5; i++) {
			global.gc();
			await new Promise((resolve) => setImmediate(resolve));
		}
	};
	await settle();
	const before = process.memoryUsage().heapUsed;
	let history = sixty(IMPLEMENTATIONS[name].compressAsset);
	await settle();
	const after = process.memoryUsage().heapUsed;
	const held = ours.getAssetStoreStats();
	assert.equal(history.length, 60);
	history = null;
	await settle();
	const left = ours.getAssetStoreStats();
	process.stdout.write(JSON.stringify({before, after, held, left}));
}

function heap(name) {
	const {stdout, stderr, status} = spawnSync(
		process.execPath,
		['--expose-gc', self, '--heap', name],
		{encoding: 'utf8'},
	);
	assert.equal(status, 0, stderr);
	return JSON.parse(stdout);
}

function time(ns) {
	if (ns < 1000) {
		return `${ns.toFixed(1)} ns`;
	}
	return ns < 1e6 ? `${(ns / 1000).toFixed(1)} us` : `${(ns / 1e6).toFixed(1)} ms`;
}

const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

function print(rows) {
	const head = ['work', 'TypeScript', 'ours', 'ratio', 'goal', 'met'];
	console.log(`\n| ${head.join(' | ')} |\n|${head.map(() => '---').join('|')}|`);
	for (const row of rows) {
		console.log(`| ${row.join(' | ')} |`);
	}
}

function timed(work, [theirTime, ourTime], goal) {
	const ratio = theirTime / ourTime;
	return [
		work,
		time(theirTime),
		time(ourTime),
		`${ratio.toFixed(ratio < 10 ? 2 : 0)} x`,
		`${goal.toFixed(2).replace(/\.?0+$/, '')} x`,
		ratio >= goal ? 'yes' : 'NO',
	];
}

function main() {
	const [cpu] = os.cpus();
	console.log(
		`${cpu?.model.trim()}, ${os.cpus().length} cores, ${os.platform()} ${os.release()}, ` +
			`Node ${process.version}, @remotion/renderer ${require(renderer).version}`,
	);
	const short = ordinary();
	const five = fiveMegabytes(20);
	const fiveCold = fiveMegabytes(1);
	const [theirRandom, ourRandom] = sameLength(0);
	const mapWarm = byMap(199, 20);
	const mapCold = byMap(199);
	const mapFirst = byMap(0);
	const frames = manyFrames(alike);
	const unlikeFrames = manyFrames(unlike);
	assert.equal(sample(`${crowded(0, 1)}`), sample(`${crowded(0, 2)}`), 'they are not a crowd');
	const crowd = manyFrames(crowded);
	const growth = ourTime(crowded, 2000) / ourTime(crowded, 500);
	const [theirHeap, ourHeap] = [heap('theirs'), heap('ours')];
	const theirGrowth = theirHeap.after - theirHeap.before;
	const ourGrowth = ourHeap.after - ourHeap.before;
	assert.deepEqual(ourHeap.held, {...ourHeap.held, payloads: 60, bytes: 180_000_000});
	print([
		timed('an ordinary short `src`', short, 1 / 1.2),
		timed('one 5 MB payload again, as a fresh string', five.times, 1.8),
		timed('200 same-length 200 kB payloads, the last one again', sameLength(SILENCE), 4),
		timed('the same, differing only near the end', nearTheEnd(), 50),
		timed('the same in a Map, against a plain one', mapWarm, 1),
		timed('5 unique 600-character sources a frame, 1,500 frames', frames.times, 20),
		timed('the same, with a counter near the beginning', manyFrames(countedEarly).times, 5),
		timed('the same, 2,000 characters that no sample tells apart', crowd.times, 5),
		[
			'the last row: 2,000 frames in place of 500',
			'',
			`${growth.toFixed(1)} times as long`,
			'',
			'linear: 4, at most 5',
			growth <= 5 ? 'yes' : 'NO',
		],
		[
			'V8 `heapUsed`: growth by 60 unique payloads of 3 MB',
			mb(theirGrowth),
			mb(ourGrowth),
			'',
			'below 4 MB',
			ourGrowth < 4e6 ? 'yes' : 'NO',
		],
		[
			"store bytes after the render's objects are gone and GC ran",
			'',
			String(ourHeap.left.bytes),
			'',
			'0',
			ourHeap.left.bytes === 0 ? 'yes' : 'NO',
		],
	]);
	const [theirWhole, ourWhole] = frames.whole;
	const [theirUnlike, ourUnlike] = unlikeFrames.times;
	console.log(`
The 5 MB: one memcmp (Buffer.compare) takes ${time(five.limit)}, we take ${(five.times[1] / five.limit).toFixed(2)} times that, and the most any comparison could gain is ${(five.times[0] / five.limit).toFixed(2)} x. Looked up once, out of the processor's cache: ${fiveCold.times.map(time).join(' and ')}, memcmp ${time(fiveCold.limit)}.
The 200 of 200 kB share their WAV header and 20 ms of silence; random from the header on: ${time(theirRandom)} and ${time(ourRandom)}, ${(theirRandom / ourRandom).toFixed(1)} x.
In the Map, looked up once, out of the processor's cache: the last one, which a Map compares first, ${mapCold.map(time).join(' and ')}; the first one ${mapFirst.map(time).join(' and ')}.
1,500 frames with sources that differ from the 55th character on: ${time(theirUnlike)} and ${time(ourUnlike)}, ${(theirUnlike / ourUnlike).toFixed(1)} x.
1,500 frames with flattening and making the strings, which are the caller's: ${time(theirWhole)} and ${time(ourWhole)}.
heapUsed with the 60 payloads, Node's own share of it included: ${mb(theirHeap.after)} and ${mb(ourHeap.after)}.`);
}

if (process.argv[2] === '--heap') {
	await measureHeap(process.argv[3]);
} else {
	main();
}
