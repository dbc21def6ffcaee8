// Finds the first asset of a history that has a given payload.
//
// Remotion hands a freshly flattened array to every frame, so arrays come and
// go while the assets in them stay. A history is therefore known by its first
// asset. An array counts as the same history, grown, only when every asset in
// it is the very object that was noted at that place: the answer is exact
// however arrays are cut, shuffled or mixed. That check is one pointer
// comparison an asset, once per array.
//
// Only pointers and positions are held here, and only while the first asset
// lives; payload positions are indexed in Rust.

const {native} = require('../native');
const {confirm} = require('./store');
const {sample} = require('./fingerprint');

const COMPRESSIBLE = 400;
const NOT_FOUND = -1;
const CROWDED = -2;

/** First asset -> what is known of histories that begin with it. */
const histories = new WeakMap();
/** Array -> the history it was found to be, and how much of it was checked. */
const views = new WeakMap();

class History {
	constructor() {
		// Noted from the second sight on: an array seen once is cheaper to scan.
		this.assets = null;
		this.index = null;
	}

	/** Notes `asset` at the next position. */
	note(asset) {
		const {src} = asset;
		if (typeof src === 'string' && src.length >= COMPRESSIBLE) {
			const hash = sample(src);
			if (this.find(src, hash, this.assets) === NOT_FOUND) {
				this.index.insert(src.length, hash, this.assets.length, src);
			}
		}
		this.assets.push(asset);
	}

	/**
	 * Position of the first asset with this payload. `assets` are the caller's:
	 * positions behind its end do not count.
	 */
	find(src, hash, assets) {
		const {length} = src;
		let position = NOT_FOUND;
		for (;;) {
			position = this.index.next(length, hash, position);
			if (position < 0) {
				break;
			}
			if (position < assets.length && confirm(assets[position].src, src)) {
				return position;
			}
		}
		if (position === CROWDED) {
			position = this.index.byContent(length, hash, src);
			if (position >= 0 && position < assets.length && confirm(assets[position].src, src)) {
				return position;
			}
		}
		return NOT_FOUND;
	}
}

/** The history that `assets` is, brought up to date; null where it must be scanned. */
function recognise(assets) {
	const first = assets[0];
	if (typeof first !== 'object' || first === null) {
		return null;
	}
	const history = histories.get(first);
	if (history === undefined) {
		histories.set(first, new History());
		return null;
	}
	const view = views.get(assets);
	const checked = view !== undefined && view.history === history ? view.checked : 0;
	if (checked === assets.length) {
		return history;
	}
	if (history.assets === null) {
		history.assets = [];
		history.index = new native.PayloadIndex();
	}
	const noted = Math.min(history.assets.length, assets.length);
	for (let i = checked; i < noted; i++) {
		if (history.assets[i] !== assets[i]) {
			// Another history that begins alike. Start over with this one.
			histories.set(first, new History());
			return null;
		}
	}
	for (let i = noted; i < assets.length; i++) {
		const asset = assets[i];
		if (typeof asset !== 'object' || asset === null) {
			return null;
		}
		history.note(asset);
	}
	views.set(assets, {history, checked: assets.length});
	return history;
}

/** The plain search: what the result must be, at the price of a look at each asset. */
function scan(assets, src, hash) {
	const {length} = src;
	for (let i = 0; i < assets.length; i++) {
		const other = assets[i].src;
		if (
			typeof other === 'string' &&
			other.length === length &&
			sample(other) === hash &&
			confirm(other, src)
		) {
			return i;
		}
	}
	return NOT_FOUND;
}

/** The first of `assets` whose `src` is `src`, or undefined. */
function findAsset(assets, src, hash) {
	if (assets.length === 0) {
		return undefined;
	}
	const history = recognise(assets);
	const position = history === null ? scan(assets, src, hash) : history.find(src, hash, assets);
	return position === NOT_FOUND ? undefined : assets[position];
}

module.exports = {COMPRESSIBLE, findAsset};
