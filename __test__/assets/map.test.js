'use strict';

// The Map form of compressAsset, first asset by `src`, against the plainest
// implementation of it.
//
// HEADROOM_RUNS: how many calls to generate (20,000 unless told otherwise).

const {types} = require('node:util');
const vm = require('node:vm');
const fc = require('fast-check');
const {
	compressAsset,
	getAssetStoreStats,
	uncompressMediaAsset,
	isAssetCompressed,
} = require('../../index.js');

const RUNS = Number(process.env.HEADROOM_RUNS || 20000);
const isNative = getAssetStoreStats().native;

/** What the Map form means. */
function plain(map, asset) {
	const first = asset.src.length < 400 ? undefined : map.get(asset.src);
	return first ? {...asset, src: `same-as-${first.id}-${first.frame}`} : asset;
}

/** What the caller does with every asset. */
function note(map, asset) {
	if (!map.has(asset.src)) {
		map.set(asset.src, asset);
	}
}

/** A string of its own, as the browser's messages bring them. */
const fresh = (text) => JSON.parse(JSON.stringify(text));
let unique = 0;
const payload = (length = 20_000) => `data:${++unique},`.padEnd(length, 'A');
const asset = (src, frame = 0, id = 'a') => ({id, frame, src});

/** Payloads that entered the store during `work`; as many as are asked for without one. */
function moved(expected, work) {
	const before = getAssetStoreStats().misses;
	work();
	return isNative ? getAssetStoreStats().misses - before : expected;
}

test('any assets, in any order, as a plain Map has it', () => {
	// Around both borders: 400, and 16,383, above which V8 hashes the length alone.
	const source = fc.oneof(
		fc
			.record({
				length: fc.constantFrom(399, 400, 401, 16382, 16383, 16384, 16385, 17000),
				at: fc.constantFrom(0, 50, 199, 200, 349, 350, 351, 390, 398),
				fromEnd: fc.boolean(),
				unit: fc.constantFrom('A', 'B', '\u00ff', '\u0141', '\ud83d'),
			})
			.map(({length, at, fromEnd, unit}) => {
				const place = fromEnd ? length - 1 - at : at;
				return 'A'.repeat(place) + unit + 'A'.repeat(length - place - 1);
			}),
		fc.constantFrom('', 'same-as-a-1', 'https://example.com/a.mp3'),
	);
	const one = fc.record({
		id: fc.constantFrom('a', 'b', '', '1'),
		frame: fc.oneof(fc.nat(9), fc.constantFrom(-0, 0.5, Number.NaN)),
		src: source,
		freezes: fc.boolean(),
	});
	// What anybody may do to the Map in between.
	const meddling = fc.option(
		fc.record({
			how: fc.constantFrom('delete', 'replace', 'empty', 'renew', 'clear'),
			which: fc.nat(20),
		}),
		{freq: 3},
	);
	let calls = 0;
	fc.assert(
		fc.property(fc.array(fc.tuple(one, meddling), {maxLength: 30}), (steps) => {
			const [ours, theirs] = [new Map(), new Map()];
			for (const [{freezes, ...fields}, meddle] of steps) {
				const make = () => ({...fields, src: fresh(fields.src)});
				const [mine, other] = [make(), make()];
				if (freezes) {
					Object.freeze(mine);
				}
				const result = compressAsset(ours, mine);
				const expected = plain(theirs, other);
				expect(result === mine).toBe(expected === other);
				expect(Object.entries(result)).toEqual(Object.entries(expected));
				note(ours, result);
				note(theirs, expected);
				calls++;
				for (const map of meddle === null ? [] : [ours, theirs]) {
					const {how, which} = meddle;
					const key = [...map.keys()][which % map.size];
					if (how === 'clear') {
						map.clear();
					} else if (how === 'delete') {
						map.delete(key);
					} else if (how === 'renew') {
						const value = map.get(key);
						map.delete(key);
						map.set(key, value);
					} else {
						map.set(key, how === 'empty' ? undefined : {id: 'other', frame: which, src: 'x'});
					}
				}
			}
			expect([...ours.keys()]).toEqual([...theirs.keys()]);
		}),
		{numRuns: Math.ceil(RUNS / 6)},
	);
	expect(calls).toBeGreaterThan(RUNS / 2);
});

test('200 payloads of one length, each found', () => {
	const map = new Map();
	const sources = Array.from({length: 200}, () => payload());
	sources.forEach((src, frame) => {
		const one = asset(fresh(src), frame);
		expect(compressAsset(map, one)).toBe(one);
		note(map, one);
	});
	sources.forEach((src, frame) => {
		expect(compressAsset(map, asset(fresh(src), 999)).src).toBe(`same-as-a-${frame}`);
	});
	expect(compressAsset(map, asset(payload(), 999)).src).toContain('data:');
});

