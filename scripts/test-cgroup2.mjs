// Boots a small Linux with cgroup v2 under QEMU and runs
// __test__/memory/cgroup2-guest.js there: Debian's kernel, busybox, this Node
// and our addon in an initramfs.
//
//   npm run test:cgroup2
//
// The kernel is fetched with apt into target/cgroup2. HEADROOM_KERNEL_DIR names
// a directory with boot/vmlinuz-* and lib/modules/* to use instead.
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import {fileURLToPath} from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const cache = path.join(root, 'target', 'cgroup2');
const MODULES = [
	'virtio',
	'virtio_ring',
	'virtio_pci_legacy_dev',
	'virtio_pci_modern_dev',
	'virtio_pci',
	'virtio_blk',
];
const MINUTES = 9;

function stop(message) {
	console.error(message);
	process.exit(1);
}

const has = (command) =>
	spawnSync('sh', ['-c', `PATH=$PATH:/sbin:/usr/sbin command -v ${command}`]).status === 0;

function installTools() {
	const missing = [
		['qemu-system-x86_64', 'qemu-system-x86'],
		['busybox', 'busybox-static'],
		['cpio', 'cpio'],
		['mke2fs', 'e2fsprogs'],
	].filter(([command]) => !has(command));
	if (missing.length === 0) {
		return;
	}
	const packages = missing.map(([, name]) => name);
	if (!has('apt-get') || process.getuid() !== 0) {
		stop(
			`Missing: ${missing.map(([command]) => command).join(', ')} (Debian: ${packages.join(' ')}).`,
		);
	}
	execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
		stdio: 'inherit',
	});
}

/** A directory with boot/ and lib/modules/ of a Debian cloud kernel. */
function findKernel() {
	if (process.env.HEADROOM_KERNEL_DIR) {
		return process.env.HEADROOM_KERNEL_DIR;
	}
	const kernel = path.join(cache, 'kernel');
	if (fs.existsSync(path.join(kernel, 'boot'))) {
		return kernel;
	}
	fs.mkdirSync(cache, {recursive: true});
	const depends = execFileSync('apt-cache', ['depends', 'linux-image-cloud-amd64'], {
		encoding: 'utf8',
	});
	const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
	if (name === undefined) {
		stop(
			'apt knows no kernel for linux-image-cloud-amd64: run apt-get update, or set HEADROOM_KERNEL_DIR.',
		);
	}
	execFileSync('apt-get', ['download', '-qq', name], {cwd: cache, stdio: 'inherit'});
	const deb = fs.readdirSync(cache).find((file) => file.startsWith(`${name}_`));
	execFileSync('dpkg-deb', ['-x', path.join(cache, deb), kernel]);
	fs.rmSync(path.join(cache, deb));
	return kernel;
}

function findModule(dir, name) {
	for (const entry of fs.readdirSync(dir, {withFileTypes: true, recursive: true})) {
		if (entry.name === `${name}.ko`) {
			return path.join(entry.parentPath ?? entry.path, entry.name);
		}
	}
	return null;
}

