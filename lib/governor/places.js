'use strict';

// Where in their videos the compositor is asked for frames, and how many frames its
// cache has to hold for that.
//
// It decodes four frames at a time, whatever the codec. One that is not in the cache
// any more, while a neighbour is, may be answered by that neighbour; so what is being
// gone through has to be there whole (`npm run bench -- compositor`).

/** Milliseconds for which a place counts as in use. */
const IN_USE = 30_000;

/** Seconds: what is asked for within it of a place is that place, moved. */
const NEAR = 1;

/** Frames for a place that goes forwards: two rounds of decoding. Six were enough in any video. */
const FORWARDS = 8;

/** Frames more for one that also goes back, as where several tabs are at work. */
const TO_AND_FRO = 8;

/** Frames a second that a video is taken to have: as many are kept for each second gone back. */
const MOST_FPS = 60;

/** Where 1/30 s is gone back, two frames, though the difference may be a trifle more. */
const framesOf = (back) =>
	FORWARDS + (back > 0 ? TO_AND_FRO + Math.ceil(back * MOST_FPS - 1e-6) : 0);

class Places {
	constructor() {
		/** Source -> places: `seconds` in the video, how far it was gone `back`, and when. */
		this.bySource = new Map();
	}

	ask(source, seconds, now = Date.now()) {
		if (!Number.isFinite(seconds)) {
			// What comes of it is for the compositor to say.
			return;
		}
		const places = this.bySource.get(source) ?? [];
		this.bySource.set(source, places);
		const distance = (place) => Math.abs(place.seconds - seconds);
		const place = places
			.filter((one) => distance(one) <= NEAR)
			.sort((a, b) => distance(a) - distance(b))[0];
		if (place === undefined) {
			places.push({seconds, at: now, back: 0, backAt: now});
			return;
		}
		const back = Math.max(place.seconds - seconds, 0);
		if (back >= place.back || now - place.backAt > IN_USE) {
			place.back = back;
			place.backAt = now;
		}
		place.seconds = seconds;
		place.at = now;
	}

	/** Leaves out what is not in use any more. */
	refresh(now = Date.now()) {
		for (const [source, places] of this.bySource) {
			const used = places.filter(({at}) => now - at <= IN_USE);
			if (used.length > 0) {
				this.bySource.set(source, used);
			} else {
				this.bySource.delete(source);
			}
		}
	}

	/** Videos in use. */
	get sources() {
		return this.bySource.size;
	}

	/** Whether each video is gone through in one place, so that nothing is asked for that was left before. */
	get areSteady() {
		return [...this.bySource.values()].every((places) => places.length === 1);
	}

	/** Frames that the cache has to hold of the video that needs most. */
	get frames() {
		const needed = [...this.bySource.values()].map((places) =>
			places.reduce((sum, {back}) => sum + framesOf(back), 0),
		);
		return Math.max(0, ...needed);
	}
}

module.exports = {FORWARDS, Places};
