'use strict';

// Writes tracks of inline audio with one copy of Remotion, and prints {digest} of their
// files, or {code, track} of the error that ends it. argv[2]: {root, activated, tracks,
// frames}, and whether `timed`, which adds milliseconds of CPU.

const {createHash} = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {Copy} = require('../../lib/copies/copy');
const part = require('../../lib/remotion/inline-audio-mixing');

const {root, activated, tracks, frames, timed = false} = JSON.parse(process.argv[2]);
const SAMPLE_RATE = 48000;

const copy = new Copy(root);
const {deleteDirectory} = copy.module('delete-directory');
if (activated) {
	part.apply(copy, {logLevel: 'warn'});
}
const {makeInlineAudioMixing} = copy.module('assets/inline-audio-mixing');

function digestOf(folder) {
	const hash = createHash('sha256');
	for (const name of fs.readdirSync(folder).sort()) {
		hash.update(name).update(fs.readFileSync(path.join(folder, name)));
	}
	return hash.digest('hex');
}

async function main() {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-inline-audio-'));
	const mixing = makeInlineAudioMixing(folder, SAMPLE_RATE);
	const audio = Int16Array.from({length: timed ? 3200 : 32}, (_, i) => i);
	let track = 0;
	try {
		const before = process.cpuUsage();
		for (let frame = 0; frame < frames; frame++) {
			for (track = 0; track < tracks; track++) {
				audio[0] = track;
				mixing.addAsset({
					asset: {id: `${track}`, frame, audio, toneFrequency: 1, startInVideo: 0},
					fps: 30,
					totalNumberOfFrames: frames,
					firstFrame: 0,
					trimLeftOffset: 0,
					trimRightOffset: 0,
				});
			}
		}
		await mixing.finish({indent: false, logLevel: 'error', sampleRate: SAMPLE_RATE});
		const {user, system} = process.cpuUsage(before);
		const digest = digestOf(path.join(folder, 'remotion-inline-audio-mixing'));
		return timed ? {digest, cpu: (user + system) / 1000} : {digest};
	} catch ({code}) {
		return {code, track};
	} finally {
		mixing.cleanup();
		deleteDirectory(folder);
	}
}

main().then((result) => console.log(JSON.stringify(result)));
