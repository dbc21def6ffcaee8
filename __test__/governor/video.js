'use strict';

// A small video, made by Remotion's own encoder, in which no two frames are alike.

const {spawnSync} = require('node:child_process');
const path = require('node:path');
const zlib = require('node:zlib');

const WIDTH = 160;
const HEIGHT = 90;

/** Polynomial of a PNG's checksums; zlib.crc32() is newer than Node 18. */
const TABLE = Array.from({length: 256}, (_, n) => {
	let c = n;
	for (let bit = 0; bit < 8; bit++) {
		c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
	}
	return c >>> 0;
});
const crc32 = (data) =>
	(data.reduce((c, byte) => (c >>> 8) ^ TABLE[(c ^ byte) & 255], 0xffffffff) ^ 0xffffffff) >>> 0;

function chunk(type, data) {
	const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
	const ends = Buffer.alloc(8);
	ends.writeUInt32BE(data.length, 0);
	ends.writeUInt32BE(crc32(body), 4);
	return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function png(frame, width = WIDTH, height = HEIGHT) {
	const row = width * 3 + 1;
	const pixels = Buffer.alloc(row * height);
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			pixels.set([x + frame * 3, y * 2 + frame * 5, frame * 3], y * row + 1 + x * 3);
		}
	}
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header.set([8, 2], 8);
	return Buffer.concat([
		Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
		chunk('IHDR', header),
		chunk('IDAT', zlib.deflateSync(pixels, {level: 1})),
		chunk('IEND', Buffer.alloc(0)),
	]);
}

/** @param root folder of a renderer @param fps frames a second @param size `WIDTHxHEIGHT`, if not the small one */
function makeVideo(root, file, {frames, fps, size}) {
	const {getExecutablePath} = require(path.join(root, 'dist/compositor/get-executable-path.js'));
	const ffmpeg = getExecutablePath({
		type: 'ffmpeg',
		indent: false,
		logLevel: 'error',
		binariesDirectory: null,
	});
	const images = Array.from({length: frames}, (_, frame) => png(frame));
	const {status, stderr} = spawnSync(
		ffmpeg,
		[
			...['-loglevel', 'error', '-y', '-f', 'image2pipe', '-r', fps, '-vcodec', 'png', '-i', '-'],
			...(size === undefined ? [] : ['-s', size]),
			...['-c:v', 'libx264', '-pix_fmt', 'yuv420p', file],
		].map(String),
		{
			input: Buffer.concat(images),
			env: {...process.env, LD_LIBRARY_PATH: path.dirname(ffmpeg)},
			encoding: 'utf8',
		},
	);
	if (status !== 0) {
		throw new Error(`no video: ${stderr}`);
	}
}

module.exports = {makeVideo, png};
