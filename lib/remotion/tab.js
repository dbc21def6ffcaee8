'use strict';

// Functions that run in the browser tab. Their source text is sent there, so
// each stands for itself and uses nothing of this file.
//
// What a tab remembers hangs on its window under the session's key: a reload
// takes it away, and the next frame starts with a new epoch.

/**
 * Collects the frame's assets as Remotion does, and takes out of them what the
 * tab has sent before: `refs` says which asset had which payload. Payloads that
 * were not sent before are `fresh`; small ones come along.
 */
function collect(key, smallest, alongside, keep) {
	const assets = window.remotion_collectAssets();
	try {
		let state = window[key];
		if (state === undefined) {
			state = {
				epoch: `${Math.random()}`,
				assets: null,
				frame: 0,
				next: 1,
				held: 0,
				byPrint: new Map(),
				byNumber: new Map(),
			};
			Object.defineProperty(window, key, {value: state, configurable: true});
		}
		// Kept until the next frame: Remotion gives them out only once.
		state.assets = assets;
		state.frame++;
		const reply = {epoch: state.epoch, assets: [], refs: [], fresh: [], gone: [], audio: []};
		let room = alongside;
		for (let i = 0; i < assets.length; i++) {
			const asset = assets[i];
			const {type, src, audio} = asset;
			let sent = asset;
			if ((type === 'audio' || type === 'video') && typeof src === 'string') {
				if (src.length >= smallest) {
					// Sampled, because V8 hashes a long string by its length alone.
					let print = `${src.length}`;
					const step = (src.length - 1) / 63;
					for (let at = 0; at < 64; at++) {
						print += `,${src.charCodeAt(Math.floor(at * step))}`;
					}
					let alike = state.byPrint.get(print);
					let entry = alike?.find((known) => known.src === src);
					// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII, in full
					if (entry === undefined && /^[\x00-\x7f]*$/.test(src)) {
						entry = {number: state.next++, src, print, frame: 0};
						if (alike === undefined) {
							alike = [];
							state.byPrint.set(print, alike);
						}
						alike.push(entry);
						state.byNumber.set(entry.number, entry);
						state.held += src.length;
						const along = src.length <= room;
						room -= along ? src.length : 0;
						reply.fresh.push([entry.number, src.length, along ? src : null]);
					}
					if (entry !== undefined) {
						entry.frame = state.frame;
						// The most recently used last, so that the first are the ones to forget.
						state.byNumber.delete(entry.number);
						state.byNumber.set(entry.number, entry);
						sent = {...asset, src: ''};
						reply.refs.push([i, entry.number]);
					}
				}
			} else if (type === 'inline-audio' && Array.isArray(audio)) {
				const samples = Int16Array.from(audio);
				if (samples.every((sample, at) => sample === audio[at])) {
					const bytes = new Uint8Array(samples.buffer);
					let text = '';
					for (let at = 0; at < bytes.length; at += 8192) {
						text += String.fromCharCode(...bytes.subarray(at, at + 8192));
					}
					sent = {...asset, audio: null};
					reply.audio.push([i, samples.length, btoa(text)]);
				}
			}
			reply.assets.push(sent);
		}
		for (const [number, entry] of state.byNumber) {
			if (state.held <= keep || entry.frame === state.frame) {
				break;
			}
			state.byNumber.delete(number);
			state.held -= entry.src.length;
			const alike = state.byPrint.get(entry.print).filter((known) => known !== entry);
			if (alike.length === 0) {
				state.byPrint.delete(entry.print);
			} else {
				state.byPrint.set(entry.print, alike);
			}
			reply.gone.push(number);
		}
		return reply;
	} catch {
		delete window[key];
		return {plain: assets};
	}
}

/** Characters `start` to `end` of a payload; null where the tab has started afresh. */
function pull(key, epoch, number, start, end) {
	const state = window[key];
	const entry = state?.epoch === epoch ? state.byNumber.get(number) : undefined;
	return entry === undefined ? null : entry.src.slice(start, end);
}

/** The last frame's assets as Remotion would have sent them, and a clean slate. */
function startOver(key) {
	const assets = window[key]?.assets ?? null;
	delete window[key];
	return {assets};
}

module.exports = {collect, pull, startOver};
