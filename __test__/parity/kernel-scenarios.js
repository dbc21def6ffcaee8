'use strict';

// Kernel files and environments, and where ours differs on purpose.
//
// `meminfo: null` is a machine without the file, `DIRECTORY` one where it can't
// be read. A scenario with `pinned` states what we answer; without, both sides
// must agree.

const DIRECTORY = {directory: true};

const kib = (n) => `MemTotal:       32768000 kB\nMemFree:        100 kB\nMemAvailable:   ${n} kB\n`;
const GIB = 1024 ** 3;

const meminfos = {
	'24 GiB': kib(24 * 1024 * 1024),
	'1 GiB': kib(1024 * 1024),
	'1 kB': kib(1),
	'line last': 'MemTotal: 9 kB\nSwapFree: 0 kB\nMemAvailable: 2097152 kB',
	'tabs and CRLF': 'MemTotal:\t9 kB\r\nMemAvailable:\t2097152 kB\r\n',
	'kb in small letters': 'MemAvailable: 3145728 kb\n',
};

const v2 = (max, current) => ({'memory.max': max, 'memory.current': current});
const v1 = (limit, usage) => ({
	'memory/memory.limit_in_bytes': limit,
	'memory/memory.usage_in_bytes': usage,
});

const cgroups = {
	none: {},
	'v2 without limit': v2('max\n', '123456\n'),
	'v2 512 MiB': v2(`${GIB / 2}\n`, '1000000\n'),
	'v2 8 GiB': v2(`${8 * GIB}\n`, `${2 * GIB}\n`),
	'v2 64 GiB': v2(`${64 * GIB}\n`, '4096\n'),
	'v2 at its limit': v2('4096\n', '4096\n'),
	'v2 limit alone': {'memory.max': '4096\n'},
	'v2 usage alone': {'memory.current': '4096\n'},
	'v2 limit alone, v1 complete': {'memory.max': '4096\n', ...v1(`${GIB}`, '5')},
	'v1 1 GiB': v1(`${GIB}\n`, `${GIB / 4}\n`),
	'v1 says max': v1('max\n', '12\n'),
	'v1 usage missing': {'memory/memory.limit_in_bytes': `${GIB}\n`},
	'both versions': {...v2(`${2 * GIB}\n`, '10\n'), ...v1(`${GIB}\n`, '10\n')},
	'white space and text behind the numbers': v2(`  ${3 * GIB} bytes\n`, ' 77 bytes\n'),
	'exactly 2^60': v2(`${2 ** 60}\n`, '0\n'),
};

const agreeing = [];
for (const [host, meminfo] of Object.entries(meminfos)) {
	for (const [limit, files] of Object.entries(cgroups)) {
		agreeing.push({name: `${host} host, cgroup ${limit}`, meminfo, files});
	}
	for (const lambda of ['512', '3008', '10240', '']) {
		agreeing.push({name: `${host} host, lambda "${lambda}"`, meminfo, files: {}, lambda});
		agreeing.push({
			name: `${host} host, lambda "${lambda}", cgroup without limit`,
			meminfo,
			files: cgroups['v2 without limit'],
			lambda,
		});
	}
}

// Here Node asks sysinfo(2), whose answer moves between two calls.
const moving = [
	{name: 'no meminfo', meminfo: null},
	{name: 'meminfo is a directory', meminfo: DIRECTORY},
	{name: 'meminfo is empty', meminfo: ''},
	{name: 'meminfo without MemAvailable', meminfo: 'MemTotal: 5 kB\nMemFree: 4 kB\n'},
	{name: 'MemAvailable without number', meminfo: 'MemAvailable: kB\n'},
	{name: 'MemAvailable is zero', meminfo: 'MemAvailable: 0 kB\n'},
	{name: 'MemAvailable in GB', meminfo: `MemFree: 1 kB\nMemAvailableX: 1 GB\n`},
	{name: 'meminfo of random bytes', meminfo: '\u0000\ufffd\u0001MemAvail'},
	{name: 'no meminfo, lambda', meminfo: null, lambda: '100000'},
	{name: 'no meminfo, cgroup without limit', meminfo: null, files: cgroups['v2 without limit']},
	{name: 'no meminfo, cgroup', meminfo: null, files: cgroups['v2 8 GiB']},
].map((scenario) => ({files: {}, ...scenario, moving: true}));

const units = [
	{name: 'MemAvailable without unit', meminfo: 'MemAvailable: 2097152\n'},
	{name: 'MemAvailable in MB', meminfo: 'MemAvailable: 2097152 MB\n'},
	{name: 'unit unknown', meminfo: 'MemAvailable: 2097152 TB\n'},
	{name: 'unit without space', meminfo: 'MemAvailable: 2097152kB\n'},
].map((scenario) => ({files: {}, ...scenario}));

const HOST = 24 * GIB;
const onHost = {meminfo: meminfos['24 GiB']};
const SENTINEL = '9223372036854771712\n';

/** The table "Deliberate differences" of the README, row by row. */
const differing = [
	{
		name: 'usage above the limit (v2)',
		files: v2('4096\n', '8192\n'),
		pinned: {getAvailableMemory: 0, getAvailableMemoryFromCgroup: 0},
	},
	{
		name: 'usage above the limit (v1)',
		files: v1('4096\n', '8192\n'),
		pinned: {getAvailableMemory: 0, getAvailableMemoryFromCgroup: 0},
	},
	{
		name: 'empty limit file',
		files: v2('', '5\n'),
		pinned: {getAvailableMemory: HOST, getAvailableMemoryFromCgroup: null},
	},
	{
		name: 'empty usage file',
		files: v2('5000\n', ''),
		pinned: {getAvailableMemory: HOST, getAvailableMemoryFromCgroup: null},
	},
	{
		name: 'broken v2 files, usable v1 files',
		files: {...v2('lots\n', 'some\n'), ...v1('5000\n', '1000\n')},
		pinned: {getAvailableMemory: 4000, getAvailableMemoryFromCgroup: 4000},
	},
	{
		name: 'lambda size is not a number',
		files: {},
		lambda: 'lots',
		pinned: {getAvailableMemory: HOST, getMaxLambdaMemory: null},
	},
	{
		name: 'lambda size is zero',
		files: {},
		lambda: '0',
		pinned: {getAvailableMemory: HOST, getMaxLambdaMemory: null},
	},
	{
		name: 'v1 without a limit',
		files: v1(SENTINEL, '5000\n'),
		pinned: {
			getAvailableMemory: HOST,
			getAvailableMemoryFromCgroup: Number.POSITIVE_INFINITY,
			warned: false,
		},
	},
	{
		name: 'v2 limit above 2^60',
		files: v2(`${2 ** 61}\n`, '5000\n'),
		pinned: {
			getAvailableMemory: HOST,
			getAvailableMemoryFromCgroup: Number.POSITIVE_INFINITY,
			warned: false,
		},
	},
	{
		name: 'lambda, and a cgroup with less left',
		files: v2(`${GIB}\n`, '0\n'),
		lambda: '2048',
		pinned: {getAvailableMemory: GIB, getMaxLambdaMemory: 2 * GIB},
	},
].map((scenario) => ({...onHost, ...scenario}));

module.exports = {DIRECTORY, agreeing, differing, moving, units};
