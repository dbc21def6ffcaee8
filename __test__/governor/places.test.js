'use strict';

const {Places} = require('../../lib/governor/places');

/** Asked for at these seconds, 100 ms from one to the next. */
function asked(seconds, source = 'a.mp4', places = new Places()) {
	for (const [i, at] of seconds.entries()) {
		places.ask(source, at, i * 100);
	}
	return places;
}
const frames = (count, from = 0) => Array.from({length: count}, (_, i) => from + i / 30);

test('a video that is gone through needs two rounds of decoding', () => {
	const places = asked(frames(100));
	expect(places.frames).toBe(8);
	expect(places.areSteady).toBe(true);
});

test('the video that needs most counts', () => {
	const places = asked(frames(50));
	asked(frames(50, 7), 'b.mp4', places);
	expect(places.sources).toBe(2);
	expect(places.frames).toBe(8);
	asked([0.1, 0], 'c.mp4', places);
	expect(places.sources).toBe(3);
	expect(places.frames).toBe(16 + 6);
	expect(places.areSteady).toBe(true);
});

test('tabs that ask out of order need as many again, and what lies between their frames at 60 a second', () => {
	expect(asked([0, 3, 1, 2, 4, 7, 6, 5].map((frame) => frame / 30)).frames).toBe(16 + 4);
	expect(asked([0.5, 0]).frames).toBe(16 + 30);
});

test('one video in two places needs them twice, and is not steady', () => {
	const places = asked(frames(50).flatMap((at) => [at, at + 5]));
	expect(places.frames).toBe(16);
	expect(places.sources).toBe(1);
	expect(places.areSteady).toBe(false);
});

test('a jump is another place', () => {
	expect(asked([...frames(10), 9, 9.1]).areSteady).toBe(false);
	expect(asked([...frames(40), 0]).areSteady).toBe(false);
});

test('backwards is one step back, again and again', () => {
	const places = asked(frames(100).reverse());
	expect(places.areSteady).toBe(true);
	expect(places.frames).toBe(16 + 2);
});

test('what is not asked for any more is forgotten after 30 s', () => {
	const places = asked([0, 9]);
	places.refresh(30_000);
	expect(places.frames).toBe(16);
	places.refresh(30_001);
	expect(places.frames).toBe(8);
	expect(places.areSteady).toBe(true);
	places.refresh(30_101);
	expect(places.frames).toBe(0);
	expect(places.sources).toBe(0);
});

test('so is how far it went back', () => {
	const places = asked([0.5, 0]);
	places.ask('a.mp4', 0.1, 30_100);
	expect(places.frames).toBe(16 + 30);
	places.ask('a.mp4', 0.2, 30_101);
	expect(places.frames).toBe(8);
});

test('a time that is none makes no place of its own each time', () => {
	for (const seconds of [undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
		expect(asked([0, seconds, seconds]).frames).toBe(8);
	}
});
