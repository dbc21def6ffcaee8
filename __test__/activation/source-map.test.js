'use strict';

// Where a page's messages come from: as Remotion's own `source-map` says, for maps of
// every kind, and in what a render prints.

const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const {createRequire} = require('node:module');
const os = require('node:os');
const path = require('node:path');
const fc = require('fast-check');
const {rootOf, NEWEST} = require('./harness');
const {Copy} = require('../../lib/copies/copy');
const {needs} = require('../needs');
const {binaryError, native} = require('../../lib/native');
const part = require('../../lib/remotion/symbolicate-stacktrace');

/** Each with another `source-map`: 0.8.0 and 0.8.0-beta.0. */
const VERSIONS = [NEWEST, '4.0.500'];

const withBinary = needs('binary', binaryError && `${binaryError.message}`, describe);

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** A number as mappings have it. */
function vlq(number) {
	let rest = number < 0 ? (-number << 1) | 1 : number << 1;
	let text = '';
	do {
		const digit = rest & 31;
		rest >>>= 5;
		text += DIGITS[rest > 0 ? digit | 32 : digit];
	} while (rest > 0);
	return text;
}

const few = fc.integer({min: 0, max: 2});
/** Below zero now and then, which ends most maps. */
const back = fc.oneof({arbitrary: few, weight: 200}, {arbitrary: fc.constant(-1), weight: 1});
const segment = fc
	.oneof(
		{arbitrary: fc.tuple(few), weight: 50},
		{arbitrary: fc.tuple(few, back, few, few), weight: 100},
		{arbitrary: fc.tuple(few, back, few, few, back), weight: 50},
		// Of the wrong length.
		{arbitrary: fc.tuple(few, few), weight: 1},
	)
	.map((numbers) => numbers.map(vlq).join(''));
const mappings = fc
	.array(fc.tuple(segment, fc.constantFrom(',', ',', ',', ';', ',;', ';;')), {maxLength: 60})
	.map((parts) => parts.flat().join(''));

const MALFORMED = [
	...['D', 'g', 'A!', 'AA', 'ggggggggE', 'g'.repeat(20), '', ';;;', 'A,,;A'],
	...['ACAA', 'AKAA', 'AAAAK', '=', 'AAAA;D', 'AAAAA,!'],
];

const mapOf = (more) => ({
	version: 3,
	file: 'bundle.js',
	sources: ['webpack:///./src/a.js', '/b.js', '../c.js', 'd e.js'],
	names: ['x', 'y'],
	mappings: '',
	...more,
});

const attempt = (call) => {
	try {
		return call();
	} catch (error) {
		return `throws: ${error.message}`;
	}
};

withBinary.each(VERSIONS)('source-map of Remotion %s', (version) => {
	const dist = path.join(rootOf('renderer', version), 'dist');
	const {SourceMapConsumer} = createRequire(path.join(dist, 'index.js'))('source-map');
	const reader = binaryError === null ? part.readerOf({dist}) : null;

	/** How often both gave the same answer that names a source. */
	async function compare(json, positions) {
		const theirs = await new SourceMapConsumer(json);
		const map = native.readSourceMap(Buffer.from(json), reader.last);
		const ours = new part.OffHeapSourceMap(reader, map);
		let named = 0;
		for (const position of positions) {
			const [a, b] = [theirs, ours].map((one) => attempt(() => one.originalPositionFor(position)));
			expect(b).toEqual(a);
			named += typeof a === 'object' && a.source !== null ? 1 : 0;
		}
		theirs.destroy();
		return named;
	}

	const grid = Array.from({length: 12 * 15}, (_, i) => ({
		line: i % 12,
		column: ((i / 12) | 0) - 1,
	}));

	test('made-up maps', async () => {
		let named = 0;
		const root = fc.constantFrom(undefined, null, '', '/root', 'http://host/x/');
		await fc.assert(
			fc.asyncProperty(mappings, root, async (text, sourceRoot) => {
				named += await compare(JSON.stringify(mapOf({mappings: text, sourceRoot})), grid);
			}),
			{numRuns: 60},
		);
		expect(named).toBeGreaterThan(100);
	});

	test.each(MALFORMED)('mappings %p', async (text) => {
		await compare(JSON.stringify(mapOf({mappings: text})), grid.slice(0, 60));
	});

	test('a large map, in 5,000 places', async () => {
		const json = JSON.stringify(mapOf({mappings: long()}));
		const positions = Array.from({length: 5000}, (_, i) => ({line: 1 + (i % 50), column: i}));
		expect(await compare(json, positions)).toBeGreaterThan(4000);
	});
});

