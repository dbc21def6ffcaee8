'use strict';

// compressAsset against the TypeScript, on generated histories.
//
// HEADROOM_RUNS: how many calls to generate (20,000 unless told otherwise).

const path = require('node:path');
const fc = require('fast-check');
const ours = require('../../index.js');

const dist = path.join(path.dirname(require.resolve('@remotion/renderer/package.json')), 'dist');
const theirs = {
	...require(path.join(dist, 'compress-assets.js')),
	...require(path.join(dist, 'assets', 'types.js')),
};

const RUNS = Number(process.env.HEADROOM_RUNS || 20000);
/** At least this many calls of each property, given calls per run of it on average. */
const runs = (callsPerRun) => ({numRuns: Math.max(20, Math.ceil(RUNS / callsPerRun))});

// Few payloads, so that they meet again; many of one length, so that they can
// be confused: some differ at one place only, sampled or not.
const LENGTHS = [398, 399, 400, 401, 600, 16382, 16383, 16384, 65535, 65536, 65537];

const payload = fc
	.record({
		length: fc.oneof(
			{weight: 12, arbitrary: fc.constantFrom(398, 399, 400, 401, 600)},
			{weight: 1, arbitrary: fc.constantFrom(...LENGTHS)},
		),
		fill: fc.constantFrom('A', 'A', 'A', 'é', '\u{2028}', '\ud800'),
		at: fc.constantFrom(0, 1, 17, 100, 199, 333, 350, 383, 390, 397),
		fromEnd: fc.boolean(),
		unit: fc.constantFrom('A', 'B', 'C', '\u00ff', '\u0141', '\ud83d', '\udc00', '\0'),
		shape: fc.constantFrom('flat', 'rope', 'slice', 'two-byte', 'json', 'external'),
	})
	.map(({length, fill, at, fromEnd, unit, shape}) => {
		const place = fromEnd ? length - 1 - at : at;
		const text = fill.repeat(place) + unit + fill.repeat(length - place - 1);
		return reshape(text, shape);
	});

/** The same characters, as V8 may come to hold them. */
function reshape(text, shape) {
	switch (shape) {
		case 'rope':
			return text.slice(0, 200) + text.slice(200);
		case 'slice':
			return `<${text}>`.slice(1, -1);
		case 'two-byte':
			// A slice of a wide string is two-byte, whatever is in it.
			return `\u0141${text}`.slice(1);
		case 'json':
			return JSON.parse(JSON.stringify(text));
		case 'external':
			return ours.compressAsset([], {id: 'e', frame: 0, src: JSON.parse(JSON.stringify(text))}).src;
		default:
			return Buffer.from(text, 'utf16le').toString('utf16le');
	}
}

const source = fc.oneof(
	{weight: 6, arbitrary: payload},
	{weight: 1, arbitrary: fc.string({maxLength: 40})},
	{weight: 1, arbitrary: fc.constantFrom('', 'same-as-a-1', 'https://example.com/a.mp3')},
);

const identity = {
	id: fc.oneof(
		fc.constantFrom('a', 'b', 'my-audio-3', '', '-', '1', 'same-as-x', '\ud800', 'a\nb'),
		fc.string({maxLength: 6}),
	),
	frame: fc.oneof(
		fc.nat(50),
		fc.constantFrom(-1, -0, 0.5, 12.25, 1e21, 1e-7, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53),
	),
};

const finish = fc.constantFrom(
	'plain',
	'plain',
	'plain',
	'plain',
	'frozen',
	'sealed',
	'closed',
	'bare',
);

const asset = fc
	.record({...identity, src: source, volume: fc.double(), finish})
	.map(({finish: how, ...fields}) => ({fields, how}));

/** A new object of this description. Both sides get one of their own. */
function make({fields, how}) {
	const made = {...fields};
	switch (how) {
		case 'frozen':
			return Object.freeze(made);
		case 'sealed':
			return Object.seal(made);
		case 'closed':
			return Object.preventExtensions(made);
		case 'bare':
			return Object.assign(Object.create(null), made);
		default:
			return made;
	}
}

/** What a call gave: the asset, or the class of what it threw. */
function attempt(call) {
	try {
		return {asset: call()};
	} catch (error) {
		return {threw: error.constructor.name};
	}
}

/** Compares as JavaScript sees it, lone surrogates and key order included. */
function expectSame(ourResult, theirResult) {
	expect(Object.keys(ourResult)).toEqual(Object.keys(theirResult));
	for (const key of ['asset', 'threw']) {
		const [mine, other] = [ourResult[key], theirResult[key]];
		if (typeof other !== 'object') {
			expect(mine).toBe(other);
			continue;
		}
		expect(Reflect.ownKeys(mine)).toEqual(Reflect.ownKeys(other));
		for (const field of Reflect.ownKeys(other)) {
			if (!Object.is(mine[field], other[field])) {
				throw new Error(`${String(field)} differs: ${String(mine[field]).slice(0, 80)}`);
			}
		}
	}
}

/** Both implementations side by side, each with assets of its own. */
class Pair {
	constructor() {
		this.ours = [];
		this.theirs = [];
	}

	/** One call on the histories as `view` shows them. */
	call(description, view = (history) => history) {
		const mine = make(description);
		const other = make(description);
		const ourResult = attempt(() => ours.compressAsset(view(this.ours), mine));
		const theirResult = attempt(() => theirs.compressAsset(view(this.theirs), other));
		expectSame(ourResult, theirResult);
		expect(ourResult.asset === mine).toBe(theirResult.asset === other);
		// The argument keeps its values.
		expect(mine.src === other.src).toBe(true);
		return [ourResult.asset, theirResult.asset];
	}

