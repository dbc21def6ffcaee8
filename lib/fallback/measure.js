'use strict';

// src/memory/report.rs and what it reads, for machines without a binary. The
// rules and the kernel's grammars are told there. Files are read as Latin-1, a
// character a byte: names need not be UTF-8.

const fs = require('node:fs');
const os = require('node:os');
const {readKernelFile} = require('./kernel-file');
const {UNLIMITED_ABOVE, parseLambdaMemory} = require('./memory');

const MAX_PATH = 4096;
const MAX_MOUNTS = 8;
const MAX_U64 = 2 ** 64;

/** The files of one machine, by their absolute paths on it. */
class Files {
	constructor(root, capture) {
		this.root = Buffer.from(root === '/' ? '' : root);
		this.captured = capture ? [] : undefined;
	}

	locate(name) {
		return Buffer.concat([this.root, Buffer.from(name, 'latin1')]);
	}

	note(name, content, error) {
		this.captured?.push({path: toText(name), content, error});
	}

	/** The content; '' where there is none. */
	readOrEmpty(name) {
		return this.read(name) ?? '';
	}

	/** The content; null where it can't be read. */
	read(name) {
		try {
			const content = readKernelFile(this.locate(name));
			this.note(name, content);
			return content.latin1Slice();
		} catch (error) {
			this.note(name, undefined, error.code);
			return null;
		}
	}

	exists(name) {
		const exists = fs.existsSync(this.locate(name));
		this.note(name, exists ? Buffer.alloc(0) : undefined, exists ? undefined : 'ENOENT');
		return exists;
	}
}

/** Latin-1 that may hold UTF-8, as people read it. */
const toText = (bytes) => Buffer.from(bytes, 'latin1').toString();

function parseU64(text) {
	const [, digits] = /^[ \t\n\f\r]*(\d+)[ \t\n\f\r]*$/.exec(text ?? '') ?? [];
	return digits === undefined ? null : Math.min(Number(digits), MAX_U64);
}

function afterPrefix(file, prefix) {
	const line = file.split('\n').find((one) => one.startsWith(prefix));
	return line === undefined ? null : line.slice(prefix.length);
}

const flatKeyed = (file, key) => parseU64(afterPrefix(file ?? '', `${key} `));

function meminfoField(meminfo, name) {
	const [, number] = /^(.*)kB[ \t\n\f\r]*$/s.exec(afterPrefix(meminfo, name) ?? '') ?? [];
	const kib = parseU64(number);
	return kib === null || (kib === 0 && name === 'MemTotal:') ? null : kib * 1024;
}

function measureHost(files) {
	const meminfo = files.readOrEmpty('/proc/meminfo');
	const total = meminfoField(meminfo, 'MemTotal:') ?? os.totalmem();
	const available =
		meminfoField(meminfo, 'MemAvailable:') ?? meminfoField(meminfo, 'MemFree:') ?? os.freemem();
	return {total, available: Math.min(available, total)};
}

function parseSelfCgroup(file) {
	let unified = null;
	for (const line of file.split('\n')) {
		const [, id, controllers, path] = /^([^:]*):([^:]*):(\/.*)$/s.exec(line) ?? [];
		if (path === undefined || path.length > MAX_PATH) {
			continue;
		}
		if (controllers.split(',').includes('memory')) {
			return {version: 1, path};
		}
		if (id === '0' && controllers === '') {
			unified ??= {version: 2, path};
		}
	}
	return unified;
}

const unescapeOctal = (field) =>
	field.replace(/\\([0-3][0-7]{2})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));

function parseMountinfo(file, version) {
	const mounts = [];
	for (const line of file.split('\n')) {
		if (!line.includes('cgroup')) {
			continue;
		}
		const fields = line.split(' ');
		const separator = fields.indexOf('-', 5);
		const [kind, , options = ''] = separator === -1 ? [] : fields.slice(separator + 1);
		const counts =
			version === 2
				? kind === 'cgroup2'
				: kind === 'cgroup' && options.split(',').includes('memory');
		const [root, point] = fields.slice(3, 5).map(unescapeOctal);
		if (counts && root.startsWith('/') && point.startsWith('/')) {
			mounts.push({root, point});
		}
	}
	return mounts;
}

const usualMount = (version) => ({
	root: '/',
	point: version === 1 ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup',
});

/** What is left of `path` below `root`; null where it is not below it. */
function below(path, root) {
	const parent = root.endsWith('/') ? root.slice(0, -1) : root;
	const rest = path.startsWith(parent) ? path.slice(parent.length) : null;
	return rest === '' || rest?.startsWith('/') ? rest : null;
}

function orderMounts(mounts, path) {
	const outside = (mount) => Number(below(path, mount.root) === null);
	return mounts
		.reverse()
		.sort((a, b) => outside(a) - outside(b) || a.root.length - b.root.length)
		.slice(0, MAX_MOUNTS);
}

const components = (path) => path.split('/').filter((name) => name !== '');

