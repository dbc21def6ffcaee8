'use strict';

// Stands for `render-frame-with-option-to-reject`: gives it a ledger in place
// of the array of all frames' assets.
//
// Stock code filters, maps and flattens that array for every frame to get at
// all earlier assets. The ledger answers the same calls with lists that only
// grow, and of assets with those alone whose payload an asset can have in common.
// Frames still go into Remotion's own array, which is what anybody reads afterwards.

const {COMPRESSIBLE} = require('../../assets/history');
const {isShort} = require('../../assets/short-entries');

const FILE = 'render-frame-with-option-to-reject';

const AUDIO_AND_VIDEO = [];
const ARTIFACTS = [];
/** Tells which of an entry's lists a function picks. */
const PROBE = {audioAndVideoAssets: AUDIO_AND_VIDEO, artifactAssets: ARTIFACTS};

/** Whether a later asset may be told to have this one's source: shorter ones aren't looked for. */
const mayBeShared = (asset) => !(typeof asset?.src === 'string' && asset.src.length < COMPRESSIBLE);

/** Adds one frame's list as `flat(2)` over all of them would. */
function append(list, entries, counts) {
	for (const entry of [entries].flat(2)) {
		if (counts(entry)) {
			list.push(entry);
		}
	}
}

/** The earlier frames of one render. */
class Ledger {
	constructor(frames) {
		this.frames = frames;
		this.start();
	}

	start() {
		this.noted = 0;
		this.last = undefined;
		this.audioAndVideo = [];
		this.artifacts = [];
	}

	/** Notes frames that have come since. */
	catchUp() {
		const {frames} = this;
		const last = frames[this.noted - 1];
		if (frames.length < this.noted || !(last === this.last || (last && isShort(last)))) {
			// Somebody changed the array: stock code would see it as it is now.
			this.start();
		}
		for (; this.noted < frames.length; this.noted++) {
			const frame = frames[this.noted];
			this.last = frame;
			if (frame) {
				append(this.audioAndVideo, frame.audioAndVideoAssets, mayBeShared);
				append(this.artifacts, frame.artifactAssets, () => true);
			}
		}
	}
}

/** The array of frames as one call of stock code sees it: all that it uses of it. */
class LedgerView {
	constructor(ledger) {
		this.ledger = ledger;
	}

	push(...entries) {
		const length = this.ledger.frames.push(...entries);
		// As long as they are as they came.
		this.ledger.catchUp();
		return length;
	}

	filter(keep) {
		const {ledger} = this;
		if (!keep(PROBE) || keep(undefined)) {
			return ledger.frames.filter(keep);
		}
		ledger.catchUp();
		return {
			map(pick) {
				const picked = pick(PROBE);
				const known =
					picked === AUDIO_AND_VIDEO
						? ledger.audioAndVideo
						: picked === ARTIFACTS
							? ledger.artifacts
							: null;
				return known === null ? ledger.frames.filter(keep).map(pick) : {flat: () => known};
			},
		};
	}
}

// The parameter, filter, push, and `assets: collectedAssets`.
const MENTIONS = 4;

/** Whether it looks for payloads in the earlier frames; newer sources keep a Map of them instead. */
const looksForPayloads = (text) => /=>\s*[\w$]+\.audioAndVideoAssets\b/.test(text);

/** How a text must look for the ledger to be what it sees. */
const USES = [
	'assets.filter(truthy_1.truthy)',
	(text) =>
		!looksForPayloads(text) ||
		(/\.map\(\(a\) => a\.audioAndVideoAssets\)\s*\.flat\(2\)/.test(text) &&
			text.includes('compressAsset)(previousAudioRenderAssets, asset)')),
	'.map((a) => a.artifactAssets).flat(2)',
	'of previousArtifactAssets)',
	'assets.push({ audioAndVideoAssets:',
	// Nothing else may look at the array.
	(text) => [...text.matchAll(/\bassets\b/g)].length === MENTIONS,
];

module.exports = {
	apply(copy, settings) {
		const stock = copy.function(FILE, 'renderFrameWithOptionToReject', USES, settings);
		// The ledger asks it about one frame, in place of all of them.
		copy.function('truthy', 'truthy', ['return Boolean(value);'], settings);
		if (looksForPayloads(Function.prototype.toString.call(stock))) {
			// Gets the ledger's own list, so it must not change it or keep it.
			copy.function('compress-assets', 'compressAsset', ['.find('], settings);
		}
		const ledgers = new WeakMap();
		const ours = async (options) => {
			const {assets} = options;
			if (!Array.isArray(assets)) {
				return stock(options);
			}
			let ledger = ledgers.get(assets);
			if (ledger === undefined) {
				ledger = new Ledger(assets);
				ledgers.set(assets, ledger);
			}
			if (!Reflect.set(options, 'assets', new LedgerView(ledger))) {
				return stock(options);
			}
			// Taken apart when it is called, so that nobody else sees the change.
			const rendered = stock(options);
			options.assets = assets;
			return rendered;
		};
		// The page, too: what this frame collects and compresses is of its render.
		copy.swap(FILE, 'renderFrameWithOptionToReject', ours, {
			tokensOf: ({assets, page}) => [assets, page],
		});
	},
};
