'use strict';

// Machines of random files: the addon and the WebAssembly core give the same report,
// without NaN, negative numbers or an exception.

const fc = require('fast-check');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {native} = require('../../lib/native');
const {makeNative} = require('../../lib/wasm');

const RUNS = Number(process.env.HEADROOM_RUNS ?? 150);

const FILES = [
	'proc/self/cgroup',
	'proc/self/mountinfo',
	'proc/pressure/memory',
	'proc/self/status',
	'sys/devices/system/cpu/online',
	...['', 'a/'].flatMap((level) =>
		[
			...['memory.max', 'memory.current', 'memory.high', 'memory.stat', 'memory.events'],
			...['memory.pressure', 'memory.limit_in_bytes', 'memory.usage_in_bytes'],
			...['memory.oom_control', 'cpu.max', 'cpu.cfs_quota_us', 'cpu.cfs_period_us'],
		].map((name) => `cg/${level}${name}`),
	),
];

const word = fc.oneof(
	fc.constantFrom(
		...['max', 'inactive_file ', 'total_inactive_file ', 'hierarchical_memory_limit '],
		...['\nactive_file ', '\ntotal_active_file ', '\nfile_mapped ', '\ntotal_mapped_file '],
		...['\nfile_dirty ', '\ntotal_dirty ', '\nfile_writeback ', '\nslab_reclaimable '],
		...['oom_kill ', 'MemTotal: ', 'MemAvailable: ', ' kB', 'some avg10=', 'full avg10=', '0::/a'],
		...['4:memory:/a', '5:cpu,memory:/a/../b', ':', '/', ' ', '\n', '\t', '\u0085', '\\040', '-'],
		'some avg10=1.25 avg60=0.00 avg300=0.00 total=0\n',
		'full avg10=0.10 avg60=0.00 avg300=0.00 total=0\n',
		...['Cpus_allowed_list:\t', '0-3', ',', '7', '100000', 'max 100000\n'],
		'1 1 0:1 / /cg rw - cgroup2 cgroup2 rw',
		'1 1 0:1 /a /cg rw shared:1 - cgroup cgroup rw,memory',
		...['1e3', '1.5', '.5', '5.', '-1', '+1', '9223372036854771712', '99999999999999999999999'],
	),
	fc.nat({max: 2 ** 40}).map(String),
);
const content = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.array(word, {maxLength: 8}).map((words) => Buffer.from(words.join(''))),
	},
	{weight: 1, arbitrary: fc.uint8Array({maxLength: 40}).map(Buffer.from)},
);
const figure = fc.nat({max: 2 ** 34}).map((bytes) => Buffer.from(`${bytes}\n`));
/** A machine that works, and changes to it: each step from sense is one step. */
const changes = fc.dictionary(
	fc.constantFrom(...FILES),
	fc.option(fc.oneof(figure, content), {nil: null}),
	{maxKeys: 8},
);
const stated = fc.option(
	fc.oneof(
		fc.string({maxLength: 6}),
		fc
			.tuple(fc.constantFrom('1', '2.5', '.5', '7.', '1.2.3', '', '0'), fc.constantFrom('', ' '))
			.chain(([number, space]) =>
				fc
					.constantFrom(
						'',
						'b',
						'k',
						'KB',
						'kib',
						'm',
						'MiB',
						'g',
						'T',
						'bb',
						'ki',
						'Mi',
						'Gi',
						'Ti',
						'kB',
						'iB',
						'x',
						'\u212a',
					)
					.map((unit) => `${number}${space}${unit}`),
			),
	),
	{nil: undefined},
);

