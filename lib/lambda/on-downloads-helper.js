'use strict';

// Stands for `on-downloads-helper`, which logs what is downloaded. A payload is
// "downloaded", too, and its data URL is logged whole: AWS takes money for each byte, and
// a line of 16 MiB exists several times until it is written. Of a data URL the begin is
// logged, and how long it is.

const FILE = '@remotion/serverless/on-downloads-helper';
const NAME = 'onDownloadsHelper';
const USES = ['"Downloading"', '"Download complete: '];

/** Characters of a data URL that are logged. */
const LOGGED = 100;

const shortened = (src) =>
	src.startsWith('data:') && src.length > LOGGED
		? `${src.slice(0, LOGGED)}... (${src.length} characters)`
		: src;

module.exports = {
	apply(copy, settings) {
		const stock = copy.function(FILE, NAME, USES, settings);
		copy.swap(FILE, NAME, (logLevel) => {
			const onDownload = stock(logLevel);
			return (src) => onDownload(shortened(src));
		});
	},
};
