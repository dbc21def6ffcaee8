'use strict';

// What is said of real messages, and that nothing is said of innocent ones:
// messages.json has each with where it is from. `remotion#1` is an issue, a path
// is the module that says so, `made` is a trap of ours.

const {explainRenderError} = require('../..');
const messages = require('./messages.json');

const innocent = messages.filter(({codes}) => codes.length === 0);

test('there are 178, of which 53 are innocent, and no two alike', () => {
	expect([messages.length, innocent.length]).toEqual([178, 53]);
	expect(new Set(messages.map((entry) => JSON.stringify(entry))).size).toBe(178);
});

test.each(messages)('$message', ({message, codes, props, stack, lambda, advised, notAdvised}) => {
	const error = Object.assign(new Error(message), props);
	error.stack = stack ?? `Error: ${message}\n    at render (/app/render.js:1:1)`;
	const before = process.env.AWS_LAMBDA_FUNCTION_NAME;
	if (lambda) {
		process.env.AWS_LAMBDA_FUNCTION_NAME = 'render';
	}
	let hints;
	try {
		hints = explainRenderError(error, {oomKillsBefore: null});
	} finally {
		if (before === undefined) {
			delete process.env.AWS_LAMBDA_FUNCTION_NAME;
		}
	}
	expect(hints.map(({code}) => code)).toEqual(codes);
	if (advised !== undefined) {
		expect(hints[0].detail).toContain(advised);
	}
	if (notAdvised !== undefined) {
		expect(hints[0].detail).not.toContain(notAdvised);
	}
});

test('a kill during the render comes before whatever the error says', () => {
	for (const {message} of messages) {
		const {native} = require('../../lib/native');
		const [first] = native.explainFailure(message, '', '', 1, false, false);
		expect(first).toMatchObject({code: 'oom-killed', severity: 'error'});
	}
});

test('every hint of ours is that of a message', () => {
	const {ownHints} = require('../../lib/native').native.codes();
	const shown = new Set(messages.flatMap(({codes}) => codes));
	expect(ownHints.filter((code) => !shown.has(code))).toEqual(['oom-killed']);
});
