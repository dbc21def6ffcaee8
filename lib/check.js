'use strict';

// Argument checks. Every message names the argument and what was expected.

const LOG_LEVELS = ['trace', 'verbose', 'info', 'warn', 'error'];

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
	if (typeof options !== 'object' || options === null) {
		fail(`the argument of ${caller}()`, 'an object', options);
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
};