/** Copies a program and the libraries it loads, all to where they are here. */
function addProgram(tree, program, to) {
	fs.mkdirSync(path.dirname(path.join(tree, to)), {recursive: true});
	fs.copyFileSync(fs.realpathSync(program), path.join(tree, to));
	fs.chmodSync(path.join(tree, to), 0o755);
	const {stdout} = spawnSync('ldd', [program], {encoding: 'utf8'});
	for (const [, library] of (stdout ?? '').matchAll(/(?:=> )?(\/\S+) \(0x/g)) {
		fs.mkdirSync(path.join(tree, path.dirname(library)), {recursive: true});
		fs.copyFileSync(fs.realpathSync(library), path.join(tree, library));
	}
}

function buildInitramfs(kernel) {
	const tree = path.join(cache, 'tree');
	fs.rmSync(tree, {recursive: true, force: true});
	for (const dir of ['proc', 'sys', 'dev', 'tmp', 'bin', 'modules', 'disk', 'headroom']) {
		fs.mkdirSync(path.join(tree, dir), {recursive: true});
	}
	const busybox = execFileSync('sh', ['-c', 'command -v busybox'], {encoding: 'utf8'}).trim();
	addProgram(tree, busybox, 'bin/busybox');
	addProgram(tree, process.execPath, process.execPath);
	for (const applet of ['sh', 'mount', 'insmod', 'unshare', 'poweroff']) {
		fs.symlinkSync('busybox', path.join(tree, 'bin', applet));
	}
	for (const name of MODULES) {
		const file = findModule(path.join(kernel, 'lib', 'modules'), name);
		// A kernel may have it built in.
		if (file !== null) {
			fs.copyFileSync(file, path.join(tree, 'modules', `${name}.ko`));
		}
	}
	const binary = `remotion-headroom.linux-${process.arch}-gnu.node`;
	for (const part of ['package.json', 'index.js', 'lib', binary, '__test__/memory']) {
		fs.cpSync(path.join(root, part), path.join(tree, 'headroom', part), {recursive: true});
	}
	fs.writeFileSync(
		path.join(tree, 'init'),
		`#!/bin/sh
export PATH=/bin REMOTION_HEADROOM_BINARY=required
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo +memory > /sys/fs/cgroup/cgroup.subtree_control
# Twice: some need another that comes later.
for name in ${[...MODULES, ...MODULES].join(' ')}; do insmod /modules/$name.ko 2>/dev/null; done
mount -o ro /dev/vda /disk
${process.execPath} /headroom/__test__/memory/cgroup2-guest.js 2>&1
poweroff -f
`,
		{mode: 0o755},
	);
	const image = path.join(cache, 'initramfs');
	execFileSync('sh', ['-c', `find . | cpio -o -H newc --quiet > '${image}'`], {cwd: tree});
	return image;
}

/** A file system of which 200 MiB can be read: rootfs is no page cache. */
function makeDisk() {
	const content = path.join(cache, 'disk-content');
	const disk = path.join(cache, 'disk');
	fs.rmSync(disk, {force: true});
	fs.mkdirSync(content, {recursive: true});
	fs.writeFileSync(path.join(content, 'file'), Buffer.alloc(200 * 2 ** 20, 7));
	execFileSync('/sbin/mke2fs', ['-q', '-t', 'ext4', '-d', content, disk, '256M']);
	fs.rmSync(content, {recursive: true});
	return disk;
}

async function boot(kernel, initramfs) {
	const vmlinuz = fs
		.readdirSync(path.join(kernel, 'boot'))
		.find((file) => file.startsWith('vmlinuz'));
	const disk = makeDisk();
	const qemu = spawn(
		'qemu-system-x86_64',
		[
			...['-accel', 'tcg', '-cpu', 'max', '-m', '1792', '-no-reboot'],
			...['-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
			...['-kernel', path.join(kernel, 'boot', vmlinuz), '-initrd', initramfs],
			...['-drive', `file=${disk},format=raw,if=virtio`],
			...['-append', 'console=ttyS0 panic=-1 quiet cgroup_no_v1=all psi=1'],
		],
		{stdio: ['ignore', 'pipe', 'inherit']},
	);
	const tooLong = setTimeout(() => {
		console.error(`No result after ${MINUTES} minutes.`);
		qemu.kill('SIGKILL');
	}, MINUTES * 60_000);
	let result = null;
	for await (const line of readline.createInterface({input: qemu.stdout})) {
		if (line.startsWith('CAPTURE ')) {
			fs.writeFileSync(path.join(cache, 'capture.json'), line.slice('CAPTURE '.length));
		} else {
			console.log(line);
		}
		result ??= /^RESULT (\d+) passed, (\d+) failed/.exec(line);
	}
	clearTimeout(tooLong);
	return result;
}

if (process.platform !== 'linux' || process.arch !== 'x64') {
	stop('npm run test:cgroup2 needs Linux on x64.');
}
const start = Date.now();
installTools();
const kernel = findKernel();
const initramfs = buildInitramfs(kernel);
const result = await boot(kernel, initramfs);
console.log(`${Math.round((Date.now() - start) / 1000)} s`);
process.exit(result !== null && Number(result[1]) > 0 && result[2] === '0' ? 0 : 1);
