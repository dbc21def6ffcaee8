'use strict';

// Which errors Remotion's own printUsefulErrorMessage answers to, at which
// level and with which links, against ours. The wording is not compared.

const path = require('node:path');
const {stripVTControlCharacters} = require('node:util');
const fc = require('fast-check');
const {LOG_LEVELS} = require('../../lib/check');
const {native} = require('../../lib/native');
const {explainRenderError, printUsefulErrorMessage} = require('../..');

const renderer = path.dirname(require.resolve('@remotion/renderer/package.json'));
const upstream = require(path.join(renderer, 'dist', 'print-useful-error-message.js'));

// Failures that upstream says nothing about.
const OURS = new Set(native.codes().ownHints);

const MESSAGES = [
	'Could not play video with src http://localhost/a.mp4',
	'A delayRender() "x" was called but not cleared after 28000ms.',
	'A delayRender() "http://localhost:3000/proxy?src=a" was called but not cleared after 28000ms.',
	'A delayRender()',
	'was called but not cleared after',
	'/proxy',
	'Protocol error (Runtime.callFunctionOn): Target closed.',
	'Timed out evaluating page function',
	'ENAMETOOLONG: name too long, open',
	'1 validation error: Member must have value less than or equal to 3008',
	'TooManyRequestsException: Rate Exceeded.',
	'ConcurrentInvocationLimitExceeded',
	'Failed to acquire WebGL2 context',
	'Failed to acquire WebGL context',
	'Error creating WebGL context.',
	'The bucket does not allow ACLs',
	'Minified React error #306 in <Main>',
	'Minified React error #306',
	'compositor: /lib/libc.so.6: version `GLIBC_2.35 not found',
	'dyld: Symbol not found: _AVCaptureDeviceTypeContinuityCamera',
	'spawn EBADF',
	'error:1E08010C:DECODER routines::unsupported',
	'TypeError: Failed to fetch',
	'Invalid value specified for cpu',
	'target closed',
	'something else',
	'',
];

/** Runs `print` and gives back what it wrote, as `level` + link of each line. */
function record(print) {
	const lines = [];
	const spies = [
		jest.spyOn(console, 'log').mockImplementation((...args) => lines.push(['info', ...args])),
		jest.spyOn(console, 'warn').mockImplementation((...args) => lines.push(['warn', ...args])),
		jest.spyOn(console, 'error').mockImplementation((...args) => lines.push(['error', ...args])),
		jest.spyOn(process.stdout, 'write').mockImplementation(() => true),
	];
	try {
		print();
	} finally {
		for (const spy of spies) {
			spy.mockRestore();
		}
	}
	// Remotion colours what it prints on GitHub's runners.
	return lines.map(([level, ...args]) => ({
		level,
		text: stripVTControlCharacters(args.join(' ')),
	}));
}

const links = (lines) => [
	...new Set(
		lines.flatMap(({level, text}) =>
			[...text.matchAll(/https:\/\/[^\s)]+/g)].map(
				([url]) => `${level} ${url.replace(/[.:;]$/, '')}`,
			),
		),
	),
];

const levels = (lines) => [...new Set(lines.map(({level}) => level))].sort();

let counter = 0;

/** An error whose stack nobody has seen yet. */
function errorOf(message) {
	const error = new Error(message);
	error.stack = `Error: ${message}\n    at test${counter++}`;
	return error;
}

/** What upstream would not have printed, left out. */
function withoutOurs(lines, error) {
	const hints = explainRenderError(error).filter((hint) => OURS.has(hint.code));
	return lines.filter(
		({text}) =>
			!hints.some(
				(hint) =>
					text.includes(hint.title) || text.includes(hint.detail) || text.includes(hint.url),
			),
	);
}

function compare(message, logLevel, indent) {
	const theirs = record(() => upstream.printUsefulErrorMessage(errorOf(message), logLevel, indent));
	const error = errorOf(message);
	const ours = withoutOurs(
		record(() => printUsefulErrorMessage(error, logLevel, indent)),
		error,
	);
	expect({message, links: links(ours).sort(), levels: levels(ours)}).toEqual({
		message,
		links: links(theirs).sort(),
		levels: levels(theirs),
	});
}

describe.each(LOG_LEVELS)('at log level %s', (logLevel) => {
	test.each(MESSAGES)('%s', (message) => {
		compare(message, logLevel, false);
		compare(message, logLevel, true);
	});
});

test('every explanation of upstream is exercised above', () => {
	const answered = MESSAGES.flatMap((message) => explainRenderError(errorOf(message)));
	const codes = new Set(answered.map((hint) => hint.code).filter((code) => !OURS.has(code)));
	expect([...codes].sort()).toEqual(
		native
			.codes()
			.hints.filter((code) => !OURS.has(code))
			.sort(),
	);
});

test('messages made of several triggers', () => {
	fc.assert(
		fc.property(fc.array(fc.constantFrom(...MESSAGES), {maxLength: 4}), (parts) => {
			compare(parts.join(' | '), 'info', false);
		}),
		{numRuns: 200},
	);
});

test('an error is explained once while ten others have not come since', () => {
	const said = (print, error) => record(() => print(error, 'info', false)).length > 0;
	for (const print of [upstream.printUsefulErrorMessage, printUsefulErrorMessage]) {
		const error = errorOf('Target closed');
		expect(said(print, error)).toBe(true);
		expect(said(print, error)).toBe(false);
		for (let i = 0; i < 9; i++) {
			expect(said(print, errorOf('Target closed'))).toBe(true);
		}
		expect(said(print, error)).toBe(false);
		expect(said(print, errorOf('Target closed'))).toBe(true);
		expect(said(print, error)).toBe(true);
	}
});

test('an error without a stack is explained each time', () => {
	for (const print of [upstream.printUsefulErrorMessage, printUsefulErrorMessage]) {
		const error = new Error('Target closed');
		error.stack = undefined;
		for (let i = 0; i < 2; i++) {
			expect(record(() => print(error, 'info', false))).not.toEqual([]);
		}
	}
});
