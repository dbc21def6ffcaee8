'use strict';

// Runs inside a cgroup: `measure.child.js STEPS`, a JSON array of
//   ["measure", OPTIONS?]  print what is measured
//   ["read", FILE]         read a file through the page cache
//   ["hog", BYTES]         a child takes that much memory; print how it ended
// and prints the answers as a JSON array.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const {getAvailableMemory, measureMemory} = require('../..');

const HOG = `
	const held = [];
	for (let left = Number(process.argv[1]); left > 0; left -= 2 ** 24) {
		held.push(Buffer.alloc(2 ** 24, 1));
	}
`;

const steps = {
	measure: (options) => ({
		report: measureMemory(options),
		available: getAvailableMemory('error'),
	}),
	read(file) {
		const buffer = Buffer.alloc(2 ** 20);
		const fd = fs.openSync(file);
		let bytes = 0;
		for (let count = 1; count > 0; bytes += count) {
			count = fs.readSync(fd, buffer);
		}
		fs.closeSync(fd);
		return bytes;
	},
	hog(bytes) {
		const {status, signal} = spawnSync(process.execPath, ['-e', HOG, String(bytes)]);
		return {status, signal};
	},
};

const answers = JSON.parse(process.argv[2]).map(([step, ...values]) => steps[step](...values));
process.stdout.write(JSON.stringify(answers));
