'use strict';

// What a plan says of encoding is what Remotion then does, in real renders.

const {execFile} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {promisify} = require('node:util');
const {browser, bundle, removeBundles, rootOf} = require('../activation/harness');
const {areInMemory} = require('../../lib/temporary-files');
const {needs} = require('../needs');

const run = promisify(execFile);
const GIB = 2 ** 30;
const NEWEST = require('@remotion/renderer/package.json').version;

const SIZES = [
	{name: '720p', width: 1280, height: 720, scale: 0.1},
	{name: '1080p', width: 1920, height: 1080, scale: 0.1},
	{name: '4K', width: 3840, height: 2160, scale: 0.05},
	{name: '8K', width: 7680, height: 4320, scale: 0.025},
];
const MEMORIES = [2, 4, 8, 32];

async function renders(job, env = {}) {
	const {version = NEWEST} = job;
	const argument = {
		root: rootOf('renderer', version),
		serveUrl: await bundle(version),
		browser,
		...job,
	};
	const child = path.join(__dirname, 'renders.child.js');
	const {stdout} = await run(process.execPath, [child, JSON.stringify(argument)], {
		env: {...process.env, ...env},
		timeout: 230_000,
		maxBuffer: 2 ** 26,
	});
	return JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1));
}

afterAll(removeBundles);

const cells = SIZES.flatMap(({name, ...size}) =>
	MEMORIES.map((gib) => ({name: `${name} at ${gib} GiB`, ...size, limit: gib * GIB})),
);

test('of 16 sizes and memories each is encoded as it was said', async () => {
	const outcomes = await renders({register: {plan: true}, cells});
	const beside = [];
	for (const [i, {planned, reason, started, said}] of outcomes.entries()) {
		expect({cell: cells[i].name, started, said}).toEqual({
			cell: cells[i].name,
			started: planned,
			said: [planned],
		});
		expect(reason).toBe(planned ? 'encoding-beside' : 'encoding-after-remotion');
		if (planned) {
			beside.push(cells[i].name);
		}
	}
	expect(beside).toEqual([
		'720p at 4 GiB',
		'720p at 8 GiB',
		'720p at 32 GiB',
		'1080p at 4 GiB',
		'1080p at 8 GiB',
		'1080p at 32 GiB',
		'4K at 32 GiB',
	]);
}, 240_000);

describe('where temporary files are in memory', () => {
	const SHM = '/dev/shm';
	const onTmpfs = needs('tmpfs', areInMemory(SHM) ? null : `${SHM} is none`);
	// Frames of 282 MB in all, where the encoder takes 261 MB.
	const cell = {
		limit: 1400 * 2 ** 20,
		width: 1280,
		height: 720,
		scale: 1,
		durationInFrames: 99,
		options: {imageFormat: 'png', concurrency: 1},
	};
	let folder;
	beforeAll(() => {
		folder = areInMemory(SHM) ? fs.mkdtempSync(path.join(SHM, 'headroom-')) : undefined;
	});
	afterAll(() => folder && fs.rmSync(folder, {recursive: true, force: true}));

	onTmpfs.each([
		['planned', {plan: true}],
		['activated alone', {}],
	])(
		'frames are encoded at once: %s',
		async (_how, register) => {
			const [outcome] = await renders({register, cells: [cell]}, {TMPDIR: folder});
			expect(outcome).toMatchObject({
				planned: true,
				reason: 'encoding-beside-frames',
				started: true,
				said: [true],
			});
		},
		240_000,
	);

	onTmpfs(
		'a version with a rule of its own keeps it, and the frames are counted',
		async () => {
			const job = {
				version: '4.0.300',
				register: {plan: true},
				cells: [{...cell, durationInFrames: 2}],
			};
			const [outcome] = await renders(job, {TMPDIR: folder});
			expect(outcome).toMatchObject({planned: false, frames: true, started: false, said: [false]});
		},
		240_000,
	);
});
