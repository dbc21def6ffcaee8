'use strict';

// Functions that run in the browser tab. Their source text is sent there, so
// each stands for itself and uses nothing of this file.
//
// What a tab remembers hangs on its window under the session's key: a reload
// takes it away, and the next frame starts with a new epoch.

/** Collects the frame's assets; null where `install` must come first. */
function collect(key) {
	const installed = window[key];
	return installed === undefined ? null : installed.collect();
}

/** Characters `start` to `end` of a payload; null where the tab has started afresh. */
function pull(key, epoch, number, start, end) {
	const installed = window[key];
	return installed !== undefined && installed.epoch === epoch
		? installed.pull(number, start, end)
		: null;
}

/** The last frame's assets as Remotion would have sent them, and a clean slate. */
function startOver(key) {
	const assets = window[key]?.last() ?? null;
	delete window[key];
	return {assets};
}

/**
 * Installs the tab's side and collects the frame's assets with it. This comes
 * along once a page; all later frames get by with `collect`.
 *
 * Each `collect` asks Remotion for the assets, and takes out of them what the
 * tab has sent before: `refs` says which asset had which payload. Payloads that
 * were not sent before are `fresh`; small ones come along.
 */
function install(key, smallest, alongside, keep) {
	const epoch = `${Math.random()}`;
	const byPrint = new Map();
	const byNumber = new Map();
	/** Remotion gives a frame's assets out only once, so they stay until the next frame. */
	let last = null;
	let frame = 0;
	let next = 1;
	let held = 0;

	// Sampled, because V8 hashes a long string by its length alone.
	const printOf = (src) => {
		let print = `${src.length}`;
		const step = (src.length - 1) / 63;
		for (let at = 0; at < 64; at++) {
			print += `,${src.charCodeAt(Math.floor(at * step))}`;
		}
		return print;
	};

	/** The payload's entry; undefined where it must travel as Remotion sends it. */
	const entryOf = (src, reply) => {
		const print = printOf(src);
		let alike = byPrint.get(print);
		let entry = alike?.find((known) => known.src === src);
		// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII, in full
		if (entry === undefined && /^[\x00-\x7f]*$/.test(src)) {
			entry = {number: next++, src, print, frame: 0};
			if (alike === undefined) {
				alike = [];
				byPrint.set(print, alike);
			}
			alike.push(entry);
			byNumber.set(entry.number, entry);
			held += src.length;
			const along = src.length <= reply.room;
			reply.room -= along ? src.length : 0;
			reply.fresh.push([entry.number, src.length, along ? src : null]);
		}
		return entry;
	};

	const forget = (entry) => {
		byNumber.delete(entry.number);
		held -= entry.src.length;
		const alike = byPrint.get(entry.print).filter((known) => known !== entry);
		if (alike.length === 0) {
			byPrint.delete(entry.print);
		} else {
			byPrint.set(entry.print, alike);
		}
	};

	/** The samples as base64 of their bytes; null where they are not 16-bit numbers. */
	const packed = (audio) => {
		const samples = Int16Array.from(audio);
		if (!samples.every((sample, at) => sample === audio[at])) {
			return null;
		}
		const bytes = new Uint8Array(samples.buffer);
		let text = '';
		for (let at = 0; at < bytes.length; at += 8192) {
			text += String.fromCharCode(...bytes.subarray(at, at + 8192));
		}
		return btoa(text);
	};

	const replyTo = (assets) => {
		frame++;
		const reply = {epoch, assets: [], refs: [], fresh: [], gone: [], audio: [], room: alongside};
		for (let i = 0; i < assets.length; i++) {
			const asset = assets[i];
			const {type, src, audio} = asset;
			let sent = asset;
			if ((type === 'audio' || type === 'video') && typeof src === 'string') {
				const entry = src.length >= smallest ? entryOf(src, reply) : undefined;
				if (entry !== undefined) {
					entry.frame = frame;
					// The most recently used last, so that the first are the ones to forget.
					byNumber.delete(entry.number);
					byNumber.set(entry.number, entry);
					sent = {...asset, src: ''};
					reply.refs.push([i, entry.number]);
				}
			} else if (type === 'inline-audio' && Array.isArray(audio)) {
				const text = packed(audio);
				if (text !== null) {
					sent = {...asset, audio: null};
					reply.audio.push([i, audio.length, text]);
				}
			}
			reply.assets.push(sent);
		}
		for (const entry of byNumber.values()) {
			if (held <= keep || entry.frame === frame) {
				break;
			}
			forget(entry);
			reply.gone.push(entry.number);
		}
		return reply;
	};

	const installed = {
		epoch,
		last: () => last,
		pull: (number, start, end) => byNumber.get(number)?.src.slice(start, end) ?? null,
		collect() {
			const assets = window.remotion_collectAssets();
			try {
				last = assets;
				return replyTo(assets);
			} catch {
				delete window[key];
				return {plain: assets};
			}
		},
	};
	const reply = installed.collect();
	if (reply.plain === undefined) {
		Object.defineProperty(window, key, {value: installed, configurable: true});
	}
	return reply;
}

module.exports = {collect, install, pull, startOver};
