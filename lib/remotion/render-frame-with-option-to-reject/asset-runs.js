'use strict';

// Stands for `render-frame-with-option-to-reject`: keeps what frames tell of their
// assets as runs (see ../../assets/runs.js). Remotion keeps an object for each asset of
// each frame until the audio is made.
//
// A frame's entry stays in Remotion's array; its lists are made when they are read.
// Whoever gets the array from renderFrames() gets it as Remotion makes it.

const {ascends, indexIn} = require('../../ascending');
const {Runs} = require('../../assets/runs');
const {handedOn} = require('../../remotion-renders');
const {isShort, noteReader} = require('../../assets/short-entries');

const FILE = 'render-frame-with-option-to-reject';
const NAME = 'renderFrameWithOptionToReject';
const USES = ['assets.push({ audioAndVideoAssets:'];

/** What reads the array in renderMedia(), and changes nothing of it. */
const READERS = [
	['render-has-audio', 'getShouldRenderAudio', ['assetsInfo.assets']],
	['assets/convert-assets-to-file-urls', 'convertAssetsToFileUrls', ['.audioAndVideoAssets.map(']],
	['create-audio', 'createAudio', ['convertAssetsToFileUrls)(']],
];

/** Who hands it on. */
const RENDER_FRAMES = 'render-frames';
const PUBLIC = 'renderFrames';
const INTERNAL = 'internalRenderFrames';

/** What an entry has beside its lists. */
const FRAME = 'frame';

/** The entries of one render. */
class Entries {
	/**
	 * @param order its frames, as they are to be
	 * @param entry one of them
	 */
	constructor(order, entry) {
		this.order = order;
		this.keys = Object.keys(entry);
		/** How many frames are kept as runs, from the first. */
		this.length = 0;
		/** Index of a frame that came before its turn -> the place of its entry. */
		this.waiting = new Map();
		this.lists = {};
		const properties = {};
		for (const key of this.keys) {
			properties[key] = key === FRAME ? {writable: true, value: null} : this.list(key);
			properties[key].enumerable = true;
			properties[key].configurable = true;
		}
		this.properties = properties;
		noteReader(Object.defineProperties({}, properties));
	}

	/** The property that stands for a list. */
	list(key) {
		const {order} = this;
		const runs = new Runs();
		this.lists[key] = runs;
		return {
			get() {
				return runs.at(indexIn(order, this.frame));
			},
			set(value) {
				Object.defineProperty(this, key, {value, writable: true});
			},
		};
	}

	isOfItsKind(entry) {
		const keys = Object.keys(entry);
		return (
			keys.length === this.keys.length &&
			keys.every((key, i) => key === this.keys[i] && (key === FRAME || Array.isArray(entry[key])))
		);
	}

	/** Notes the entry at `place`: it becomes short when all frames before it have. */
	note(entries, place) {
		const index = indexIn(this.order, entries[place].frame);
		if (index >= this.length) {
			this.waiting.set(index, place);
		}
		for (;;) {
			const next = this.waiting.get(this.length);
			if (next === undefined || !this.isOfItsKind(entries[next])) {
				return;
			}
			this.waiting.delete(this.length++);
			entries[next] = this.shorten(entries[next]);
		}
	}

	shorten(entry) {
		const short = {};
		for (const key of this.keys) {
			Object.defineProperty(short, key, this.properties[key]);
			if (key === FRAME) {
				short.frame = entry.frame;
			} else {
				this.lists[key].push(entry[key]);
			}
		}
		return short;
	}
}

/** Makes whole what was shortened, in what renderFrames() gives. */
function makeWhole(result) {
	const entries = result?.assetsInfo?.assets ?? [];
	for (const [place, entry] of entries.entries()) {
		if (isShort(entry)) {
			entries[place] = {...entry};
		}
	}
}

/** Before anybody else reads it: we are the first that its promise calls. */
const handingOn =
	(stock) =>
	(...args) => {
		const rendered = stock(...args);
		rendered?.then?.(makeWhole, () => {});
		return rendered;
	};

module.exports = {
	apply(copy, settings) {
		copy.function(FILE, NAME, USES, settings);
		for (const [file, name, uses] of READERS) {
			copy.function(file, name, uses, settings);
		}
		// The ledger may be in place already.
		const inner = copy.module(FILE)[NAME];
		const renders = new WeakMap();
		function entriesOf(assets, order, entry) {
			if (!renders.has(assets)) {
				renders.set(assets, ascends(order) ? new Entries(order, entry) : null);
			}
			return renders.get(assets);
		}
		const ours = async (options) => {
			const {assets, frame, allFramesAndExtraFrames} = options;
			const before = assets?.length;
			const result = await inner(options);
			try {
				// Other tabs have appended their frames meanwhile.
				for (let place = before; place < assets?.length; place++) {
					const entry = assets[place];
					if (entry?.frame === frame && !isShort(entry)) {
						entriesOf(assets, allFramesAndExtraFrames, entry)?.note(assets, place);
					}
				}
			} catch {
				// Entries from here on stay as they are.
				renders.set(assets, null);
			}
			return result;
		};
		copy.swap(FILE, NAME, ours, {tokensOf: ({assets, page}) => [assets, page]});
		copy.swap(RENDER_FRAMES, PUBLIC, handingOn(copy.exported(RENDER_FRAMES, PUBLIC)));
		const main = handedOn(copy);
		if (typeof main[INTERNAL] === 'function') {
			copy.swapIn(main, INTERNAL, handingOn(main[INTERNAL]));
		}
	},
};
