'use strict';

// Two versions of Remotion render at once in one process: each file is what its version
// makes alone, stock, and each render is told of as one of its own copy.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {NEWEST, browser, bundle, removeBundles, rootOf} = require('../activation/harness');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-versions-'));

afterAll(async () => {
	fs.rmSync(folder, {recursive: true, force: true});
	await removeBundles();
});

function render(jobs, activated) {
	const resultFile = path.join(folder, 'result.json');
	const inputProps = {count: 2, bytes: 20000, durationInFrames: 6};
	const argument = {jobs, activated, browser, inputProps, folder, resultFile};
	const child = path.join(__dirname, 'at-once-child.js');
	const {status, stderr} = spawnSync(process.execPath, [child, JSON.stringify(argument)], {
		encoding: 'utf8',
		timeout: 400_000,
	});
	expect({status, stderr}).toEqual({status: 0, stderr: ''});
	return JSON.parse(fs.readFileSync(resultFile, 'utf8'));
}

test.each(['4.0.500'])(
	`%s beside ${NEWEST}`,
	async (older) => {
		const versions = [older, NEWEST];
		const jobs = [];
		for (const version of versions) {
			jobs.push({root: rootOf('renderer', version), serveUrl: await bundle(version)});
		}
		const expected = jobs.flatMap((job) => render([job], false).digests);
		const {digests, copies, summaries} = render(jobs, true);
		expect(digests).toEqual(expected);
		expect(copies.map(({remotionVersion}) => remotionVersion).sort()).toEqual(versions);
		for (const {applied} of copies) {
			expect(applied).toEqual(expect.arrayContaining(['collect-assets', 'compress-assets']));
		}
		const byVersion = [...summaries].sort((a, b) =>
			a.remotionVersion < b.remotionVersion ? -1 : 1,
		);
		expect(byVersion).toMatchObject(
			versions.map((remotionVersion) => ({
				remotionVersion,
				outcome: 'ended',
				rendersAtOnce: 2,
				parts: expect.arrayContaining(['collect-assets', 'compress-assets']),
				payloads: {count: 2},
			})),
		);
	},
	1_500_000,
);
