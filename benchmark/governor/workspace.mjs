// The folder with what the scenes need, kept between runs: bundles, images,
// videos, and references. All of it is made when it is first asked for.
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import zlib from 'node:zlib';
import {renderMedia, selectComposition} from '@remotion/renderer';

const {NEWEST, browser, bundleInto} = createRequire(import.meta.url)(
	'../../__test__/activation/harness.js',
);

const here = path.dirname(fileURLToPath(import.meta.url));
const SOURCES = ['workspace.mjs', 'child.cjs', 'composition.jsx', 'offthread.jsx', 'media.jsx'];
const UHD = {width: 3840, height: 2160};
const HD = {width: 1920, height: 1080};

/** File -> what it is rendered with. */
const VIDEOS = {
	'1080p.mp4': {props: {...HD, canvas: 600, durationInFrames: 150}, options: {codec: 'h264'}},
	'4k.h265.mp4': {props: {...UHD, canvas: 600, durationInFrames: 24}, options: {codec: 'h265'}},
	'4k.prores.mov': {props: {...UHD, canvas: 600, durationInFrames: 24}, options: {codec: 'prores'}},
};

function chunk(type, data) {
	const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
	const ends = Buffer.alloc(8);
	ends.writeUInt32BE(data.length, 0);
	ends.writeUInt32BE(zlib.crc32(body), 4);
	return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** A PNG of stripes, other ones for each seed. */
function png(width, height, seed) {
	const row = width * 3 + 1;
	const pixels = Buffer.alloc(row * height);
	for (let y = 0; y < height; y++) {
		const start = y * row + 1;
		pixels.fill((y * (seed + 1)) & 255, start, start + width * 3);
		for (let x = 0; x < width; x += 50) {
			pixels[start + x * 3 + (seed % 3)] = x & 255;
		}
	}
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	// 8 bits for each of red, green and blue.
	header.set([8, 2], 8);
	return Buffer.concat([
		Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
		chunk('IHDR', header),
		chunk('IDAT', zlib.deflateSync(pixels, {level: 1})),
		chunk('IEND', Buffer.alloc(0)),
	]);
}

export class Workspace {
	constructor(directory) {
		const hash = createHash('sha256').update(NEWEST);
		for (const file of SOURCES) {
			hash.update(fs.readFileSync(path.join(here, file)));
		}
		this.directory =
			directory ??
			path.join(os.tmpdir(), `headroom-governor-scenes-${hash.digest('hex').slice(0, 12)}`);
		fs.mkdirSync(path.join(this.directory, 'media'), {recursive: true});
	}

	/** Makes what isn't there, by a name of its own until it is whole. */
	async once(name, make) {
		const target = path.join(this.directory, name);
		if (!fs.existsSync(target)) {
			console.log(`making ${target}`);
			const unfinished = path.join(path.dirname(target), `new-${path.basename(target)}`);
			fs.rmSync(unfinished, {recursive: true, force: true});
			await make(unfinished);
			fs.renameSync(unfinished, target);
		}
		return target;
	}

	/** Folder of the bundle of an entry, by a version's bundler. */
	bundle(version, entry) {
		return this.once(`bundle-${version}-${path.parse(entry).name}`, (folder) =>
			bundleInto(folder, version, path.join(here, entry)),
		);
	}

	video(file) {
		const {props, options} = VIDEOS[file];
		return this.once(path.join('media', file), async (output) => {
			const common = {
				serveUrl: await this.bundle(NEWEST, 'offthread.jsx'),
				...browser,
				logLevel: 'error',
				inputProps: props,
			};
			await renderMedia({
				...common,
				composition: await selectComposition({...common, id: 'scene'}),
				outputLocation: output,
				...options,
			});
		});
	}

	image(index) {
		return this.once(path.join('media', `image-${index}.png`), (file) =>
			fs.writeFileSync(file, png(5000, 4000, index)),
		);
	}

	/** The bundle for a scene of a version, with all that it shows in its public folder. */
	async prepare({entry = 'offthread.jsx', renders}, version) {
		const folder = await this.bundle(version, entry);
		const publish = (file, name) => {
			const target = path.join(folder, 'public', name);
			if (!fs.existsSync(target)) {
				fs.linkSync(file, target);
			}
		};
		for (const {props} of renders) {
			for (const {src} of props.videos ?? []) {
				// 1080p-3.mp4 is the fourth copy of 1080p.mp4.
				publish(await this.video(src.replace(/-\d+\./, '.')), src);
			}
			for (let i = 0; i < (props.images ?? 0); i++) {
				publish(await this.image(i), `image-${i}.png`);
			}
		}
		return folder;
	}
}
