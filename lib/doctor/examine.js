'use strict';

// Collects what the doctor reports.

const fs = require('node:fs');
const {createRequire} = require('node:module');
const os = require('node:os');
const path = require('node:path');
const v8 = require('node:v8');
const {version} = require('../../package.json');
const {native, binaryError} = require('../native');
const {ignoredLimit, measureMemory} = require('../measure-memory');
const {findRenderers} = require('../copies/find');
const {countCpus, tabsFor} = require('../plan');
const {isByDesign} = require('../copies/apply');
const {register, unregister} = require('../register');
const {isSwitchedOff} = require('../switch');
const {areInMemory} = require('../temporary-files');
const {findBrowser} = require('./browser');
const {outcomesOf} = require('./outcomes');
const {findPackages} = require('./packages');
const {findWays, say} = require('./ways');

/** Of what `--json` prints, as schema/doctor-1.json has it; raised where something is taken away or means something else. */
const SCHEMA_VERSION = 1;

/** The smallest first: the advice goes by that. */
const RESOLUTIONS = [
	{name: '720p', width: 1280, height: 720},
	{name: '1080p', width: 1920, height: 1080},
	{name: '4K', width: 3840, height: 2160},
];

/** What activation would do here, found out by doing it and undoing it. */
function examineActivation() {
	try {
		return register({from: process.cwd(), logLevel: 'error'});
	} catch (err) {
		return {
			remotionVersion: null,
			path: null,
			applied: [],
			skipped: [{part: 'all', reason: err.message}],
		};
	} finally {
		unregister();
	}
}

/** Bytes free in the directory where Remotion puts frames and audio, where that can be told. */
function freeDisk() {
	try {
		const {bavail, bsize} = fs.statfsSync(os.tmpdir());
		return {free: bavail * bsize};
	} catch {
		// Node before 18.15, or no such directory.
		return {};
	}
}

/** The C library of a Linux. */
function libc() {
	if (process.platform !== 'linux') {
		return {};
	}
	// Bun's has no header.
	const {header} = process.report?.getReport() ?? {};
	if (header === undefined) {
		return {};
	}
	const {glibcVersionRuntime: glibc} = header;
	return {libc: glibc === undefined ? {name: 'musl'} : {name: 'glibc', version: glibc}};
}

/** What the rules are to know of it: on arm64 Remotion's compositor is linked against an older one. */
const libcOf = ({libc: found}) =>
	found?.name === 'glibc' && process.arch !== 'x64' ? undefined : found && {glibc: found.version};

/** Whether `directory` can require us: npx also runs what no project has. */
function isInstalled(directory) {
	try {
		createRequire(path.join(directory, 'noop.js')).resolve('remotion-headroom/register');
		return true;
	} catch {
		return false;
	}
}

/** Why there are as many tabs as there are. */
function explainTabs(concurrency, {usable, counted}) {
	if (concurrency !== undefined) {
		return say('tabs-asked', {}, {tabs: String(concurrency)});
	}
	const figures = {tabs: tabsFor(counted), counted, usable: Number(usable.toFixed(3))};
	return say(usable < counted ? 'tabs-of-quota' : 'tabs-of-cpus', figures);
}

function examine(video) {
	const directory = process.cwd();
	const memory = measureMemory({logLevel: 'error'});
	const off = isSwitchedOff('error');
	const activation = examineActivation();
	const root = activation.path ?? findRenderers([directory])[0] ?? null;
	const {width, height, ...choices} = video;
	const sizes = width === undefined ? RESOLUTIONS : [{name: `${width}x${height}`, width, height}];
	const how = {
		takes: (part) => !off && !activation.skipped.some((step) => [part, 'all'].includes(step.part)),
		knows: {
			// Before 4.0.380 there was no such flag.
			mediaCache:
				root === null || fs.existsSync(path.join(root, 'dist/options/video-cache-size.js')),
		},
	};
	const cpus = {usable: memory.cpus, counted: countCpus()};
	const limit = ignoredLimit();
	const ways = off || root === null ? [] : findWays(directory);
	const applies = activation.applied.length > 0;
	const findings = {
		schemaVersion: SCHEMA_VERSION,
		versions: {
			headroom: version,
			node: process.version,
			platform: `${process.platform}-${process.arch}`,
			...libc(),
			heapLimit: v8.getHeapStatistics().heap_size_limit,
			binary: binaryError === null ? {loads: true} : {loads: false, problem: binaryError.message},
			externalStrings: binaryError === null && native.externalStringsWork(),
		},
		memory,
		...(limit === null ? {} : {ignoredLimit: limit}),
		cpus: {...cpus, tabs: explainTabs(choices.concurrency, cpus)},
		disk: {directory: os.tmpdir(), ...freeDisk(), inMemory: areInMemory()},
		browser: findBrowser(directory, root),
		renders: sizes.map((size) => ({
			...size,
			...withoutName(outcomesOf({...withoutName(size), ...choices}, memory, how)),
		})),
		packages: findPackages(directory),
		installed: isInstalled(directory),
		switchedOff: off,
		activation: off
			? {
					...activation,
					path: root,
					reason: say('switched-off', {}, {value: process.env.REMOTION_HEADROOM.trim()}),
				}
			: activation,
		ways: ways.map((way) => ({...way, activates: way.activates && applies})),
		line: lineOf(ways),
	};
	return {...findings, advice: advise(findings)};
}

const withoutName = ({name, ...rest}) => rest;

/** What activates here; nothing where each way does already. */
function lineOf(ways) {
	const isMissing = ({code, line}) => code !== 'way-active' && line !== undefined;
	return (ways.find((way) => isMissing(way) && way.activates) ?? ways.find(isMissing))?.line;
}

/** What to do about the findings, worst first. The rules are in Rust. */
function advise(findings) {
	const {versions, memory, disk, renders, activation, browser} = findings;
	return native.doctorAdvice({
		noBinary: versions.binary.problem,
		externalStrings: versions.externalStrings,
		heapLimit: versions.heapLimit,
		memory: {
			total: memory.total,
			available: memory.available,
			place: memory.environment,
			stated: memory.limitedBy === 'override',
		},
		limitIgnored: findings.ignoredLimit,
		oomKills: memory.oomKills ?? undefined,
		levels: (memory.cgroup?.levels ?? []).map(({path: at, high, usage}) => ({
			path: at,
			high: high ?? undefined,
			usage: usage ?? undefined,
		})),
		renders: renders.map(({name, plan, outcomes, fittingScale}) => ({
			name,
			expectedPeak: plan.expectedPeakBytes,
			budget: plan.budgetBytes,
			fits: plan.fits,
			peakByItself: outcomes.byItself.expectedPeakBytes,
			fittingScale,
		})),
		disk,
		libc: libcOf(versions),
		// Nothing is to be advised of what is not known.
		browser: browser.state === 'unknown' ? 'ready' : browser.state,
		packages: findings.packages.map(({name, version: its}) => ({name, version: its})),
		switchedOff: findings.switchedOff ? process.env.REMOTION_HEADROOM.trim() : undefined,
		installed: findings.installed,
		line: findings.line,
		remotionVersion: activation.remotionVersion ?? undefined,
		applies: activation.applied.length > 0,
		skipped: activation.skipped.filter((step) => !isByDesign(step)).map(({part}) => part),
	});
}

module.exports = {SCHEMA_VERSION, examine};
