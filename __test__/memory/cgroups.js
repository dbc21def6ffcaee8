'use strict';

// Real cgroups below the own one, and Node processes in them.

const {execFileSync, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

/** By its path: busybox's shell would take its own applet, without `--cgroup`. */
const UNSHARE = '/usr/bin/unshare';

const child = path.join(__dirname, 'measure.child.js');

/** Where cgroups may be made, if not in the own one: in-cgroups.js. */
const PARENT = process.env.HEADROOM_CGROUP;

/** The process's own cgroup in the memory controller's hierarchy, or the one to make others in. */
function ownCgroup() {
	const lines = fs.readFileSync('/proc/self/cgroup', 'utf8').split('\n');
	const v1 = lines
		.map((line) => /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/.exec(line))
		.find(Boolean);
	const [version, mount, name] = v1
		? [1, '/sys/fs/cgroup/memory', v1[1]]
		: [2, '/sys/fs/cgroup', /^0::(.*)$/m.exec(lines.join('\n'))?.[1] ?? '/'];
	return {version, mount, directory: PARENT ?? path.join(mount, name)};
}

/** Why cgroups of this version can't be made here; null where they can. */
function reasonToSkip(version) {
	if (process.platform !== 'linux') {
		return 'cgroups exist only on Linux';
	}
	try {
		const own = ownCgroup();
		if (own.version !== version) {
			return `the memory controller is of version ${own.version} here`;
		}
		const probe = new Cgroup(own.directory, `headroom-probe-${process.pid}`, {limit: 2 ** 30});
		try {
			// What `contained` and pages.c need.
			execFileSync(UNSHARE, ['--cgroup', '--mount', 'true'], {stdio: 'pipe'});
			execFileSync('cc', ['--version'], {stdio: 'pipe'});
		} finally {
			probe.remove();
		}
		return null;
	} catch (error) {
		return `no cgroup can be made here: ${error.message}`;
	}
}

const FILES = {
	1: {limit: 'memory.limit_in_bytes', usage: 'memory.usage_in_bytes'},
	2: {limit: 'memory.max', high: 'memory.high', usage: 'memory.current'},
};

const CPU_MOUNT = '/sys/fs/cgroup/cpu';

/** The process's own cgroup in version 1's hierarchy for CPU time. */
function ownCpuPath() {
	const own = fs.readFileSync('/proc/self/cgroup', 'utf8');
	return /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(.*)$/m.exec(own)[1];
}

const V1_NAMES = {file_mapped: 'mapped_file', file_dirty: 'dirty', file_writeback: 'writeback'};

/** A cgroup that is made now. Limits in bytes. */
class Cgroup {
	constructor(parent, name, limits = {}) {
		this.directory = path.join(parent, name);
		this.version = fs.existsSync(path.join(parent, FILES[1].limit)) ? 1 : 2;
		fs.mkdirSync(this.directory);
		this.children = [];
		try {
			for (const [kind, bytes] of Object.entries(limits)) {
				fs.writeFileSync(path.join(this.directory, FILES[this.version][kind]), String(bytes));
			}
		} catch (error) {
			fs.rmdirSync(this.directory);
			throw error;
		}
		if (limits.limit !== undefined) {
			this.forbidSwap(limits.limit);
		}
	}

	/** So that the OOM killer acts at the limit also where there is swap. */
	forbidSwap(limit) {
		const [file, bytes] =
			this.version === 1 ? ['memory.memsw.limit_in_bytes', limit] : ['memory.swap.max', 0];
		if (fs.existsSync(path.join(this.directory, file))) {
			fs.writeFileSync(path.join(this.directory, file), String(bytes));
		}
	}

	child(name, limits) {
		if (this.version === 2) {
			fs.writeFileSync(path.join(this.directory, 'cgroup.subtree_control'), '+memory +cpu');
		}
		this.children.push(new Cgroup(this.directory, name, limits));
		return this.children.at(-1);
	}

	/** Where its CPU quota is; version 1 has a hierarchy of its own for it. */
	get cpuDirectory() {
		return this.version === 2
			? this.directory
			: path.join(CPU_MOUNT, ownCpuPath(), path.relative(ownCgroup().directory, this.directory));
	}

	/** CPUs' worth of time in each period of `period` microseconds; null for no quota. */
	limitCpus(cpus, period = 100_000) {
		const quota = cpus === null ? null : Math.round(cpus * period);
		if (this.version === 2) {
			fs.writeFileSync(path.join(this.directory, 'cpu.max'), `${quota ?? 'max'} ${period}`);
			return;
		}
		fs.mkdirSync(this.cpuDirectory, {recursive: true});
		fs.writeFileSync(path.join(this.cpuDirectory, 'cpu.cfs_period_us'), String(period));
		fs.writeFileSync(path.join(this.cpuDirectory, 'cpu.cfs_quota_us'), String(quota ?? -1));
	}

	/** Its path as /proc/self/cgroup names it. */
	get path() {
		return this.directory.slice(ownCgroup().mount.length);
	}

	usage() {
		const file = path.join(this.directory, FILES[this.version].usage);
		return Number(fs.readFileSync(file, 'utf8'));
	}

	read(file) {
		return fs.readFileSync(path.join(this.directory, file), 'utf8');
	}

	/** Processes inside that the kernel has killed for lack of memory. */
	oomKills() {
		const file = this.version === 1 ? 'memory.oom_control' : 'memory.events';
		return Number(/^oom_kill (\d+)$/m.exec(this.read(file))[1]);
	}

	/** Ends what is left inside. */
	endAll() {
		for (let attempt = 0; attempt < 100; attempt++) {
			const inside = this.read('cgroup.procs').split('\n').filter(Boolean);
			if (inside.length === 0) {
				return;
			}
			for (const pid of inside) {
				try {
					process.kill(Number(pid), 'SIGKILL');
				} catch {
					// It has just ended.
				}
			}
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
		}
	}

	/** A figure of memory.stat, cgroups below included: by its name in version 2. */
	stat(name) {
		const stat = fs.readFileSync(path.join(this.directory, 'memory.stat'), 'utf8');
		const key = this.version === 1 ? `total_${V1_NAMES[name] ?? name}` : name;
		return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(stat)[1]);
	}

	/**
	 * What starts a command inside, to be put before it. `contained`: in a cgroup
	 * namespace, as in a container, where this cgroup is the root.
	 */
	entering({contained = false} = {}) {
		const script = `mount -o bind "$1" ${ownCgroup().mount} && shift && exec "$@"`;
		const enter = (directory) => [
			...['sh', '-c', 'echo $$ > "$0" && exec "$@"', path.join(directory, 'cgroup.procs')],
		];
		const {cpuDirectory} = this;
		return [
			...enter(this.directory),
			...(this.version === 1 && fs.existsSync(cpuDirectory) ? enter(cpuDirectory) : []),
			...(contained
				? [UNSHARE, '--cgroup', '--mount', 'sh', '-c', script, 'sh', this.directory]
				: []),
		];
	}

	/** Runs the steps of `measure.child.js` in a Node process inside. */
	run(steps, options) {
		const {answers, status, signal, stderr} = this.tryRun(steps, options);
		if (status !== 0) {
			throw new Error(`the process in ${this.path} ended with ${signal ?? status}: ${stderr}`);
		}
		return answers;
	}

	/** Runs them as far as they come. */
	tryRun(steps, {contained, env = {}} = {}) {
		const [command, ...args] = this.entering({contained});
		const {stdout, ...how} = spawnSync(
			command,
			[...args, process.execPath, child, JSON.stringify(steps)],
			{encoding: 'utf8', env: {...process.env, ...env}},
		);
		const lines = stdout.split('\n').filter(Boolean);
		return {answers: lines.map((line) => JSON.parse(line)), ...how};
	}

	remove() {
		for (const inner of this.children) {
			inner.remove();
		}
		// A process that has just ended can still be on its way out.
		for (let attempt = 0; ; attempt++) {
			try {
				for (const directory of new Set([this.cpuDirectory, this.directory])) {
					if (fs.existsSync(directory)) {
						fs.rmdirSync(directory);
					}
				}
				return;
			} catch (error) {
				if (error.code !== 'EBUSY' || attempt === 50) {
					throw error;
				}
				Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
			}
		}
	}
}

/** A file on a disk that is in nobody's page cache. */
function uncachedFile(bytes) {
	// Not in /tmp, which is often no disk.
	const target = path.join(__dirname, '..', '..', 'target');
	fs.mkdirSync(target, {recursive: true});
	const directory = fs.mkdtempSync(path.join(target, 'headroom-large-'));
	const file = path.join(directory, 'file');
	const blocks = `count=${bytes / 2 ** 20}`;
	const quiet = {stdio: 'ignore'};
	execFileSync('dd', ['if=/dev/urandom', `of=${file}`, 'bs=1M', blocks, 'conv=fsync'], quiet);
	// dd(1): "Advise to drop cache for whole file".
	execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], quiet);
	return {file, directory, remove: () => fs.rmSync(directory, {recursive: true})};
}

/** Compiles pages.c to `target`. */
function compilePages(target) {
	execFileSync('cc', ['-O1', '-Wall', '-o', target, path.join(__dirname, 'pages.c')]);
}

module.exports = {Cgroup, V1_NAMES, compilePages, ownCgroup, reasonToSkip, uncachedFile};
