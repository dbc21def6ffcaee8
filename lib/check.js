'use strict';

// Argument checks. Every message names the argument and what was expected.

const {types} = require('node:util');

const LOG_LEVELS = ['trace', 'verbose', 'info', 'warn', 'error'];

/** Whether every look at `value` throws. Asks without calling a trap of a proxy that works. */
function isRevoked(value) {
	if (!types.isProxy(value)) {
		return false;
	}
	try {
		Array.isArray(value);
		return false;
	} catch {
		return true;
	}
}

/** A short, safe description of any value. */
function describe(value) {
	if (value === null) {
		return 'null';
	}
	switch (typeof value) {
		case 'string':
			return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value);
		case 'number':
		case 'boolean':
		case 'undefined':
			return String(value);
		case 'bigint':
			return `${value}n`;
		default:
			if (isRevoked(value)) {
				return 'a revoked proxy';
			}
			return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
	}
}

function fail(name, expected, value) {
	throw new TypeError(`${name} must be ${expected}, but got ${describe(value)}`);
}

function checkLogLevel(logLevel, name = 'logLevel') {
	if (!LOG_LEVELS.includes(logLevel)) {
		fail(name, `one of ${LOG_LEVELS.join(', ')}`, logLevel);
	}
}

function checkOptions(options, caller) {
	if (typeof options !== 'object' || options === null || isRevoked(options)) {
		fail(`the argument of ${caller}()`, 'an object', options);
	}
}

/** Of assets (an array, or a Map) and an asset: says which of them is a revoked proxy, if one is. */
function failIfRevoked(assets, assetsName, asset, assetName) {
	if (isRevoked(assets)) {
		fail(assetsName, 'an array of assets, or a Map of them', assets);
	}
	if (isRevoked(asset)) {
		fail(assetName, 'an asset', asset);
	}
	if (types.isMap(assets)) {
		for (const value of Map.prototype.values.call(assets)) {
			if (isRevoked(value)) {
				fail(`a value of ${assetsName}`, 'an asset', value);
			}
		}
		return;
	}
	// By index: an array's own iterator may have been replaced.
	for (let i = 0; i < assets?.length; i++) {
		if (isRevoked(assets[i])) {
			fail(`${assetsName}[${i}]`, 'an asset', assets[i]);
		}
	}
}

function checkString(value, name) {
	if (typeof value !== 'string') {
		fail(name, 'a string', value);
	}
}

/** Pixels: a finite number, zero or more. */
function checkDimension(value, name) {
	if (typeof value !== 'number' || !(value >= 0) || value === Number.POSITIVE_INFINITY) {
		fail(name, 'a finite number of pixels, zero or more', value);
	}
}

/** Bytes: any number but NaN, so that "no limit" can be Infinity. */
function checkBytes(value, name) {
	if (typeof value !== 'number' || Number.isNaN(value)) {
		fail(name, 'a number of bytes', value);
	}
}

module.exports = {
	LOG_LEVELS,
	checkBytes,
	checkDimension,
	checkLogLevel,
	checkOptions,
	checkString,
	describe,
	fail,
	failIfRevoked,
	isRevoked,
};
