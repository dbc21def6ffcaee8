'use strict';

// Renders that the kernel kills in a real cgroup: the report says who, and when.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {removeBundles} = require('../activation/harness');
const {makeProject, repo} = require('../activation/project');
const {Cgroup, ownCgroup, reasonToSkip} = require('../memory/cgroups');
const {makeReport} = require('../../lib/report/report');
const {readRecording} = require('../../lib/report/read');
const {needs} = require('../needs');

const MIB = 2 ** 20;
const bin = path.join(repo, 'bin', 'remotion-headroom.js');
const PRELOADED = ['--require', 'remotion-headroom/register'];

/** A page that keeps more in each frame, and nothing of ours that prevents the end. */
const TAB = `
	const all = {...options, inputProps: {mib: 60, durationInFrames: 20}};
	const composition = await selectComposition({...all, id: 'leaks'});
	await renderMedia({...all, composition, codec: 'h264', concurrency: 1, outputLocation: 'tab.mp4'})
		.catch((error) => console.error(String(error.message).split('\\n')[0]));
	process.exit(0);`;

/** Node itself takes more, while its browser stays small. */
const NODE = `
	const kept = [];
	const all = {...options, inputProps: {count: 1, bytes: 20000, durationInFrames: 60}};
	const composition = await selectComposition({...all, id: 'payloads'});
	await renderMedia({...all, composition, codec: 'h264', concurrency: 1, outputLocation: 'node.mp4',
		onProgress: ({renderedFrames}) => {
			if (renderedFrames >= 2) {
				kept.push(Buffer.alloc(${64 * MIB}, kept.length + 1));
			}
		}});`;

const version = process.platform === 'linux' ? ownCgroup().version : 1;

needs(
	'cgroups',
	reasonToSkip(version),
	describe,
)('a render that is killed', () => {
	let project;
	let cgroup = null;
	let made = 0;

	beforeAll(async () => {
		project = await makeProject();
		const head = "const {renderMedia, selectComposition} = require('@remotion/renderer');";
		project.script('tab.cjs', head, TAB);
		project.script('node.cjs', head, NODE);
	}, 240_000);

	afterEach(() => {
		cgroup?.endAll();
		cgroup?.remove();
		cgroup = null;
	});

	afterAll(async () => {
		project.remove();
		await removeBundles();
	});

	/** Runs `command` in a cgroup of so many MiB; `around` is what runs outside of it. */
	function limited(mib, command, {around = [], env = {}} = {}) {
		cgroup = new Cgroup(ownCgroup().directory, `headroom-killed-${process.pid}-${made++}`, {
			limit: mib * MIB,
		});
		const [program, ...args] = [...around, ...cgroup.entering({contained: true}), ...command];
		// A file: a browser that is left behind would hold a pipe open.
		const file = path.join(project.directory, 'stderr');
		const {status} = spawnSync(program, args, {
			cwd: project.directory,
			stdio: ['ignore', 'ignore', fs.openSync(file, 'w')],
			env: {...process.env, REMOTION_HEADROOM_GOVERN: 'off', ...env},
			timeout: 90_000,
			killSignal: 'SIGKILL',
		});
		return {status, stderr: fs.readFileSync(file, 'utf8'), kills: cgroup.oomKills()};
	}

	const node = (script) => [process.execPath, ...PRELOADED, script];

	/** What a recording, and the report of it, tell of a kill. */
	function killOf(name) {
		const recording = readRecording(path.join(project.directory, name));
		const [report] = makeReport([recording], [name]).recordings;
		const [kill] = report.kills;
		return {recording, report, kill};
	}

	test('register({report}): a tab is the victim, and the moment is its end', () => {
		const env = {REMOTION_HEADROOM_REPORT: 'tab.html'};
		const {status, kills} = limited(700, node('tab.cjs'), {env});
		expect([status, kills > 0]).toEqual([0, true]);
		const {report, recording, kill} = killOf('tab.jsonl');
		expect(kill.process).toMatch(/^tab \d/);
		expect(report.verdict).toMatchObject({code: 'killed'});
		expect(report.verdict.text).toMatch(/^The kernel killed tab \d.* of 700 MiB\.$/);
		expect(fs.readFileSync(path.join(project.directory, 'tab.html'), 'utf8')).toContain(
			report.verdict.text,
		);
		// The tab was the largest, and is in no look after that.
		const [victim] = recording.processes
			.filter(({role}) => role === 'tab')
			.sort((a, b) => b.peak - a.peak);
		expect(Math.abs(victim.last - kill.t)).toBeLessThan(1500);
	}, 120_000);

	test('register({report}): Node is the victim, and what it wrote is enough', () => {
		const env = {REMOTION_HEADROOM_REPORT: 'node.html'};
		const {status, kills} = limited(700, node('node.cjs'), {env});
		expect([status, kills > 0]).toEqual([null, true]);
		// It could make no page.
		expect(fs.existsSync(path.join(project.directory, 'node.html'))).toBe(false);
		const page = ['report', 'node.jsonl', '--html', 'later.html'];
		const {stdout} = spawnSync(process.execPath, [bin, ...page], {
			cwd: project.directory,
			encoding: 'utf8',
		});
		expect(stdout).toMatch(
			/^The recording breaks off at 0:\d\d\.\d: Node was killed, or goes on; in use were \d+ of 700 MiB\.\n/,
		);
		expect(fs.readFileSync(path.join(project.directory, 'later.html'), 'utf8')).toContain(
			'The recording breaks off',
		);
	}, 120_000);

	test.each([
		['Node', 'node.cjs', 128 + 9, /^Node/],
		['a tab', 'tab.cjs', 0, /^tab \d/],
	])(
		'run, from outside: %s',
		(_who, script, code, who) => {
			const name = `run-${script.replace('.cjs', '')}`;
			const around = [process.execPath, bin, 'run', '--report', `${name}.html`, '--'];
			const {status, stderr, kills} = limited(700, node(script), {around});
			expect([status, kills > 0]).toEqual([code, true]);
			const {kill, report} = killOf(`${name}.jsonl`);
			expect(kill.process).toMatch(who);
			expect(stderr).toContain(report.verdict.text);
			expect(fs.readFileSync(path.join(project.directory, `${name}.html`), 'utf8')).toContain(
				report.verdict.text,
			);
		},
		120_000,
	);
});
