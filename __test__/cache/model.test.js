'use strict';

const fc = require('fast-check');
const {MediaCache} = require('../..');

/** What the cache should do, in the plainest way. */
class NaiveCache {
	constructor(budget) {
		this.budget = budget;
		// Oldest first.
		this.entries = [];
	}

	get size() {
		return this.entries.reduce((sum, {data}) => sum + data.length, 0);
	}

	set(key, data) {
		this.delete(key);
		if (data.length > this.budget) {
			return false;
		}
		this.entries.push({key, data});
		while (this.size > this.budget) {
			this.entries.shift();
		}
		return true;
	}

	get(key) {
		const at = this.entries.findIndex((entry) => entry.key === key);
		if (at === -1) {
			return undefined;
		}
		const [entry] = this.entries.splice(at, 1);
		this.entries.push(entry);
		return entry.data;
	}

	has(key) {
		return this.entries.some((entry) => entry.key === key);
	}

	delete(key) {
		const {length} = this.entries;
		this.entries = this.entries.filter((entry) => entry.key !== key);
		return this.entries.length < length;
	}

	clear() {
		this.entries = [];
	}
}

const KEYS = [
	'',
	'a',
	'b',
	'\u00e9',
	'\u0141',
	'\ud800',
	'\ud801',
	'\ufffd',
	'A\u0001',
	'__proto__',
];
const key = fc.constantFrom(...KEYS);

const step = fc.oneof(
	{weight: 6, arbitrary: fc.tuple(fc.constant('set'), key, fc.uint8Array({maxLength: 40}))},
	{weight: 6, arbitrary: fc.tuple(fc.constant('get'), key)},
	{weight: 2, arbitrary: fc.tuple(fc.constant('has'), key)},
	{weight: 2, arbitrary: fc.tuple(fc.constant('delete'), key)},
	{weight: 1, arbitrary: fc.tuple(fc.constant('clear'))},
);

test('does what a naive LRU does', () => {
	fc.assert(
		fc.property(
			fc.integer({min: 1, max: 120}),
			fc.array(step, {maxLength: 120, size: 'max'}),
			(maxSizeInBytes, steps) => {
				const cache = new MediaCache({maxSizeInBytes});
				const naive = new NaiveCache(maxSizeInBytes);
				const held = [];
				for (const [name, ...args] of steps) {
					const ours = cache[name](...args);
					const expected = naive[name](...args);
					if (name === 'get' && expected !== undefined) {
						expect(Buffer.compare(ours, Buffer.from(expected))).toBe(0);
						held.push([ours, Buffer.from(expected)]);
					} else {
						expect(ours).toBe(expected);
					}
					expect([cache.size, cache.count]).toEqual([naive.size, naive.entries.length]);
				}
				// Whatever has happened since, a buffer once given out reads the same.
				for (const [buffer, expected] of held) {
					expect(Buffer.compare(buffer, expected)).toBe(0);
				}
			},
		),
		{numRuns: 300},
	);
});

test('statistics tell what happened', () => {
	const cache = new MediaCache({maxSizeInBytes: 10});
	expect(cache.set('a', Buffer.alloc(6))).toBe(true);
	expect(cache.set('b', Buffer.alloc(6))).toBe(true);
	expect(cache.set('c', Buffer.alloc(11))).toBe(false);
	expect(cache.get('a')).toBeUndefined();
	expect(cache.get('b')).toHaveLength(6);
	expect(cache.has('a')).toBe(false);
	expect(cache.stats()).toEqual({
		count: 1,
		size: 6,
		maxSizeInBytes: 10,
		hits: 1,
		misses: 1,
		evictions: 1,
		refusals: 1,
	});
});

test('a value that does not fit takes the old one with it', () => {
	const cache = new MediaCache({maxSizeInBytes: 10});
	cache.set('a', Buffer.from('old'));
	expect(cache.set('a', Buffer.alloc(11))).toBe(false);
	expect(cache.has('a')).toBe(false);
});

test('the data is copied: later writes to the source do not show', () => {
	const cache = new MediaCache({maxSizeInBytes: 10});
	const source = Buffer.from('abc');
	cache.set('a', source.subarray(1));
	source.fill(0);
	expect(cache.get('a').toString()).toBe('bc');
});

test('every read of an entry gives the same Buffer, with memory of its own', () => {
	const cache = new MediaCache({maxSizeInBytes: 10});
	cache.set('a', Buffer.from('abc'));
	cache.set('b', Buffer.from('abc'));
	const [first, second] = [cache.get('a'), cache.get('a')];
	expect(Buffer.isBuffer(first)).toBe(true);
	expect(first).toBe(second);
	expect(first.buffer.byteLength).toBe(3);
	first[0] = 120;
	expect([cache.get('a').toString(), cache.get('b').toString()]).toEqual(['xbc', 'abc']);
});

test('what was written to a buffer goes with its entry', () => {
	const cache = new MediaCache({maxSizeInBytes: 10});
	cache.set('a', Buffer.from('abc'));
	const held = cache.get('a');
	held.fill('x');
	cache.set('a', Buffer.from('def'));
	expect([held.toString(), cache.get('a').toString()]).toEqual(['xxx', 'def']);
});

