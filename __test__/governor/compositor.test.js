'use strict';

// Remotion's compositor while its cache becomes smaller, larger and empty: it answers
// like one that keeps everything.

const {createHash} = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {Compositor} = require('../../lib/governor/compositor');
const {listening} = require('../../lib/remotion/compositor');
const {NEWEST, rootOf} = require('../activation/harness');
const {makeVideo} = require('./video');

const VERSIONS = [NEWEST, '4.0.300'];
const FRAMES = 90;
/** Not that of the video: then most frames that are asked for lie between two. */
const FPS = 30;
/** A bitmap with its head. */
const FRAME_BYTES = 160 * 90 * 3 + 54;
const LARGE = 2 ** 30;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-compositor-'));
const files = [0, 1].map((i) => path.join(folder, `${i}.mp4`));

beforeAll(() => {
	makeVideo(rootOf('renderer', NEWEST), files[0], {frames: FRAMES, fps: 25});
	fs.copyFileSync(files[0], files[1]);
});

afterAll(() => fs.rmSync(folder, {recursive: true}));

const range = (from, to) => Array.from({length: to - from}, (_, i) => from + i);

describe.each(VERSIONS)('Remotion %s', (version) => {
	const {startCompositor} = require(
		path.join(rootOf('renderer', version), 'dist/compositor/compositor.js'),
	);
	const running = new Set();

	function start(bytes, threads = 4) {
		const payload = {
			concurrency: threads,
			maximum_frame_cache_size_in_bytes: bytes,
			verbose: false,
		};
		const started = listening(() =>
			startCompositor({
				type: 'StartLongRunningProcess',
				payload,
				logLevel: 'error',
				indent: false,
				binariesDirectory: null,
			}),
		);
		running.add(started);
		return started;
	}

	afterEach(async () => {
		for (const {pid} of running) {
			try {
				process.kill(pid, 'SIGKILL');
			} catch {
				// It has ended.
			}
		}
		await Promise.allSettled([...running].map((one) => one.waitForDone()));
		running.clear();
	});

	const isAlive = ({pid}) => {
		try {
			return process.kill(pid, 0);
		} catch {
			return false;
		}
	};

	async function ask(handle, frame, src = files[0]) {
		const answer = await handle.executeCommand('ExtractFrame', {
			src,
			original_src: src,
			time: frame / FPS,
			transparent: false,
			tone_mapped: true,
		});
		return createHash('sha1').update(answer).digest('hex');
	}

	let expected;
	beforeAll(async () => {
		const reference = start(LARGE);
		expected = [];
		for (const frame of range(0, FRAMES)) {
			expected.push(await ask(reference, frame));
		}
		expect(new Set(expected).size).toBeGreaterThan(FRAMES / 2);
	});

	/** A governed one, what it told, and how it answers. */
	function governed(cacheBytes, threads = 4) {
		const actions = [];
		// One that has seen the kernel kill.
		const governor = {compositors: new Set(), look: () => undefined, view: () => ({oomKills: 1})};
		const compositor = new Compositor(
			governor,
			(bytes, count = threads) => start(bytes ?? LARGE, count),
			{
				cacheBytes,
				threads,
				survives: true,
				tell: (action) => actions.push(action),
			},
		);
		const handle = compositor.handle();
		return {
			compositor,
			actions,
			handle,
			async expectFrames(frames, sources = [files[0]]) {
				for (const frame of frames) {
					const answers = await Promise.all(sources.map((src) => ask(handle, frame, src)));
					expect([frame, ...answers]).toEqual([frame, ...sources.map(() => expected[frame])]);
				}
			},
		};
	}

	test('made smaller, it goes on, and its memory is bounded', async () => {
		const {compositor, actions, expectFrames, handle} = governed(LARGE);
		const before = handle.pid;
		await expectFrames(range(0, 30), files);
		const action = await compositor.giveBack();
		expect(action).toEqual({
			type: 'cache-shrunk',
			cachedBytes: expect.any(Number),
			cacheBytes: 2 * 8 * FRAME_BYTES,
		});
		expect(action.cachedBytes).toBeGreaterThanOrEqual(2 * 25 * FRAME_BYTES);
		expect(handle.pid).not.toBe(before);
		expect(isAlive({pid: before})).toBe(false);
		await expectFrames(range(30, 60), files);
		const stats = await handle.executeCommand('GetOpenVideoStats', {});
		const {frames_in_cache: kept} = JSON.parse(Buffer.from(stats).toString());
		expect(kept).toBeLessThanOrEqual(20);
		expect(actions).toEqual([]);
	});

	test('what is small already is emptied', async () => {
		const {compositor, expectFrames} = governed(LARGE);
		await expectFrames(range(0, 20));
		await compositor.giveBack();
		await expectFrames(range(20, 40));
		expect(await compositor.giveBack()).toMatchObject({type: 'cache-emptied'});
		expect(await compositor.giveBack()).toBeNull();
		await expectFrames(range(40, 60));
	});

	test('two videos on one thread share it, so it is not emptied', async () => {
		const {compositor, expectFrames} = governed(null, 1);
		await expectFrames(range(0, 10), files);
		expect(await compositor.giveBack()).toBeNull();
	});

	test('a size that the user gave is theirs', async () => {
		const {compositor, expectFrames} = governed(null);
		await expectFrames(range(0, 20));
		expect(await compositor.giveBack()).toMatchObject({type: 'cache-emptied'});
		await expectFrames(range(20, 30));
	});

	test('frames out of order make it larger again', async () => {
		const {compositor, actions, expectFrames} = governed(LARGE);
		await expectFrames(range(0, 20));
		await compositor.giveBack();
		await expectFrames(range(20, 24));
		await expectFrames([28, 26, 25, 27, 24, 31, 30, 29, 36, 33, 34, 32, 35, 40, 39, 38, 37]);
		expect(actions).toEqual([{type: 'cache-grown', cacheBytes: LARGE}]);
	});

	test('so does one video in two places, and a jump', async () => {
		for (const frames of [
			range(20, 40).flatMap((frame) => [frame, frame + 45]),
			[80, 20, 21, 81],
		]) {
			const {compositor, actions, expectFrames} = governed(LARGE);
			await expectFrames(range(0, 20));
			await compositor.giveBack();
			await expectFrames(frames);
			expect(actions).toEqual([{type: 'cache-grown', cacheBytes: LARGE}]);
			// It is not made smaller where what was left may be asked for again.
			expect(await compositor.giveBack()).toMatchObject({type: 'cache-emptied'});
		}
	});

	test('one that is too small from the start grows', async () => {
		const {actions, expectFrames} = governed(4 * FRAME_BYTES);
		await expectFrames([0, 1, 2, 3, 4, 5, 9, 7, 6, 8, 10, 11, 12], files);
		expect(actions.length).toBeGreaterThanOrEqual(1);
		expect(actions.every(({type}) => type === 'cache-grown')).toBe(true);
		expect(actions.at(-1).cacheBytes).toBeGreaterThanOrEqual(16 * FRAME_BYTES);
	});

	test.each([
		['of ours', LARGE],
		["of the user's", null],
	])('killed with a cache %s, another one goes on', async (_, cacheBytes) => {
		const {actions, expectFrames, handle} = governed(cacheBytes, 1);
		await expectFrames(range(0, 30), files);
		process.kill(handle.pid, 'SIGKILL');
		await expectFrames(range(30, 50), files);
		process.kill(handle.pid, 'SIGKILL');
		await expectFrames([53, 51, 50, 52, 54, 57, 55, 56], files);
		const types = actions.map(({type}) => type).filter((type) => type !== 'cache-grown');
		expect(types).toEqual(['compositor-restarted', 'compositor-restarted']);
	});

	test.each([
		['made smaller', LARGE],
		['made larger', 4 * FRAME_BYTES],
	])('ended while it is %s, no process is left', async (_, cacheBytes) => {
		const others = new Set(running);
		const left = () => [...running].filter((one) => !others.has(one) && isAlive(one));
		const {compositor, handle, actions} = governed(cacheBytes);
		await ask(handle, 0);
		const started = running.size;
		// Out of order, so that what is small is too small.
		const answers = [4, 1, 2].map((frame) => ask(handle, frame));
		const given = compositor.giveBack();
		const end = handle.shutDownOrKill ?? (() => handle.finishCommands());
		await Promise.allSettled([end(), given, ...answers]);
		// One that is told to end still answers before it does.
		for (let look = 0; look < 50 && left().length > 0; look++) {
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		expect(left()).toEqual([]);
		expect(running.size).toBe(started);
		expect(actions).toEqual([]);
	});

	test('frames under way arrive', async () => {
		const {compositor, handle} = governed(LARGE);
		await ask(handle, 0);
		const answers = range(1, 30).map((frame) => ask(handle, frame));
		const given = compositor.giveBack();
		const after = range(30, 40).map((frame) => ask(handle, frame));
		expect(await given).toMatchObject({type: 'cache-shrunk'});
		expect(await Promise.all([...answers, ...after])).toEqual(expected.slice(1, 40));
	});
});