	append([mine, other]) {
		this.ours.push(mine);
		this.theirs.push(other);
	}
}

test('append-only histories, in one array that grows', () => {
	fc.assert(
		fc.property(fc.array(asset, {minLength: 1, maxLength: 24}), (assets) => {
			const pair = new Pair();
			for (const one of assets) {
				pair.append(pair.call(one));
			}
		}),
		runs(8),
	);
});

test('histories flattened anew for every frame', () => {
	fc.assert(
		fc.property(fc.array(fc.array(asset, {maxLength: 4}), {maxLength: 8}), (frames) => {
			const pair = new Pair();
			for (const assets of frames) {
				const copy = {ours: [...pair.ours], theirs: [...pair.theirs]};
				const results = assets.map((one) =>
					pair.call(one, (history) => (history === pair.ours ? copy.ours : copy.theirs)),
				);
				for (const result of results) {
					pair.append(result);
				}
			}
		}),
		runs(6),
	);
});

/** How an array is cut, shuffled or mixed: the same for both. */
const rearrangement = fc.record({
	from: fc.nat(12),
	to: fc.nat(24),
	keys: fc.array(fc.nat(1000), {minLength: 24, maxLength: 24}),
	how: fc.constantFrom('whole', 'cut', 'shuffled', 'reversed', 'doubled', 'mixed'),
});

function rearrange(history, {from, to, keys, how}, other) {
	switch (how) {
		case 'cut':
			return history.slice(from, to);
		case 'shuffled':
			return history
				.map((one, i) => [keys[i % keys.length], i, one])
				.sort(([a, i], [b, j]) => a - b || i - j)
				.map(([, , one]) => one);
		case 'reversed':
			return [...history].reverse();
		case 'doubled':
			return [...history, ...history];
		case 'mixed':
			return history.map((one, i) => (keys[i % keys.length] % 2 ? one : (other[i] ?? one)));
		default:
			return [...history];
	}
}

test('arrays cut, shuffled, doubled and mixed with another render', () => {
	const step = fc.tuple(asset, rearrangement, fc.boolean());
	fc.assert(
		fc.property(fc.array(step, {minLength: 1, maxLength: 24}), (steps) => {
			const pairs = [new Pair(), new Pair()];
			for (const [one, arrangement, second] of steps) {
				const [pair, other] = second ? [...pairs].reverse() : pairs;
				pair.append(
					pair.call(one, (history) =>
						rearrange(history, arrangement, history === pair.ours ? other.ours : other.theirs),
					),
				);
			}
		}),
		runs(8),
	);
});

test('histories that share their first assets', () => {
	const steps = fc.array(fc.tuple(asset, fc.nat(2)), {minLength: 1, maxLength: 24});
	fc.assert(
		fc.property(fc.array(asset, {minLength: 1, maxLength: 4}), steps, (shared, rest) => {
			const root = new Pair();
			for (const one of shared) {
				root.append(root.call(one));
			}
			const branches = [0, 1, 2].map(() => {
				const branch = new Pair();
				branch.ours = [...root.ours];
				branch.theirs = [...root.theirs];
				return branch;
			});
			for (const [one, which] of rest) {
				branches[which].append(branches[which].call(one));
			}
		}),
		runs(10),
	);
});

test('earlier assets replaced behind our back: a reference leads to equal content', () => {
	const steps = fc.array(fc.tuple(asset, fc.nat(30), fc.option(source), fc.boolean()), {
		minLength: 2,
		maxLength: 24,
	});
	fc.assert(
		fc.property(steps, (all) => {
			const history = [];
			for (const [description, which, replacement, swap] of all) {
				const one = make(description);
				const {src} = one;
				const result = ours.compressAsset(history, one);
				if (result === one) {
					expect(one.src === src).toBe(true);
				} else {
					// Whoever it names has these very characters now.
					const named = history.find(
						(other) => result.src === `same-as-${other.id}-${other.frame}` && other.src === src,
					);
					expect(named).toBeDefined();
				}
				history.push(result);
				const victim = history[which % history.length];
				if (replacement !== null && !Object.isFrozen(victim)) {
					victim.src = replacement;
				}
				if (swap) {
					history[which % history.length] = make(description);
				}
			}
		}),
		runs(12),
	);
});

test('uncompressMediaAsset and isAssetCompressed', () => {
	const text = fc.oneof(
		fc
			.tuple(
				fc.constantFrom('', 'x', 'same-as', 'same-as-', '\n', 'same-as-q\n'),
				fc.constantFrom('a', 'b', 'a-', '', '-', 'my-audio-3', 'same-as-x', 'a\nb', '\u2028'),
				fc.constantFrom('1', '0.5', '-1', '1e+21', '', '.', '12.25', '1 '),
			)
			.map(([lead, id, frame]) => `${lead}same-as-${id}-${frame}`),
		source,
		fc.string({unit: fc.constantFrom('same-as-', '-', '1', '.', 'a', '\n'), maxLength: 8}),
	);
	fc.assert(
		fc.property(fc.array(asset, {maxLength: 6}), asset, text, (history, one, src) => {
			const all = history.map(make);
			const compressed = make({...one, fields: {...one.fields, src}});
			expect(ours.isAssetCompressed(src)).toBe(theirs.isAssetCompressed(src));
			const log = jest.spyOn(console, 'log').mockImplementation(() => {});
			const theirResult = attempt(() => theirs.uncompressMediaAsset(all, compressed));
			log.mockRestore();
			const ourResult = attempt(() => ours.uncompressMediaAsset(all, compressed));
			expectSame(ourResult, theirResult);
			expect(ourResult.asset === compressed).toBe(theirResult.asset === compressed);
		}),
		runs(8),
	);
});
