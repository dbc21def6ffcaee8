'use strict';

// Activation: replaces functions of the project's own copy of Remotion.

const path = require('node:path');
const {LOG_LEVELS, checkLogLevel, checkOptions, checkString, fail, isRevoked} = require('./check');
const {warnOnce} = require('./log');
const {findRenderers} = require('./copies/find');
const encoding = require('./encoding');
const esm = require('./loader/esm');
const frames = require('./copies/frames');
const later = require('./copies/later');
const {ESM, cjsCopies, esmCopies, rootOf} = require('./copies/loaded');
const {hasOtherHooks, isBeforeImports} = require('./loader/preloaded');
const {isReportFile} = require('./recording/report-file');
const {choiceWish, governWish, isSwitchedOff, reportWish, stated, yesWish} = require('./switch');

/** What a copy needs. Processes that only preload us load none of it. */
const activation = () => require('./copies/activation');

/** Whether modules are loaded by Node's own code, where we see each of them. */
const loadsByNode = process.versions.bun === undefined && process.versions.deno === undefined;

/** Ready in every copy, and in use where register({plan: true}) asks for them. */
const PLAN = ['render-media', 'render-frames'];

const MEMORY = ['measured', 'parity'];

const GOVERN = ['auto', 'off'];

const DEFAULTS = {
	memory: 'measured',
	logLevel: 'warn',
	plan: false,
	govern: 'auto',
	survive: true,
	report: null,
	summary: false,
};

/** What replacements look up each time, so that a later register() can change it. */
const settings = {...DEFAULTS};

/** Root -> {copy, outcome}, for each copy of Remotion that is activated. */
const activated = new Map();

/** Copies that are being activated: what loads their main module meanwhile is ours. */
const activating = new Set();

/** Copies that were, whose functions running renders may still call. */
const retired = new Map();

/** Copies whose ESM build was loaded before us. */
const knownTooLate = new Set();

const INSTEAD =
	"import from 'remotion-headroom/renderer' instead, or start with " +
	'"node --require remotion-headroom/register"';

function checkRegisterOptions(options) {
	checkOptions(options, 'register');
	const {memory, logLevel, from, plan, govern, report: reportFile, summary} = options;
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
	if (govern !== undefined) {
		checkGovern(govern);
	}
	if (reportFile !== undefined && !(typeof reportFile === 'string' && isReportFile(reportFile))) {
		fail('report', 'a file that ends in .html or .jsonl', reportFile);
	}
	if (summary !== undefined && typeof summary !== 'boolean') {
		fail('summary', 'a boolean', summary);
	}
}

function checkGovern(govern) {
	if (GOVERN.includes(govern)) {
		return;
	}
	if (typeof govern !== 'object' || govern === null || isRevoked(govern)) {
		fail('govern', "'auto', 'off' or {reserveBytes}", govern);
	}
	const {reserveBytes} = govern;
	if (!(Number.isSafeInteger(reserveBytes) && reserveBytes > 0)) {
		fail('govern.reserveBytes', 'a whole number of bytes above zero', reserveBytes);
	}
}

const asked = (part) => !PLAN.includes(part) || settings.plan;

const nothing = (reason) => ({
	remotionVersion: null,
	path: null,
	applied: [],
	skipped: [{part: 'all', reason}],
	copies: [],
});

/** Applies every part to the copy at `root`. */
function activate(root) {
	activating.add(root);
	try {
		retired.get(root)?.takeOut();
		retired.delete(root);
		return esm.paused(() => activation().applyAll(root, settings, asked));
	} finally {
		activating.delete(root);
	}
}

/** Activates the copy at `root` if it is not yet; tells whether it is. Never throws. */
function onCopy(root) {
	if (!activated.has(root) && !activating.has(root)) {
		try {
			activated.set(root, activate(root));
			activation().watchRenders();
		} catch (error) {
			warnOnce(root, settings.logLevel, `${root} is not activated: ${error.message}.`);
		}
	}
	return activated.has(root);
}

/** Why ESM importers can't be led to the activated build; null where they are. */
function leadImporters() {
	try {
		return esm.install(onCopy);
	} catch (error) {
		// Jest, for one, refuses hooks.
		return error.message;
	}
}

