'use strict';

// What a reference to another asset says. Named like Remotion's `assets/types`.

const {types} = require('node:util');
const {checkString, fail, failIfRevoked} = require('../check');

const {values} = Map.prototype;

const PREFIX = 'same-as';
const LINE_ENDS = ['\n', '\r', '\u2028', '\u2029'];

/** Where the frame at the end of `src` begins; `src.length` where there is none. */
function frameStart(src) {
	let at = src.length;
	for (; at > 0; at--) {
		const unit = src.charCodeAt(at - 1);
		if (unit !== 46 && (unit < 48 || unit > 57)) {
			break;
		}
	}
	return at;
}

/**
 * `[id, frame]` of the reference `same-as-<id>-<frame>` at the end of `src`, or
 * null. An id may contain dashes, and does not span lines; a frame may have a
 * fraction. (Source of the rule: `uncompressMediaAsset` of `@remotion/renderer`.)
 * Nothing is copied before it is one: a payload may be long.
 */
function parseReference(src) {
	const frame = frameStart(src);
	const end = frame - 1;
	if (frame === src.length || src[end] !== '-') {
		return null;
	}
	const line = Math.max(...LINE_ENDS.map((lineEnd) => src.lastIndexOf(lineEnd, end)));
	const at = src.indexOf(`${PREFIX}-`, line + 1);
	const start = at + PREFIX.length + 1;
	return at === -1 || start > end ? null : [src.slice(start, end), src.slice(frame)];
}

function uncompressMediaAsset(allRenderAssets, assetToUncompress) {
	try {
		return uncompress(allRenderAssets, assetToUncompress);
	} catch (error) {
		failIfRevoked(allRenderAssets, 'allRenderAssets', assetToUncompress, 'assetToUncompress');
		throw error;
	}
}

function uncompress(allRenderAssets, assetToUncompress) {
	const isMap = types.isMap(allRenderAssets);
	if (!isMap && !Array.isArray(allRenderAssets)) {
		fail('allRenderAssets', 'an array of assets, or a Map of them', allRenderAssets);
	}
	if (typeof assetToUncompress !== 'object' || assetToUncompress === null) {
		fail('assetToUncompress', 'an asset', assetToUncompress);
	}
	const {src} = assetToUncompress;
	checkString(src, 'assetToUncompress.src');
	const reference = parseReference(src);
	if (reference === null) {
		return assetToUncompress;
	}
	const [id, frame] = reference;
	const assets = isMap ? [...values.call(allRenderAssets)] : allRenderAssets;
	const original = assets.find(
		(asset) => asset.id === id && String(asset.frame) === frame && !asset.src.startsWith(PREFIX),
	);
	if (original === undefined) {
		throw new TypeError(
			`assetToUncompress.src refers to asset ${JSON.stringify(id)} of frame ${frame}, ` +
				`which none of the ${assets.length} assets in allRenderAssets is`,
		);
	}
	return {...assetToUncompress, src: original.src};
}

module.exports = {PREFIX, parseReference, uncompressMediaAsset};