test('a payload moves before it becomes a key, once', () => {
	for (const length of [400, 20_000]) {
		const map = new Map();
		const src = payload(length);
		expect(moved(1, () => note(map, compressAsset(map, asset(fresh(src)))))).toBe(1);
		expect(moved(0, () => compressAsset(map, asset(fresh(src), 1)))).toBe(0);
		expect(moved(0, () => compressAsset(map, Object.freeze(asset(payload(length)))))).toBe(0);
		expect([...map.keys()]).toEqual([src]);
	}
	expect(moved(0, () => compressAsset(new Map(), asset('x'.repeat(399))))).toBe(0);
});

test('what was found counts as a hit', () => {
	for (const length of [400, 20_000]) {
		const src = payload(length);
		const map = new Map([[src, asset(src)]]);
		const before = getAssetStoreStats().hits;
		compressAsset(map, asset(fresh(src), 1));
		expect(getAssetStoreStats().hits - before).toBe(1);
	}
});

test('a subclass is asked as it wants to be', () => {
	class Asked extends Map {
		asked = [];

		get(src) {
			this.asked.push(src);
			return super.get(src) ?? {id: 'stand-in', frame: 7};
		}
	}
	for (const length of [500, 20_000]) {
		const src = payload(length);
		const map = new Asked();
		expect(compressAsset(map, asset(src, 1)).src).toBe('same-as-stand-in-7');
		map.set(src, asset(src, 3));
		expect(compressAsset(map, asset(fresh(src), 1)).src).toBe('same-as-a-3');
		expect(map.asked).toEqual([src, src]);
		const own = new Map([[src, asset(src, 3)]]);
		own.get = () => undefined;
		const one = asset(fresh(src), 4);
		expect(compressAsset(own, one)).toBe(one);
		class Plain extends Map {}
		expect(compressAsset(new Plain([[src, asset(src, 3)]]), one).src).toBe('same-as-a-3');
	}
});

test('a Map of a vm context', () => {
	const map = vm.runInContext('new Map()', vm.createContext({}));
	expect(map instanceof Map).toBe(false);
	for (const length of [500, 20_000]) {
		const src = payload(length);
		const one = asset(fresh(src), length);
		expect(compressAsset(map, one)).toBe(one);
		map.set(one.src, one);
		const again = compressAsset(map, asset(fresh(src), 9));
		expect(again.src).toBe(`same-as-a-${length}`);
		expect(uncompressMediaAsset(map, again).src).toBe(src);
	}
});

test('keys that are no strings, and values that are no assets', () => {
	const src = payload();
	const odd = new Map([
		[1, asset('x')],
		[null, null],
		[src.split(''), asset('y')],
		[new String(src), asset('z')],
	]);
	const one = asset(src);
	expect(compressAsset(odd, one)).toBe(one);
	for (const nothing of [undefined, null, 0, '']) {
		expect(compressAsset(new Map([[src, nothing]]), one)).toBe(one);
	}
	expect(compressAsset(new Map([[src, 'text']]), one).src).toBe('same-as-undefined-undefined');
});

const revoked = (target) => {
	const {proxy, revoke} = Proxy.revocable(target, {});
	revoke();
	return proxy;
};

test.each([
	['compressAsset', compressAsset, 'previousRenderAssets', 'newRenderAsset'],
	['uncompressMediaAsset', uncompressMediaAsset, 'allRenderAssets', 'assetToUncompress'],
])('%s names what it can not use', (_, call, assets, one) => {
	const src = payload(500);
	const good = call === compressAsset ? asset(src) : asset('same-as-a-1');
	const named = (name) => new RegExp(`^${name} must be `);
	for (const bad of [
		new Proxy(new Map(), {}),
		new Proxy(new Map(), {get: () => () => undefined}),
		revoked(new Map()),
		new WeakMap(),
		new Set(),
		Object.create(Map.prototype),
		{get: () => undefined},
	]) {
		expect(() => call(bad, good)).toThrow(named(assets));
		expect(() => call(bad, good)).toThrow(TypeError);
	}
	expect(() => call(new Map(), revoked({}))).toThrow(named(one));
	expect(() => call(new Map(), {src: 5})).toThrow(named(`${one}.src`));
	expect(() => call(new Map(), null)).toThrow(named(one));
	const map = new Map([[src, revoked({})]]);
	expect(types.isProxy(map.get(src))).toBe(true);
	expect(() => call(map, good)).toThrow(named(`a value of ${assets}`));
});

test('uncompressMediaAsset searches the values', () => {
	const src = payload(500);
	const map = new Map();
	for (let frame = 0; frame < 3; frame++) {
		note(map, compressAsset(map, asset(fresh(src), frame)));
		note(map, compressAsset(map, asset(`https://example.com/${frame}.mp3`, frame, 'b')));
	}
	const compressed = compressAsset(map, asset(fresh(src), 5));
	expect(isAssetCompressed(compressed.src)).toBe(true);
	expect(uncompressMediaAsset(map, compressed)).toEqual({...compressed, src});
	const short = asset('https://example.com/1.mp3');
	expect(uncompressMediaAsset(map, short)).toBe(short);
	expect(() => uncompressMediaAsset(map, asset('same-as-a-77'))).toThrow(
		'refers to asset "a" of frame 77, which none of the 5 assets in allRenderAssets is',
	);
});
