'use strict';

// Runs inside a cgroup: `measure.child.js STEPS`, a JSON array of
//   ["measure", OPTIONS?]     print what is measured
//   ["read", FILE, BYTES?]    read a file, or its beginning, through the page cache
//   ["write", FILE, BYTES]    write a file
//   ["sync", FILE]            wait until it is on the disk
//   ["look", DIRECTORY, N]    look for N files that are not there
//   ["hold", HOW, FILE, PAGES]  a child maps, or locks, the file's pages by the program PAGES
//   ["release"]               and ends
//   ["take", SHARE, MORE]     take memory until it is this share of what was measured last
//                             and MORE of memory.stat was then; print the bytes
//   ["hog", BYTES]            a child takes that much memory; print how it ended
// and prints each answer as a line of JSON.

const {spawn, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {getAvailableMemory, measureMemory} = require('../..');

const HOG = `
	const held = [];
	for (let left = Number(process.argv[1]); left > 0; left -= 2 ** 24) {
		held.push(Buffer.alloc(2 ** 24, 1));
	}
`;

const PIECE = 2 ** 20;
const buffer = Buffer.alloc(PIECE, 1);
const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);

let last;
/** memory.stat of the level that leaves least, as it was just before the measurement. */
let statistics;
let holder;
const held = [];
let taken = 0;

function statisticsOf({cgroup}) {
	const level = cgroup?.levels.find((one) => one.path === cgroup.limitedBy);
	return level && fs.readFileSync(path.join(level.directory, 'memory.stat'), 'utf8');
}

/** The sum of what `keys` stood for when memory was measured. */
function figures(keys) {
	return keys.reduce((sum, key) => {
		return sum + Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(statistics)?.[1] ?? 0);
	}, 0);
}

const steps = {
	measure(options) {
		// Where the level is, a measurement says. Read before the one that counts: what is
		// dirty then may be on disk, and so not be dirty, at any time after.
		statistics = statisticsOf(measureMemory(options));
		last = measureMemory(options);
		return {report: last, available: getAvailableMemory('error')};
	},
	read(file, most = Number.POSITIVE_INFINITY) {
		const fd = fs.openSync(file);
		let bytes = 0;
		for (let count = 1; count > 0 && bytes < most; bytes += count) {
			count = fs.readSync(fd, buffer);
		}
		fs.closeSync(fd);
		return bytes;
	},
	write(file, bytes) {
		const fd = fs.openSync(file, 'w');
		for (let at = 0; at < bytes; at += PIECE) {
			fs.writeSync(fd, buffer);
		}
		fs.closeSync(fd);
		return bytes;
	},
	sync(file) {
		const fd = fs.openSync(file, 'r+');
		fs.fsyncSync(fd);
		fs.closeSync(fd);
		return file;
	},
	look(directory, count) {
		for (let i = 0; i < count; i++) {
			fs.existsSync(path.join(directory, `there-is-none-${i}`));
		}
		return count;
	},
	hold(how, file, pages) {
		const ready = `${file}.ready-${process.pid}`;
		holder = spawn(pages, [how, file, ready], {stdio: ['pipe', 'ignore', 'inherit']});
		while (!fs.existsSync(ready)) {
			pause();
		}
		fs.rmSync(ready);
		return how;
	},
	release() {
		const {pid} = holder;
		process.kill(pid, 'SIGKILL');
		// Its memory is gone when it is a zombie; nobody reaps it before this script ends.
		while (!/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'))) {
			pause();
		}
		return 'released';
	},
	take(share, more) {
		const goal = share * (last.available + figures(more));
		for (; taken < goal; taken += PIECE) {
			held.push(Buffer.alloc(PIECE, 1));
		}
		return taken;
	},
	hog(bytes) {
		const {status, signal} = spawnSync(process.execPath, ['-e', HOG, String(bytes)]);
		return {status, signal};
	},
};

for (const [step, ...values] of JSON.parse(process.argv[2])) {
	fs.writeSync(1, `${JSON.stringify(steps[step](...values))}\n`);
}
holder?.kill();
process.exit();
