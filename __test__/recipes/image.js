'use strict';

// A Dockerfile, executed without Docker: each stage is a root file system from
// Debian's packages, RUN and COPY happen in it by chroot, and `docker run` is
// namespaces, mounts and a real cgroup. What isn't known here is an error.

const {execFileSync, spawn, spawnSync} = require('node:child_process');
const {once} = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const {DockerfileParser} = require('dockerfile-ast');
const {root: checkout} = require('../../scripts/tools');

/** What stands for an image of the registry: Debian of that name, with this Node. */
const IMAGE = /^node:(22)-(bookworm)-slim$/;

const SHELL_ENV = {
	PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
	HOME: '/root',
};

const certificates = process.env.NODE_EXTRA_CA_CERTS;

const quiet = {stdio: 'pipe', maxBuffer: 2 ** 28};

/** Why no image can be made here; null where one can. */
function reasonToSkip() {
	if (process.platform !== 'linux' || process.arch !== 'x64' || process.getuid() !== 0) {
		return 'images are made as root on linux-x64';
	}
	for (const command of ['mmdebstrap', 'unshare', 'chroot', 'mount']) {
		if (spawnSync('which', [command]).status !== 0) {
			return `there is no ${command}`;
		}
	}
	return null;
}

/** Where the way to the registry has a certificate of its own. */
const CERTIFICATES = certificates ? {NODE_EXTRA_CA_CERTS: '/dev/ca'} : {};

/** Setup for what downloads from the registry: root's downloads in a folder, that certificate in /dev. */
const downloads = (npmCache) =>
	[
		`mkdir -p "$root/root/.npm"; mount --bind '${npmCache}' "$root/root/.npm"`,
		...(certificates
			? [`touch "$root/dev/ca"; mount --bind '${certificates}' "$root/dev/ca"`]
			: []),
	].join('\n');

const copyTree = (from, to) => execFileSync('cp', ['-a', '--reflink=auto', from, to], quiet);

/** Mounts what Docker gives every container, then runs `$@` in the root file system `$1`. */
const ENTER = `
set -e
root=$1; user=$2; directory=$3; cgroup=$4; writable=$5; setup=$6; shift 6
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755,size=64k dev "$root/dev"
for name in null zero full random urandom tty; do
	touch "$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"
done
ln -s /proc/self/fd "$root/dev/fd"
mkdir "$root/dev/shm"; mount -t tmpfs -o mode=1777,size=64m,noexec,nosuid,nodev shm "$root/dev/shm"
mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
if [ -n "$cgroup" ]; then
	mount -t sysfs -o ro sysfs "$root/sys"
	if [ -e "$cgroup/memory.limit_in_bytes" ]; then
		mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"; mkdir "$root/sys/fs/cgroup/memory"
		mount --bind "$cgroup" "$root/sys/fs/cgroup/memory"
	else
		mount --bind "$cgroup" "$root/sys/fs/cgroup"
	fi
fi
eval "$setup"
if [ "$writable" = no ]; then mount -o remount,bind,ro "$root"; fi
exec chroot --userspec="$user" "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$directory" "$@"
`;

const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child', '--uts', '--ipc', '--cgroup'];

/** The command that runs `args` in `root`. */
function entering(root, {user, directory, cgroup, readOnly = false, setup = ''}, args) {
	const into = cgroup === undefined ? [] : cgroup.entering();
	const where = [root, user, directory, cgroup?.directory ?? '', readOnly ? 'no' : 'yes', setup];
	return [...into, 'unshare', ...NAMESPACES, 'sh', '-c', ENTER, 'sh', ...where, ...args];
}

/** Ids as the image's own passwd has them. */
function idsOf(root, user) {
	const id = (file, name) =>
		fs
			.readFileSync(path.join(root, 'etc', file), 'utf8')
			.split('\n')
			.map((line) => line.split(':'))
			.find(([one]) => one === name)?.[2];
	const [name, group] = user.split(':');
	const number = /^\d+$/;
	const uid = number.test(name) ? name : id('passwd', name);
	const gid = group ?? (number.test(name) ? '0' : id('group', name));
	if (uid === undefined || gid === undefined) {
		throw new Error(`no user ${user} in the image`);
	}
	return `${uid}:${gid}`;
}

