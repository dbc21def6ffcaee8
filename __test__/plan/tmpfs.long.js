'use strict';

// Frames on a tmpfs are memory of the container: in a real cgroup of 1,400 MiB a
// planned render encodes them at once. 170 frames of grain are 1,000 MiB as PNG.

const {spawn} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {NEWEST, browser, bundleInto} = require('../activation/harness');
const {Cgroup, ownCgroup, reasonToSkip} = require('../memory/cgroups');
const {needs} = require('../needs');

const LIMIT = 1400 * 2 ** 20;
const FRAMES = 170;
const MOUNT = 'mount -t tmpfs tmpfs "$TMPDIR" && exec "$@"';

const testWithCgroups = needs('cgroups', reasonToSkip(ownCgroup().version));
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-tmpfs-'));
const serveUrl = path.join(home, 'bundle');

beforeAll(() => bundleInto(serveUrl, NEWEST, path.join(__dirname, 'grain.jsx')), 300_000);
afterAll(() => fs.rmSync(home, {recursive: true, force: true}));

/** Ends what is left inside: a browser outlives a Node that was killed. */
function end(cgroup) {
	const inside = fs.readFileSync(path.join(cgroup.directory, 'cgroup.procs'), 'utf8');
	for (const pid of inside.split('\n').filter(Boolean)) {
		try {
			process.kill(Number(pid), 'SIGKILL');
		} catch {
			// It has just ended.
		}
	}
}

/** Renders in a container of its own, whose temporary files are in memory; what came of it. */
async function render(mode) {
	const folder = path.join(home, mode);
	const TMPDIR = path.join(folder, 'tmp');
	fs.mkdirSync(TMPDIR, {recursive: true});
	const job = {
		serveUrl,
		browser,
		imageFormat: 'png',
		mode,
		outputLocation: path.join(folder, 'out.mp4'),
		resultFile: path.join(folder, 'result.json'),
	};
	const cgroup = new Cgroup(ownCgroup().directory, `headroom-tmpfs-${process.pid}`, {limit: LIMIT});
	try {
		const [command, ...args] = cgroup.entering({contained: true});
		const child = spawn(
			command,
			[
				...args,
				...['sh', '-c', MOUNT, 'sh'],
				...[process.execPath, path.join(__dirname, 'tmpfs.render.mjs'), JSON.stringify(job)],
			],
			{stdio: ['ignore', 'ignore', 'inherit'], env: {...process.env, TMPDIR}},
		);
		// Not 'close': a browser that is left behind holds the pipe.
		await new Promise((resolve, reject) => {
			child.on('error', reject);
			child.on('exit', resolve);
		});
		const kills = fs.readFileSync(
			path.join(cgroup.directory, cgroup.version === 1 ? 'memory.oom_control' : 'memory.events'),
			'utf8',
		);
		return {
			...JSON.parse(fs.readFileSync(job.resultFile, 'utf8')),
			oomKills: Number(/oom_kill (\d+)/.exec(kills)[1]),
			output: job.outputLocation,
		};
	} finally {
		end(cgroup);
		cgroup.remove();
	}
}

testWithCgroups(
	'with the plan it finishes, its frames encoded at once',
	async () => {
		const {output, ...result} = await render('registered');
		expect(result).toMatchObject({
			limitedBy: 'cgroup',
			parallelEncoding: true,
			finished: true,
			encodedFrames: FRAMES,
			oomKills: 0,
		});
		expect(result.plan.reasonCodes).toContain('encoding-beside-frames');
		expect(fs.statSync(output).size).toBeGreaterThan(FRAMES * 100_000);
	},
	1_200_000,
);

testWithCgroups(
	'where nothing is activated, Remotion encodes afterwards by its rule, and the plan says that it does not fit',
	async () => {
		const {plan} = await render('told');
		expect(plan.fits).toBe(false);
		expect(plan.reasonCodes).toEqual(
			expect.arrayContaining(['encoding-after-remotion', 'frames-in-memory', 'does-not-fit']),
		);
	},
	300_000,
);
