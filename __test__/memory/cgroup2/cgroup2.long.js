'use strict';

// Boots a Debian kernel in QEMU with Node and the addon in an initramfs, and
// checks measuring there in cgroups of version 2. Needs a Debian machine
// (x86-64) with qemu-system-x86, busybox, cpio, e2fsprogs and a C compiler; the kernel is
// fetched with apt. Works without root and without KVM, in three minutes.
// HEADROOM_CAPTURES=DIR keeps what measureMemory read there.

const {execFileSync, spawn} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {createInterface} = require('node:readline');
const {compilePages} = require('../cgroups');

const root = path.join(__dirname, '..', '..', '..');
const work = path.join(root, 'target', 'cgroup2');
const ADDON = 'remotion-headroom.linux-x64-gnu.node';
const GUEST_MEMORY = '1536M';
const LARGE_FILE = 200 * 2 ** 20;
/** Has room for what is written there. */
const DISK_SIZE = '256M';
const TIMEOUT_MINUTES = 9;
/** Modules that the kernel has not built in, each after what it needs. */
const MODULES = ['virtio_pci', 'virtio_blk', 'ext4'];

const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /tmp
exec </dev/ttyS0 >/dev/ttyS0 2>&1
for module in $(cat /modules/order); do insmod /modules/$module || echo "no $module"; done
mount -t ext4 /dev/vda /disk
mount -t cgroup2 cgroup2 /sys/fs/cgroup
node /app/__test__/memory/cgroup2/guest.js /disk/large /bin/pages
poweroff -f
`;

function need(program, debianPackage) {
	try {
		return execFileSync('sh', ['-c', `command -v ${program}`], {
			encoding: 'utf8',
			env: {...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`},
		}).trim();
	} catch {
		throw new Error(`${program} is missing: apt-get install ${debianPackage}`);
	}
}

/** Debian's kernel for virtual machines, unpacked; downloaded once. */
function kernel() {
	const unpacked = path.join(work, 'kernel');
	if (!fs.existsSync(path.join(unpacked, 'boot'))) {
		const depends = execFileSync('apt-cache', ['depends', 'linux-image-cloud-amd64'], {
			encoding: 'utf8',
		});
		const [, name] = /Depends: (linux-image-\S+)/.exec(depends) ?? [];
		if (name === undefined) {
			throw new Error(`apt knows no Debian kernel (run apt-get update?): ${depends}`);
		}
		process.stdout.write(`Downloading ${name}\n`);
		fs.mkdirSync(work, {recursive: true});
		execFileSync('apt-get', ['download', name], {
			cwd: work,
			stdio: ['ignore', 'ignore', 'inherit'],
		});
		const deb = fs.readdirSync(work).find((file) => file.startsWith(`${name}_`));
		// Into its place at once, so that what is there is complete.
		const partial = `${unpacked}.partial`;
		fs.rmSync(partial, {recursive: true, force: true});
		execFileSync('dpkg', ['-x', path.join(work, deb), partial]);
		fs.renameSync(partial, unpacked);
	}
	const image = fs.readdirSync(path.join(unpacked, 'boot')).find((file) => /^vmlinuz-/.test(file));
	return {
		image: path.join(unpacked, 'boot', image),
		modules: path.join(unpacked, 'lib', 'modules', image.slice('vmlinuz-'.length)),
	};
}

/** The files of the modules and of what they need, in the order of loading. */
function modulesInOrder(directory) {
	const files = new Map(
		fs
			.readdirSync(directory, {recursive: true})
			.map(String)
			.filter((file) => file.endsWith('.ko'))
			.map((file) => [path.basename(file, '.ko').replaceAll('-', '_'), path.join(directory, file)]),
	);
	const order = new Set();
	const add = (name) => {
		const file = files.get(name);
		// What has no file is built in.
		if (file === undefined) {
			return;
		}
		const [, depends] = /\0depends=([^\0]*)\0/.exec(fs.readFileSync(file, 'latin1')) ?? [];
		(depends ?? '').split(',').filter(Boolean).forEach(add);
		order.add(file);
	};
	MODULES.forEach(add);
	return [...order];
}

