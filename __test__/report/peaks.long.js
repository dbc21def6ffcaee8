'use strict';

// The peak of a recording against the kernel's own: real renders, each in a cgroup
// of its own. Compared are the greatest usage that the recording has looked at, every
// 100 ms, and what the kernel kept of every moment.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {NEWEST, addTones, browser, bundle, removeBundles, rootOf} = require('../activation/harness');
const {makeVideo, png} = require('../governor/video');
const {Cgroup, ownCgroup, reasonToSkip} = require('../memory/cgroups');
const {makeReport} = require('../../lib/report/report');
const {readRecording} = require('../../lib/report/read');
const {needs} = require('../needs');

const MIB = 2 ** 20;
const LIMIT = 3000 * MIB;
const APART = 0.03;
const child = path.join(__dirname, '..', 'activation', 'render-child.js');

const SCENES = {
	images: {id: 'images', inputProps: {durationInFrames: 24}},
	OffthreadVideo: {id: 'offthread', inputProps: {durationInFrames: 30}},
	'@remotion/media': {id: 'media', entry: 'media.js', options: {concurrency: 1}},
	'base64 audio, encoded beside rendering': {
		id: 'payloads',
		inputProps: {count: 4, bytes: 2_000_000, durationInFrames: 24},
		options: {disallowParallelEncoding: false},
	},
	'a page that leaks': {id: 'leaks', inputProps: {mib: 20, durationInFrames: 24}},
};

/** What the kernel has of every moment; version 2 has it since Linux 5.19. */
const PEAKS = ['memory.max_usage_in_bytes', 'memory.peak'];

const version = process.platform === 'linux' ? ownCgroup().version : 1;

needs(
	'cgroups',
	reasonToSkip(version),
	describe,
)('the peak of', () => {
	let folders;

	beforeAll(async () => {
		folders = {'index.js': await bundle(), 'media.js': await bundle(NEWEST, 'media.js')};
		const target = path.join(folders['index.js'], 'public');
		fs.mkdirSync(target, {recursive: true});
		makeVideo(rootOf('renderer', NEWEST), path.join(target, 'video.mp4'), {frames: 30, fps: 30});
		for (let i = 0; i < 6; i++) {
			fs.writeFileSync(path.join(target, `image-${i}.png`), png(i, 2400, 1800));
		}
		await addTones(folders['media.js'], 4, 2);
		// What reads it goes by its content, not by its name.
		fs.copyFileSync(
			path.join(target, 'video.mp4'),
			path.join(folders['media.js'], 'public', 'clip.webm'),
		);
	}, 600_000);

	afterAll(removeBundles);

	test.each(Object.entries(SCENES))(
		'%s is the kernel’s',
		(name, {entry = 'index.js', ...render}) => {
			const serveUrl = folders[entry];
			const file = path.join(serveUrl, 'recording.jsonl');
			const job = {
				root: rootOf('renderer', NEWEST),
				serveUrl,
				browser,
				activated: true,
				register: {report: file},
				renders: [render],
				resultFile: path.join(serveUrl, 'result.json'),
			};
			const cgroup = new Cgroup(ownCgroup().directory, `headroom-peaks-${process.pid}`, {
				limit: LIMIT,
			});
			try {
				const [command, ...args] = cgroup.entering({contained: true});
				const {status, stderr} = spawnSync(
					command,
					[...args, process.execPath, child, JSON.stringify(job)],
					{encoding: 'utf8', timeout: 240_000, killSignal: 'SIGKILL'},
				);
				// What the page's console said is there, too.
				expect(status === 0 ? '' : stderr).toBe('');
				expect(status).toBe(0);
				const [{error}] = JSON.parse(fs.readFileSync(job.resultFile, 'utf8')).outcomes;
				expect(error).toBe(undefined);
				const [{peak}] = makeReport([readRecording(file)], [name]).recordings;
				const kernels = PEAKS.find((one) => fs.existsSync(path.join(cgroup.directory, one)));
				const truth = Number(cgroup.read(kernels));
				console.log(`${name}: ${peak.bytes / MIB} of ${truth / MIB} MiB`);
				expect(peak.bytes).toBeGreaterThan(100 * MIB);
				expect(peak.bytes).toBeLessThanOrEqual(truth);
				expect(peak.bytes / truth).toBeGreaterThan(1 - APART);
			} finally {
				cgroup.endAll();
				cgroup.remove();
			}
		},
		300_000,
	);
});
