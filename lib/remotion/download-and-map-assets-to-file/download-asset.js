'use strict';

// Stands for `downloadAsset` of `assets/download-and-map-assets-to-file`: writes the
// payload of a data URL to its file.
//
// Stock code decodes all payloads of a render at once, before the first one is written:
// they are there a second time, all of them, beside the browser. Here one after the other
// is, in pieces.

const fs = require('node:fs');
const path = require('node:path');

const FILE = 'assets/download-and-map-assets-to-file';
const NAME = 'downloadAsset';
const FORGETS = 'markAllAssetsAsDownloaded';
const NAMES = 'getSanitizedFilenameForAssetUrl';

const FRAGMENTS = [
	"src.startsWith('data:')",
	"src.substring('data:'.length).split(',')",
	'emitter.dispatchDownload(src)',
	'ensureOutputDirectory)(output)',
	'Buffer.from(assetData, encoding)',
	'promises.writeFile(output, buff)',
];

/** Characters from which on it is worth the while. */
const LONG = 64 * 1024;

/** Characters that are decoded at a time: whole groups of four. */
const PIECE = 1024 * 1024;

/** What stock code has no objection to. */
const HEAD = /^data:([\w.+-]+\/[\w.+-]+);base64,/;

/** As stock code does it: what is no folder is an error of who opens a file there. */
function ensureFolder(folder) {
	if (!fs.existsSync(folder)) {
		fs.mkdirSync(folder, {recursive: true});
	}
}

/** Decodes a piece into `bytes`: how many, or null where something in it stands for none. */
function decodePiece(piece, bytes) {
	const length = piece.replace(/={1,2}$/, '').length;
	const expected = Math.floor((length * 3) / 4);
	return length % 4 !== 1 && bytes.write(piece, 'base64') === expected ? expected : null;
}

/**
 * Writes in pieces, as long as each means the same by itself: padding ends the last one,
 * and all else stands for bytes. Whether it did.
 */
async function writePieces(file, src, start, bytes) {
	for (let at = start; at < src.length; at += PIECE) {
		const decoded = decodePiece(src.slice(at, at + PIECE), bytes);
		if (decoded === null || (decoded < bytes.length && src.length - at > PIECE)) {
			return false;
		}
		await file.writeFile(bytes.subarray(0, decoded));
	}
	return true;
}

async function write(src, start, output, bytes) {
	const file = await fs.promises.open(output, 'w');
	let isWhole;
	try {
		isWhole = await writePieces(file, src, start, bytes);
	} finally {
		await file.close();
	}
	if (!isWhole) {
		await fs.promises.writeFile(output, Buffer.from(src.slice(start), 'base64'));
	}
}

/** The payloads of one render's files. */
class Payloads {
	constructor() {
		/** Source -> its file, once it is written, and what waits for that. */
		this.known = new Map();
		this.queue = Promise.resolve();
		/** What a piece is decoded into: one at a time is. */
		this.bytes = Buffer.allocUnsafeSlow((PIECE / 4) * 3);
	}

	/** The file, of what is under way, or still there. */
	find(src) {
		const one = this.known.get(src);
		return one === undefined || (one.isWritten && !fs.existsSync(one.output)) ? null : one.done;
	}

	add(src, start, output) {
		const done = this.queue.then(() => write(src, start, output, this.bytes)).then(() => output);
		const one = {output, done, isWritten: false};
		this.known.set(src, one);
		const ended = (isWritten) => {
			one.isWritten = isWritten;
			if (!isWritten) {
				this.known.delete(src);
			}
		};
		this.queue = done.then(
			() => ended(true),
			() => ended(false),
		);
		return done;
	}
}

module.exports = {
	apply(copy, settings) {
		// Has the name of the file.
		copy.function(FILE, NAMES, [], settings);
		const stock = copy.function(FILE, NAME, FRAGMENTS, settings);
		const forget = copy.function(FILE, FORGETS, ['hasBeenDownloadedMap', 'delete'], settings);
		const renders = new WeakMap();

		function download({src, downloadMap}) {
			if (typeof src !== 'string' || src.length < LONG) {
				return null;
			}
			const payloads = renders.get(downloadMap) ?? new Payloads();
			renders.set(downloadMap, payloads);
			const known = payloads.find(src);
			if (known !== null) {
				return known;
			}
			const [head, contentType] = HEAD.exec(src) ?? [];
			// Stock code has a payload end at a comma.
			if (head === undefined || src.includes(',', head.length)) {
				return null;
			}
			const {downloadDir, emitter} = downloadMap;
			const output = copy
				.module(FILE)
				[NAMES]({src, downloadDir, contentType, contentDisposition: null});
			emitter.dispatchDownload(src);
			ensureFolder(path.dirname(output));
			return payloads.add(src, head.length, output);
		}

		copy.swap(FILE, NAME, async (options) => download(options) ?? stock(options));
		copy.swap(FILE, FORGETS, (downloadMap) => {
			renders.delete(downloadMap);
			return forget(downloadMap);
		});
	},
};
