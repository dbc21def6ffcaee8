'use strict';

// Reports of real renders: by register({report}), by the variable, and by `run`
// around the whole of it. They agree in form, and the page opens.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {pathToFileURL} = require('node:url');
const Ajv = require('ajv');
const puppeteer = require('puppeteer-core');
const {NEWEST, browser: found, bundle, removeBundles, rootOf} = require('../activation/harness');
const {makeProject, repo} = require('../activation/project');
const {readRecording} = require('../../lib/report/read');
const {makeVideo} = require('../governor/video');

const ajv = new Ajv({allErrors: true});
const isLine = ajv.compile(require('../../schema/recording-1.json'));
const isReport = ajv.compile(require('../../schema/report-1.json'));

const bin = path.join(repo, 'bin', 'remotion-headroom.js');
const FRAMES = 16;
const REQUIRED = "const {renderMedia, selectComposition} = require('@remotion/renderer');";

/** Frames that take a while, so that each process is there when it is looked for. */
const RENDER = `
	const all = {...options, inputProps: {durationInFrames: ${FRAMES}}};
	const render = async (name) => renderMedia({
		...all,
		composition: await selectComposition({...all, id: 'offthread'}),
		codec: 'h264',
		concurrency: 2,
		outputLocation: name,
	});`;

let project;

beforeAll(async () => {
	const folder = path.join(await bundle(), 'public');
	fs.mkdirSync(folder, {recursive: true});
	makeVideo(rootOf('renderer', NEWEST), path.join(folder, 'video.mp4'), {frames: FRAMES, fps: 30});
	project = await makeProject();
	project.script('once.cjs', REQUIRED, `${RENDER} await render('once.mp4'); process.exit(0);`);
	project.script(
		'twice.cjs',
		REQUIRED,
		`${RENDER} await render('first.mp4'); await render('second.mp4'); process.exit(0);`,
	);
	project.script(
		'code.cjs',
		`require('remotion-headroom').register({report: 'code.html'}); ${REQUIRED}`,
		`${RENDER} await render('code.mp4'); process.exit(0);`,
	);
}, 120_000);

afterAll(async () => {
	project.remove();
	await removeBundles();
});

const file = (name) => path.join(project.directory, name);

function node(args, env = {}) {
	const {status, stdout, stderr} = spawnSync(process.execPath, args, {
		cwd: project.directory,
		encoding: 'utf8',
		env: {...process.env, FORCE_COLOR: '0', ...env},
	});
	return {status, stdout, stderr};
}

const linesOf = (name) =>
	fs
		.readFileSync(file(name), 'utf8')
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line));

/** What is the same of each recording of such a render. */
function formOf(name) {
	const lines = linesOf(name);
	expect(lines.filter((line) => !isLine(line))).toEqual([]);
	const {processes, frames, marks, v8, notes} = readRecording(file(name));
	expect(notes).toEqual([]);
	expect(v8.length).toBeGreaterThan(0);
	const [{start, headroom, memory}] = lines;
	expect(Math.abs(start - Date.now())).toBeLessThan(3_600_000);
	const kinds = lines.map((line) => Object.keys(line).filter((key) => key !== 't')[0]);
	return {
		headroom,
		memory,
		kinds: [...new Set(kinds)].sort(),
		roles: [...new Set(processes.map(({role}) => role))].sort(),
		tabs: processes.filter(({role, peak}) => role === 'tab' && peak > 0).length >= 2,
		phases: marks.filter(({kind}) => kind === 'phase').map(({text}) => text),
		ends: marks.filter(({kind}) => kind === 'end').map(({text}) => text),
		frames: frames.map(({n}) => n).sort((a, b) => a - b),
	};
}

const COUNTED = Array.from({length: FRAMES}, (_, i) => i);
const PHASES = ['opening the browser', 'rendering frames', 'frames of a video', 'stitching'];

