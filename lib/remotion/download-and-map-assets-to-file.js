'use strict';

// Stands for `getSanitizedFilenameForAssetUrl` of
// `assets/download-and-map-assets-to-file`: names the file of a data URL.
//
// Stock code hashes the whole URL twice over, a character at a time: 10 ms for
// a payload of 1 MiB, in which no frame gets on. Rust takes one. The rest of
// the name comes from stock code, which is asked about the URL without its data.

const path = require('node:path');
const {binaryError, native} = require('../native');
const {StepAside} = require('../copies/copy');

const FILE = 'assets/download-and-map-assets-to-file';
const NAME = 'getSanitizedFilenameForAssetUrl';

const FRAGMENTS = [
	'({ src, downloadDir, contentDisposition, contentType, })',
	'isAssetCompressed)(src)',
	// biome-ignore lint/suspicious/noTemplateCurlyInString: Remotion's text, not a template of ours
	'random)(`${src}${pathname}${search}`)).replace(',
];

/** Characters from which on it is worth asking. */
const LONG = 4096;

const digitsOf = (src, ending) => {
	const number = native.dataUrlNumber(src, ending);
	return number === null ? null : String(number).replace('0.', '');
};

/** What stock code would name the file; null where that can't be told. */
function fileOf(stock, options) {
	const {src} = options;
	const head = src.slice(0, src.indexOf(',') + 1);
	const file = stock({...options, src: head});
	const name = path.basename(file);
	const ending = path.extname(name);
	// What holds for the URL without its data holds for all of it.
	if (digitsOf(head, ending) + ending !== name) {
		return null;
	}
	const digits = digitsOf(src, ending);
	return digits === null ? null : path.join(path.dirname(file), digits + ending);
}

/** Data URLs that were named by stock code once and must be named the same. */
const SAMPLES = ['audio/wav', 'video/mp4', 'application/x-unknown'].map((contentType) => ({
	src: `data:${contentType};base64,${'Rm9v+/8'.repeat(1000)}=`,
	downloadDir: path.join(path.sep, 'downloads'),
	contentDisposition: null,
	contentType,
}));

module.exports = {
	apply(copy, settings) {
		const stock = copy.function(FILE, NAME, FRAGMENTS, settings);
		if (binaryError !== null) {
			throw new StepAside('it needs the binary', true);
		}
		for (const sample of SAMPLES) {
			if (fileOf(stock, sample) !== stock(sample)) {
				throw new StepAside(`${NAME} of module ${FILE} names files in a way we don't know`);
			}
		}
		copy.swap(FILE, NAME, (options) => {
			const {src, contentDisposition} = options;
			const long = typeof src === 'string' && src.length >= LONG && src.startsWith('data:');
			try {
				return (long && contentDisposition === null && fileOf(stock, options)) || stock(options);
			} catch {
				return stock(options);
			}
		});
	},
};
