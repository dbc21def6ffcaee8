'use strict';

// Collects what the doctor reports.

const fs = require('node:fs');
const os = require('node:os');
const v8 = require('node:v8');
const {version} = require('../../package.json');
const {native, binaryError} = require('../native');
const {measureMemory} = require('../measure');
const {planRender} = require('../plan');
const {register, unregister} = require('../register');

const RESOLUTIONS = [
	{name: '720p', width: 1280, height: 720},
	{name: '1080p', width: 1920, height: 1080},
	{name: '4K', width: 3840, height: 2160},
];

const GIB = 1024 ** 3;

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
		disk: {directory: os.tmpdir(), free: freeDisk()},
		renders,
		activation: examineActivation(),
	};
	return {...findings, advice: advise(findings, width !== undefined)};
}

const mib = (bytes) => `${Math.round(bytes / 1024 / 1024).toLocaleString('en-US')} MiB`;

const ORDER = ['error', 'warn', 'info'];

/** What to do about the findings, worst first. */
function advise({versions, memory, disk, renders, activation}, ownVideo) {
	const advice = [];
	const add = (severity, text) => advice.push({severity, text});
	if (versions.binary !== null) {
		add(
			'warn',
			"The Rust binary does not load here: WebAssembly stands in, and payloads stay in V8's heap. " +
				versions.binary.split('\n')[0],
		);
	} else if (!versions.externalStrings) {
		add('warn', 'This Node keeps no strings outside its heap: inline assets stay on it.');
	}
	for (const {name, plan} of renders.filter((render) => !render.plan.fits)) {
		// Without a video to go by, only what no one could render is an error.
		add(
			ownVideo || name === '720p' ? 'error' : 'warn',
			`A render of ${name} does not fit: about ${mib(plan.expectedPeakBytes)} at the peak, and ` +
				`${mib(plan.budgetBytes)} to plan with. Give the container more memory or lower the scale.`,
		);
	}
	adviseOnMemory(memory, versions, add);
	if (disk.free !== null && disk.free < GIB) {
		add(
			disk.free < GIB / 10 ? 'error' : 'warn',
			`${disk.directory} has ${mib(disk.free)} free: frames, downloads and audio go there. ` +
				'Point TMPDIR at a larger disk.',
		);
	}
	adviseOnActivation(activation, add);
	return advice.sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

function adviseOnMemory(memory, versions, add) {
	if (memory.oomKills > 0) {
		add(
			'warn',
			`The kernel has ended ${memory.oomKills} process${memory.oomKills === 1 ? '' : 'es'} of ` +
				'this container for lack of memory.',
		);
	}
	if (versions.heapLimit > memory.total) {
		add(
			'warn',
			`V8 may grow its heap to ${mib(versions.heapLimit)}, more than the ${mib(memory.total)} ` +
				'there are: set --max-old-space-size.',
		);
	}
	const high = memory.cgroup?.levels.find(
		(level) => level.high !== null && level.usage > level.high,
	);
	if (high !== undefined) {
		add('warn', `${high.path} is over its memory.high: the kernel slows it down.`);
	}
}

function adviseOnActivation({remotionVersion, applied, skipped}, add) {
	if (remotionVersion === null) {
		add('info', 'No Remotion was found from this directory: run the doctor in your project.');
	} else if (skipped.length > 0) {
		add(
			'warn',
			`Of Remotion ${remotionVersion}, ${skipped.map(({part}) => part).join(', ')} would be left ` +
				'as it is (see Activation).',
		);
	} else if (applied.length > 0) {
		add(
			'info',
			'To activate: node --require remotion-headroom/register render.js; with the CLI ' +
				'NODE_OPTIONS="--require remotion-headroom/register". In ESM code: import from ' +
				'"remotion-headroom/renderer".',
		);
	}
}

module.exports = {examine};
