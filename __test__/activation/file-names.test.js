'use strict';

// The names of data URLs' files, against the function that stands behind them.

const path = require('node:path');
const fc = require('fast-check');
const part = require('../../lib/remotion/download-and-map-assets-to-file');
const {Copy} = require('../../lib/copies/copy');
const seededBase64 = require('./seeded');

const root = path.dirname(require.resolve('@remotion/renderer/package.json'));
const load = () => require(path.join(root, 'dist', 'assets', 'download-and-map-assets-to-file.js'));
const NAME = 'getSanitizedFilenameForAssetUrl';

const stock = load()[NAME];
const copy = new Copy(root);
let asked = 0;

beforeAll(() => {
	const {native} = require('../../lib/native');
	const {dataUrlNumber} = native;
	native.dataUrlNumber = (...args) => {
		const number = dataUrlNumber(...args);
		asked += number === null ? 0 : 1;
		return number;
	};
	part.apply(copy, {logLevel: 'warn'});
});

afterAll(() => copy.restore());

const TYPES = ['audio/wav', 'audio/mpeg', 'video/mp4', 'image/png', 'application/x-none', 'text'];
const base64 = fc
	.tuple(fc.integer({min: 3000, max: 4500}), fc.nat())
	.map(([bytes, seed]) => seededBase64(bytes, seed));
const odd = fc.string({unit: 'binary', maxLength: 200});
const plain = /^data:[a-z/-]+;base64,[A-Za-z0-9+/=]{4096,}$/;
const source = fc.oneof(
	{
		weight: 4,
		arbitrary: fc
			.tuple(fc.constantFrom(...TYPES), base64)
			.map(([type, data]) => `data:${type};base64,${data}`),
	},
	fc.tuple(base64, odd).map(([data, text]) => `data:audio/wav;base64,${data}${text}`),
	fc.tuple(odd, base64).map(([text, data]) => `data:${text},${data}`),
	base64.map((data) => `https://example.com/${data}.mp3?a=b`),
);

const outcome = (name, options) => {
	try {
		return name(options);
	} catch (error) {
		return `${error}`;
	}
};

test('every name is the same', () => {
	expect(load()[NAME]).not.toBe(stock);
	let named = 0;
	fc.assert(
		fc.property(
			source,
			fc.constantFrom(null, 'attachment; filename="a b.wav"'),
			fc.constantFrom(null, ...TYPES),
			(src, contentDisposition, contentType) => {
				const options = {src, downloadDir: '/downloads', contentDisposition, contentType};
				const before = asked;
				expect(outcome(load()[NAME], options)).toBe(outcome(stock, options));
				if (plain.test(src) && contentDisposition === null) {
					// The URL without its data, and the URL.
					expect(asked - before).toBe(2);
					named++;
				}
			},
		),
		{numRuns: 400},
	);
	expect(named).toBeGreaterThan(0);
});
