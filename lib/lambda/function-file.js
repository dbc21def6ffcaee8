'use strict';

// The file of Remotion's Lambda function, index.js: a bundle that esbuild made and
// minified. Names of its variables mean nothing, but each file of Remotion's
// CommonJS build is in a wrapper, and what it exports has kept its name:
//   NAME=HELPER(EXPORTS=>{"use strict"; ... EXPORTS.collectAssets=LOCAL})
// Modules call each other through these exports when they need them, so what is
// assigned there is what they call. We append a line that hands them over.

const {sha256} = require('../copies/known');
const {hashesOf} = require('./hashes');

/** Something that can't be patched. Its message is for whoever builds. */
class NotPatched extends Error {}

/** In the folder of @remotion/lambda. */
const FUNCTION_ZIP = 'remotionlambda-arm64.zip';

/**
 * Module -> what it exports. `isWatched`: its text must be known, because we
 * replace what it exports or rely on it. `optional`: not in every version.
 * `requiredBy`: others export that name, too; it is the one which that requires.
 * `runsAgain`: with other modules in the place of Node's.
 */
const MODULES = {
	'memory/get-available-memory': {name: 'getAvailableMemory', isWatched: true},
	'prestitcher-memory-usage': {name: 'shouldUseParallelEncoding', isWatched: true},
	'compress-assets': {name: 'compressAsset', isWatched: true},
	'collect-assets': {name: 'collectAssets', isWatched: true},
	'puppeteer-evaluate': {name: 'puppeteerEvaluateWithCatch', isWatched: true},
	'render-frame-with-option-to-reject': {name: 'renderFrameWithOptionToReject', isWatched: true},
	truthy: {name: 'truthy', isWatched: true, requiredBy: 'render-frame-with-option-to-reject'},
	'compositor/compositor': {name: 'startCompositor', isWatched: true},
	'assets/inline-audio-mixing': {
		name: 'makeInlineAudioMixing',
		isWatched: true,
		optional: true,
		runsAgain: true,
	},
	'assets/download-and-map-assets-to-file': {
		name: 'getSanitizedFilenameForAssetUrl',
		isWatched: true,
	},
	'screenshot-task': {name: 'screenshotTask', isWatched: true},
	'browser/Connection': {name: 'Connection', isWatched: true},
	'browser/NodeWebSocketTransport': {name: 'NodeWebSocketTransport', isWatched: true},
	'@remotion/streaming/make-streamer': {name: 'makeStreamer', isWatched: true},
	'next-frame-to-render': {name: 'nextFrameToRenderState', isWatched: true},
	'render-has-audio': {name: 'getShouldRenderAudio', isWatched: true},
	'assets/convert-assets-to-file-urls': {name: 'convertAssetsToFileUrls', isWatched: true},
	'create-audio': {name: 'createAudio', isWatched: true},
	'assets/calculate-asset-positions': {name: 'calculateAssetPositions', isWatched: true},
	'filter-asset-types': {name: 'onlyAudioAndVideoAssets', isWatched: true},
	'assets/types': {name: 'uncompressMediaAsset', isWatched: true},
	'assets/flatten-volume-array': {name: 'convertAssetToFlattenedVolume', isWatched: true},
	'@remotion/serverless/on-downloads-helper': {name: 'onDownloadsHelper', isWatched: true},
	'render-frames': {name: 'internalRenderFrames'},
	'render-media': {name: 'internalRenderMedia'},
	'render-still': {name: 'internalRenderStill'},
	index: {name: 'RenderInternals'},
};

const escaped = (name) => name.replaceAll('$', '\\$');

