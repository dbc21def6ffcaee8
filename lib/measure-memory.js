'use strict';

const os = require('node:os');
const {native} = require('./native');
const {checkLogLevel, checkOptions, describe, fail} = require('./check');
const {warnOnce} = require('./log');

const LIMIT_VARIABLE = 'REMOTION_HEADROOM_MEMORY_LIMIT';

/** The variables that a report depends on, in the order in which the addon takes them. */
const VARIABLES = [
	'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
	LIMIT_VARIABLE,
	'KUBERNETES_SERVICE_HOST',
	'container',
];

const {FIGURES_PER_LEVEL, NO_FIGURE} = native;

const orNull = (figure) => (figure === NO_FIGURE ? null : figure);

function measureMemory(options = {}) {
	checkOptions(options, 'measureMemory');
	const {capture = false, logLevel = 'info'} = options;
	if (typeof capture !== 'boolean') {
		fail('capture', 'a boolean', capture);
	}
	checkLogLevel(logLevel);

	// Each read of process.env asks the C library; read each once.
	const values = VARIABLES.map((name) => process.env[name]);
	const measured = native.measureMemory('/', capture, ...values);
	if (measured.overrideIgnored) {
		warnOfLimit(logLevel);
	}
	const report = shape(measured, values);
	if (!measured.cpusCounted) {
		const machine = os.availableParallelism?.() ?? os.cpus().length;
		report.cpus = Math.min(report.cpus ?? machine, machine);
	}
	return report;
}

/** The limit that the user states, where it is ignored because it is no size. */
function ignoredLimit() {
	const stated = process.env[LIMIT_VARIABLE] ?? '';
	return stated.trim() === '' || native.parseSize(stated) !== null ? null : stated;
}

/** Says so, once. */
function warnOfLimit(logLevel) {
	const stated = ignoredLimit();
	if (stated !== null) {
		const why = native.whyNoSize(stated);
		warnOnce(
			'limit-override',
			logLevel,
			`${LIMIT_VARIABLE} is ignored: ${describe(stated)} ${why}`,
		);
	}
}

/** Gives the addon's flat answer the shape of a MemoryReport. */
function shape(measured, values) {
	const report = {
		available: measured.available,
		total: measured.total,
		limitedBy: measured.limitedBy,
		environment: measured.environment,
		runtime: measured.runtime ?? null,
		host: {total: measured.hostTotal, available: measured.hostAvailable},
		cgroup: measured.cgroupVersion === 0 ? null : shapeCgroup(measured),
		oomKills: orNull(measured.oomKills),
		pressure:
			measured.pressureSome === NO_FIGURE
				? null
				: {
						scope: measured.pressureOfCgroup ? 'cgroup' : 'host',
						some: measured.pressureSome,
						full: measured.pressureFull,
					},
		lambda: orNull(measured.lambda),
		override: orNull(measured.limitOverride),
		cpus: orNull(measured.cpus),
	};
	if (measured.captured !== undefined) {
		report.capture = shapeCapture(measured.captured, values);
	}
	return report;
}

function shapeCgroup({cgroupVersion, levelPaths, levelFigures, tightestLevel}) {
	const levels = [];
	for (let i = 0, at = 0; i < levelPaths.length; i += 2, at += FIGURES_PER_LEVEL) {
		levels.push({
			path: levelPaths[i],
			directory: levelPaths[i + 1],
			limit: orNull(levelFigures[at]),
			hierarchicalLimit: orNull(levelFigures[at + 1]),
			high: orNull(levelFigures[at + 2]),
			usage: orNull(levelFigures[at + 3]),
			reclaimable: orNull(levelFigures[at + 4]),
			headroom: orNull(levelFigures[at + 5]),
		});
	}
	const limitedBy = tightestLevel === NO_FIGURE ? null : levels[tightestLevel].path;
	return {version: cgroupVersion, limitedBy, levels};
}

function shapeCapture(files, values) {
	return {
		version: 1,
		platform: process.platform,
		kernel: os.release(),
		variables: Object.fromEntries(VARIABLES.map((name, i) => [name, values[i] ?? null])),
		files: files.map(({path, content, error}) => ({
			path,
			content: content ?? null,
			error: error ?? null,
		})),
	};
}

/** A report from a capture that was unpacked below `root`. For fixtures. */
function replay(root, {variables}) {
	const values = VARIABLES.map((name) => variables[name] ?? undefined);
	return shape(native.measureMemory(root, false, ...values), values);
}

module.exports = {VARIABLES, ignoredLimit, measureMemory, replay, warnOfLimit};
