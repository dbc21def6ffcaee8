'use strict';

// Assets that are no plain objects, and bad arguments.

const path = require('node:path');
const vm = require('node:vm');
const {compressAsset, getAssetStoreStats} = require('../../index.js');

const dist = path.join(path.dirname(require.resolve('@remotion/renderer/package.json')), 'dist');
const theirs = require(path.join(dist, 'compress-assets.js'));

let unique = 0;
const fresh = (length = 500) => `data:${++unique},`.padEnd(length, 'A');
const asset = (src, frame = 0) => ({id: 'a', frame, src});

/** Payloads that entered the store during `work`. */
function moved(work) {
	const before = getAssetStoreStats().misses;
	work();
	return getAssetStoreStats().misses - before;
}

test('a payload moves once, and only from where nobody can tell', () => {
	const src = fresh();
	expect(moved(() => compressAsset([], asset(src)))).toBe(1);
	expect(moved(() => compressAsset([], Object.freeze(asset(fresh()))))).toBe(0);
	expect(moved(() => compressAsset([], Object.create(asset(fresh()))))).toBe(0);
	const constant = Object.defineProperty({id: 'a', frame: 0}, 'src', {value: fresh()});
	expect(moved(() => compressAsset([], constant))).toBe(0);
	expect(moved(() => compressAsset([], Object.seal(asset(fresh()))))).toBe(1);
});

test('an accessor is asked, never replaced', () => {
	let asked = 0;
	const src = fresh();
	const one = {
		id: 'a',
		frame: 3,
		get src() {
			asked++;
			return src;
		},
	};
	expect(compressAsset([], one)).toBe(one);
	expect(typeof Object.getOwnPropertyDescriptor(one, 'src').get).toBe('function');
	expect(asked).toBe(1);
	expect(compressAsset([one], asset(fresh().slice(0, 400) + src, 4)).src).toContain('data:');
	expect(compressAsset([one], asset(src, 4)).src).toBe('same-as-a-3');
});

test('an accessor in a history answers anew each time', () => {
	const payloads = [fresh(), fresh()];
	let current = 0;
	const first = asset('https://example.com', 1);
	const changing = {
		id: 'changing',
		frame: 2,
		get src() {
			return payloads[current];
		},
	};
	const history = [first, changing];
	for (const now of [0, 0, 1, 1, 0, 1]) {
		current = now;
		for (const src of payloads) {
			const expected = theirs.compressAsset(history, asset(src, 9)).src;
			expect(compressAsset(history, asset(src, 9)).src).toBe(expected);
		}
	}
});

test('a proxy sees reads and no writes', () => {
	const writes = [];
	const proxy = new Proxy(asset(fresh()), {
		set(target, key, value) {
			writes.push(key);
			target[key] = value;
			return true;
		},
		defineProperty() {
			throw new Error('written to');
		},
	});
	const {src} = proxy;
	expect(compressAsset([], proxy)).toBe(proxy);
	for (let round = 0; round < 4; round++) {
		expect(compressAsset([proxy], asset(src, 5)).src).toBe('same-as-a-0');
	}
	expect(writes).toEqual([]);
});

test('a getter that throws, throws where the TypeScript does and nowhere else', () => {
	const src = fresh();
	const trap = {
		id: 't',
		frame: 1,
		get src() {
			throw new RangeError('no src today');
		},
	};
	const head = [asset('https://example.com', 1), asset(src, 2)];
	for (let round = 0; round < 4; round++) {
		// Found before the trap.
		expect(compressAsset([...head, trap], asset(src, 9)).src).toBe('same-as-a-2');
		// Behind it.
		expect(() => compressAsset([head[0], trap, head[1]], asset(src, 9))).toThrow(RangeError);
		expect(() => compressAsset([...head, trap], asset(fresh(), 9))).toThrow(RangeError);
		// And the history still works.
		expect(compressAsset([...head], asset(src, 9)).src).toBe('same-as-a-2');
	}
});

test('holes, numbers and odd sources among the assets', () => {
	const src = fresh();
	const odd = [asset(undefined), asset(7), 'text', 12, Object.assign(() => {}, {src: 'x'})];
	const history = [asset('https://example.com'), ...odd, asset(src, 8)];
	for (let round = 0; round < 3; round++) {
		expect(compressAsset(history, asset(src, 9)).src).toBe('same-as-a-8');
	}
	const holed = [asset(src, 8), null];
	expect(compressAsset(holed, asset(src, 9)).src).toBe('same-as-a-8');
	expect(compressAsset(holed, asset(src, 9)).src).toBe('same-as-a-8');
	expect(() => compressAsset(holed, asset(fresh(), 9))).toThrow(TypeError);
	expect(() => theirs.compressAsset(holed, asset(fresh(), 9))).toThrow(TypeError);
});

