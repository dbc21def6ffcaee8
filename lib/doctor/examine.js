'use strict';

// Collects what the doctor reports.

const fs = require('node:fs');
const os = require('node:os');
const v8 = require('node:v8');
const {version} = require('../../package.json');
const {native, binaryError} = require('../native');
const {ignoredLimit, measureMemory} = require('../measure-memory');
const {countCpus, planRender} = require('../plan');
const {isByDesign, register, unregister} = require('../register');

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

/** Bytes free in the directory where Remotion puts frames and audio, or null. */
function freeDisk() {
	try {
		const {bavail, bsize} = fs.statfsSync(os.tmpdir());
		return bavail * bsize;
	} catch {
		// Node before 18.15, or no such directory.
		return null;
	}
}

function examine(video) {
	const memory = measureMemory({logLevel: 'error'});
	const {width, height, ...choices} = video;
	const sizes = width === undefined ? RESOLUTIONS : [{name: `${width}x${height}`, width, height}];
	const renders = sizes.map((size) => ({...size, plan: planRender({...size, ...choices, memory})}));
	const findings = {
		versions: {
			headroom: version,
			node: process.version,
			platform: `${process.platform}-${process.arch}`,
			heapLimit: v8.getHeapStatistics().heap_size_limit,
			binary: binaryError === null ? null : binaryError.message,
			externalStrings: binaryError === null && native.externalStringsWork(),
		},
		memory,
		ignoredLimit: ignoredLimit(),
		cpus: {usable: memory.cpus, counted: countCpus()},
		disk: {directory: os.tmpdir(), free: freeDisk()},
		renders,
		activation: examineActivation(),
	};
	return {...findings, advice: advise(findings)};
}

/** What to do about the findings, worst first. The rules are in Rust. */
function advise({versions, memory, ignoredLimit: limitIgnored, disk, renders, activation}) {
	return native.doctorAdvice({
		noBinary: versions.binary ?? undefined,
		externalStrings: versions.externalStrings,
		heapLimit: versions.heapLimit,
		totalMemory: memory.total,
		limitIgnored: limitIgnored ?? undefined,
		oomKills: memory.oomKills ?? undefined,
		levels: (memory.cgroup?.levels ?? []).map(({path, high, usage}) => ({
			path,
			high: high ?? undefined,
			usage: usage ?? undefined,
		})),
		renders: renders.map(({name, plan}) => ({
			name,
			expectedPeak: plan.expectedPeakBytes,
			budget: plan.budgetBytes,
			fits: plan.fits,
		})),
		directory: disk.directory,
		freeDisk: disk.free ?? undefined,
		remotionVersion: activation.remotionVersion ?? undefined,
		applies: activation.applied.length > 0,
		skipped: activation.skipped.filter((step) => !isByDesign(step)).map(({part}) => part),
	});
}

module.exports = {examine};
