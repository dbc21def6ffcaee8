'use strict';

// src/memory/drop_in.rs and what it reads, for machines without a binary.

const fs = require('node:fs');
const os = require('node:os');
const {readKernelFile} = require('./kernel-file');

const MEMINFO = '/proc/meminfo';
const CGROUP = '/sys/fs/cgroup';
/** Above this a limit means "none": see src/memory/fixed_cgroup.rs. */
const UNLIMITED_ABOVE = 2 ** 60;
const UNITS = {kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3};

const number = (value) => (Number.isNaN(value) ? null : value);

/** The file's text; null where it can't be read. */
function read(file) {
	try {
		return readKernelFile(file, 'utf8');
	} catch {
		return null;
	}
}

function readLimit(file) {
	const text = read(file);
	if (text === null) {
		return null;
	}
	const limit = text.trim() === 'max' ? Number.POSITIVE_INFINITY : Number.parseInt(text, 10);
	return number(limit > UNLIMITED_ABOVE ? Number.POSITIVE_INFINITY : limit);
}

function readUsage(file) {
	const usage = Number.parseInt(read(file) ?? '', 10);
	return Number.isFinite(usage) ? usage : null;
}

function level(limitFile, usageFile) {
	const limit = readLimit(`${CGROUP}/${limitFile}`);
	const usage = limit === null ? null : readUsage(`${CGROUP}/${usageFile}`);
	return usage === null ? null : Math.max(0, limit - usage);
}

const readCgroupAvailable = () =>
	level('memory.max', 'memory.current') ??
	level('memory/memory.limit_in_bytes', 'memory/memory.usage_in_bytes');

/** `MemAvailable` in bytes; null without the file; an error where it says nothing usable. */
function readProcMeminfo() {
	const text = read(MEMINFO);
	if (text === null) {
		if (fs.existsSync(MEMINFO)) {
			throw new Error('the file could not be read');
		}
		return null;
	}
	const line = text.split('\n').find((one) => one.startsWith('MemAvailable'));
	if (line === undefined) {
		throw new Error('there is no MemAvailable line');
	}
	const [, value, unit] = /([0-9]+)\s+(\w+)/.exec(line) ?? [];
	if (value === undefined) {
		throw new Error('the MemAvailable line has no number with a unit');
	}
	const factor = UNITS[unit.toLowerCase()];
	if (factor === undefined) {
		throw new Error('the unit of MemAvailable is not kB, MB or GB');
	}
	return Number(value) * factor;
}

function parseLambdaMemory(value) {
	const bytes = Number.parseInt(value, 10) * 1024 * 1024;
	return bytes > 0 ? bytes : null;
}

function readMemory(lambdaMemorySize, hostFree = os.freemem()) {
	const lambda = lambdaMemorySize === undefined ? null : parseLambdaMemory(lambdaMemorySize);
	const cgroup = readCgroupAvailable();
	let procMeminfo = null;
	let problem;
	try {
		procMeminfo = readProcMeminfo();
	} catch (error) {
		problem = error.message;
	}
	// As upstream: meminfo counts only where nothing else speaks.
	const alone = lambda === null && cgroup === null;
	const sources = [hostFree, lambda, cgroup, alone ? procMeminfo : null];
	return {
		available: Math.max(0, Math.min(...sources.filter((bytes) => bytes !== null))),
		cgroup: cgroup ?? -1,
		hostFree,
		procMeminfo: procMeminfo ?? -1,
		limitExceedsHost: lambda === null && Number.isFinite(cgroup) && cgroup > hostFree * 1.25,
		problem,
	};
}

module.exports = {
	UNLIMITED_ABOVE,
	parseLambdaMemory,
	readCgroupAvailable,
	readMemory,
	readProcMeminfo,
};
