'use strict';

// Renders whose output must not depend on activation. `fails`: what the error
// says where the render is meant to fail; all others must succeed.

/** The same look-alikes everywhere: what we or Remotion might take for a notation. */
const LOOKALIKES = ['/public/tone-0.wav', '/public/tone-1.wav?same-as-a-1', '/public/tone-0.wav#0'];

const short = (inputProps = {}) => ({durationInFrames: 4, ...inputProps});

/** In every test run. */
const QUICK = [
	{name: 'base64 audio', id: 'payloads', inputProps: short({count: 3, bytes: 100000})},
	{
		name: 'a payload larger than a piece',
		id: 'payloads',
		inputProps: short({count: 1, bytes: 2e6}),
	},
	{name: 'payloads that change', id: 'changing', inputProps: short()},
	{name: 'URL assets', id: 'urls', inputProps: short({urls: LOOKALIKES})},
	{name: 'artifacts', id: 'artifacts', inputProps: short()},
	{
		name: 'an artifact name used twice',
		id: 'artifacts',
		inputProps: short({twice: true}),
		// Which frame comes first depends on chance with more tabs.
		options: {concurrency: 1},
		fails: 'was already registered at frame 0, but now registered again at frame 1',
	},
	{
		name: 'renderFrames and stitchFramesToVideo',
		id: 'payloads',
		kind: 'frames',
		inputProps: short(),
		// References name the frame that came first.
		options: {concurrency: 1},
	},
	{
		name: 'a composition that throws',
		id: 'throws',
		inputProps: {at: 2},
		fails: 'the composition throws',
	},
	{name: 'a page that tells', id: 'tells', kind: 'told', inputProps: short()},
	{name: 'a page whose strings lie', id: 'hostile', inputProps: short()},
];

/** What takes longer, by `npm run test:long -- activation`. */
const LONG = [
	...QUICK,
	{name: 'frameRange', id: 'payloads', options: {frameRange: [2, 5]}},
	{name: 'everyNthFrame', id: 'payloads', options: {everyNthFrame: 2}},
	{name: 'muted', id: 'payloads', options: {muted: true}},
	{name: 'MP3', id: 'payloads', ending: '.mp3', options: {codec: 'mp3'}},
	{name: 'WAV', id: 'payloads', ending: '.wav', options: {codec: 'wav'}},
	{name: 'GIF', id: 'payloads', ending: '.gif', options: {codec: 'gif'}},
	{name: 'ProRes', id: 'payloads', ending: '.mov', options: {codec: 'prores'}},
	{name: 'a still', id: 'artifacts', kind: 'still', options: {frame: 1}},
	{
		name: 'chunks by frameRange and combineChunks',
		id: 'payloads',
		kind: 'chunks',
		inputProps: {count: 2, bytes: 200000, durationInFrames: 20},
		ranges: [
			[0, 9],
			[10, 19],
		],
	},
	{name: 'two renders at once', id: 'payloads', kind: 'twoAtOnce', other: {id: 'changing'}},
	{
		name: 'a cancelled render',
		id: 'payloads',
		kind: 'cancelled',
		inputProps: {durationInFrames: 60},
		fails: 'cancelled',
	},
	{name: 'a page that reloads', id: 'reloads', fails: 'remotion_collectAssets'},
	{name: 'a tab that is replaced', id: 'retried'},
	{
		name: 'a tab that crashes',
		id: 'payloads',
		kind: 'crash',
		inputProps: {count: 2, bytes: 40000, durationInFrames: 20},
		fails: 'Page crashed!',
	},
	{name: 'no asset at all', id: 'nothing'},
];

// One tab where there is video: one in the background may wait for it forever.
const MEDIA = [
	{name: '@remotion/media audio', id: 'media', inputProps: {audio: 2, video: false}},
	{name: '@remotion/media audio and video', id: 'media', options: {concurrency: 1}},
	{
		name: '@remotion/media by renderFrames',
		id: 'media',
		kind: 'frames',
		options: {concurrency: 1},
	},
	{
		name: '@remotion/media, frameRange',
		id: 'media',
		options: {concurrency: 1, frameRange: [2, 6]},
	},
];

module.exports = {LONG, MEDIA, QUICK};
