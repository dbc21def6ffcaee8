'use strict';

// The addon keeps kernel files open. Here mounts change, cgroups go and come
// back under the same name, and processes move, while one process measures.

const {execFileSync, spawn, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {createInterface} = require('node:readline');
const {needs} = require('../needs');
const {Cgroup, ownCgroup, reasonToSkip} = require('./cgroups');

const MIB = 2 ** 20;
const index = path.join(__dirname, '..', '..');

const withMounts = needs(
	'mounts',
	process.platform === 'linux' && spawnSync('unshare', ['--mount', 'true']).status === 0
		? null
		: 'unshare --mount does not work here',
);
const withCgroups = needs('cgroups', reasonToSkip(1) && reasonToSkip(2));
const withStrace = needs(
	'strace',
	spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0 ? null : 'it does not work here',
);

let home;
beforeAll(() => {
	home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-kept-'));
});
afterAll(() => {
	fs.rmSync(home, {recursive: true});
});

withMounts('a mount over a kept file is seen, and its end', () => {
	const meminfo = path.join(home, 'meminfo');
	const text = (kib) => `MemTotal: ${kib} kB\nMemFree: ${kib} kB\nMemAvailable: ${kib} kB\n`;
	fs.writeFileSync(meminfo, text(100));
	const script = `
		const {execFileSync} = require('node:child_process');
		const fs = require('node:fs');
		const {getAvailableMemory, measureMemory} = require(${JSON.stringify(index)});
		const meminfo = ${JSON.stringify(meminfo)};
		const said = [];
		const ask = () => {
			for (let i = 0; i < 3; i++) {
				said.push([measureMemory().host.total, getAvailableMemory('error')]);
			}
		};
		ask();
		execFileSync('mount', ['--bind', meminfo, '/proc/meminfo']);
		ask();
		// On a file system that is not the kernel's a file can be replaced.
		fs.writeFileSync(meminfo, ${JSON.stringify(text(200))});
		ask();
		execFileSync('umount', ['/proc/meminfo']);
		ask();
		console.log(JSON.stringify(said));
	`;
	const out = execFileSync('unshare', ['--mount', process.execPath, '-e', script], {
		encoding: 'utf8',
	});
	const said = JSON.parse(out);
	const [before, bound, rewritten, after] = [0, 3, 6, 9].map((at) => said.slice(at, at + 3));
	expect(bound).toEqual(Array(3).fill([100 * 1024, 100 * 1024]));
	expect(rewritten).toEqual(Array(3).fill([200 * 1024, 200 * 1024]));
	for (const [total, available] of [...before, ...after]) {
		expect(total).toBe(os.totalmem());
		expect(available).toBeGreaterThan(200 * 1024);
	}
});

/** A process that measures whenever it is sent a line. */
function startMeasuring() {
	const script = `
		const {measureMemory} = require(${JSON.stringify(index)});
		require('node:readline').createInterface({input: process.stdin}).on('line', () => {
			console.log(JSON.stringify(measureMemory()));
		});
	`;
	const child = spawn(process.execPath, ['-e', script], {stdio: ['pipe', 'pipe', 'inherit']});
	const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
	return {
		pid: child.pid,
		async measure() {
			child.stdin.write('\n');
			return JSON.parse((await lines.next()).value);
		},
		end: () =>
			new Promise((resolve) => {
				child.on('exit', resolve);
				child.stdin.end();
			}),
	};
}

const enter = (pid, directory) =>
	fs.writeFileSync(path.join(directory, 'cgroup.procs'), String(pid));

withCgroups('a limit that changes, a move, and a cgroup made again are seen', async () => {
	const {directory, version} = ownCgroup();
	const base = new Cgroup(directory, `headroom-kept-${process.pid}`);
	const one = base.child('one', {limit: 300 * MIB});
	const two = base.child('two', {limit: 200 * MIB});
	const process_ = startMeasuring();
	try {
		const own = async () => {
			const [level] = (await process_.measure()).cgroup.levels;
			return [level.path, level.limit / MIB];
		};
		enter(process_.pid, one.directory);
		expect(await own()).toEqual([one.path, 300]);
		expect(await own()).toEqual([one.path, 300]);
		const limitFile = version === 1 ? 'memory.limit_in_bytes' : 'memory.max';
		fs.writeFileSync(path.join(one.directory, limitFile), String(250 * MIB));
		expect(await own()).toEqual([one.path, 250]);
		for (let limit = 100; limit < 110; limit++) {
			enter(process_.pid, two.directory);
			expect(await own()).toEqual([two.path, 200]);
			base.children.shift().remove();
			base.children.unshift(new Cgroup(base.directory, 'one', {limit: limit * MIB}));
			enter(process_.pid, one.directory);
			expect(await own()).toEqual([one.path, limit]);
		}
	} finally {
		await process_.end();
		base.remove();
	}
});

withCgroups('files that vanish while they are read leave a report all the same', async () => {
	const {directory} = ownCgroup();
	const base = new Cgroup(directory, `headroom-vanish-${process.pid}`, {
		// What counts while the own cgroup is gone.
		limit: 500 * MIB,
	});
	const home = base.child('home', {limit: 400 * MIB});
	const script = `
		const {measureMemory} = require(${JSON.stringify(index)});
		const until = Date.now() + 1500;
		let count = 0;
		const paths = new Set();
		while (Date.now() < until) {
			const {available, total, limitedBy, cgroup} = measureMemory();
			if (!(available >= 0 && available <= total && limitedBy === 'cgroup')) {
				throw new Error(JSON.stringify({available, total, limitedBy, cgroup}));
			}
			paths.add(cgroup.levels[0].path);
			count++;
		}
		console.log(count, paths.size);
	`;
	const child = spawn(
		'sh',
		[
			...['-c', 'echo $$ > "$0" && exec "$@"', path.join(home.directory, 'cgroup.procs')],
			...[process.execPath, '-e', script],
		],
		{stdio: ['ignore', 'pipe', 'pipe']},
	);
	const output = {stdout: '', stderr: ''};
	for (const name of ['stdout', 'stderr']) {
		child[name].setEncoding('utf8').on('data', (text) => {
			output[name] += text;
		});
	}
	const ended = new Promise((resolve) => child.on('exit', resolve));
	let running = true;
	ended.then(() => {
		running = false;
	});
	let moves = 0;
	try {
		while (running) {
			const short = new Cgroup(base.directory, 'short', {limit: 300 * MIB});
			try {
				enter(child.pid, short.directory);
				enter(child.pid, home.directory);
				moves++;
			} catch {
				// It has ended.
			}
			short.remove();
			await new Promise(setImmediate);
		}
		expect({code: await ended, stderr: output.stderr}).toEqual({code: 0, stderr: ''});
		const [measured, seen] = output.stdout.split(' ').map(Number);
		expect(measured).toBeGreaterThan(10);
		process.stdout.write(
			`measured ${measured} times in ${seen} cgroups while moved ${moves} times and back\n`,
		);
	} finally {
		await ended;
		base.remove();
	}
});

describe.each([
	['getAvailableMemory', "'error'"],
	['measureMemory', ''],
])('%s', (name, argument) => {
	/** What the second call of a process asks of the kernel, as [call, file]. */
	function calls() {
		const script = `
			const fs = require('node:fs');
			const {${name}} = require(${JSON.stringify(index)});
			${name}(${argument});
			fs.existsSync('/mark');
			${name}(${argument});
			fs.existsSync('/mark');
		`;
		const log = path.join(home, `strace-${name}`);
		execFileSync('strace', ['-y', '-o', log, process.execPath, '-e', script]);
		const [, traced] = fs.readFileSync(log, 'utf8').split(/^.*"\/mark".*$/m);
		return [...traced.matchAll(/^(\w+)\((?:AT_FDCWD<[^>]*>, )?(?:"([^"]*)"|\d+<([^>]*)>)/gm)].map(
			([, call, file, open]) => [call, file ?? open],
		);
	}

	withStrace('reads no file twice, and finds none by its path again', () => {
		const made = calls();
		const reads = made.filter(([call]) => /^p?read/.test(call)).map(([, file]) => file);
		expect(reads).toContain('/proc/meminfo');
		expect(reads.length).toBe(new Set(reads).size);
		const opened = made.filter(([call]) => /^open/.test(call)).map(([, file]) => file);
		expect(opened.filter((file) => fs.existsSync(file))).toEqual([]);
	});
});