/** Levels from the process's cgroup up to the root of the mount. */
function levelsOf(mount, path) {
	if (components(path).includes('..')) {
		return [];
	}
	const names = components(below(path, mount.root) ?? '');
	const top = mount.root === '/' ? '' : mount.root;
	return Array.from({length: names.length + 1}, (_, i) => {
		const rest = names
			.slice(0, names.length - i)
			.map((name) => `/${name}`)
			.join('');
		return {path: `${top}${rest}` || '/', directory: `${mount.point}${rest}`};
	});
}

const smallest = (...limits) => {
	const set = limits.filter((limit) => limit !== null);
	return set.length === 0 ? null : Math.min(...set);
};

class CgroupReader {
	constructor(files, hostTotal) {
		this.files = files;
		this.hostTotal = hostTotal;
	}

	limited(limit) {
		return limit !== null && limit < UNLIMITED_ABOVE && limit < this.hostTotal ? limit : null;
	}

	bytes(level, name) {
		return parseU64(this.files.read(`${level.directory}/${name}`));
	}

	bytesOrMax(level, name) {
		const file = this.files.read(`${level.directory}/${name}`);
		return /^[ \t\n\f\r]*max[ \t\n\f\r]*$/.test(file ?? '') ? MAX_U64 : parseU64(file);
	}

	/** Adds what `memory.stat` says, and what follows from it. */
	readStat(level, keys) {
		const stat = this.files.read(`${level.directory}/memory.stat`);
		const [reclaimable = null] = keys
			.map((key) => flatKeyed(stat, key))
			.filter((figure) => figure !== null);
		level.reclaimable = reclaimable === null ? null : Math.min(reclaimable, level.usage ?? 0);
		return stat;
	}

	setHeadroom(level) {
		const limit = smallest(level.limit, this.limited(level.hierarchicalLimit));
		const used = Math.max(0, (level.usage ?? 0) - (level.reclaimable ?? 0));
		level.headroom = limit === null ? null : Math.max(0, limit - used);
	}

	readStat1(level) {
		const stat = this.readStat(level, ['total_inactive_file', 'inactive_file']);
		level.hierarchicalLimit = flatKeyed(stat, 'hierarchical_memory_limit');
		this.setHeadroom(level);
	}

	read1(level, isOwn) {
		const limit = this.bytes(level, 'memory.limit_in_bytes');
		level.usage = this.bytes(level, 'memory.usage_in_bytes');
		if (limit === null && level.usage === null) {
			return false;
		}
		level.limit = this.limited(limit);
		if (isOwn || level.limit !== null) {
			this.readStat1(level);
		}
		return true;
	}

	read2(level, isOwn) {
		const limit = this.bytesOrMax(level, 'memory.max');
		level.usage = this.bytes(level, 'memory.current');
		if (limit === null && level.usage === null) {
			return false;
		}
		level.limit = this.limited(limit);
		level.high = this.limited(this.bytesOrMax(level, 'memory.high'));
		if (level.usage !== null && (isOwn || level.limit !== null)) {
			this.readStat(level, ['inactive_file']);
		}
		this.setHeadroom(level);
		return true;
	}

	/** The process's cgroups at one mount; null where none can be read. */
	readLevels({version, path}, mount) {
		const cgroup = {version, levels: [], oomKills: null, pressure: null};
		for (const place of levelsOf(mount, path)) {
			const level = {
				...place,
				limit: null,
				hierarchicalLimit: null,
				high: null,
				usage: null,
				reclaimable: null,
				headroom: null,
			};
			const isOwn = cgroup.levels.length === 0;
			if (!(version === 1 ? this.read1(level, isOwn) : this.read2(level, isOwn))) {
				continue;
			}
			if (isOwn) {
				const events = version === 1 ? 'memory.oom_control' : 'memory.events';
				cgroup.oomKills = flatKeyed(this.files.read(`${level.directory}/${events}`), 'oom_kill');
				if (version === 2) {
					cgroup.pressure = parsePressure(this.files.read(`${level.directory}/memory.pressure`));
				}
			}
			cgroup.levels.push(level);
		}
		if (cgroup.levels.length === 0) {
			return null;
		}
		this.applyHierarchicalLimit(cgroup.levels);
		return cgroup;
	}

	applyHierarchicalLimit(levels) {
		const own = levels[0].hierarchicalLimit;
		const inSight = smallest(...levels.map((level) => level.limit));
		const unseen = this.limited(own);
		const outermost = levels.at(-1);
		if (
			unseen !== null &&
			(inSight === null || unseen < inSight) &&
			levels.length > 1 &&
			outermost.limit === null
		) {
			this.readStat1(outermost);
		}
		for (const parent of levels.slice(1)) {
			const enforced = smallest(parent.limit, parent.hierarchicalLimit);
			if (own !== null && enforced !== null && enforced < own) {
				parent.headroom = null;
			}
		}
		for (const level of levels) {
			level.hierarchicalLimit = this.limited(level.hierarchicalLimit);
		}
	}

	measure() {
		const membership = parseSelfCgroup(this.files.readOrEmpty('/proc/self/cgroup'));
		if (membership === null) {
			return [2, 1].reduce(
				(found, version) => found ?? this.readLevels({version, path: '/'}, usualMount(version)),
				null,
			);
		}
		const mounts = parseMountinfo(
			this.files.readOrEmpty('/proc/self/mountinfo'),
			membership.version,
		);
		if (mounts.length === 0) {
			mounts.push(usualMount(membership.version));
		}
		return orderMounts(mounts, membership.path).reduce(
			(found, mount) => found ?? this.readLevels(membership, mount),
			null,
		);
	}
}

