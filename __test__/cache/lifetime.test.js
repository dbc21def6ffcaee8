'use strict';

// What must not crash or leak runs in a process of its own.

const path = require('node:path');
const {spawnSync} = require('node:child_process');

const MIB = 1024 * 1024;

/** Runs an async function with `cache` and friends in a child; its result comes back. */
function inChild(run, ...flags) {
	const code = `
		const {MediaCache} = require(${JSON.stringify(path.join(__dirname, '../..'))});
		const MIB = ${MIB};
		const settle = async () => {
			for (let i = 0; i < 5; i++) {
				globalThis.gc();
				await new Promise((done) => setTimeout(done, 5));
			}
		};
		const fill = (byte, size = MIB) => Buffer.alloc(size, byte);
		const all = (buffer, byte) => Buffer.alloc(buffer.length, byte).equals(buffer);
		const rss = () => process.memoryUsage().rss;
		(${run})().then((result) => process.stdout.write('\\n' + JSON.stringify(result)));
	`;
	const {status, signal, stdout, stderr} = spawnSync(
		process.execPath,
		['--expose-gc', ...flags, '-e', code],
		{encoding: 'utf8', env: {...process.env, HEADROOM_ROOT: path.join(__dirname, '../..')}},
	);
	expect({status, signal, stderr}).toEqual({status: 0, signal: null, stderr: ''});
	return JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1));
}

test('a buffer outlives its entry, the cache and any collection', () => {
	const intact = inChild(async () => {
		let cache = new MediaCache({maxSizeInBytes: 2 * MIB});
		const held = [];
		for (let i = 0; i < 20; i++) {
			cache.set(String(i), fill(i));
			held.push(cache.get(String(i)));
		}
		await settle();
		cache.delete('19');
		cache.clear();
		cache.dispose();
		cache = null;
		await settle();
		// Memory that was given up too early would be used again here.
		const others = Array.from({length: 40}, () => fill(255));
		return held.every((buffer, i) => all(buffer, i)) && others.length === 40;
	});
	expect(intact).toBe(true);
});

test('V8 knows of the memory that the cache and its buffers take, and gives it up', () => {
	const {filled, read, kept, after} = inChild(async () => {
		await settle();
		const before = process.memoryUsage().arrayBuffers;
		const measure = () => process.memoryUsage().arrayBuffers - before;
		const cache = new MediaCache({maxSizeInBytes: 64 * MIB});
		for (let i = 0; i < 64; i++) {
			cache.set(String(i), fill(i));
		}
		await settle();
		const filled = measure();
		let held = Array.from({length: 64}, (_, i) => cache.get(String(i)));
		const read = measure();
		cache.dispose();
		await settle();
		const kept = measure();
		held = held.length;
		await settle();
		return {filled, read, kept, after: measure()};
	});
	for (const bytes of [filled, read, kept]) {
		expect(bytes).toBeGreaterThanOrEqual(64 * MIB);
		expect(bytes).toBeLessThan(68 * MIB);
	}
	expect(after).toBeLessThan(4 * MIB);
});

test('reads, collections and reads again give the same bytes', () => {
	const wrong = inChild(async () => {
		const cache = new MediaCache({maxSizeInBytes: 8 * MIB});
		for (let i = 0; i < 8; i++) {
			cache.set(String(i), fill(i));
		}
		let wrong = 0;
		for (let round = 0; round < 200; round++) {
			for (let i = 0; i < 8; i++) {
				wrong += all(cache.get(String(i)).subarray(0, 64), i) ? 0 : 1;
			}
			// Collects the buffers; their finalizers run later, or not yet.
			if (round % 3 === 0) {
				globalThis.gc();
			}
			if (round % 5 === 0) {
				await null;
			}
			if (round % 50 === 0) {
				await settle();
			}
		}
		return wrong;
	});
	expect(wrong).toBe(0);
});

test('what is evicted is given back to the system', () => {
	const grown = inChild(async () => {
		const cache = new MediaCache({maxSizeInBytes: 16 * MIB});
		const data = fill(1);
		for (let i = 0; i < 16; i++) {
			cache.set(String(i), data);
		}
		const before = rss();
		for (let i = 0; i < 2000; i++) {
			cache.set(String(i), data);
			cache.get(String(i));
			if (i % 100 === 0) {
				await settle();
			}
		}
		await settle();
		return rss() - before;
	});
	expect(grown).toBeLessThan(200 * MIB);
});

test('a cache that nobody holds goes, buffers and all', () => {
	const grown = inChild(async () => {
		const before = rss();
		for (let i = 0; i < 100; i++) {
			const cache = new MediaCache({maxSizeInBytes: 16 * MIB});
			cache.set('a', fill(i, 16 * MIB));
			cache.get('a');
			if (i % 10 === 0) {
				await settle();
			}
		}
		await settle();
		return rss() - before;
	});
	expect(grown).toBeLessThan(400 * MIB);
});

