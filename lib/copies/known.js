'use strict';

// Which texts of Remotion's functions we know, by hash. `npm run known-texts`
// renews known.json from published versions.
//
// MODULE: the whole module counts, because the function uses constants and
// helpers beside it. A function that is exported under its own name and stands
// in a known module is known.
// FUNCTION: the function alone, where the module is large, changes often, and
// we do no more than call it with options that a caller could give as well.

const {createHash} = require('node:crypto');

const MODULE = 'module';
const FUNCTION = 'function';

/** `[module, function, what counts]`: those that we replace, and those that replacements rely on. */
const WATCHED = [
	['memory/get-available-memory', 'getAvailableMemory', MODULE],
	// Its limit and its estimate are beside it.
	['prestitcher-memory-usage', 'shouldUseParallelEncoding', MODULE],
	['compress-assets', 'compressAsset', MODULE],
	['collect-assets', 'collectAssets', MODULE],
	// How arguments and results travel is beside it.
	['puppeteer-evaluate', 'puppeteerEvaluateWithCatch', MODULE],
	['render-frame-with-option-to-reject', 'renderFrameWithOptionToReject', MODULE],
	// Its pool, its frames and its retries.
	['render-frame-and-retry-target-close', 'renderFrameAndRetryTargetClose', MODULE],
	['make-page', 'makePage', MODULE],
	['pool', 'Pool', MODULE],
	['next-frame-to-render', 'nextFrameToRenderState', MODULE],
	['replace-browser', 'handleBrowserCrash', MODULE],
	// What it fetches by, and how sources are named, are beside it.
	['symbolicate-stacktrace', 'getSourceMapFromLocalFile', MODULE],
	['symbolicate-stacktrace', 'getSourceMapFromRemoteUrl', MODULE],
	['symbolicate-stacktrace', 'getSourceMapFromRemoteFile', MODULE],
	['prepare-server', 'prepareServer', MODULE],
	['compositor/compositor', 'startCompositor', MODULE],
	// Gives the encoder that frames are written to.
	['prespawn-ffmpeg', 'prespawnFfmpeg', FUNCTION],
	// Picks the frames whose assets the ledger lists.
	['truthy', 'truthy', MODULE],
	// Read the frames' assets, and change nothing of them.
	['render-has-audio', 'getShouldRenderAudio', MODULE],
	['assets/convert-assets-to-file-urls', 'convertAssetsToFileUrls', MODULE],
	['create-audio', 'createAudio', FUNCTION],
	// Has written the samples when they are released.
	['assets/inline-audio-mixing', 'makeInlineAudioMixing', MODULE],
	['assets/calculate-asset-positions', 'calculateAssetPositions', MODULE],
	// What it asks of an asset, of a reference, and of volumes.
	['filter-asset-types', 'onlyAudioAndVideoAssets', MODULE],
	['assets/types', 'uncompressMediaAsset', MODULE],
	['assets/flatten-volume-array', 'convertAssetToFlattenedVolume', MODULE],
	// Where the name comes from is beside it.
	['assets/download-and-map-assets-to-file', 'getSanitizedFilenameForAssetUrl', MODULE],
	// What it remembers is beside it.
	['assets/download-and-map-assets-to-file', 'downloadAsset', MODULE],
	['assets/download-and-map-assets-to-file', 'markAllAssetsAsDownloaded', MODULE],
	['screenshot-task', 'screenshotTask', MODULE],
	// What passes between it and the browser.
	['browser/Connection', 'Connection', MODULE],
	['browser/NodeWebSocketTransport', 'NodeWebSocketTransport', MODULE],
	// Reads what the compositor writes; a package of its own.
	['@remotion/streaming/make-streamer', 'makeStreamer', MODULE],
	['render-media', 'renderMedia', FUNCTION],
	['render-frames', 'renderFrames', FUNCTION],
];

/** Bun hands out a function's source rewritten; what it read is in the file alone. */
const REWRITTEN = process.versions.bun !== undefined;

const withoutSpace = (text) => text.replace(/\s+/g, '');

/** A module's text -> what Bun makes of it, without white space, in which the two differ. */
const rewritten = new Map();

/** Whether this is in the module's text, as Bun rewrites it. */
function isInRewritten(module, text) {
	if (!rewritten.has(module)) {
		const transpiler = new globalThis.Bun.Transpiler({loader: 'js', target: 'bun'});
		rewritten.set(module, withoutSpace(transpiler.transformSync(module)));
	}
	return rewritten.get(module).includes(withoutSpace(text));
}

/** What counts of a function that we watch; nothing of any other. */
const countsOf = (file, name) =>
	WATCHED.find(([one, other]) => one === file && other === name)?.[2];

const sha256 = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Hash of a text without what doesn't count; null where that can't be told. */
function hashOf(text) {
	// Rarely needed: texts as they were published are known by themselves.
	const {normalise} = require('./normalise');
	const normalised = normalise(text);
	return normalised === null ? null : sha256(normalised);
}

class Known {
	constructor(table = require('./known.json')) {
		this.table = table;
		this.read = table.read.split(' ');
		this.newest = this.read.at(-1);
	}

	has(file, name, text) {
		const texts = this.table.texts[file]?.[name];
		if (texts === undefined) {
			return false;
		}
		const raw = sha256(text);
		if (Object.values(texts).some(({published}) => published.includes(raw))) {
			return true;
		}
		const hash = hashOf(text);
		return hash !== null && Object.hasOwn(texts, hash);
	}

	/** Whether `value`, exported as `name` by the module with this text, is one we know. */
	knows(file, name, value, readModule) {
		const counts = countsOf(file, name);
		if (counts === undefined) {
			return false;
		}
		const text = Function.prototype.toString.call(value);
		const ofFunction = counts === FUNCTION;
		if (ofFunction && !REWRITTEN) {
			return this.has(file, name, text);
		}
		const module = readModule();
		// Else somebody has put another function in its place.
		const isInFile = REWRITTEN ? isInRewritten(module, text) : module.includes(text);
		return value.name === name && isInFile && (ofFunction || this.has(file, name, module));
	}

	/** Whether a function that is known must be looked at all the same: it is from its file, whatever that is. */
	isOfAnyText(file, name) {
		return REWRITTEN && countsOf(file, name) === FUNCTION;
	}

	/** Why a text may be unknown in `version`, and what to do. */
	explain(version) {
		const whatever = 'or set REMOTION_HEADROOM=try-unknown to replace it nevertheless';
		if (this.read.includes(version)) {
			return `a patch or another tool changed it; take that out, ${whatever}`;
		}
		const [a, b] = [version, this.newest].map((text) => text.split(/[.-]/).map(Number));
		const first = [0, 1, 2].find((i) => a[i] !== b[i]);
		const newer = first !== undefined && a[first] > b[first];
		return `${
			newer
				? `this version is newer than ${this.newest}, the newest we know`
				: `this version is none of those we know, up to ${this.newest}`
		}; upgrade remotion-headroom, ${whatever}`;
	}
}

module.exports = {FUNCTION, Known, WATCHED, hashOf, sha256, withoutSpace};
