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
	// Behind the ledger, whose function it calls.
	require('./remotion/release-inline-audio'),
	require('./remotion/plan-options'),
];

/** Ready in every copy, and in use where register({plan: true}) asks for it. */
const PLAN = 'plan-options';

const MEMORY = ['measured', 'parity'];

/** What replacements look up each time, so that a later register() can change it. */
const settings = {memory: 'measured', logLevel: 'warn', plan: false};

/** Root -> {copy, outcome}, for each copy of Remotion that is activated. */
const activated = new Map();

function checkRegisterOptions(options) {
	checkOptions(options, 'register');
	const {memory, logLevel, from, plan} = options;
	if (memory !== undefined && !MEMORY.includes(memory)) {
		fail('memory', `one of ${MEMORY.join(', ')}`, memory);
	}
	if (logLevel !== undefined) {
		checkLogLevel(logLevel);
	}
	if (from !== undefined) {
		checkString(from, 'from');
	}
	if (plan !== undefined && typeof plan !== 'boolean') {
		fail('plan', 'a boolean', plan);
	}
}

const nothing = (reason) => ({
	remotionVersion: null,
	path: null,
	applied: [],
	skipped: [{part: 'all', reason}],
});

/** Applies every part to the copy at `root`. */
function activate(root) {
	const copy = new Copy(root);
	const applied = [];
	const skipped = [];
	for (const {part, apply} of PARTS) {
		try {
			apply(copy, settings);
			applied.push(part);
		} catch (error) {
			skipped.push({part, reason: error.message});
			if (error.expected !== true && (part !== PLAN || settings.plan)) {
				warnOnce(
					`${root}:${part}`,
					settings.logLevel,
					`${part} is left to Remotion ${copy.version}: ${error.message}.`,
				);
			}
		}
	}
	return {copy, outcome: {remotionVersion: copy.version, path: root, applied, skipped}};
}

/** Why ESM importers can't be led to the activated build; null where they are. */
function leadImporters() {
	try {
		return esm.install([...activated.values()].map(({copy}) => copy));
	} catch (error) {
		// Jest, for one, refuses hooks.
		return error.message;
	}
}

function register(options = {}) {
	checkRegisterOptions(options);
	if (process.env.REMOTION_HEADROOM === 'off') {
		return nothing('REMOTION_HEADROOM=off');
	}
	settings.memory = options.memory ?? settings.memory;
	settings.logLevel = options.logLevel ?? settings.logLevel;
	settings.plan = options.plan ?? settings.plan;
	const roots = findRenderers(
		options.from === undefined ? undefined : [path.resolve(options.from)],
	);
	for (const root of roots) {
		if (!activated.has(root)) {
			activated.set(root, activate(root));
		}
	}
	if (roots.length === 0) {
		return nothing('@remotion/renderer was not found from the entry script or working directory');
	}
	const {outcome} = activated.get(roots[0]);
	const asked = (part) => part !== PLAN || settings.plan;
	const notLed = leadImporters();
	return {
		...outcome,
		applied: [...outcome.applied.filter(asked), ...(notLed === null ? ['esm'] : [])],
		skipped: [
			...outcome.skipped.filter(({part}) => asked(part)),
			...(notLed === null ? [] : [{part: 'esm', reason: notLed}]),
		],
	};
}

function unregister() {
	for (const {copy} of activated.values()) {
		copy.restore();
	}
	esm.uninstall();
	activated.clear();
	settings.memory = 'measured';
	settings.logLevel = 'warn';
	settings.plan = false;
}

module.exports = {register, unregister};