/** Many mappings in long lines. */
const long = () =>
	Array.from({length: 50}, (_, line) =>
		Array.from({length: 800}, (_, i) => [1 + (i % 9), 0, (i + line) % 3, 1].map(vlq).join('')).join(
			',',
		),
	).join(';');

withBinary('the part', () => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-map-'));
	const bundle = path.join(folder, 'bundle.js');
	const good = JSON.stringify(mapOf({mappings: 'AAAAA'}));
	const copy = new Copy(rootOf('renderer', NEWEST));
	let module;
	beforeAll(() => {
		module = copy.module('symbolicate-stacktrace');
		part.apply(copy, {logLevel: 'error'});
	});
	afterAll(() => {
		copy.takeOut();
		fs.rmSync(folder, {recursive: true});
	});

	test.each([
		['index maps', JSON.stringify({version: 3, sections: []})],
		['another version', JSON.stringify({...mapOf(), version: 2})],
		['sources that are no text', JSON.stringify(mapOf({sources: [null]}))],
		['JSON that ends early', good.slice(0, -1)],
		['a prefix', `)]}'\n${good}`],
	])('%s are left to Remotion', (_what, json) => {
		expect(native.readSourceMap(Buffer.from(json), false)).toBe(null);
	});

	test('outside of a render, and without a file, stock code answers', async () => {
		fs.writeFileSync(bundle, 'void 0;\n//# sourceMappingURL=bundle.js.map\n');
		expect(() => module.getSourceMapFromLocalFile(bundle)).toThrow('ENOENT');
		fs.writeFileSync(`${bundle}.map`, good);
		const map = await module.getSourceMapFromLocalFile(bundle);
		expect(map.constructor.name).toBe('BasicSourceMapConsumer');
		expect(() => module.getSourceMapFromLocalFile(`${bundle}.none`)).toThrow('ENOENT');
	});

	test("Remotion's command gets it, too, and stock code again at the end", () => {
		const another = new Copy(rootOf('renderer', '4.0.500'));
		const {RenderInternals} = another.module('index');
		const stock = RenderInternals.prepareServer;
		part.apply(another, {logLevel: 'error'});
		expect(RenderInternals.prepareServer).not.toBe(stock);
		another.takeOut();
		expect(RenderInternals.prepareServer).toBe(stock);
	});

	test('nothing is read before it is needed, and an odd map is loaded by Remotion', async () => {
		const later = (stock) => new part.LaterSourceMap(part.readerOf(copy), `${bundle}.later`, stock);
		const lazy = later(() => assert.fail('not asked'));
		fs.writeFileSync(`${bundle}.later`, good);
		expect(lazy.get().originalPositionFor({line: 1, column: 3})).toEqual({
			source: 'webpack:///src/a.js',
			line: 1,
			column: 0,
			name: 'x',
		});
		fs.writeFileSync(`${bundle}.later`, '{');
		const theirs = {};
		const odd = later(async () => theirs);
		expect(odd.get()).toBe(null);
		await new Promise(setImmediate);
		expect(odd.get()).toBe(theirs);
	});

	test('of a URL', async () => {
		const answers = {'/bundle.js.map': good, '/odd.js.map': '{'};
		const server = http.createServer(({url}, response) => {
			response.statusCode = answers[url] === undefined ? 404 : 200;
			response.end(answers[url] ?? 'no');
		});
		await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
		const at = (name) => `http://127.0.0.1:${server.address().port}/${name}`;
		const get = module.getSourceMapFromRemoteUrl;
		const map = await get(at('bundle.js.map'));
		expect(map).toBeInstanceOf(part.OffHeapSourceMap);
		expect(map.originalPositionFor({line: 1, column: 0}).line).toBe(1);
		await expect(get(at('none.js.map'))).rejects.toThrow('Received a status code of 404');
		await expect(get(at('odd.js.map'))).rejects.toThrow('JSON');
		await expect(get(at('bundle.js'))).rejects.toThrow('does not seem to be a valid source map');
		await new Promise((resolve) => server.close(resolve));
	});
});
