'use strict';

// Against the function of @remotion/media itself, cut out of its only module
// (which does not export it) and run on a page that is stubbed.

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const fc = require('fast-check');
const remotion = require('remotion');

const media = path.join(
	path.dirname(require.resolve('@remotion/media/package.json')),
	'dist/esm/index.mjs',
);
const text = fs.readFileSync(media, 'utf8');
const start = text.indexOf('var getUncachedMaxCacheSize =');
const end = text.indexOf('var MIN_SOURCE_CACHE_SIZE');

const MIB = 1024 * 1024;

/** A fresh copy of upstream's function, as a new page would have it. */
function upstream(window) {
	const context = vm.createContext({
		window,
		cancelRender: remotion.cancelRender,
		Internals4: remotion.Internals,
		console,
	});
	vm.runInContext(text.slice(start, end), context);
	return (logLevel) => vm.runInContext('getMaxVideoCacheSize', context)(logLevel);
}

/** A fresh copy of ours. */
function ours(window) {
	let fresh;
	jest.isolateModules(() => {
		fresh = require('../../lib/max-cache-size').getMaxVideoCacheSize;
	});
	return (logLevel) => {
		globalThis.window = window;
		try {
			return fresh(logLevel);
		} finally {
			delete globalThis.window;
		}
	};
}

const outcome = (call) => {
	try {
		return {value: call()};
	} catch (err) {
		return {throws: true, names: /mediaCacheSizeInBytes/i.test(err.message)};
	}
};

function compare(window) {
	const theirs = upstream(window);
	const mine = ours(window);
	expect({window, ...outcome(() => mine('error'))}).toEqual({
		window,
		...outcome(() => theirs('error')),
	});
	expect({window, ...outcome(() => mine('warn'))}).toEqual({
		window,
		...outcome(() => theirs('warn')),
	});
}

test('the function is where it is expected', () => {
	expect(start).toBeGreaterThan(0);
	expect(end).toBeGreaterThan(start);
});

test.each([
	[{}],
	[{remotion_mediaCacheSizeInBytes: null, remotion_initialMemoryAvailable: null}],
	[{remotion_mediaCacheSizeInBytes: 240 * MIB}],
	[{remotion_mediaCacheSizeInBytes: 240 * MIB - 1}],
	[{remotion_mediaCacheSizeInBytes: 20_000 * MIB}],
	[{remotion_mediaCacheSizeInBytes: 20_000 * MIB + 1}],
	[{remotion_mediaCacheSizeInBytes: 0}],
	[{remotion_mediaCacheSizeInBytes: 300 * MIB, remotion_initialMemoryAvailable: 8e9}],
	[{remotion_initialMemoryAvailable: 0}],
	[{remotion_initialMemoryAvailable: 1000 * MIB}],
	[{remotion_initialMemoryAvailable: 1000 * MIB + 1}],
	[{remotion_initialMemoryAvailable: 40_000 * MIB}],
	[{remotion_initialMemoryAvailable: 1e15}],
	[{remotion_initialMemoryAvailable: Number.POSITIVE_INFINITY}],
])('on a page with %j', (window) => {
	const error = jest.spyOn(console, 'error').mockImplementation(() => {});
	compare(window);
	error.mockRestore();
});

test('on any page', () => {
	const bytes = fc.option(
		fc.oneof(fc.nat({max: 2 ** 31 - 1}), fc.double({min: 0, max: 1e12, noNaN: true})),
	);
	const error = jest.spyOn(console, 'error').mockImplementation(() => {});
	fc.assert(
		fc.property(bytes, bytes, (explicit, available) => {
			compare({
				remotion_mediaCacheSizeInBytes: explicit,
				remotion_initialMemoryAvailable: available,
			});
		}),
		{numRuns: 60},
	);
	error.mockRestore();
});

test('the first answer stays, as it does on a page', () => {
	const window = {remotion_initialMemoryAvailable: 4e9};
	for (const get of [upstream(window), ours(window)]) {
		window.remotion_initialMemoryAvailable = 4e9;
		expect(get('error')).toBe(2e9);
		window.remotion_initialMemoryAvailable = 8e9;
		expect(get('error')).toBe(2e9);
	}
});

test('in Node it is half of what is available, within limits', () => {
	const lambda = process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE;
	process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE = '1';
	let size;
	jest.isolateModules(() => {
		size = require('../../lib/max-cache-size').getMaxVideoCacheSize('error');
	});
	if (lambda === undefined) {
		delete process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE;
	} else {
		process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE = lambda;
	}
	expect(size).toBe(500 * MIB);
});

test('the log level is checked', () => {
	expect(() => ours({})('loud')).toThrow(/logLevel/);
});
