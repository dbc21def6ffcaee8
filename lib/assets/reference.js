'use strict';

const {types} = require('node:util');
const {checkString, fail, failIfRevoked} = require('../check');
const {native} = require('../native');

const {values} = Map.prototype;

const PREFIX = 'same-as';

function isAssetCompressed(src) {
	checkString(src, 'src');
	return src.startsWith(PREFIX);
}

/** Whether `src` ends as a reference does, so that most never cross to Rust. */
function endsWithFrame(src) {
	let i = src.length - 1;
	for (; i >= 0; i--) {
		const unit = src.charCodeAt(i);
		if (unit !== 46 && (unit < 48 || unit > 57)) {
			break;
		}
	}
	return i >= 0 && i < src.length - 1 && src[i] === '-';
}

/** `[id start, id end, frame start]` of the reference at the end of `src`, or null. */
function parseReference(src) {
	// What comes before is never part of it, and may be long.
	const from = src.indexOf(PREFIX);
	const parts = from === -1 ? null : native.parseReference(src.slice(from));
	return parts?.map((at) => at + from) ?? null;
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
	const parts = endsWithFrame(src) ? parseReference(src) : null;
	if (parts === null) {
		return assetToUncompress;
	}
	const [idStart, idEnd, frameStart] = parts;
	const id = src.slice(idStart, idEnd);
	const frame = src.slice(frameStart);
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

module.exports = {isAssetCompressed, uncompressMediaAsset};
