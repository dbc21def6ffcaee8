'use strict';

// Runs inside a cgroup: answers one line of JSON per request, so that a test
// can change things between two measurements of one process.

const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const headroom = require(process.env.HEADROOM_PACKAGE ?? path.join(__dirname, '..', '..'));

const held = [];

const answers = {
	report: () => headroom.measureMemory({logLevel: 'error'}),
	capture: () => headroom.measureMemory({logLevel: 'error', capture: true}),
	available: () => headroom.getAvailableMemory('error'),
	/** Touches every page, so that the kernel charges it. */
	hold: (bytes) => held.push(Buffer.alloc(bytes, 1)),
	/** Reads a file into the page cache. */
	read: (file) => {
		const buffer = Buffer.alloc(1 << 20);
		const descriptor = fs.openSync(file, 'r');
		let total = 0;
		for (let count = -1; count !== 0; total += count) {
			count = fs.readSync(descriptor, buffer);
		}
		fs.closeSync(descriptor);
		return total;
	},
};

console.log('"ready"');
readline.createInterface({input: process.stdin}).on('line', (line) => {
	const [name, ...args] = JSON.parse(line);
	console.log(JSON.stringify(answers[name](...args) ?? null));
});