function buildInitramfs(modules) {
	const tree = path.join(work, 'initramfs');
	fs.rmSync(tree, {recursive: true, force: true});
	const copy = (from, to) => {
		const target = path.join(tree, to);
		fs.mkdirSync(path.dirname(target), {recursive: true});
		if (fs.statSync(from).isDirectory()) {
			fs.cpSync(from, target, {recursive: true, dereference: true});
		} else {
			// cpSync in Node 22 takes a linked file that is copied again for a folder.
			fs.copyFileSync(from, target);
		}
	};
	const program = (file, to) => {
		copy(file, to);
		let libraries = '';
		try {
			libraries = execFileSync('ldd', [file], {
				encoding: 'utf8',
				stdio: ['ignore', 'pipe', 'ignore'],
			});
		} catch {
			// A static program has none.
		}
		for (const [, library] of libraries.matchAll(/(\/\S+) \(0x/g)) {
			copy(library, library);
		}
	};
	program(need('busybox', 'busybox'), 'bin/busybox');
	program(need('unshare', 'util-linux'), 'usr/bin/unshare');
	program(process.execPath, 'bin/node');
	compilePages(path.join(work, 'pages'));
	program(path.join(work, 'pages'), 'bin/pages');
	for (const name of ['index.js', 'package.json', 'lib', '__test__/memory']) {
		copy(path.join(root, name), path.join('app', name));
	}
	const addon = ['.', 'artifacts']
		.map((folder) => path.join(root, folder, ADDON))
		.find((file) => fs.existsSync(file));
	if (addon === undefined) {
		throw new Error('There is no addon: npm run build');
	}
	program(addon, path.join('app', ADDON));
	for (const module of modules) {
		copy(module, path.join('modules', path.basename(module)));
	}
	fs.mkdirSync(path.join(tree, 'modules'), {recursive: true});
	fs.writeFileSync(
		path.join(tree, 'modules', 'order'),
		modules.map((file) => path.basename(file)).join('\n'),
	);
	for (const directory of ['proc', 'sys', 'dev', 'tmp', 'disk']) {
		fs.mkdirSync(path.join(tree, directory));
	}
	fs.writeFileSync(path.join(tree, 'init'), INIT, {mode: 0o755});
	const archive = path.join(work, 'initramfs.cpio');
	execFileSync('sh', [
		'-c',
		'cd "$1" && find . | cpio -o -H newc --quiet > "$2"',
		'sh',
		tree,
		archive,
	]);
	fs.rmSync(tree, {recursive: true});
	return archive;
}

/** A file system with a large file (of zeros: page cache all the same). */
function buildDisk() {
	const tree = path.join(work, 'disk');
	const image = path.join(work, 'disk.ext4');
	fs.rmSync(tree, {recursive: true, force: true});
	fs.mkdirSync(tree, {recursive: true});
	fs.closeSync(fs.openSync(path.join(tree, 'large'), 'w'));
	fs.truncateSync(path.join(tree, 'large'), LARGE_FILE);
	fs.rmSync(image, {force: true});
	execFileSync(need('mkfs.ext4', 'e2fsprogs'), ['-q', '-d', tree, image, DISK_SIZE]);
	return image;
}

/** Boots; resolves to what the guest said. */
async function boot({image, initramfs, disk}) {
	const qemu = spawn(
		need('qemu-system-x86_64', 'qemu-system-x86'),
		[
			// Emulated: KVM is not there in most CI, and in nested machines often broken.
			...['-accel', 'tcg', '-cpu', 'max', '-smp', '2', '-m', GUEST_MEMORY],
			...['-nodefaults', '-no-user-config', '-display', 'none', '-serial', 'stdio', '-no-reboot'],
			...['-kernel', image, '-initrd', initramfs],
			...['-append', 'console=ttyS0 loglevel=3 panic=-1'],
			...['-drive', `file=${disk},if=virtio,format=raw`],
		],
		{stdio: ['ignore', 'pipe', 'inherit']},
	);
	const timer = setTimeout(() => {
		process.stdout.write(`Ended after ${TIMEOUT_MINUTES} minutes\n`);
		qemu.kill();
	}, TIMEOUT_MINUTES * 60_000);
	const said = {kernel: [], passed: [], failed: [], capture: [], done: []};
	for await (const line of createInterface({input: qemu.stdout})) {
		const [, kind, value] = /@(\w+) (\{.*\})/.exec(line) ?? [];
		if (!(kind in said)) {
			process.stdout.write(`  | ${line.trimEnd()}\n`);
			continue;
		}
		const answer = JSON.parse(value);
		said[kind].push(answer);
		if (kind !== 'capture') {
			process.stdout.write(`${kind} ${Object.values(answer).join(' ')}\n`);
		}
		if (kind === 'done') {
			qemu.kill();
		}
	}
	clearTimeout(timer);
	return said;
}

let said;

beforeAll(async () => {
	if (process.platform !== 'linux' || process.arch !== 'x64') {
		throw new Error('This test needs Linux on x86-64.');
	}
	const {image, modules} = kernel();
	const initramfs = buildInitramfs(modulesInOrder(modules));
	said = await boot({image, initramfs, disk: buildDisk()});
	const captures = process.env.HEADROOM_CAPTURES;
	for (const {name, report} of captures ? said.capture : []) {
		fs.mkdirSync(captures, {recursive: true});
		fs.writeFileSync(path.join(captures, `${name}.json`), JSON.stringify(report));
	}
}, 900_000);

test('every check passed, and the guest finished', () => {
	expect(said.failed).toEqual([]);
	expect(said.passed.length).toBeGreaterThan(0);
	expect(said.done.length).toBe(1);
});