describe('a render', () => {
	const forms = {};

	test('by register({report})', () => {
		const {status, stderr} = node(['code.cjs']);
		expect([status, stderr]).toEqual([0, '']);
		forms.code = formOf('code.jsonl');
		expect(forms.code).toMatchObject({phases: PHASES, ends: ['done'], frames: COUNTED, tabs: true});
		const roles = ['node', 'browser', 'tab', 'compositor', 'encoder'];
		expect(forms.code.roles).toEqual(expect.arrayContaining(roles));
	}, 60_000);

	test('by the variable: a file for each of two', () => {
		const env = {REMOTION_HEADROOM_REPORT: 'env.html'};
		const {status, stderr} = node(['--require', 'remotion-headroom/register', 'twice.cjs'], env);
		expect([status, stderr]).toEqual([0, '']);
		forms.first = formOf('env.jsonl');
		forms.second = formOf('env-2.jsonl');
		expect(fs.readdirSync(project.directory).filter((name) => /^env.*html$/.test(name))).toEqual([
			'env-2.html',
			'env.html',
		]);
		// Each is of its own render, and the second follows the first.
		const [first, second] = ['env.jsonl', 'env-2.jsonl'].map(linesOf);
		expect(second[0].start).toBeGreaterThanOrEqual(first[0].start + first.at(-1).t - 200);
		const ids = [first, second].map((lines) => lines.find(({mark}) => mark).mark.render);
		expect(ids).toEqual(['1', '2']);
	}, 90_000);

	test('by run, with what it prints for people and programs', () => {
		const command = [process.execPath, 'once.cjs'];
		const args = ['run', '--report', 'run.html', '--json', 'run.json', '--', ...command];
		const {status, stdout, stderr} = node([bin, ...args]);
		expect(status).toBe(0);
		expect(stdout).toMatch(
			/\[remotion-headroom\] renderMedia\(\) ended after .*; payloads: 2 held/,
		);
		expect(stderr).toMatch(/^remotion-headroom: Peak .*\.\n$/);
		forms.run = formOf('run.jsonl');
		const report = JSON.parse(fs.readFileSync(file('run.json'), 'utf8'));
		isReport(report);
		expect(isReport.errors).toBe(null);
		expect(report.recordings[0].frames.count).toBe(FRAMES);
	}, 60_000);

	test('has one form in all of them', () => {
		for (const name of ['first', 'second', 'run']) {
			expect([name, forms[name]]).toEqual([name, {...forms.code, roles: expect.anything()}]);
			expect(forms[name].roles).toEqual(
				expect.arrayContaining(['node', 'browser', 'tab', 'compositor', 'encoder']),
			);
		}
	});

	test('has a page that opens, and asks nobody for anything', async () => {
		const browser = await puppeteer.launch({
			executablePath: found.browserExecutable,
			args: ['--no-sandbox'],
		});
		try {
			for (const name of ['code.html', 'env.html', 'env-2.html', 'run.html']) {
				const page = await browser.newPage();
				const wrong = [];
				const asked = [];
				page.on('pageerror', (error) => wrong.push(String(error)));
				page.on('console', (message) => wrong.push(message.text()));
				page.on('request', (request) => asked.push(request.url()));
				const url = String(pathToFileURL(file(name)));
				await page.goto(url);
				const [title, drawn] = await page.evaluate(() => [
					document.title,
					[...document.querySelectorAll('.drawing .area')].map((one) => one.classList[1]),
				]);
				expect([name, wrong]).toEqual([name, []]);
				expect(asked.filter((one) => one !== url && !one.startsWith('data:'))).toEqual([]);
				expect(title).toMatch(/^Peak [\d,]+ /);
				const roles = ['node', 'browser', 'tab', 'compositor', 'encoder', 'v8'];
				expect(drawn).toEqual(expect.arrayContaining(roles));
				await page.close();
			}
		} finally {
			await browser.close();
		}
	}, 60_000);
});

test('a report that can not be written is said before the render starts, and the render runs', () => {
	fs.mkdirSync(file('folder.jsonl'));
	fs.writeFileSync(file('taken'), '');
	project.script(
		'unwritable.cjs',
		`const {register} = require('remotion-headroom'); ${REQUIRED}`,
		`const {openBrowser, renderFrames} = require('@remotion/renderer');
		const puppeteerInstance = await openBrowser('chrome', options);
		for (const report of ['no/such/a.html', 'folder.jsonl', 'taken/a.html', 'no/such/a.html']) {
			register({report, logLevel: 'warn'});
			const all = {...options, puppeteerInstance};
			const composition = await selectComposition({...all, id: 'payloads'});
			console.warn('asked', report);
			const {frameCount} = await renderFrames({
				...all, composition, outputDir: 'frames', imageFormat: 'jpeg', concurrency: 1,
				onStart: () => console.warn('started'), onFrameUpdate() {},
			});
			console.warn('ended', frameCount);
		}
		process.exit(0);`,
	);
	const {status, stderr} = node(['unwritable.cjs']);
	expect(status).toBe(0);
	const lines = stderr.trim().split('\n');
	const no = (report, why) => `[remotion-headroom] There will be no report ${report}: ${why}.`;
	expect(lines).toEqual([
		...['asked no/such/a.html', no('no/such/a.html', 'ENOENT'), 'started', 'ended 3'],
		...['asked folder.jsonl', no('folder.jsonl', 'EISDIR'), 'started', 'ended 3'],
		...['asked taken/a.html', no('taken/a.html', 'ENOTDIR'), 'started', 'ended 3'],
		// Once each.
		...['asked no/such/a.html', 'started', 'ended 3'],
	]);
}, 60_000);
