// Loads the binary of this platform from artifacts/ the way a user gets it, as a
// package beside ours, and calls the drop-ins. Needs Node alone, so it runs on
// slim and alpine images too.
//   node scripts/test-built.mjs
import {strict as assert} from 'node:assert';
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {binaryName, manifest, platformManifest, platforms, stageMain} from './packages.mjs';
import {main, root} from './tools.mjs';

/** Linux images differ in their C library, which Node's own report names. */
function platformHere() {
	const {platform, arch} = process;
	const glibc = process.report.getReport().header.glibcVersionRuntime !== undefined;
	const abi = {linux: glibc ? '-gnu' : '-musl', win32: '-msvc'}[platform] ?? '';
	return `${platform}-${arch}${abi}`;
}

const USE = `
const headroom = require('remotion-headroom');
const asset = (frame) => ({type: 'audio', id: 'a', frame, src: 'data:,' + 'x'.repeat(500)});
const first = headroom.compressAsset([], asset(0));
const again = headroom.compressAsset([first], asset(1));
console.log(JSON.stringify({
	src: again.src,
	restored: headroom.uncompressMediaAsset([first], again).src === asset(0).src,
	available: headroom.getAvailableMemory('error') > 0,
	estimate: headroom.shouldUseParallelEncoding({width: 1920, height: 1080, logLevel: 'error'}).estimatedUsage,
	stats: headroom.getAssetStoreStats(),
}));
`;

main(() => {
	const platform = platformHere();
	assert(platforms.includes(platform), `There is no package for ${platform}.`);
	const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-built-'));
	try {
		const modules = path.join(home, 'node_modules');
		stageMain(path.join(modules, manifest.name));
		const {name} = platformManifest(platform);
		fs.cpSync(path.join(root, 'npm', platform), path.join(modules, name), {recursive: true});
		fs.copyFileSync(
			path.join(root, 'artifacts', binaryName(platform)),
			path.join(modules, name, binaryName(platform)),
		);
		const answer = execFileSync(process.execPath, ['-e', USE], {
			cwd: home,
			encoding: 'utf8',
			env: {...process.env, REMOTION_HEADROOM_BINARY: 'required'},
		});
		const {stats, ...results} = JSON.parse(answer);
		assert.deepEqual(results, {
			src: 'same-as-a-0',
			restored: true,
			available: true,
			estimate: 2_073_600_000,
		});
		assert.equal(stats.native, true);
		assert.equal(stats.hits, 1);
		console.log(`${name} works in Node ${process.version}: ${stats.payloads} payload off-heap`);
	} finally {
		fs.rmSync(home, {recursive: true, force: true});
	}
});
