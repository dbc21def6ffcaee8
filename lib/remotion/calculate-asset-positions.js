'use strict';

// Stands for `assets/calculate-asset-positions`: when each asset is heard, and how loud.
//
// Up to some version before 4.0.479 stock code copies the list of an asset's volumes for
// each frame, and searches all assets for each reference. Here frames are gone through
// once; what an asset's entry consists of is asked of stock code, with the first frame alone.

const {parseReference} = require('../assets/types');
const {StepAside} = require('../copies/copy');

const FILE = 'assets/calculate-asset-positions';
const NAME = 'calculateAssetPositions';
const FRAGMENTS = [
	'uncompressMediaAsset)(flattened, asset)',
	'found.volume = [...found.volume, asset.volume];',
	'found.duration = frame - found.startInVideo + 1;',
	'convertAssetToFlattenedVolume)(a)',
];

/** Versions that go through frames once by themselves have this, whatever its names. */
const IS_LINEAR = /\.volume\.push\([\w$]+\.volume\)/;

/** What stock code must answer, be it with an error. */
class Odd extends Error {}

function must(condition) {
	if (!condition) {
		throw new Odd();
	}
}

/** Frame -> its assets, in their order. */
function byFrame(frames) {
	const assets = new Map();
	for (const asset of frames.flat(1)) {
		const key = String(asset.frame);
		const list = assets.get(key);
		if (list === undefined) {
			assets.set(key, [asset]);
		} else {
			list.push(asset);
		}
	}
	return assets;
}

function positionsOf(frames, {stock, filter, uncompress, flatten}) {
	must(Array.isArray(frames) && frames.every(Array.isArray));
	let assets = null;

	/** An asset with its source in place of a reference. */
	function whole(asset) {
		const reference = parseReference(asset.src);
		if (reference === null) {
			return asset;
		}
		const [id, frame] = reference;
		assets ??= byFrame(frames);
		const candidates = assets.get(frame) ?? [];
		must(candidates.some((one) => one.id === id));
		const found = uncompress(candidates, asset);
		must(found === asset || parseReference(found.src) === null);
		return found;
	}

	const all = [];
	let before = new Map();
	for (const [startInVideo, list] of frames.entries()) {
		const now = new Map();
		for (const asset of filter(list)) {
			must(typeof asset.id === 'string');
			if (now.has(asset.id)) {
				continue;
			}
			let position = before.get(asset.id);
			if (position === undefined) {
				const [entry] = stock([[whole(asset)]]);
				position = {entry, startInVideo, volume: []};
				all.push(position);
			}
			position.volume.push(asset.volume);
			now.set(asset.id, position);
		}
		before = now;
	}
	return all.map(({entry, startInVideo, volume}) =>
		flatten({...entry, startInVideo, duration: volume.length, volume}),
	);
}

module.exports = {
	apply(copy, settings) {
		const text = Function.prototype.toString.call(copy.module(FILE)[NAME]);
		if (IS_LINEAR.test(text)) {
			throw new StepAside('this version goes through frames once by itself', true);
		}
		const stock = copy.function(FILE, NAME, FRAGMENTS, settings);
		const theirs = {
			stock,
			filter: copy.function('filter-asset-types', 'onlyAudioAndVideoAssets', ['filter('], settings),
			uncompress: copy.function('assets/types', 'uncompressMediaAsset', ['.find('], settings),
			flatten: copy.function(
				'assets/flatten-volume-array',
				'convertAssetToFlattenedVolume',
				['...asset', 'flattenVolumeArray)(asset.volume)'],
				settings,
			),
		};
		copy.swap(FILE, NAME, (frames) => {
			try {
				return positionsOf(frames, theirs);
			} catch {
				return stock(frames);
			}
		});
	},
};