/** Docker's words of an argument: JSON, or for a shell. */
const commandOf = (text) => (text.startsWith('[') ? JSON.parse(text) : ['/bin/sh', '-c', text]);

/** Words of an instruction's arguments. */
const wordsOf = (instruction) => instruction.getExpandedArguments().map((one) => one.getValue());

/**
 * The image `node:22-bookworm-slim` in the folder `base`: Debian, Node, npm, and the
 * user `node`.
 */
function makeBase(base, tools) {
	fs.mkdirSync(base);
	// Kept: it takes a minute. Without this file there is one of today's packages.
	const debian = path.join(checkout, 'target', 'recipes', 'debian-bookworm.tar');
	if (!fs.existsSync(debian)) {
		fs.mkdirSync(path.dirname(debian), {recursive: true});
		execFileSync('mmdebstrap', ['--variant=minbase', 'bookworm', `${debian}.part.tar`], quiet);
		fs.renameSync(`${debian}.part.tar`, debian);
	}
	execFileSync('tar', ['-xf', debian, '-C', base], quiet);
	// As in Debian's own images.
	const speedup = path.join(base, 'etc', 'dpkg', 'dpkg.cfg.d', 'docker-apt-speedup');
	fs.writeFileSync(speedup, 'force-unsafe-io\n');
	const local = path.join(base, 'usr', 'local');
	const module = (name) => path.join(tools, 'node_modules', name);
	fs.copyFileSync(path.join(module('node-22'), 'bin', 'node'), path.join(local, 'bin', 'node'));
	fs.cpSync(path.join(module('node-22'), 'include'), path.join(local, 'include'), {
		recursive: true,
	});
	fs.cpSync(module('npm'), path.join(local, 'lib', 'node_modules', 'npm'), {recursive: true});
	for (const name of ['npm', 'npx']) {
		fs.symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, path.join(local, 'bin', name));
	}
	const inside = (...args) => execFileSync('chroot', [base, ...args], quiet);
	inside('groupadd', '--gid', '1000', 'node');
	inside('useradd', '--uid', '1000', '--gid', 'node', '--create-home', 'node');
	return base;
}

class Builder {
	/**
	 * @param {object} how
	 * @param {string} how.home a folder for the stages
	 * @param {(major: string, suite: string) => string} how.base gives the folder of an image
	 * @param {Record<string, string>} how.env of the build alone, as build arguments are
	 * @param {string} how.npmCache a folder for root's downloads, which are not in the image
	 * @param {(file: string) => boolean} how.includes whether the context has a file
	 */
	constructor({home, base, env, npmCache, context, includes}) {
		Object.assign(this, {home, base, env, npmCache, context, includes, stages: new Map(), log: []});
	}

	/** Executes it; gives the last stage. */
	build(text) {
		let stage;
		for (const instruction of DockerfileParser.parse(text).getInstructions()) {
			const keyword = instruction.getKeyword();
			this.log.push(`${keyword} ${instruction.getRawArgumentsContent?.() ?? ''}`);
			if (keyword === 'FROM') {
				stage = this.from(instruction);
			} else {
				this.apply(stage, keyword, instruction);
			}
		}
		return stage;
	}

	from(instruction) {
		const name = instruction.getBuildStage() ?? `stage-${this.stages.size}`;
		const root = path.join(this.home, name);
		const image = instruction.getImage();
		const [, major, suite] = IMAGE.exec(image) ?? [];
		const earlier = this.stages.get(image);
		if (major === undefined && earlier === undefined) {
			throw new Error(`FROM ${image} can't be made here`);
		}
		copyTree(earlier?.root ?? this.base(major, suite), root);
		const stage = {directory: '/', user: 'root', command: [], entrypoint: [], ...earlier, root};
		stage.env = {...(earlier?.env ?? SHELL_ENV)};
		this.stages.set(name, stage);
		return stage;
	}

