'use strict';

const {types} = require('node:util');
const {fail, failIfRevoked} = require('../check');
const {firstBySrc, noteNew} = require('./first-by-src');
const {lastSampleWasWide, sample} = require('./fingerprint');
const {COMPRESSIBLE, findAsset} = require('./history');
const {moveOffHeap} = require('./store');

function compressAsset(previousRenderAssets, newRenderAsset) {
	try {
		return compress(previousRenderAssets, newRenderAsset);
	} catch (error) {
		failIfRevoked(previousRenderAssets, 'previousRenderAssets', newRenderAsset, 'newRenderAsset');
		throw error;
	}
}

function compress(previousRenderAssets, newRenderAsset) {
	// Ordinary URLs end here: they never reach the addon, and these checks are
	// in the order that V8 runs fastest.
	if (newRenderAsset !== null && newRenderAsset !== undefined) {
		const {src} = newRenderAsset;
		if (typeof src === 'string') {
			if (Array.isArray(previousRenderAssets)) {
				return src.length < COMPRESSIBLE
					? newRenderAsset
					: compressPayload(previousRenderAssets, newRenderAsset, src);
			}
			return compressByMap(previousRenderAssets, newRenderAsset, src);
		}
	}
	return refuse(previousRenderAssets, newRenderAsset);
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
	src: `same-as-${original.id}-${original.frame}`,
});

module.exports = {compressAsset};