/** esbuild's `__commonJS`. Libraries that were bundled before bring others of their own, further down. */
const HELPER =
	/(?<![\w$.])([\w$]+)=\(([\w$]+),([\w$]+)\)=>\(\)=>\(?\{?(?:try\{return )?\3\|\|\2\(\(\3=\{exports:\{\}\}\)\.exports,\3\)/;

/** What may stand between two wrappers. */
const BETWEEN = /[,;]\s*(?:(?:var|let|const)\s+)?$/;

/** `[{name, exports, start, end}]` of the wrappers, in order. */
function wrappersOf(source) {
	const helper = HELPER.exec(source)?.[1];
	if (helper === undefined) {
		throw new NotPatched('it holds no CommonJS modules of esbuild');
	}
	const start = new RegExp(
		`(?<![\\w$.])([\\w$]+)=${escaped(helper)}\\((?:\\(([\\w$]*)(?:,[\\w$]+)?\\)|([\\w$]+))=>\\{`,
		'g',
	);
	const found = [...source.matchAll(start)];
	return found.map((match, i) => {
		const text = source.slice(match.index, found[i + 1]?.index);
		return {
			name: match[1],
			exports: match[2] ?? match[3],
			start: match.index,
			end: match.index + text.replace(BETWEEN, '').length,
		};
	});
}

/** Wrappers that export `name`. */
function exporters(source, wrappers, name) {
	const assigned = new RegExp(`(?<![\\w$.])([\\w$]+)\\.${name}=(?!void 0\\b|\\1\\.)`, 'g');
	const found = new Set();
	for (const {1: exported, index} of source.matchAll(assigned)) {
		const wrapper = wrappers.findLast(({start}) => start < index);
		if (wrapper !== undefined && wrapper.exports === exported && index < wrapper.end) {
			found.add(wrapper);
		}
	}
	return [...found];
}

/** Whether a wrapper's text requires the wrapper `name`. */
const requires = (text, name) => new RegExp(`(?<![\\w$.])${escaped(name)}\\(\\)`).test(text);

/** Module -> its wrapper. Throws where one is not there, or there twice. */
function locate(source) {
	const wrappers = wrappersOf(source);
	const located = {};
	for (const [file, {name, optional = false, requiredBy, runsAgain = false}] of Object.entries(
		MODULES,
	)) {
		let found = exporters(source, wrappers, name);
		if (requiredBy !== undefined) {
			const {start, end} = located[requiredBy];
			const text = source.slice(start, end);
			found = found.filter((one) => requires(text, one.name));
		}
		if (found.length > 1 || (found.length === 0 && !optional)) {
			throw new NotPatched(
				`${found.length === 0 ? 'no module' : 'more than one module'} exports ${name}`,
			);
		}
		if (found.length === 1) {
			const [{start, end}] = found;
			const text = source.slice(start, end);
			const needs = runsAgain ? wrappers.filter((one) => requires(text, one.name)) : null;
			located[file] = {...found[0], needs: needs?.map((one) => one.name)};
		}
	}
	return located;
}

/** Stands in each line that we append. */
const MARK = 'require("remotion-headroom/lambda").activate(';

/** `{module: text}` of those that must be known. */
const watchedTexts = (source, located) =>
	Object.fromEntries(
		Object.entries(located)
			.filter(([module]) => MODULES[module].isWatched)
			.map(([module, {start, end}]) => [module, source.slice(start, end)]),
	);

/**
 * The line that stands behind the function's file. It says where in the file each
 * module is, in bytes, and what its text is known by: whether it is that is looked at
 * when the function starts. Of one that is to run again it hands over what the module
 * requires. See ./bundled-copy.js.
 */
function lineFor(bytes, version) {
	const source = bytes.toString('utf8');
	if (!Buffer.from(source).equals(bytes)) {
		throw new NotPatched('it is not UTF-8');
	}
	if (source.includes(MARK)) {
		throw new NotPatched('it has been patched before');
	}
	const before = (index) => Buffer.byteLength(source.slice(0, index));
	const located = locate(source);
	const texts = watchedTexts(source, located);
	const hashes = hashesOf(texts);
	const modules = Object.entries(located).map(([file, {name, start, end, needs}]) => {
		const row = [`${name}()`, before(start), before(end)];
		if (Object.hasOwn(texts, file)) {
			row.push(JSON.stringify(sha256(texts[file])), JSON.stringify(hashes[file]));
		}
		if (needs !== undefined) {
			row.push(`{${needs.join(',')}}`);
		}
		return `${JSON.stringify(file)}:[${row.join(',')}]`;
	});
	const about = `{version:${JSON.stringify(version)},file:__filename}`;
	return (
		`;try{${MARK}{${modules.join(',')}},${about})}` +
		'catch(e){console.warn("[remotion-headroom] Not activated: "+e.message)}\n'
	);
}

/** The function's file with our line behind it. */
const patch = (bytes, version) => Buffer.concat([bytes, Buffer.from(lineFor(bytes, version))]);

module.exports = {FUNCTION_ZIP, MODULES, NotPatched, lineFor, locate, patch, watchedTexts};