	apply(stage, keyword, instruction) {
		const argumentsText = instruction.getArgumentsContent() ?? '';
		switch (keyword) {
			case 'RUN':
				return this.run(stage, this.joined(argumentsText));
			case 'COPY':
				return this.copy(stage, instruction);
			case 'WORKDIR':
				stage.directory = path.posix.resolve(stage.directory, argumentsText);
				return void fs.mkdirSync(path.join(stage.root, stage.directory), {recursive: true});
			case 'USER':
				stage.user = argumentsText;
				return;
			case 'ENV':
				for (const property of instruction.getProperties()) {
					stage.env[property.getName()] = property.getValue();
				}
				return;
			case 'CMD':
				stage.command = commandOf(argumentsText);
				return;
			case 'ENTRYPOINT':
				stage.entrypoint = commandOf(argumentsText);
				return;
			default:
				throw new Error(`${keyword} is not known here`);
		}
	}

	/** As the shell gets it: without comments between continued lines. */
	joined = (text) => text.replace(/\\\n(\s*#[^\n]*\n)*\s*/g, ' ');

	run(stage, script) {
		const setup = downloads(this.npmCache);
		const where = {user: idsOf(stage.root, stage.user), directory: stage.directory, setup};
		const [command, ...args] = entering(stage.root, where, ['/bin/sh', '-c', script]);
		const env = {...stage.env, DEBIAN_FRONTEND: 'noninteractive', ...this.env};
		Object.assign(env, CERTIFICATES);
		const {status, stdout, stderr} = spawnSync(command, args, {env, encoding: 'utf8', ...quiet});
		if (status !== 0) {
			throw new Error(`RUN ${script} ended with ${status}:\n${stdout}\n${stderr}`);
		}
	}

	copy(stage, instruction) {
		const flags = Object.fromEntries(
			instruction.getFlags().map((flag) => [flag.getName(), flag.getValue()]),
		);
		const {from, chown, ...unknown} = flags;
		if (Object.keys(unknown).length > 0) {
			throw new Error(`COPY ${Object.keys(unknown)} is not known here`);
		}
		const words = wordsOf(instruction);
		const target = path.posix.resolve(stage.directory, words.pop());
		const source = from === undefined ? this.context : this.stages.get(from).root;
		const inside = path.join(stage.root, target);
		const isFolder = words.length > 1 || instruction.getArgumentsContent().endsWith('/');
		for (const word of words) {
			const one = path.join(source, word);
			const folder = fs.statSync(one).isDirectory();
			const to = !folder && isFolder ? path.join(inside, path.basename(one)) : inside;
			fs.mkdirSync(folder ? to : path.dirname(to), {recursive: true});
			fs.cpSync(one, to, {
				recursive: true,
				verbatimSymlinks: true,
				filter: (file) =>
					from !== undefined || file === source || this.includes(path.relative(source, file)),
			});
			if (chown !== undefined) {
				execFileSync('chown', [
					'-R',
					idsOf(stage.root, chown.includes(':') ? chown : `${chown}:${chown}`),
					to,
				]);
			}
		}
	}
}

/** Starts an image's command, or `args`, as `docker run` does. */
function startContainer(image, {cgroup, readOnly, setup, user, env = {}, args}) {
	const where = {
		user: idsOf(image.root, user ?? image.user),
		directory: image.directory,
		cgroup,
		readOnly,
		setup,
	};
	const words = args ?? [...image.entrypoint, ...image.command];
	const [command, ...rest] = entering(image.root, where, words);
	const home = (user ?? image.user) === 'node' ? '/home/node' : '/';
	return spawn(command, rest, {
		env: {...image.env, HOME: home, ...env},
		stdio: ['ignore', 'pipe', 'pipe'],
	});
}

/** Runs it to its end: `{status, output}`. */
async function runContainer(image, options) {
	const child = startContainer(image, options);
	let output = '';
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding('utf8').on('data', (text) => {
			output += text;
		});
	}
	const [status, signal] = await once(child, 'close');
	return {status: status ?? signal, output};
}

module.exports = {
	Builder,
	CERTIFICATES,
	SHELL_ENV,
	downloads,
	entering,
	makeBase,
	reasonToSkip,
	runContainer,
	startContainer,
};
