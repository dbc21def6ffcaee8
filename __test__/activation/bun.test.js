'use strict';

// In Bun, whose functions do not show the text that was read: what is known there, and
// what is not. That renders come out the same there is shown by the matrix.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {npmTools} = require('../../scripts/tools');
const {needs} = require('../needs');

const repo = path.join(__dirname, '..', '..');
const bun = path.join(npmTools('nodes'), 'node_modules', 'bun', 'bin', 'bun');
const testBun = needs('linux', fs.existsSync(bun) ? null : 'npm has no Bun for this machine');

/** Left to this version of Remotion anywhere, and Bun has no module hooks. */
const LEFT = ['calculate-asset-positions', 'esm', 'prespawn-ffmpeg'];

/** What register() leaves to Remotion, and why, after `before` has been done to its modules. */
function skippedAfter(before = '') {
	const script = `
		const path = require('node:path');
		const dist = path.dirname(require.resolve('@remotion/renderer'));
		const load = (name) => require(path.join(dist, name + '.js'));
		${before}
		const {skipped} = require(${JSON.stringify(repo)}).register({logLevel: 'error'});
		console.log(JSON.stringify(skipped.map(({part, reason}) => [part, reason])));
	`;
	const {status, stdout, stderr} = spawnSync(bun, ['-e', script], {cwd: repo, encoding: 'utf8'});
	expect([status, stderr]).toEqual([0, '']);
	return new Map(JSON.parse(stdout));
}

testBun('no part is left to Remotion because Bun rewrites what it reads', () => {
	expect([...skippedAfter().keys()].sort()).toEqual(LEFT);
});

testBun.each([
	['another function of the same name', '(...args) => stock(...args)'],
	// Its text has these, as that of a patched one would.
	['a function with a line more', 'eval(String(stock).replace("{", "{ void 0;"))'],
])('%s in the place of one is not known', (_, other) => {
	const skipped = skippedAfter(`
		const stock = load('compress-assets').compressAsset;
		const theirs = {compressAsset: ${other}}.compressAsset;
		Object.defineProperty(theirs, 'name', {value: 'compressAsset'});
		load('compress-assets').compressAsset = theirs;
	`);
	for (const part of ['compress-assets', 'render-frame-with-option-to-reject/frame-ledger']) {
		expect(skipped.get(part)).toMatch(
			/^compressAsset of module compress-assets is not one we know/,
		);
	}
});