/** What was done to a copy, as far as it can take effect. */
function report({outcome: {applied, skipped, ...copy}}, {notLed, tooLate, required}) {
	const steps = {
		applied: applied.filter(asked),
		skipped: skipped.filter(({part}) => asked(part)),
	};
	if (tooLate.includes(copy.path)) {
		const reason = `its ESM build was loaded before, and nothing can be replaced in it; ${INSTEAD}`;
		return required.includes(copy.path)
			? {...copy, ...steps, skipped: [...steps.skipped, {part: 'esm', reason}]}
			: {...copy, applied: [], skipped: [{part: 'all', reason}]};
	}
	return notLed === null
		? {...copy, ...steps, applied: [...steps.applied, 'esm']}
		: {...copy, ...steps, skipped: [...steps.skipped, {part: 'esm', reason: notLed}]};
}

const esmIsLoaded = (root) =>
	`The ESM build of ${root} was loaded before remotion-headroom was activated, and nothing ` +
	`can be replaced in it: what it renders is not activated. To change that, ${INSTEAD}.`;

function noFrame(file) {
	if (knownTooLate.has(rootOf(file, ESM))) {
		// Said at register().
		return;
	}
	warnOnce(
		'no-frame',
		settings.logLevel,
		`Registered, but no frame came by: Remotion rendered from ${file}, where nothing can be ` +
			`replaced. Where that is a bundle, leave @remotion/renderer out of it (external); else ${INSTEAD}.`,
	);
}

/** Takes over options, and sees copies that are loaded from now on. Returns why ESM importers can't be led. */
function begin(options) {
	const {logLevel = settings.logLevel, memory = settings.memory, plan = settings.plan} = options;
	settings.logLevel = choiceWish('REMOTION_HEADROOM_LOG_LEVEL', LOG_LEVELS, logLevel);
	settings.memory = choiceWish('REMOTION_HEADROOM_MEMORY', MEMORY, memory, settings.logLevel);
	settings.plan = yesWish('REMOTION_HEADROOM_PLAN', plan, settings.logLevel);
	settings.summary = options.summary ?? settings.summary;
	settings.govern = governWish(options.govern ?? settings.govern, settings.logLevel);
	settings.report = reportWish(options.report ?? settings.report, settings.logLevel);
	// A bundle may bring a Remotion of its own, where none is found.
	frames.watch(() => [...activated.keys()], noFrame);
	later.watch(onCopy, esm.paused);
	return leadImporters();
}

/** Whether a copy may be loaded by hooks of others without our seeing it; `one` is how we were preloaded. */
function mayBeUnseen(one) {
	try {
		return esm.leadsFromThread() && hasOtherHooks(one);
	} catch {
		return true;
	}
}

/**
 * Preloaded by --require or --import, as the module `one`: no ESM build can have been loaded
 * before. Copies are activated when they are loaded, since a preload may be in all of a
 * project's processes and threads, most of which render nothing.
 */
function preload(one) {
	if (!loadsByNode) {
		activateAll({});
		return;
	}
	begin({});
	// Another preload may have loaded some.
	for (const root of [...cjsCopies(), ...(mayBeUnseen(one) ? findRenderers() : [])]) {
		onCopy(root);
	}
}

function activateAll(options) {
	const notLed = begin(options);
	const from = stated('REMOTION_HEADROOM_FROM') || options.from;
	const found = findRenderers(from === undefined ? undefined : [path.resolve(from)]);
	const required = cjsCopies();
	// Not asked in a process that has no Remotion, or can't have imported any.
	const tooLate = found.length + required.length === 0 || isBeforeImports() ? [] : esmCopies();
	for (const root of [...required, ...tooLate]) {
		onCopy(root);
	}
	for (const root of found) {
		if (!activated.has(root)) {
			activated.set(root, activate(root));
		}
	}
	for (const root of tooLate) {
		knownTooLate.add(root);
		encoding.doubt();
		warnOnce(`esm:${root}`, settings.logLevel, esmIsLoaded(root));
	}
	const order = new Set([...found, ...activated.keys()].filter((root) => activated.has(root)));
	const copies = [...order].map((root) => report(activated.get(root), {notLed, tooLate, required}));
	if (copies.length === 0) {
		return nothing('@remotion/renderer was not found from the entry script or working directory');
	}
	activation().watchRenders();
	return {...copies[0], copies};
}

function register(options = {}) {
	checkRegisterOptions(options);
	return isSwitchedOff(options.logLevel)
		? nothing(`REMOTION_HEADROOM=${process.env.REMOTION_HEADROOM}`)
		: activateAll(options);
}

function unregister() {
	for (const [root, {copy}] of activated) {
		copy.restore();
		retired.set(root, copy);
	}
	if (activated.size > 0) {
		activation().unwatchRenders();
	}
	esm.uninstall();
	later.unwatch();
	frames.unwatch();
	activated.clear();
	encoding.forget();
	Object.assign(settings, DEFAULTS);
}

module.exports = {activateAll, preload, register, unregister};