test('data that has lost its memory, or lies about its length, is not stored as something else', () => {
	const cache = new MediaCache({maxSizeInBytes: 100});
	const gone = new Uint8Array(10);
	structuredClone(gone.buffer, {transfer: [gone.buffer]});
	expect(() => cache.set('a', gone)).toThrow(
		/^data must be a Uint8Array that still has its memory/,
	);
	expect(cache.stats()).toMatchObject({count: 0, size: 0});
	const lying = Object.defineProperty(Buffer.from('abc'), 'length', {value: 50});
	Object.defineProperty(lying, 'byteLength', {value: 50});
	cache.set('a', lying);
	expect([cache.get('a').toString(), cache.size]).toEqual(['abc', 3]);
	class Named extends Uint8Array {
		get length() {
			return 1;
		}
	}
	cache.set('b', new Named(4));
	expect([cache.get('b').length, cache.size]).toEqual([4, 7]);
});

test('long keys are told apart wherever they differ, and go one by one', () => {
	const cache = new MediaCache({maxSizeInBytes: 1e6});
	const keyWith = (at, text) => 'k'.repeat(at) + text + 'k'.repeat(5000 - at - text.length);
	const keys = [0, 1, 1024, 2500, 4999].flatMap((at) =>
		['a', '\u00e9', '\u0141', '\ud800'].map((text) => keyWith(at, text)),
	);
	keys.forEach((key, i) => {
		cache.set(key, Buffer.from([i]));
	});
	keys.forEach((key, i) => {
		expect(cache.get(`${key.slice(0, 9)}${key.slice(9)}`)[0]).toBe(i);
	});
	const narrow = keys.filter((key) => !/[^\0-\xff]/.test(key)).length;
	expect(cache.size).toBe(20 + narrow * 5000 + (20 - narrow) * 10_000);
	for (const key of keys) {
		expect([cache.delete(key), cache.delete(key), cache.has(key)]).toEqual([true, false, false]);
	}
	expect([cache.size, cache.count]).toEqual([0, 0]);
});

test('reads count and order whenever Rust hears of them', () => {
	const cache = new MediaCache({maxSizeInBytes: 3});
	for (const key of ['a', 'b', 'c']) {
		cache.set(key, Buffer.from(key));
	}
	for (let i = 0; i < 1000; i++) {
		cache.get('b');
		cache.get('a');
		cache.get('none');
	}
	cache.set('d', Buffer.from('d'));
	expect(['a', 'b', 'c', 'd'].filter((key) => cache.has(key))).toEqual(['a', 'b', 'd']);
	expect(cache.stats()).toMatchObject({hits: 2000, misses: 1000, evictions: 1});
});

test('empty values and long keys are values and keys', () => {
	const cache = new MediaCache({maxSizeInBytes: 50_000_000});
	const long = `data:audio/wav;base64,${'A'.repeat(10_000_000)}`;
	cache.set('empty', new Uint8Array(0));
	cache.set(`${long}1`, Buffer.from('one'));
	cache.set(`${long}2`, Buffer.from('two'));
	expect(cache.get('empty')).toHaveLength(0);
	expect(cache.get(`${long}1`).toString()).toBe('one');
	expect(cache.get(`${long}2`).toString()).toBe('two');
	// A key of this size counts: nothing grows unseen.
	expect(cache.size).toBeGreaterThan(20_000_000);
});

test('after dispose() it is empty and stays so, without an error', () => {
	const cache = new MediaCache({maxSizeInBytes: 10});
	cache.set('a', Buffer.from('abc'));
	const held = cache.get('a');
	cache.dispose();
	cache.dispose();
	expect(cache.set('a', Buffer.from('abc'))).toBe(false);
	expect(cache.set('a', Buffer.alloc(11))).toBe(false);
	expect([cache.get('a'), cache.has('a'), cache.size, cache.count]).toEqual([
		undefined,
		false,
		0,
		0,
	]);
	expect(held.toString()).toBe('abc');
	if (Symbol.dispose !== undefined) {
		expect(MediaCache.prototype[Symbol.dispose]).toBe(MediaCache.prototype.dispose);
	}
});

test('the default budget is that of a tab', () => {
	const {getMaxVideoCacheSize} = require('../..');
	expect(new MediaCache().maxSizeInBytes).toBe(Math.floor(getMaxVideoCacheSize('error')));
});

test.each([
	[() => new MediaCache(null), /MediaCache/],
	[() => new MediaCache({maxSizeInBytes: 0}), /maxSizeInBytes/],
	[() => new MediaCache({maxSizeInBytes: 1.5}), /maxSizeInBytes/],
	[() => new MediaCache({maxSizeInBytes: Number.POSITIVE_INFINITY}), /maxSizeInBytes/],
	[() => new MediaCache({maxSizeInBytes: '1'}), /maxSizeInBytes/],
	[() => new MediaCache({maxSizeInBytes: 9}).set(1, Buffer.alloc(1)), /key/],
	[() => new MediaCache({maxSizeInBytes: 9}).set('a', 'text'), /data/],
	[() => new MediaCache({maxSizeInBytes: 9}).set('a', new Uint16Array(1)), /data/],
	[() => new MediaCache({maxSizeInBytes: 9}).get(), /key/],
	[() => new MediaCache({maxSizeInBytes: 9}).has({}), /key/],
	[() => new MediaCache({maxSizeInBytes: 9}).delete(null), /key/],
])('a wrong argument is named: %s', (call, message) => {
	expect(call).toThrow(
		expect.objectContaining({name: 'TypeError', message: expect.stringMatching(message)}),
	);
});