/** `avg10` of both lines; null where either has no percentage. */
function parsePressure(file) {
	const [some, full] = ['some ', 'full '].map((name) => {
		const words = (afterPrefix(file ?? '', name) ?? '').split(/[ \t\n\f\r]/);
		const word = words.find((one) => one.startsWith('avg10='))?.slice('avg10='.length) ?? '';
		const percent = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(word) ? Number(word) : -1;
		return percent >= 0 && percent <= 100 ? percent : null;
	});
	return some === null || full === null ? null : {some, full};
}

const POWERS = {'': 0, b: 0, k: 1, m: 2, g: 3, t: 4};

function parseLimitOverride(value) {
	const [, number, unit] = /^([0-9.]*)\s*([a-z]*)$/i.exec(value.trim()) ?? [];
	if (number === undefined || !/^(?:\d+\.?\d*|\.\d+)$/.test(number)) {
		return null;
	}
	// "k", "kb" and "kib" are one unit.
	const power = POWERS[unit.toLowerCase().replace(/^([kmgt])i?b$/, '$1')];
	const bytes = power === undefined ? 0 : Math.floor(Number(number) * 1024 ** power);
	return bytes >= 1 && bytes <= Number.MAX_SAFE_INTEGER ? bytes : null;
}

function detect(files, {kubernetesServiceHost, container = ''}, inLambda, path) {
	if (inLambda) {
		return {environment: 'lambda'};
	}
	const inContainer = (runtime) => ({environment: 'container', runtime});
	const named = (...parts) => parts.some((part) => path.includes(part));
	if (kubernetesServiceHost !== undefined || named('/kubepods')) {
		return inContainer('kubernetes');
	}
	if (container === 'podman' || named('/libpod-') || files.exists('/run/.containerenv')) {
		return inContainer('podman');
	}
	if (container === 'docker' || named('/docker/', '/docker-') || files.exists('/.dockerenv')) {
		return inContainer('docker');
	}
	if (container === 'systemd-nspawn') {
		return inContainer('systemd');
	}
	if (container !== '' || named('/lxc/', '/lxc.', '/ecs/')) {
		return inContainer(undefined);
	}
	const unit = path.split('/').some((name) => /\.(?:slice|service|scope)$/.test(name));
	return {environment: 'host', runtime: unit ? 'systemd' : undefined};
}

function measureMemory(
	root,
	capture,
	lambdaMemorySize,
	limitOverride,
	kubernetesServiceHost,
	container,
) {
	const files = new Files(root, capture);
	const host = measureHost(files);
	const cgroup = new CgroupReader(files, host.total).measure();
	const levels = cgroup?.levels ?? [];
	const lambdaMemory = lambdaMemorySize === undefined ? null : parseLambdaMemory(lambdaMemorySize);
	const lambda = Number.isFinite(lambdaMemory) ? Math.min(lambdaMemory, MAX_U64) : null;
	const stated = limitOverride?.trim() ? limitOverride : undefined;
	const override = stated === undefined ? null : parseLimitOverride(stated);
	const ownPath = toText(levels[0]?.path ?? '');
	const {environment, runtime} = detect(
		files,
		{kubernetesServiceHost, container},
		lambda !== null,
		ownPath,
	);
	const pressure = cgroup?.pressure ?? parsePressure(files.read('/proc/pressure/memory'));
	const enforced = levels.filter((level) => level.headroom !== null);

	let [limitedBy, available] = ['host', host.available];
	for (const [source, bytes] of [
		['cgroup', smallest(...enforced.map((level) => level.headroom))],
		['lambda', lambda],
		['override', override],
	]) {
		if (bytes !== null && bytes < available) {
			[limitedBy, available] = [source, bytes];
		}
	}
	const limits = enforced.map((level) => smallest(level.limit, level.hierarchicalLimit));
	return {
		available,
		total: smallest(host.total, ...limits, lambda, override),
		limitedBy,
		environment,
		runtime,
		hostTotal: host.total,
		hostAvailable: host.available,
		cgroupVersion: cgroup?.version ?? 0,
		levelPaths: levels.flatMap(({path, directory}) => [toText(path), toText(directory)]),
		levelFigures: levels.flatMap((level) =>
			[
				level.limit,
				level.hierarchicalLimit,
				level.high,
				level.usage,
				level.reclaimable,
				level.headroom,
			].map((figure) => figure ?? -1),
		),
		oomKills: cgroup?.oomKills ?? -1,
		pressureSome: pressure?.some ?? -1,
		pressureFull: pressure?.full ?? -1,
		pressureOfCgroup: (cgroup?.pressure ?? null) !== null,
		lambda: lambda ?? -1,
		limitOverride: override ?? -1,
		overrideIgnored: stated !== undefined && override === null,
		captured: files.captured,
	};
}

module.exports = {measureMemory};
