'use strict';

// The Rust payload store, seen from JavaScript.

const {types} = require('node:util');
const {binaryError, native} = require('../native');

const offHeap = native.externalStringsWork();

/** Assets whose `src` came straight into Rust memory. */
const movedBefore = new WeakSet();

const markOffHeap = (asset) => movedBefore.add(asset);

/** Whether `asset.src` can be replaced without anybody noticing. */
function holdsPlainSrc(asset, src) {
	if (types.isProxy(asset)) {
		return false;
	}
	const property = Object.getOwnPropertyDescriptor(asset, 'src');
	return property !== undefined && property.writable === true && property.value === src;
}

/**
 * Moves the characters of `asset.src`, which is `src`, into Rust memory and
 * puts an equal external string in its place. Leaves alone what can't be
 * written to.
 */
function moveOffHeap(asset, src, wide) {
	if (!offHeap || movedBefore.has(asset) || !holdsPlainSrc(asset, src)) {
		return;
	}
	const external = native.offHeap(src, wide);
	if (external !== null) {
		asset.src = external;
	}
}

function getAssetStoreStats() {
	return {...native.assetStoreStats(), native: binaryError === null};
}

module.exports = {
	confirm: native.confirm,
	getAssetStoreStats,
	markOffHeap,
	moveOffHeap,
	noteHit: native.noteHit,
	worksOffHeap: offHeap,
};
