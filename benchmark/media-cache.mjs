// MediaCache beside the npm package `lru-cache` with `maxSize`: equal results
// first, then time per operation and what each holds of V8's heap.
//
//   npm run bench -- media-cache

import {createRequire} from 'node:module';
import {LRUCache} from 'lru-cache';

const {MediaCache} = createRequire(import.meta.url)('..');

if (globalThis.gc === undefined) {
	console.error('Run with: npm run bench -- media-cache');
	process.exit(2);
}

const MIB = 1024 * 1024;

const ours = (maxSizeInBytes) => new MediaCache({maxSizeInBytes});

/** lru-cache, keeping a copy of what it is given, as MediaCache does. */
function theirs(maxSize) {
	const cache = new LRUCache({
		maxSize,
		sizeCalculation: (value) => value.length || 1,
	});
	return {
		set: (key, data) => {
			cache.set(key, Buffer.from(data));
			return cache.has(key);
		},
		get: (key) => cache.get(key),
		has: (key) => cache.has(key),
		get size() {
			return cache.calculatedSize;
		},
		get count() {
			return cache.size;
		},
		dispose: () => cache.clear(),
	};
}

/** The same pseudo-random numbers in every run. */
function* numbers(seed = 1) {
	let state = seed;
	for (;;) {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		yield state;
	}
}

function checkEqual() {
	const [a, b] = [ours(100_000), theirs(100_000)];
	const random = numbers();
	const next = (below) => random.next().value % below;
	for (let i = 0; i < 20_000; i++) {
		const key = `frame-${next(60)}`;
		if (next(3) === 0) {
			const data = Buffer.alloc(1 + next(8000), i);
			if (a.set(key, data) !== b.set(key, data)) {
				throw new Error(`set(${key}) differs at step ${i}`);
			}
		} else {
			const [mine, other] = [a.get(key), b.get(key)];
			if ((mine === undefined) !== (other === undefined) || (mine && !mine.equals(other))) {
				throw new Error(`get(${key}) differs at step ${i}`);
			}
		}
		if (a.size !== b.size || a.count !== b.count) {
			throw new Error(`the sizes differ at step ${i}`);
		}
	}
	console.log('20,000 random steps: equal values, sizes and counts\n');
}

const breathe = async () => {
	for (let i = 0; i < 4; i++) {
		globalThis.gc();
		await new Promise((done) => setTimeout(done, 10));
	}
};

async function time(operation, count) {
	const rounds = [];
	for (let round = 0; round < 5; round++) {
		await breathe();
		const start = process.hrtime.bigint();
		for (let i = 0; i < count; i++) {
			operation(i);
		}
		rounds.push(Number(process.hrtime.bigint() - start) / count);
	}
	return rounds.sort((a, b) => a - b)[2];
}

const row = (name, mine, other, unit) =>
	console.log(
		`${name.padEnd(46)}${`${mine} ${unit}`.padStart(13)}${`${other} ${unit}`.padStart(13)}` +
			`${(mine / other).toFixed(2).padStart(8)}x`,
	);

async function compareTime(name, prepare, count) {
	const results = [];
	for (const make of [ours, theirs]) {
		const {operation, cache} = prepare(make);
		results.push(Math.round(await time(operation, count)));
		cache.dispose();
	}
	row(name, ...results, 'ns');
}

checkEqual();
console.log(`${''.padEnd(46)}${'MediaCache'.padStart(13)}${'lru-cache'.padStart(13)}    ratio`);

const frame = Buffer.alloc(MIB, 7);
const small = Buffer.alloc(4096, 7);
const keys = Array.from({length: 256}, (_, i) => `http://localhost:3000/video.mp4@${i}`);
const longKeys = Array.from({length: 32}, (_, i) => `data:,${'A'.repeat(1e6)}${i}`);

for (const [name, data, count] of [
	['1 MiB', frame, 400],
	['4 KiB', small, 40_000],
]) {
	await compareTime(
		`set ${name}, evicting`,
		(make) => {
			const cache = make(128 * data.length);
			return {cache, operation: (i) => cache.set(keys[i & 255], data)};
		},
		count,
	);
	await compareTime(
		`get ${name}, read before`,
		(make) => {
			const cache = make(256 * data.length);
			const held = keys.map((key) => cache.set(key, data) && cache.get(key));
			return {cache, operation: (i) => cache.get(keys[i & 255]).length + held.length};
		},
		40_000,
	);
}
await compareTime(
	'get, missing',
	(make) => {
		const cache = make(MIB);
		return {cache, operation: (i) => cache.get(keys[i & 255])};
	},
	40_000,
);
await compareTime(
	'get by keys of 1 MB and one length',
	(make) => {
		const cache = make(256 * MIB);
		for (const key of longKeys) {
			cache.set(key, small);
		}
		return {cache, operation: (i) => cache.get(longKeys[i & 31])};
	},
	200,
);

console.log('\nHolding 256 values of 1 MiB:');
const held = [];
for (const make of [ours, theirs]) {
	await breathe();
	const before = process.memoryUsage();
	const cache = make(256 * MIB);
	for (const key of keys) {
		cache.set(key, frame);
	}
	await breathe();
	const after = process.memoryUsage();
	held.push({
		heap: Math.round((after.heapUsed - before.heapUsed) / 1024),
		external: Math.round((after.external - before.external) / MIB),
		count: cache.count,
	});
	cache.dispose();
	await breathe();
}
row('V8 heap', held[0].heap, held[1].heap, 'KiB');
row("memory on V8's books", held[0].external, held[1].external, 'MiB');
if (held[0].count !== held[1].count) {
	throw new Error('they hold different numbers of values');
}
