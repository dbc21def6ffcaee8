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
		const all = (buffer, byte) => buffer.every((value) => value === byte);
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

test('V8 knows of the memory that buffers keep alive, and gives it up', () => {
	const {before, holding, cached, after} = inChild(async () => {
		const cache = new MediaCache({maxSizeInBytes: 64 * MIB});
		for (let i = 0; i < 64; i++) {
			cache.set(String(i), fill(i));
		}
		await settle();
		const measure = () => process.memoryUsage().external;
		const before = measure();
		let held = Array.from({length: 64}, (_, i) => cache.get(String(i)));
		const holding = measure();
		held = held.length;
		await settle();
		const cached = measure();
		cache.dispose();
		await settle();
		return {before, holding, cached, after: measure()};
	});
	expect(holding - before).toBeGreaterThanOrEqual(64 * MIB);
	expect(cached - before).toBeLessThan(4 * MIB);
	expect(after - before).toBeLessThan(4 * MIB);
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

test('a buffer that was transferred away does not come back empty', () => {
	const texts = inChild(async () => {
		const cache = new MediaCache({maxSizeInBytes: MIB});
		cache.set('a', Buffer.from('abc'));
		const first = cache.get('a');
		try {
			structuredClone(first.buffer, {transfer: [first.buffer]});
		} catch {
			// Node says no.
		}
		first.buffer.transfer?.();
		await settle();
		return [cache.get('a').toString(), cache.get('a').toString()];
	});
	expect(texts).toEqual(['abc', 'abc']);
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
		execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + process.memoryUsage().rss]);
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
