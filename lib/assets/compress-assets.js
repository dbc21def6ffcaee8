'use strict';

const {types} = require('node:util');
const {checkString, fail, failIfRevoked} = require('../check');
const {firstBySrc, noteNew} = require('./first-by-src');
const {lastSampleWasWide, sample} = require('./fingerprint');
const {COMPRESSIBLE, findAsset} = require('./history');
const {moveOffHeap} = require('./store');
const {PREFIX} = require('./types');

function compressAsset(previousRenderAssets, newRenderAsset) {
	try {
		const {src} = newRenderAsset;
		// Ordinary URLs end here: they never reach the addon, and these checks are
		// in the order that V8 runs fastest.
		return typeof src === 'string' &&
			src.length < COMPRESSIBLE &&
			Array.isArray(previousRenderAssets)
			? newRenderAsset
			: compress(previousRenderAssets, newRenderAsset, src);
	} catch (error) {
		failIfRevoked(previousRenderAssets, 'previousRenderAssets', newRenderAsset, 'newRenderAsset');
		if (newRenderAsset === null || newRenderAsset === undefined) {
			refuse(previousRenderAssets, newRenderAsset);
		}
		throw error;
	}
}

function compress(previousRenderAssets, newRenderAsset, src) {
	if (typeof src !== 'string') {
		return refuse(previousRenderAssets, newRenderAsset);
	}
	return Array.isArray(previousRenderAssets)
		? compressPayload(previousRenderAssets, newRenderAsset, src)
		: compressByMap(previousRenderAssets, newRenderAsset, src);
}

function refuse(previousRenderAssets, newRenderAsset) {
	if (!Array.isArray(previousRenderAssets) && !types.isMap(previousRenderAssets)) {
		fail('previousRenderAssets', 'an array of assets, or a Map of them', previousRenderAssets);
	}
	if (typeof newRenderAsset !== 'object' || newRenderAsset === null) {
		fail('newRenderAsset', 'an asset', newRenderAsset);
	}
	fail('newRenderAsset.src', 'a string', newRenderAsset.src);
}

function compressPayload(assets, asset, src) {
	const hash = sample(src);
	const wide = lastSampleWasWide();
	const original = findAsset(assets, src, hash);
	if (original === undefined) {
		moveOffHeap(asset, src, wide);
		return asset;
	}
	return referTo(original, asset);
}

function compressByMap(map, asset, src) {
	if (!types.isMap(map)) {
		return refuse(map, asset);
	}
	if (src.length < COMPRESSIBLE) {
		return asset;
	}
	const original = firstBySrc(map, src);
	if (!original) {
		sample(src);
		moveOffHeap(asset, src, lastSampleWasWide());
		noteNew(map, src);
		return asset;
	}
	return referTo(original, asset);
}

const referTo = (original, asset) => ({
	...asset,
	src: `${PREFIX}-${original.id}-${original.frame}`,
});

function isAssetCompressed(src) {
	checkString(src, 'src');
	return src.startsWith(PREFIX);
}

module.exports = {compressAsset, isAssetCompressed};
