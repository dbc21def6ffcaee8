'use strict';

// Loads the binary of this platform from artifacts/ the way a user gets it, as a
// package beside ours, and calls the drop-ins. CI runs it wherever users do: it
// needs Node alone, so it runs on slim and alpine images too.
//   node scripts/test-built.js [PLATFORM COMMAND...]
// For another platform, such as linux-arm64-gnu, COMMAND runs its Node here.

const assert = require('node:assert/strict');
const {execFileSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const manifest = require('../package.json');

function ownPlatform() {
	const {platform, arch} = process;
	// Linux images differ in their C library, which Node's own report names.
	const glibc = process.report.getReport().header.glibcVersionRuntime !== undefined;
	return `${platform}-${arch}${{linux: glibc ? '-gnu' : '-musl', win32: '-msvc'}[platform] ?? ''}`;
}

const [target = ownPlatform(), command = process.execPath, ...args] = process.argv.slice(2);
const name = `${manifest.name}-${target}`;
const binary = `${manifest.napi.binaryName}.${target}.node`;

const USE = `
const headroom = require('remotion-headroom');
const asset = (frame) => ({type: 'audio', id: 'a', frame, src: 'data:,' + 'x'.repeat(500)});
const first = headroom.compressAsset([], asset(0));
const again = headroom.compressAsset([first], asset(1));
const {native, hits} = headroom.getAssetStoreStats();
console.log(JSON.stringify({
	src: again.src,
	restored: headroom.uncompressMediaAsset([first], again).src === asset(0).src,
	available: headroom.getAvailableMemory('error') > 0,
	node: process.version,
	estimate: headroom.shouldUseParallelEncoding({width: 1920, height: 1080, logLevel: 'error'}).estimatedUsage,
	native,
	hits,
}));
`;

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-built-'));
try {
	const root = path.join(__dirname, '..');
	const modules = path.join(home, 'node_modules');
	for (const file of ['package.json', ...manifest.files]) {
		const to = path.join(modules, manifest.name, file);
		fs.cpSync(path.join(root, file), to, {recursive: true});
	}
	fs.mkdirSync(path.join(modules, name));
	fs.copyFileSync(path.join(root, 'artifacts', binary), path.join(modules, name, binary));
	const its = {name, version: manifest.version, main: binary};
	fs.writeFileSync(path.join(modules, name, 'package.json'), JSON.stringify(its));
	const env = {...process.env, REMOTION_HEADROOM_BINARY: 'required'};
	const how = {cwd: home, encoding: 'utf8', env};
	const {node, ...answer} = JSON.parse(execFileSync(command, [...args, '-e', USE], how));
	assert.deepEqual(answer, {
		src: 'same-as-a-0',
		restored: true,
		available: true,
		estimate: 2_073_600_000,
		native: true,
		hits: 1,
	});
	console.log(`${name} works in Node ${node}`);
} finally {
	fs.rmSync(home, {recursive: true, force: true});
}
