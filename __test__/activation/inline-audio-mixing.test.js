'use strict';

// The files of inline audio, by Remotion's module as it is and with our descriptors:
// the same bytes, lists, errors and what is left behind; and more tracks than a
// process may have files open.

const {execFile} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {promisify} = require('node:util');
const fc = require('fast-check');
const {NEWEST, rootOf} = require('./harness');
const {Copy} = require('../../lib/copies/copy');
const part = require('../../lib/remotion/inline-audio-mixing');

const VERSIONS = [NEWEST, '4.0.500', '4.0.443', '4.0.382'];
const FILE = 'assets/inline-audio-mixing';
const NAME = 'makeInlineAudioMixing';
const SAMPLE_RATE = 48000;
const FINISH = {
	indent: false,
	logLevel: 'error',
	binariesDirectory: null,
	cancelSignal: undefined,
	sampleRate: SAMPLE_RATE,
};

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-inline-audio-'));
afterAll(() => fs.rmSync(scratch, {recursive: true, force: true}));
let folders = 0;

/** What a call returns or throws, without the folder's name. */
async function attempt(folder, call) {
	const plain = (value) => JSON.parse(JSON.stringify(value ?? null).replaceAll(folder, ''));
	try {
		return {value: plain(await call())};
	} catch ({message, code}) {
		return {thrown: plain(message), code};
	}
}

function contentOf(folder) {
	const inside = path.join(folder, 'remotion-inline-audio-mixing');
	return fs.existsSync(inside)
		? fs.readdirSync(inside).map((name) => [name, fs.readFileSync(path.join(inside, name), 'hex')])
		: null;
}

/** All that can be seen of a mixing to which these assets are given. */
async function run(make, {assets, frames, trims, finishes, cleansTwice, late}) {
	const folder = path.join(scratch, String(folders++));
	fs.mkdirSync(folder);
	const mixing = make(folder, SAMPLE_RATE);
	const seen = [];
	const see = async (call) => seen.push(await attempt(folder, call));
	const add = ({samples, ...asset}) =>
		mixing.addAsset({
			asset: {...asset, audio: Array.from({length: 64}, (_, i) => samples + i)},
			fps: 30,
			totalNumberOfFrames: frames,
			firstFrame: 0,
			trimLeftOffset: trims ? 0.01 : 0,
			trimRightOffset: trims ? -0.01 : 0,
		});
	for (const asset of assets) {
		await see(() => add(asset));
	}
	seen.push(contentOf(folder));
	if (finishes) {
		await see(() => mixing.finish(FINISH));
		await see(() => mixing.getListOfAssets());
		seen.push(contentOf(folder));
	}
	mixing.cleanup();
	seen.push(contentOf(folder));
	if (cleansTwice) {
		await see(() => mixing.cleanup());
	}
	if (late !== null) {
		await see(() => add(late));
	}
	return seen;
}

const openDescriptors = () => fs.readdirSync('/dev/fd').length;

const asset = fc.record({
	id: fc.integer({min: 0, max: 9}).map((number) => `track-${number}`),
	frame: fc.integer({min: 0, max: 7}),
	// Another one than before is an error.
	toneFrequency: fc.oneof({arbitrary: fc.constant(1), weight: 40}, fc.constant(2)),
	startInVideo: fc.oneof({arbitrary: fc.constant(0), weight: 40}, fc.constant(3)),
	samples: fc.integer({min: -32768, max: 32000}),
});
const jobs = fc.record({
	// Without a tone to change, which takes an ffmpeg each.
	assets: fc.array(asset, {maxLength: 60}),
	frames: fc.constant(8),
	trims: fc.boolean(),
	finishes: fc.boolean(),
	cleansTwice: fc.boolean(),
	late: fc.option(asset.map((one) => ({...one, toneFrequency: 1}))),
});
const finishesCheaply = ({assets, finishes}) =>
	!finishes || assets.every(({toneFrequency}) => toneFrequency === 1);

describe.each(VERSIONS)('Remotion %s', (version) => {
	const copy = new Copy(rootOf('renderer', version));
	const stock = copy.module(FILE)[NAME];
	const {most} = part.files;
	let ours;
	beforeAll(() => {
		part.apply(copy, {logLevel: 'error'});
		ours = copy.module(FILE)[NAME];
		expect(ours).not.toBe(stock);
		part.files.most = 2;
	});
	afterAll(() => {
		copy.takeOut();
		part.files.most = most;
	});

	test('the same files, lists, errors and remains', async () => {
		const before = openDescriptors();
		const thrown = new Set();
		await fc.assert(
			fc.asyncProperty(jobs.filter(finishesCheaply), async (job) => {
				// First, as stock code may close a descriptor twice, then not its own.
				const mine = await run(ours, job);
				expect(mine).toEqual(await run(stock, job));
				for (const {code} of mine.filter(Boolean)) {
					thrown.add(code);
				}
				expect(openDescriptors()).toBe(before);
			}),
			{numRuns: 150},
		);
		expect(part.files.open.size).toBe(0);
		// It did meet a mixing that was over.
		expect([...thrown].some((code) => ['EBADF', 'ENOENT'].includes(code))).toBe(true);
	});

	test('another tone', async () => {
		const tones = [1, 1.5, 1, 0.5].map((toneFrequency, i) => ({
			id: `track-${i}`,
			frame: 0,
			toneFrequency,
			startInVideo: 0,
			samples: 100 * i,
		}));
		const job = {
			assets: tones,
			frames: 8,
			trims: false,
			finishes: true,
			cleansTwice: false,
			late: null,
		};
		const mine = await run(ours, job);
		expect(mine).toEqual(await run(stock, job));
		expect(mine.filter((one) => one?.thrown)).toEqual([]);
	});

	test('where none is left, some of ours are closed', async () => {
		const limited = (activated, tracks, limit) =>
			promisify(execFile)('sh', [
				'-c',
				`ulimit -n ${limit}; exec "$0" "$@"`,
				process.execPath,
				path.join(__dirname, 'inline-audio-child.js'),
				JSON.stringify({root: rootOf('renderer', version), activated, tracks, frames: 2}),
			]).then(({stdout}) => JSON.parse(stdout));
		const all = await limited(false, 1100, 4096);
		expect(all).toEqual({digest: expect.any(String)});
		expect(await limited(true, 1100, 1024)).toEqual(all);
		// Fewer than we would have open.
		expect(await limited(true, 1100, 128)).toEqual(all);
		expect(await limited(false, 1100, 1024)).toEqual({code: 'EMFILE', track: expect.any(Number)});
	});
});

test('5,000 tracks under a limit of 1,024', async () => {
	const {stdout} = await promisify(execFile)('sh', [
		'-c',
		'ulimit -n 1024; exec "$0" "$@"',
		process.execPath,
		path.join(__dirname, 'inline-audio-child.js'),
		JSON.stringify({root: rootOf('renderer', NEWEST), activated: true, tracks: 5000, frames: 2}),
	]);
	expect(JSON.parse(stdout)).toEqual({digest: expect.any(String)});
});
