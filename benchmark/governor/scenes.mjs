// The scenes, and the columns that they are rendered for.

const MIB = 2 ** 20;
const UHD = {width: 3840, height: 2160};

const copies = (count) => Array.from({length: count}, (_, i) => ({src: `1080p-${i}.mp4`}));

/**
 * `limit` in MiB, `cpus` what Remotion takes for the machine's number of CPUs,
 * `renders` are made at once by one process, `timeout` is in seconds, `without`
 * a version that can't render it.
 */
export const SCENES = {
	A: {
		about: 'four <OffthreadVideo> of 1080p, 720p, 40 frames',
		limit: 1000,
		renders: [{props: {videos: copies(4), durationInFrames: 40}}],
	},
	B: {
		about: 'images of 5000x4000 and a canvas of 2500x2500, 720p, 32 frames, 4 tabs',
		limit: 800,
		cpus: 8,
		renders: [{props: {images: 12, canvas: 2500, durationInFrames: 32}}],
	},
	'C-40': {
		about: 'a page that keeps 20 MiB a frame, 720p, 40 frames',
		limit: 700,
		renders: [{props: {leak: 20, durationInFrames: 40}}],
	},
	'C-400': {
		about: 'a page that keeps 20 MiB a frame, 720p, 400 frames',
		limit: 700,
		timeout: 1200,
		renders: [{props: {leak: 20, durationInFrames: 400}}],
	},
	D: {
		about: 'one frame that needs 700 MiB, 720p',
		limit: 700,
		renders: [{props: {leak: 700, durationInFrames: 1}}],
	},
	E: {
		about: 'a page that keeps 120 MiB a frame, 720p, 12 frames',
		limit: 700,
		renders: [{props: {leak: 120, durationInFrames: 12}}],
	},
	F: {
		about: 'three <Video> of @remotion/media cut from one file, 720p, 60 frames, 2 tabs',
		limit: 900,
		entry: 'media.jsx',
		without: '4.0.300',
		renders: [
			{
				props: {
					videos: [0, 30, 60].map((trimBefore) => ({src: '1080p-0.mp4', trimBefore})),
					durationInFrames: 60,
				},
				options: {concurrency: 2},
			},
		],
	},
	G: {
		about: 'two renders at once: two <OffthreadVideo> of 1080p, and images with a canvas',
		limit: 1500,
		renders: [
			{props: {videos: copies(2), durationInFrames: 40}},
			{props: {images: 12, canvas: 2500, durationInFrames: 32}, options: {concurrency: 2}},
		],
	},
	'H-h265': {
		about: '4K, an <OffthreadVideo> of h265 encoded as h265, 12 frames',
		limit: 1500,
		timeout: 600,
		renders: [
			{
				props: {...UHD, videos: [{src: '4k.h265.mp4'}], durationInFrames: 12},
				options: {codec: 'h265'},
			},
		],
	},
	'H-prores': {
		about: '4K, an <OffthreadVideo> of ProRes encoded as ProRes, 12 frames',
		limit: 1500,
		timeout: 600,
		renders: [
			{
				props: {...UHD, videos: [{src: '4k.prores.mov'}], durationInFrames: 12},
				options: {codec: 'prores'},
			},
		],
	},
};

/** Options of renderMedia() for each column. */
export const COLUMNS = {
	stock: {},
	// What a careful user does by hand.
	tuned: {
		concurrency: 1,
		offthreadVideoCacheSizeInBytes: 512 * MIB,
		mediaCacheSizeInBytes: 512 * MIB,
		disallowParallelEncoding: true,
	},
	governed: {},
	// Only as a reference.
	sequential: {disallowParallelEncoding: true},
};

export const COMPARED = ['stock', 'tuned', 'governed'];

/** Names of the scenes that `C`, `C-40` or nothing stand for. */
export function pick(names) {
	const all = Object.keys(SCENES);
	if (names.length === 0) {
		return all;
	}
	return names.flatMap((name) => {
		const found = all.filter((scene) => scene === name || scene.startsWith(`${name}-`));
		if (found.length === 0) {
			throw new TypeError(`There is no scene ${name}: ${[...all, 'I'].join(', ')}`);
		}
		return found;
	});
}
