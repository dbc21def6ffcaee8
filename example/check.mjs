// Part of npm test: a short real render, checked with Remotion's own ffprobe.
import {strict as assert} from 'node:assert';
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {getAssetStoreStats} from 'remotion-headroom';
import * as renderer from 'remotion-headroom/renderer';
import {bundleChord, renderChord} from './render-chord.mjs';

const TRACKS = 8;
const FRAMES = 20;
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-render-'));
try {
	const outputLocation = path.join(dir, 'chord.mp4');
	// The store lets go of payloads when the render is done.
	let held = 0;
	await renderChord(renderer, {
		serveUrl: await bundleChord(),
		outputLocation,
		inputProps: {frames: FRAMES, width: 320, height: 180, trackSeconds: 1},
		onProgress: () => {
			held = Math.max(held, getAssetStoreStats().payloads);
		},
	});
	const stats = getAssetStoreStats();
	const binary = renderer.RenderInternals.getExecutablePath({
		type: 'ffprobe',
		indent: false,
		logLevel: 'error',
		binariesDirectory: null,
	});
	const {streams} = JSON.parse(
		execFileSync(
			binary,
			['-v', 'error', '-count_frames', '-show_streams', '-of', 'json', outputLocation],
			{cwd: path.dirname(binary), env: {...process.env, LD_LIBRARY_PATH: path.dirname(binary)}},
		),
	);
	const video = streams.find((stream) => stream.codec_type === 'video');
	const audio = streams.find((stream) => stream.codec_type === 'audio');
	assert.equal(video.codec_name, 'h264');
	assert.equal(Number(video.nb_read_frames), FRAMES);
	assert.equal(audio.codec_name, 'aac');
	assert.ok(Number(audio.nb_read_frames) > 0);
	assert.equal(held, TRACKS);
	assert.ok(stats.hits >= TRACKS * (FRAMES - 1), `${stats.hits} hits`);
	console.log(
		`A playable MP4: ${video.nb_read_frames} frames of ${video.codec_name}, ` +
			`${audio.nb_read_frames} of ${audio.codec_name}; ` +
			`${stats.hits} of ${stats.hits + stats.misses} payloads recognised.`,
	);
} finally {
	fs.rmSync(dir, {recursive: true, force: true});
}
