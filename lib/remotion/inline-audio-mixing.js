'use strict';

// Stands for `assets/inline-audio-mixing`: the files that samples of inline audio are
// written to.
//
// Stock code holds one open descriptor per track to the end, and a process has 1,024
// of them on Lambda. Its module runs here once more as it is, with descriptors of ours:
// numbers that stand for a file, of which those used last are really open.

const fs = require('node:fs');
const {StepAside} = require('../copies/copy');

const FILE = 'assets/inline-audio-mixing';
const NAME = 'makeInlineAudioMixing';

/** All that it may do with files, so that no number gets to where it means nothing. */
const CALLS = new Set(['openSync', 'writeSync', 'closeSync', 'fstatSync', 'renameSync']);
const FRAGMENTS = [
	'openSync(filePath',
	'writeSync)(',
	'closeSync(',
	(text) => [...text.matchAll(/fs_1(?:\.default)?\.(\w+)/g)].every(([, call]) => CALLS.has(call)),
];

/** Descriptors open at a time, in all renders of the process. */
const MOST = 256;

/** Above all that the kernel gives, so that a number out of use is refused as stock code's is. */
const FIRST = 2 ** 30;

const HAS_NONE_LEFT = new Set(['EMFILE', 'ENFILE']);

/** Files under numbers. */
class Files {
	constructor(most) {
		this.most = most;
		this.next = FIRST;
		/** Number -> path, of all that were opened. */
		this.paths = new Map();
		/** Number -> descriptor, the one used last at the end. */
		this.open = new Map();
	}

	closeOldest() {
		const [[number, descriptor]] = this.open;
		this.open.delete(number);
		fs.closeSync(descriptor);
	}

	/** Opens a file, and closes others where there is no room. */
	descriptorFor(...args) {
		for (;;) {
			while (this.open.size >= this.most) {
				this.closeOldest();
			}
			try {
				return fs.openSync(...args);
			} catch (error) {
				if (!HAS_NONE_LEFT.has(error.code) || this.open.size === 0) {
					throw error;
				}
				// The rest of the process needs some, too.
				this.most = Math.max(1, this.open.size >> 1);
			}
		}
	}

	/** The descriptor behind a number; any other number is the kernel's to refuse. */
	descriptorOf(number) {
		const path = this.paths.get(number);
		if (path === undefined) {
			return number;
		}
		const descriptor = this.open.get(number) ?? this.descriptorFor(path, 'r+');
		this.open.delete(number);
		this.open.set(number, descriptor);
		return descriptor;
	}

	openSync(path, ...how) {
		const descriptor = this.descriptorFor(path, ...how);
		const number = this.next++;
		this.paths.set(number, path);
		this.open.set(number, descriptor);
		return number;
	}

	closeSync(number) {
		const descriptor = this.paths.delete(number) ? this.open.get(number) : number;
		this.open.delete(number);
		if (descriptor !== undefined) {
			fs.closeSync(descriptor);
		}
	}
}

const files = new Files(MOST);

/** `node:fs` for that module. */
const fileSystem = Object.assign(Object.create(fs), {
	openSync: (...args) => files.openSync(...args),
	closeSync: (number) => files.closeSync(number),
	writeSync: (number, ...rest) => fs.writeSync(files.descriptorOf(number), ...rest),
	fstatSync: (number, ...rest) => fs.fstatSync(files.descriptorOf(number), ...rest),
});

module.exports = {
	files,
	apply(copy, settings) {
		if (!copy.has(FILE)) {
			throw new StepAside('this version has no inline audio', true);
		}
		const stock = copy.function(FILE, NAME, FRAGMENTS, settings);
		let made = null;
		copy.swap(FILE, NAME, (...args) => {
			try {
				made ??= copy.moduleWith(FILE, {'node:fs': fileSystem})[NAME];
			} catch {
				made = stock;
			}
			return made(...args);
		});
	},
};