test.each(['structuredClone', 'transfer'])('a buffer moved by %s is the taker’s alone', (how) => {
	const outcome = inChild(
		`async () => {
			const move = {
				structuredClone: (memory) => structuredClone(memory, {transfer: [memory]}),
				// Node 22 and newer.
				transfer: ArrayBuffer.prototype.transfer && ((memory) => memory.transfer()),
			}[${JSON.stringify(how)}];
			if (move === undefined) {
				return [];
			}
			const cache = new MediaCache({maxSizeInBytes: 4 * MIB});
			const wrong = [];
			for (let i = 0; i < 30; i++) {
				cache.clear();
				cache.set('other', fill(200));
				cache.set('a', fill(i));
				const moved = new Uint8Array(move(cache.get('a').buffer));
				const has = cache.has('a');
				const got = cache.get('a');
				const {size, count} = cache;
				// What is stored in its place must not be the memory that was moved.
				cache.set('a', fill(100));
				cache.set('b', fill(101));
				moved[0] = 255;
				if (i % 10 === 0) await settle();
				const intact = all(cache.get('a'), 100) && all(cache.get('b'), 101);
				if (has || got !== undefined || size !== MIB || count !== 1 || !intact || !all(moved.subarray(1), i)) {
					wrong.push({i, has, size, count, intact});
				}
			}
			return wrong;
		}`,
	);
	expect(outcome).toEqual([]);
});

test('a buffer that was posted to a worker stays the worker’s, also when the worker ends', () => {
	const outcome = inChild(async () => {
		const {Worker} = require('node:worker_threads');
		const cache = new MediaCache({maxSizeInBytes: 8 * MIB});
		const texts = [];
		for (let i = 0; i < 6; i++) {
			cache.set('a', fill(i));
			cache.set('b', fill(50));
			const buffer = cache.get('a');
			const worker = new Worker(
				`const {parentPort, workerData} = require('node:worker_threads');
				parentPort.once('message', (bytes) => {
					// Writes while the other thread reads what it has.
					for (let i = 0; i < 20; i++) bytes.fill(i);
					parentPort.postMessage(bytes, workerData ? [bytes.buffer] : []);
					if (workerData) setTimeout(() => process.exit(0), 5);
				});`,
				{eval: true, workerData: i % 2 === 1},
			);
			const answered = new Promise((done) => worker.once('message', done));
			worker.postMessage(buffer, [buffer.buffer]);
			let reads = 0;
			while (reads < 50) {
				reads += cache.get('a') === undefined && all(cache.get('b'), 50) ? 1 : 1000;
			}
			const back = await answered;
			await worker.terminate();
			await settle();
			texts.push([reads, cache.has('a'), buffer.length, all(Buffer.from(back), 19)]);
		}
		return texts;
	});
	expect(outcome).toEqual(Array(6).fill([50, false, 0, true]));
});

test('memory that is shared with another thread is copied while that one writes', () => {
	const wrong = inChild(async () => {
		const {Worker} = require('node:worker_threads');
		const options = {maxByteLength: 8 * MIB};
		// Grows while it is read, where this Node has such.
		const shared = new SharedArrayBuffer(4 * MIB, options);
		const worker = new Worker(
			`const {workerData} = require('node:worker_threads');
			let bytes = new Uint8Array(workerData);
			for (let i = 0; ; i++) {
				bytes.fill(i & 127);
				if (workerData.growable && workerData.byteLength < workerData.maxByteLength) {
					workerData.grow(workerData.byteLength + 4096);
				}
			}`,
			{eval: true, workerData: shared},
		);
		await new Promise((done) => worker.once('online', done));
		const cache = new MediaCache({maxSizeInBytes: 64 * MIB});
		let wrong = 0;
		for (let i = 0; i < 100; i++) {
			const key = String(i % 3);
			const before = shared.byteLength;
			cache.set(key, new Uint8Array(shared));
			const copy = cache.get(key);
			const once = Buffer.from(copy);
			await new Promise(setImmediate);
			wrong +=
				copy.length >= before && copy.every((byte) => byte < 128) && copy.equals(once) ? 0 : 1;
		}
		await worker.terminate();
		return wrong;
	});
	expect(wrong).toBe(0);
});

test('workers use caches of their own and may end at any time', () => {
	const exits = inChild(async () => {
		const {Worker} = require('node:worker_threads');
		const code = `
			const {MediaCache} = require(${JSON.stringify(process.env.HEADROOM_ROOT)});
			const cache = new MediaCache({maxSizeInBytes: 4e6});
			globalThis.held = [];
			for (let i = 0; i < 100; i++) {
				cache.set(String(i), Buffer.alloc(1e5, i));
				globalThis.held.push(cache.get(String(i)));
			}
			if (process.argv[2] === 'exit') process.exit(0);
		`;
		const exits = [];
		for (let i = 0; i < 6; i++) {
			const worker = new Worker(code, {eval: true, argv: [i % 2 ? 'exit' : 'end']});
			exits.push(await new Promise((done) => worker.on('exit', done)));
		}
		return exits;
	});
	expect(exits).toEqual([0, 0, 0, 0, 0, 0]);
});

test('memory that is not there is an error, not an abort', () => {
	if (process.platform !== 'linux') {
		return;
	}
	const code = `
		const {MediaCache} = require(process.env.HEADROOM_ROOT);
		const cache = new MediaCache({maxSizeInBytes: 2 ** 40});
		const data = Buffer.alloc(2 ** 30);
		const {execFileSync} = require('node:child_process');
		// Half a GiB more than it has mapped: enough for V8, not for a copy.
		const pages = Number(require('node:fs').readFileSync('/proc/self/statm', 'latin1').split(' ')[0]);
		execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + (pages * 4096 + 2 ** 29)]);
		try {
			cache.set('a', data);
		} catch (err) {
			process.stdout.write(err.message);
		}
	`;
	const {stdout, status} = spawnSync(process.execPath, ['-e', code], {
		encoding: 'utf8',
		env: {...process.env, HEADROOM_ROOT: path.join(__dirname, '../..')},
	});
	expect([status, stdout]).toEqual([0, 'there is no memory for 1073741824 bytes']);
});