test('an array shuffled in place still leads to equal content', () => {
	const sources = Array.from({length: 6}, () => fresh());
	const history = sources.map((src, frame) => compressAsset([], asset(src, frame)));
	for (const src of sources) {
		compressAsset(history, asset(src, 99));
	}
	[history[2], history[4]] = [history[4], history[2]];
	for (const src of sources) {
		const expected = theirs.compressAsset(history, asset(src, 99)).src;
		expect(compressAsset(history, asset(src, 99)).src).toBe(expected);
	}
	history[3] = null;
	expect(compressAsset(history, asset(sources[5], 99)).src).toBe('same-as-a-5');
});

test('two renders at once never see each other', () => {
	const src = fresh();
	const [left, right] = [[asset('https://example.com/l')], [asset('https://example.com/r')]];
	for (let frame = 0; frame < 20; frame++) {
		for (const [name, history] of Object.entries({left, right})) {
			const one = {id: name, frame, src: frame < 10 ? src : fresh()};
			const result = compressAsset([...history], one);
			expect(result.src).toBe(frame > 0 && frame < 10 ? `same-as-${name}-0` : one.src);
			history.push(result);
		}
	}
});

test('a crowd that no sample tells apart', () => {
	const LENGTH = 5000;
	const sources = Array.from(
		{length: 40},
		(_, i) => `${'A'.repeat(LENGTH - 100)}${String(i).padStart(4, '0')}${'A'.repeat(96)}`,
	);
	// Wide ones, whose low bytes are those of others, in the same places.
	const wide = sources.map((src) => src.replace(/0(?=\d{3}A)/, '\u0130'));
	const history = [];
	[...sources, ...wide].forEach((src, frame) => {
		const one = asset(src, frame);
		expect(compressAsset(history, one)).toBe(one);
		history.push(one);
	});
	[...sources, ...wide].forEach((src, frame) => {
		expect(compressAsset(history, asset(src, 999)).src).toBe(`same-as-a-${frame}`);
	});
});

test('objects of a vm context', () => {
	const context = vm.createContext({});
	const history = vm.runInContext(
		'[{id: "v", frame: 1, src: "data:".padEnd(700, "v")}, {id: "v", frame: 2, src: "w".repeat(700)}]',
		context,
	);
	for (let round = 0; round < 3; round++) {
		expect(compressAsset(history, asset('data:'.padEnd(700, 'v'))).src).toBe('same-as-v-1');
		expect(compressAsset(history, asset('w'.repeat(700))).src).toBe('same-as-v-2');
	}
	const one = vm.runInContext('({id: "v", frame: 3, src: "x".repeat(900)})', context);
	expect(compressAsset(history, one)).toBe(one);
	expect(vm.runInContext('(one) => one.src === "x".repeat(900)', context)(one)).toBe(true);
});

test('the argument keeps its values and its keys keep their order', () => {
	const src = fresh();
	const one = {volume: 1, src, id: 'k', extra: {deep: true}, frame: 1};
	expect(Object.keys(compressAsset([], one))).toEqual(['volume', 'src', 'id', 'extra', 'frame']);
	expect(one.src).toBe(src);
	const result = compressAsset([asset(src, 7)], one);
	expect(result).toEqual({...one, src: 'same-as-a-7'});
	expect(result.extra).toBe(one.extra);
});

test.each([
	[[null, asset('x')], 'previousRenderAssets'],
	[[{}, asset('x')], 'previousRenderAssets'],
	[[[], null], 'newRenderAsset'],
	[[[], undefined], 'newRenderAsset'],
	[[[], 5], 'newRenderAsset'],
	[[[], {}], 'newRenderAsset.src'],
	[[[], {src: 5}], 'newRenderAsset.src'],
])('bad arguments are named: %p', (args, name) => {
	expect(() => compressAsset(...args)).toThrow(new RegExp(`^${name} must be `));
	expect(() => compressAsset(...args)).toThrow(TypeError);
});

test('hits and misses', () => {
	const before = getAssetStoreStats();
	const src = fresh();
	const history = [compressAsset([], asset(src, 0)), compressAsset([], asset(src, 1))];
	for (let frame = 2; frame < 6; frame++) {
		expect(compressAsset(history, asset(src, frame)).src).toBe('same-as-a-0');
	}
	const after = getAssetStoreStats();
	expect(after.misses - before.misses).toBe(1);
	// The second object over the same payload, and four references.
	expect(after.hits - before.hits).toBe(5);
});
