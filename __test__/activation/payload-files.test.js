'use strict';

// Payloads that are written to files, against the functions that stand behind them: the
// real ones of several versions, on real files.

const {createHash} = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const fc = require('fast-check');
const {Copy} = require('../../lib/copies/copy');
const {binaryError} = require('../../lib/native');
const names = require('../../lib/remotion/download-and-map-assets-to-file');
const part = require('../../lib/remotion/download-and-map-assets-to-file/download-asset');
const collectGarbage = require('./collect-garbage');
const {NEWEST, rootOf} = require('./harness');
const payload = require('./seeded');

const FILE = 'assets/download-and-map-assets-to-file';
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-payload-files-'));
let folders = 0;

const nextTick = () => new Promise(setImmediate);

afterAll(() => fs.rmSync(home, {recursive: true, force: true}));

describe.each([NEWEST, '4.0.443', '4.0.382', '4.0.300'])('Remotion %s', (version) => {
	const copy = new Copy(rootOf('renderer', version));
	if (binaryError === null) {
		// Stock code takes long to name a file, and so does this test then.
		names.apply(copy, {logLevel: 'warn'});
	}
	const theirs = {...copy.module(FILE)};
	const {makeDownloadMap} = copy.module('assets/download-map');
	/** How often stock code was asked by ours. */
	let asked = 0;

	beforeAll(() => {
		// What ours has found is what it calls.
		const noting = (stock) => (options) => {
			asked++;
			return stock(options);
		};
		const {function: find} = copy;
		copy.function = (file, name, ...rest) => {
			const stock = find.call(copy, file, name, ...rest);
			return name === 'downloadAsset' ? noting(stock) : stock;
		};
		part.apply(copy, {logLevel: 'warn'});
		copy.function = find;
	});

	afterAll(() => copy.restore());

	/** A map for a render, that notes what it tells of. */
	function newMap() {
		const map = makeDownloadMap();
		fs.rmSync(map.downloadDir, {recursive: true, force: true});
		map.downloadDir = path.join(home, String(folders++));
		const told = [];
		map.emitter.addEventListener('download', ({detail: {src}}) => told.push(src));
		return {map, told};
	}

	const outcome = async (promise) => {
		try {
			return await promise;
		} catch (error) {
			return `${error.code ?? error.name}: ${error.message}`;
		}
	};

	/** All of `sources` at once: what comes of each. */
	const start = ({downloadAsset}, {map}, sources) =>
		Promise.all(
			sources.map((src) =>
				outcome(
					downloadAsset({
						src,
						downloadMap: map,
						indent: false,
						logLevel: 'error',
						shouldAnalyzeAudioImmediately: true,
						binariesDirectory: null,
					}),
				),
			),
		);

	/** The same, with what was told, and the files. */
	async function download(functions, one, sources) {
		const {map, told} = one;
		const results = await start(functions, one, sources);
		const written = fs.existsSync(map.downloadDir) ? fs.readdirSync(map.downloadDir).sort() : [];
		const files = written.map((name) => [
			name,
			createHash('sha256')
				.update(fs.readFileSync(path.join(map.downloadDir, name)))
				.digest('hex'),
		]);
		const plain = (text) => text.replaceAll(map.downloadDir, '');
		return {results: results.map(plain), told: [...told], files};
	}

	/** Stock code's and ours, of maps of their own, each twice. */
	async function both(sources, steps = () => undefined) {
		const answers = [];
		for (const functions of [theirs, copy.module(FILE)]) {
			const one = newMap();
			const first = await download(functions, one, sources);
			await steps(functions, one);
			// Stock code waits for ever for one that has failed.
			const hasFailed = first.results.some((result) => /^\w+: /.test(result));
			const again = hasFailed ? null : await download(functions, one, sources);
			answers.push({first, again});
		}
		return answers;
	}

	const tails = ['', '=', '==', '===', '\n', ' ', '-_', ',AAAA', '%2B', 'é', '=A', '\0'];
	const heads = [
		...['data:audio/wav;base64,', 'data:video/mp4;base64,', 'data:image/svg+xml;base64,'],
		...['data:audio/wav;charset=a;base64,', 'data:;base64,', 'data:audio;base64,'],
		...['data:audio/wav,', 'data:audio/wav;hex,', 'data:audio/wav;base64;,'],
	];
	const source = fc
		.record({
			head: fc.oneof({weight: 4, arbitrary: fc.constant(heads[0])}, fc.constantFrom(...heads)),
			// Around where ours begins, and where pieces end.
			bytes: fc.oneof(
				fc.integer({min: 0, max: 60_000}),
				fc.integer({min: 786_420, max: 786_440}),
				fc.integer({min: 1_572_850, max: 1_572_870}),
			),
			seed: fc.nat(3),
			cut: fc.nat(3),
			tail: fc.oneof({weight: 3, arbitrary: fc.constant('')}, fc.constantFrom(...tails)),
			/** Where that stands, too. */
			inside: fc.option(fc.integer({min: 0, max: 2_100_000}), {freq: 3}),
		})
		.map(({head, bytes, seed, cut, tail, inside}) => {
			const data = payload(bytes, seed);
			const all = data.slice(0, data.length - cut) + tail;
			return inside === null ? head + all : head + all.slice(0, inside) + tail + all.slice(inside);
		});

	const three = payload(1_600_000, 2);
	const examples =
		version !== NEWEST
			? []
			: [
					...heads.flatMap((head) => tails.map((tail) => head + payload(60_000, 1) + tail)),
					// In the first of three pieces, at its end, and in the last one.
					...tails.flatMap((tail) =>
						[5, 1_048_575, 2_097_160].map(
							(at) => heads[0] + three.slice(0, at) + tail + three.slice(at),
						),
					),
				].map((src) => [[src]]);

	test('the same files, names, errors and news as by stock code', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(source, {minLength: 1, maxLength: 3}), async (sources) => {
				const [stock, ours] = await both([...new Set(sources)]);
				expect(ours).toEqual(stock);
			}),
			{
				numRuns: examples.length + 20,
				examples,
			},
		);
	});

	const large = ['audio/wav', 'video/mp4'].map(
		(type, i) => `data:${type};base64,${payload(2e6, i)}`,
	);

	test('payloads are ours to write, and what is written is not written again', async () => {
		asked = 0;
		const [stock, ours] = await both([...large, ...large]);
		expect(asked).toBe(0);
		expect(ours).toEqual(stock);
		expect(ours.first.told).toEqual(large);
		expect(ours.again.told).toEqual(large);
	});

	test.each([
		[
			'a file that was removed',
			(_, {map}) => {
				for (const name of fs.readdirSync(map.downloadDir)) {
					fs.rmSync(path.join(map.downloadDir, name));
				}
			},
		],
		['what was forgotten', (functions, {map}) => functions.markAllAssetsAsDownloaded(map)],
	])('%s is written again', async (_, steps) => {
		asked = 0;
		const [stock, ours] = await both(large, steps);
		expect(asked).toBe(0);
		expect(ours).toEqual(stock);
		expect(ours.again.told).toEqual([...large, ...large]);
	});

	test('a folder that is none: the same error, and the next time is a new one', async () => {
		const results = [];
		for (const functions of [theirs, copy.module(FILE)]) {
			const one = newMap();
			fs.writeFileSync(one.map.downloadDir, '');
			const [result] = await start(functions, one, [large[0]]);
			results.push(result.replace(one.map.downloadDir, ''));
			if (functions !== theirs) {
				fs.rmSync(one.map.downloadDir);
				expect((await download(functions, one, [large[0]])).files).toHaveLength(1);
			}
		}
		expect(results[0]).toMatch(/^ENOTDIR: /);
		expect(results[1]).toBe(results[0]);
	});

	test('one payload after the other is in memory, in pieces', async () => {
		const bytes = 3e6;
		// Not by buffers, which would be among what is measured.
		const many = Array.from(
			{length: 5},
			(_, i) => `data:audio/wav;base64,${String(i).repeat(4)}${'Ab+/'.repeat(bytes / 3)}`,
		);
		const peaks = [];
		for (const functions of [theirs, copy.module(FILE)]) {
			// Buffers are given back some time after they are found to be garbage.
			for (let i = 0; i < 3; i++) {
				collectGarbage();
				await nextTick();
			}
			const before = process.memoryUsage().arrayBuffers;
			let isOver = false;
			const ended = start(functions, newMap(), many).then(() => {
				isOver = true;
			});
			let peak = 0;
			while (!isOver) {
				peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
				await nextTick();
			}
			await ended;
			peaks.push(peak);
		}
		expect(peaks[0]).toBeGreaterThan(many.length * bytes * 0.9);
		expect(peaks[1]).toBeLessThan(2 ** 20);
	});
});
