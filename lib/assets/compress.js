'use strict';

const {fail, failIfRevoked} = require('../check');
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
		if (typeof src === 'string' && Array.isArray(previousRenderAssets)) {
			return src.length < COMPRESSIBLE
				? newRenderAsset
				: compressPayload(previousRenderAssets, newRenderAsset, src);
		}
	}
	return refuse(previousRenderAssets, newRenderAsset);
}

function refuse(previousRenderAssets, newRenderAsset) {
	if (!Array.isArray(previousRenderAssets)) {
		fail('previousRenderAssets', 'an array of assets', previousRenderAssets);
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
	return {...asset, src: `same-as-${original.id}-${original.frame}`};
}

module.exports = {compressAsset};
