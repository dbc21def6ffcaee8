'use strict';

const fs = require('node:fs');
const vm = require('node:vm');
const {spawnSync} = require('node:child_process');
const {explainRenderError, printUsefulErrorMessage} = require('../..');

const codes = (err) => explainRenderError(err).map((hint) => hint.code);

/** The error that `code` throws or rejects with in a real process of its own. */
function realFailure(code, ...flags) {
	const {stderr} = spawnSync(process.execPath, [...flags, '-e', code], {encoding: 'utf8'});
	return new Error(stderr);
}

test('a hint has a code, a title, a detail, a severity and sometimes a link', () => {
	const [hint] = explainRenderError(new Error('Target closed'));
	expect(hint).toEqual({
		code: 'target-closed',
		title: expect.any(String),
		detail: expect.any(String),
		url: 'https://remotion.dev/docs/target-closed',
		severity: 'info',
	});
	expect(explainRenderError(new Error('all is well'))).toEqual([]);
});

describe('what V8 really says', () => {
	test('when the heap is full', () => {
		const failure = realFailure(
			'const all = []; for (;;) all.push(new Array(1000).fill({}));',
			'--max-old-space-size=30',
		);
		expect(codes(failure)).toContain('v8-heap-exhausted');
	});

	test('when the heap of a worker is full', () => {
		const failure = realFailure(
			`const {Worker} = require('node:worker_threads');
			const worker = new Worker('const all = []; for (;;) all.push(new Array(1000).fill({}));', {
				eval: true,
				resourceLimits: {maxOldGenerationSizeMb: 10},
			});
			worker.on('error', (err) => { throw err; });`,
		);
		expect(codes(failure)).toContain('v8-heap-exhausted');
	});

	test.each([
		["'x'.repeat(2 ** 28).padEnd(2 ** 30)", 'string-too-long'],
		[
			"Buffer.alloc(require('node:buffer').constants.MAX_STRING_LENGTH + 1).toString('latin1')",
			'string-too-long',
		],
		['new ArrayBuffer(2 ** 52)', 'buffer-allocation-failed'],
	])('%s', (code, expected) => {
		let thrown;
		try {
			vm.runInNewContext(code, {Buffer, require});
		} catch (err) {
			thrown = err;
		}
		expect(codes(thrown)).toContain(expected);
	});
});

test('a child that was killed, as execa and Remotion report it', () => {
	const {signal} = spawnSync(process.execPath, ['-e', 'process.kill(process.pid, "SIGKILL")']);
	expect(codes(new Error(`Compositor exited with signal ${signal}`))).toEqual(['process-killed']);
	expect(codes(new Error(`FFmpeg quit with code null (${signal}) The FFmpeg output was `))).toEqual(
		['process-killed'],
	);
	expect(codes(new Error(`Closed with null signal: ${signal}`))).toEqual(['process-killed']);
	expect(codes(Object.assign(new Error('Command failed'), {signal}))).toEqual(['process-killed']);
	const [{title}] = explainRenderError(new Error(`FFmpeg quit with code null (${signal})`));
	expect(title).toContain('FFmpeg');
});

test('a full disk, in a place that is full', () => {
	let thrown;
	try {
		fs.writeFileSync('/dev/full', 'x');
	} catch (err) {
		thrown = err;
	}
	if (process.platform === 'linux') {
		expect(codes(thrown)).toEqual(['disk-full']);
	}
});

test("on Lambda the same disk is the function's", () => {
	process.env.AWS_LAMBDA_FUNCTION_NAME = 'render';
	try {
		expect(codes(new Error('ENOSPC: no space left on device, write'))).toEqual([
			'lambda-disk-full',
		]);
	} finally {
		delete process.env.AWS_LAMBDA_FUNCTION_NAME;
	}
});

describe('things that are not errors', () => {
	const revoked = Proxy.revocable({}, {});
	revoked.revoke();
	const circular = new Error('outer');
	circular.cause = new Error('Target closed', {cause: circular});
	const hostile = {
		get message() {
			throw new Error('no');
		},
		get stack() {
			throw new Error('no');
		},
		get cause() {
			throw new Error('no');
		},
		toString() {
			throw new Error('no');
		},
	};
	const endless = new Error('0');
	let last = endless;
	for (let i = 1; i < 1000; i++) {
		last.cause = new Error(String(i));
		last = last.cause;
	}

	test.each([
		['undefined', undefined, []],
		['null', null, []],
		['a number', 42, []],
		['a symbol', Symbol('Target closed'), ['target-closed']],
		['a bigint', 10n, []],
		['a function', () => {}, []],
		['a string', 'Target closed', ['target-closed']],
		['an object with a message', {message: 'Target closed'}, ['target-closed']],
		['an object with an odd message', {message: {toString: null}}, []],
		['an object without a prototype', Object.create(null), []],
		['a revoked proxy', revoked.proxy, []],
		['getters that throw', hostile, []],
		['a circular cause', circular, ['target-closed']],
		['a thousand causes', endless, []],
		[
			'an aggregate',
			new AggregateError([new Error('EBADF'), revoked.proxy], 'many'),
			['bad-file-descriptor'],
		],
		['a cause that is a string', new Error('outer', {cause: 'ENAMETOOLONG'}), ['name-too-long']],
		['lone surrogates', new Error('\ud800 Target closed \udfff'), ['target-closed']],
	])('%s', (_, value, expected) => {
		expect(codes(value)).toEqual(expected);
		const error = jest.spyOn(console, 'error').mockImplementation(() => {});
		expect(() => printUsefulErrorMessage(value, 'error', false)).not.toThrow();
		error.mockRestore();
	});

	test('a message of 200 MB is read at both ends', () => {
		const message = `EBADF${'x'.repeat(200_000_000)}Target closed`;
		expect(codes({message})).toEqual(['target-closed', 'bad-file-descriptor']);
	});
});

test('the log level is checked', () => {
	expect(() => printUsefulErrorMessage(new Error('x'), 'loud', false)).toThrow(
		expect.objectContaining({name: 'TypeError', message: expect.stringContaining('logLevel')}),
	);
});
