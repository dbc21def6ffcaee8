'use strict';

// measureMemory and getAvailableMemory in real cgroups of version 1.

const {execFileSync, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {
	MIB,
	makeCgroups,
	mib,
	readKey,
	readNumber,
	removeCgroups,
	startProbe,
} = require('./in-cgroup');

const HIERARCHY = '/sys/fs/cgroup/memory';

/** Charges are booked in batches for each processor, and the probe's heap moves. */
const SLACK = 48 * MIB;

function ownCgroup() {
	const line = fs
		.readFileSync('/proc/self/cgroup', 'utf8')
		.split('\n')
		.find((one) => one.split(':')[1]?.split(',').includes('memory'));
	return line === undefined ? null : path.join(HIERARCHY, line.split(':').slice(2).join(':'));
}

function reasonToSkip() {
	if (process.platform !== 'linux') {
		return 'cgroups exist only on Linux';
	}
	const own = ownCgroup();
	if (own === null || !fs.existsSync(path.join(own, 'memory.limit_in_bytes'))) {
		return 'the memory controller is not version 1 here';
	}
	try {
		const dir = path.join(own, `headroom-try-${process.pid}`);
		fs.mkdirSync(dir);
		fs.rmdirSync(dir);
		return null;
	} catch (error) {
		return `no cgroup can be made in ${own}: ${error.message}`;
	}
}

const skip = reasonToSkip();
if (skip !== null) {
	console.warn(`Skipping the cgroup v1 tests: ${skip}`);
}

const lines = [];
const canMount = spawnSync('unshare', ['--mount', 'true']).status === 0;

(skip === null ? describe : describe.skip)('in real cgroups of version 1', () => {
	const root = skip === null ? ownCgroup() : '';
	let counter = 0;

	afterAll(() => process.stdout.write(`${['', ...lines, ''].join('\n')}`));

	async function inside(levels, body, options) {
		const named = levels.map(({limit, ...rest}) => ({
			name: `headroom-test-${process.pid}-${counter++}`,
			...(limit === undefined ? {} : {'memory.limit_in_bytes': limit}),
			...rest,
		}));
		const dir = makeCgroups(root, named);
		try {
			const probe = await startProbe(dir, options?.(dir));
			try {
				await body(probe, dir);
			} finally {
				await probe.stop();
			}
		} finally {
			await removeCgroups(root, dir);
		}
	}

	/** What the kernel's own files say is left at `dir`. */
	const leftAt = (dir, limit) =>
		limit -
		readNumber(dir, 'memory.usage_in_bytes') +
		readKey(dir, 'memory.stat', 'total_inactive_file');

	function expectNear(actual, expected, what) {
		lines.push(`cgroup v1, ${what}: measured ${mib(actual)}, the kernel's files ${mib(expected)}`);
		expect(Math.abs(actual - expected)).toBeLessThan(SLACK);
	}

	test.each([
		['tighter at the parent', 600 * MIB, 2048 * MIB, 1],
		['tighter at the child', 2048 * MIB, 600 * MIB, 0],
	])('%s', (name, parentLimit, childLimit, tightest) =>
		inside([{limit: parentLimit}, {limit: childLimit}], async (probe, dir) => {
			await probe.ask('hold', 100 * MIB);
			const report = await probe.ask('report');
			const dirs = [dir, path.dirname(dir)];
			expect(report.limitedBy).toBe('cgroup');
			expect(report.total).toBe(600 * MIB);
			expect(report.cgroup.version).toBe(1);
			expect(report.cgroup.levels.slice(0, 2)).toEqual([
				expect.objectContaining({directory: dirs[0], limit: childLimit}),
				expect.objectContaining({directory: dirs[1], limit: parentLimit}),
			]);
			expect(report.cgroup.levels[0].hierarchicalLimit).toBe(600 * MIB);
			expect(dirs[tightest].endsWith(report.cgroup.limitedBy)).toBe(true);
			expect(report.available).toBeLessThan(500 * MIB);
			expectNear(report.available, leftAt(dirs[tightest], 600 * MIB), name);
			expect(report.oomKills).toBe(0);
		}),
	);

	test('no limit', () =>
		inside([{}, {}], async (probe) => {
			const report = await probe.ask('report');
			expect(report.limitedBy).toBe('host');
			expect(report.cgroup.levels[0]).toMatchObject({
				limit: null,
				hierarchicalLimit: null,
				headroom: null,
			});
			expect(report.available).toBe(report.host.available);
			// Not taken for a limit by the drop-in either.
			const available = await probe.ask('available');
			lines.push(
				`cgroup v1, no limit: measured ${mib(report.available)}, drop-in ${mib(available)}`,
			);
			expect(Math.abs(available - report.available)).toBeLessThan(1024 * MIB);
		}));

	test('page cache is not counted as used', async () => {
		const file = path.join(
			fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-cache-')),
			'200-MiB-of-file',
		);
		const size = 200 * MIB;
		fs.writeFileSync(file, Buffer.alloc(size, 7));
		// Page cache belongs to the cgroup that read the file first.
		execFileSync('dd', [`of=${file}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], {
			stdio: 'ignore',
		});
		try {
			await inside([{limit: 700 * MIB}], async (probe, dir) => {
				const before = await probe.ask('report');
				expect(await probe.ask('read', file)).toBe(size);
				const after = await probe.ask('report');
				const [{usage, reclaimable}] = after.cgroup.levels;
				lines.push(
					`cgroup v1, ${mib(size)} of file read: usage ${mib(before.cgroup.levels[0].usage)} -> ${mib(usage)}, ` +
						`reclaimable ${mib(reclaimable)}, available ${mib(before.available)} -> ${mib(after.available)}`,
				);
				// The file did go to this cgroup: else the rest would show nothing.
				expect(usage - before.cgroup.levels[0].usage).toBeGreaterThan(size - SLACK);
				expect(reclaimable).toBeGreaterThan(size - SLACK);
				expect(before.available - after.available).toBeLessThan(SLACK);
				expectNear(after.available, leftAt(dir, 700 * MIB), 'with page cache');
			});
		} finally {
			fs.rmSync(path.dirname(file), {recursive: true});
		}
	});

	test('the OOM killer ends a child: oomKills rises', () =>
		inside([{limit: 400 * MIB}], async (probe, dir) => {
			const victim = await startProbe(dir);
			await expect(victim.ask('hold', 800 * MIB)).rejects.toThrow('SIGKILL');
			await probe.ask('report').then(
				({oomKills}) => {
					lines.push(`cgroup v1, a child killed: oomKills ${oomKills}`);
					expect(oomKills).toBe(readKey(dir, 'memory.oom_control', 'oom_kill'));
					expect(oomKills).toBeGreaterThan(0);
				},
				// The kernel may choose the smaller process: then there is nobody to ask.
				() => expect(readKey(dir, 'memory.oom_control', 'oom_kill')).toBeGreaterThan(0),
			);
		}));

	// As a container of Docker sees it: its own cgroup is the mount's root.
	(canMount ? test : test.skip)('a container: the drop-in sees its limit too', () =>
		inside(
			[{limit: 900 * MIB}],
			async (probe, dir) => {
				await probe.ask('hold', 100 * MIB);
				const [report, available] = [await probe.ask('report'), await probe.ask('available')];
				const used = readNumber(dir, 'memory.usage_in_bytes');
				expect(report.limitedBy).toBe('cgroup');
				expectNear(report.available, leftAt(dir, 900 * MIB), 'in a container');
				expectNear(available, 900 * MIB - used, 'in a container, drop-in');
			},
			(dir) => ({
				wrap: [
					'unshare',
					'--mount',
					'sh',
					'-c',
					`mount --bind "${dir}" ${HIERARCHY} && exec "$@"`,
					'sh',
				],
			}),
		),
	);
});
