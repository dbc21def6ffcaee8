'use strict';

// Finds the first asset of a history that has a given payload.
//
// Remotion hands a freshly flattened array to every frame, so arrays come and
// go while the assets in them stay. A history is therefore known by its first
// asset. An array counts as the same history, grown, only when every asset in
// it is the very object that was noted at that place: the answer is exact
// however arrays are cut, shuffled or mixed. That check is one comparison of
// pointers an asset, once per array. Where a `src` was replaced since it was
// noted, the comparison that confirms every find shows it, and we scan.
//
// Payload positions are indexed in Rust. What is held here is held only while
// both the first and the last noted asset live elsewhere, and it never
// includes a string.

const {types} = require('node:util');
const {native} = require('../native');
const {confirm} = require('./store');
const {sample} = require('./fingerprint');

const COMPRESSIBLE = 400;
const {NONE, CROWDED} = native;
/** An asset is not what it was when it was noted. */
const STALE = Symbol('stale');

/** What is known of histories that begin with one asset. */
class Record {
	constructor() {
		// Nothing is noted at first sight: an array seen once is cheaper to scan.
		this.count = 0;
		/** Last noted asset -> History: neither outlives the other. */
		this.byLast = new WeakMap();
		/** An accessor or a proxy is among the assets: each look may differ. */
		this.mustScan = false;
	}
}

/** First asset -> Record. */
const records = new WeakMap();
/** Array -> the record it was found to match, and how much of it was checked. */
const views = new WeakMap();

class History {
	constructor() {
		this.assets = [];
		this.index = new native.PayloadIndex();
	}

	/** Notes `asset`, whose `src` is `src`, at the next position; false where a noted one is stale. */
	note(asset, src) {
		if (src.length >= COMPRESSIBLE) {
			const hash = sample(src);
			const position = this.assets.length;
			if (!this.index.insertAlone(src.length, hash, position)) {
				const known = this.find(src, hash, this.assets, false);
				if (known === STALE) {
					return false;
				}
				if (known === undefined) {
					this.index.insert(src.length, hash, position, src);
				}
			}
		}
		this.assets.push(asset);
		return true;
	}

	/** The first of `assets` with this payload, undefined, or STALE. */
	find(src, hash, assets, counts) {
		const {index} = this;
		const {length} = src;
		let position = index.next(length, hash, NONE);
		while (position >= 0) {
			const found = this.compare(position, src, hash, assets, counts);
			if (found !== undefined) {
				return found;
			}
			position = index.next(length, hash, position);
		}
		if (position === CROWDED) {
			position = index.byContent(length, hash, src, NONE);
			while (position >= 0) {
				const found = this.compare(position, src, hash, assets, counts);
				if (found !== undefined) {
					return found;
				}
				position = index.byContent(length, hash, src, position);
			}
		}
		return undefined;
	}

	compare(position, src, hash, assets, counts) {
		const asset = assets[position];
		if (asset !== this.assets[position]) {
			return STALE;
		}
		const other = asset.src;
		if (confirm(other, src, counts)) {
			return asset;
		}
		const asNoted =
			typeof other === 'string' && other.length === src.length && sample(other) === hash;
		return asNoted ? undefined : STALE;
	}
}

/** The asset's `src` where every look at it is bound to show the same, else undefined. */
function plainSrc(asset) {
	if (typeof asset !== 'object' || asset === null || types.isProxy(asset)) {
		return undefined;
	}
	const value = Object.getOwnPropertyDescriptor(asset, 'src')?.value;
	return typeof value === 'string' ? value : undefined;
}

/** Whether two arrays have the same objects from `start` to `end`. By itself, so that V8 optimises it early. */
function agree(one, other, start, end) {
	for (let i = start; i < end; i++) {
		if (one[i] !== other[i]) {
			return false;
		}
	}
	return true;
}

function startOver(first) {
	records.set(first, new Record());
	return null;
}

/** The history that `assets` is, brought up to date; null where it must be scanned. */
function recognise(assets) {
	const first = assets[0];
	if (typeof first !== 'object' || first === null) {
		return null;
	}
	const record = records.get(first);
	if (record === undefined) {
		return startOver(first);
	}
	const {count} = record;
	const {length} = assets;
	// A cut array leaves the record to the array that it was cut from.
	if (record.mustScan || length < count) {
		return null;
	}
	const history = count === 0 ? new History() : record.byLast.get(assets[count - 1]);
	if (history === undefined) {
		return startOver(first);
	}
	const view = views.get(assets);
	const seen = view !== undefined && view.record === record ? view.checked : 0;
	if (seen === length) {
		return history;
	}
	if (!agree(history.assets, assets, seen, count)) {
		// Another history that begins alike. Start over with this one.
		return startOver(first);
	}
	for (let i = count; i < length; i++) {
		const src = plainSrc(assets[i]);
		if (src === undefined) {
			record.mustScan = true;
			record.byLast = null;
			return null;
		}
		if (!history.note(assets[i], src)) {
			return startOver(first);
		}
	}
	if (count < length) {
		if (count > 0) {
			record.byLast.delete(assets[count - 1]);
		}
		record.byLast.set(assets[length - 1], history);
		record.count = length;
	}
	if (view === undefined) {
		views.set(assets, {record, checked: length});
	} else {
		view.record = record;
		view.checked = length;
	}
	return history;
}

/** The plain search: what the result must be, at the price of a look at each asset. */
function scan(assets, src, hash) {
	const {length} = src;
	// Most that differ do so here, and need no sample.
	const late = length - (length >> 3);
	const middle = length >> 1;
	const lateUnit = src.charCodeAt(late);
	const middleUnit = src.charCodeAt(middle);
	for (let i = 0; i < assets.length; i++) {
		const asset = assets[i];
		const other = asset.src;
		if (
			typeof other === 'string' &&
			other.length === length &&
			other.charCodeAt(late) === lateUnit &&
			other.charCodeAt(middle) === middleUnit &&
			sample(other) === hash &&
			confirm(other, src, true)
		) {
			return asset;
		}
	}
	return undefined;
}

/** The first of `assets` whose `src` is `src`, or undefined. */
function findAsset(assets, src, hash) {
	if (assets.length === 0) {
		return undefined;
	}
	try {
		const history = recognise(assets);
		const found = history === null ? STALE : history.find(src, hash, assets, true);
		if (found !== STALE) {
			return found;
		}
		if (history !== null) {
			startOver(assets[0]);
		}
	} catch {
		// There is no memory for the index, which may know of half an array now.
		// Where an asset threw, the scan says so.
		startOver(assets[0]);
	}
	return scan(assets, src, hash);
}

module.exports = {COMPRESSIBLE, findAsset};
