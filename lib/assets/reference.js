'use strict';

const {checkString, fail} = require('../check');
const {native} = require('../native');

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

function uncompressMediaAsset(allRenderAssets, assetToUncompress) {
	if (!Array.isArray(allRenderAssets)) {
		fail('allRenderAssets', 'an array of assets', allRenderAssets);
	}
	if (typeof assetToUncompress !== 'object' || assetToUncompress === null) {
		fail('assetToUncompress', 'an asset', assetToUncompress);
	}
	const {src} = assetToUncompress;
	checkString(src, 'assetToUncompress.src');
	const parts = endsWithFrame(src) ? native.parseReference(src) : null;
	if (parts === null) {
		return assetToUncompress;
	}
	const [idStart, idEnd, frameStart] = parts;
	const id = src.slice(idStart, idEnd);
	const frame = src.slice(frameStart);
	const original = allRenderAssets.find(
		(asset) => asset.id === id && String(asset.frame) === frame && !asset.src.startsWith(PREFIX),
	);
	if (original === undefined) {
		throw new TypeError(
			`assetToUncompress.src refers to asset ${JSON.stringify(id)} of frame ${frame}, ` +
				`which none of the ${allRenderAssets.length} assets in allRenderAssets is`,
		);
	}
	return {...assetToUncompress, src: original.src};
}

module.exports = {isAssetCompressed, uncompressMediaAsset};
