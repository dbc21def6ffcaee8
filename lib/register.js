'use strict';

// Activation: replaces functions of the project's own copy of Remotion.

const path = require('node:path');
const {checkLogLevel, checkOptions, checkString, fail} = require('./check');
const {warnOnce} = require('./log');
const {Copy} = require('./remotion/copy');
const {findRenderers} = require('./remotion/find');
const esm = require('./remotion/esm');

const PARTS = [
	require('./remotion/get-available-memory'),
	require('./remotion/prestitcher-memory-usage'),
	require('./remotion/compress-assets'),
	require('./remotion/collect-assets'),
	require('./remotion/render-frame-with-option-to-reject'),
];

const MEMORY = ['measured', 'parity'];

/** What replacements look up each time, so that a later register() can change it. */
const settings = {memory: 'measured', logLevel: 'warn'};

/** Copies of Remotion that are activated. The report is of the first. */
let copies = [];
let report = null;

function checkRegisterOptions(options) {
	checkOptions(options, 'register');
	const {memory, logLevel, from} = options;
	if (memory !== undefined && !MEMORY.includes(memory)) {
		fail('memory', `one of ${MEMORY.join(', ')}`, memory);
	}
	if (logLevel !== undefined) {
		checkLogLevel(logLevel);
	}
	if (from !== undefined) {
		checkString(from, 'from');
	}
}

const nothing = (reason) => ({
	remotionVersion: null,
	path: null,
	applied: [],
	skipped: [{part: 'all', reason}],
});

/** Applies every part to one copy. */
function activate(copy) {
	const applied = [];
	const skipped = [];
	for (const {part, apply} of PARTS) {
		try {
			apply(copy, settings);
			applied.push(part);
		} catch (error) {
			skipped.push({part, reason: error.message});
			if (error.expected !== true) {
				warnOnce(
					`${copy.root}:${part}`,
					settings.logLevel,
					`${part} is left to Remotion ${copy.version}: ${error.message}.`,
				);
			}
		}
	}
	return {remotionVersion: copy.version, path: copy.root, applied, skipped};
}

function register(options = {}) {
	checkRegisterOptions(options);
	if (process.env.REMOTION_HEADROOM === 'off') {
		return nothing('REMOTION_HEADROOM=off');
	}
	settings.memory = options.memory ?? settings.memory;
	settings.logLevel = options.logLevel ?? settings.logLevel;
	const from = options.from === undefined ? undefined : [path.resolve(options.from)];
	const known = new Set(copies.map((copy) => copy.root));
	for (const root of findRenderers(from)) {
		if (known.has(root)) {
			continue;
		}
		const copy = new Copy(root);
		copies.push(copy);
		const outcome = activate(copy);
		report ??= outcome;
	}
	if (report === null) {
		return nothing('@remotion/renderer was not found from the entry script or working directory');
	}
	const led = esm.install(copies);
	return {
		...report,
		applied: [...report.applied, ...(led === null ? ['esm'] : [])],
		skipped: [...report.skipped, ...(led === null ? [] : [{part: 'esm', reason: led}])],
	};
}

function unregister() {
	for (const copy of copies) {
		copy.restore();
	}
	esm.uninstall();
	copies = [];
	report = null;
	settings.memory = 'measured';
	settings.logLevel = 'warn';
}

module.exports = {register, unregister};