const sane = {
	'proc/meminfo': 'MemTotal: 9000000 kB\nMemAvailable: 8000000 kB\n',
	'proc/self/mountinfo':
		'1 1 0:1 / /cg rw - cgroup2 cgroup2 rw\n1 1 0:2 / /cg rw - cgroup cgroup rw,memory,cpu\n',
	'proc/self/status': 'Cpus_allowed_list:\t0-5\n',
	'sys/devices/system/cpu/online': '0-3\n',
	'cg/a/cpu.max': '250000 100000\n',
	'cg/a/cpu.cfs_quota_us': '150000\n',
	'cg/a/cpu.cfs_period_us': '100000\n',
	'cg/a/memory.max': '4000000\n',
	'cg/a/memory.current': '300000\n',
	'cg/a/memory.stat':
		'inactive_file 90000\nactive_file 50000\nfile_dirty 300\nslab_reclaimable 9000\n' +
		'total_inactive_file 80000\ntotal_active_file 60000\ntotal_mapped_file 4000\n',
	'cg/a/memory.limit_in_bytes': '4000000\n',
	'cg/a/memory.usage_in_bytes': '300000\n',
};
/** A limit at the level above as well. */
const outer = {
	'cg/memory.max': '5000000\n',
	'cg/memory.current': '400000\n',
	'cg/memory.limit_in_bytes': '5000000\n',
	'cg/memory.usage_in_bytes': '400000\n',
};
const VERSION_2 = '0::/a\n';
const VERSION_1 = '4:memory:/a\n3:cpu:/a\n';

let root;
beforeAll(() => {
	root = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-random-'));
});
afterAll(() => {
	fs.rmSync(root, {recursive: true});
});

function write(files) {
	fs.rmSync(root, {recursive: true, force: true});
	for (const directory of ['proc/self', 'proc/pressure', 'sys/devices/system/cpu', 'cg/a']) {
		fs.mkdirSync(path.join(root, directory), {recursive: true});
	}
	for (const [name, bytes] of Object.entries(files)) {
		if (bytes !== null) {
			fs.writeFileSync(path.join(root, name), bytes);
		}
	}
}

const wasm = makeNative();

test(`on ${RUNS} machines the addon and the WebAssembly core agree`, () => {
	const levels = [0, 0, 0];
	const cpuFigures = new Set();
	fc.assert(
		fc.property(
			fc.constantFrom(VERSION_2, VERSION_1),
			changes,
			stated,
			stated,
			(cgroup, changed, lambdaMemorySize, limitOverride) => {
				write({'proc/self/cgroup': cgroup, ...sane, ...changed});
				const variables = [lambdaMemorySize, limitOverride];
				const [ours, theirs] = [native, wasm].map((side) =>
					side.measureMemory(root, true, ...variables),
				);
				expect(theirs).toEqual(ours);
				for (const side of [ours, theirs]) {
					const {available, total, levelFigures, cpus} = side;
					expect(cpus === -1 || (cpus > 0 && cpus < Number.POSITIVE_INFINITY)).toBe(true);
					expect(available).toBeGreaterThanOrEqual(0);
					expect(available).toBeLessThanOrEqual(total);
					expect(levelFigures.every((bytes) => bytes >= -1)).toBe(true);
				}
				levels[ours.levelPaths.length / 2]++;
				cpuFigures.add(ours.cpus);
			},
		),
		{
			numRuns: RUNS,
			examples: [VERSION_2, VERSION_1].map((cgroup) => [cgroup, outer, undefined, undefined]),
		},
	);
	// The machines are not all noise.
	expect(levels[1]).toBeGreaterThan(RUNS / 10);
	expect(levels[2]).toBeGreaterThanOrEqual(2);
	expect([...cpuFigures]).toEqual(expect.arrayContaining([2.5, 1.5]));
});

test(`of ${RUNS} sizes both say the same, and why where they are none`, () => {
	let sizes = 0;
	fc.assert(
		fc.property(
			stated.filter((text) => text !== undefined),
			(text) => {
				const [size, why] = [native.parseSize(text), native.whyNoSize(text)];
				expect([wasm.parseSize(text), wasm.whyNoSize(text)]).toEqual([size, why]);
				expect(size === null).toBe(why !== null);
				expect(size === null || (size >= 1 && Number.isSafeInteger(size))).toBe(true);
				sizes += size === null ? 0 : 1;
			},
		),
		{numRuns: RUNS},
	);
	expect(sizes).toBeGreaterThan(RUNS / 20);
});
