'use strict';

// node load-child.js FOLDER PACKAGE HOW: loads the function in FOLDER, without running
// its handler, and prints what was activated in it by the package in PACKAGE. HOW is
// "require", or "import", as AWS's client does it.

const {createHash} = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const {pathToFileURL} = require('node:url');

const [folder, own, how] = process.argv.slice(2);
const lambda = require(path.join(own, 'lib/lambda/activate.js'));

const printed = [];
for (const method of ['log', 'warn', 'error']) {
	console[method] = (...args) => printed.push(args.join(' '));
}

const scratchFolder = () => fs.mkdtempSync(path.join(folder, 'scratch-'));

const functionsOf = (modules) =>
	Object.entries(modules).flatMap(([file, [exports]]) =>
		Object.entries(exports)
			.filter(([, value]) => typeof value === 'function')
			.map(([name, value]) => [`${file} ${name}`, value]),
	);

/** Inline audio of five tracks: a digest of what is written, and descriptors of ours that are open meanwhile. */
async function mix(make, scratch) {
	const {files} = lambda.PARTS['inline-audio-mixing'];
	files.most = 2;
	const sampleRate = 48_000;
	const mixing = make(scratch, sampleRate);
	for (const frame of [0, 1]) {
		for (let track = 0; track < 5; track++) {
			const audio = Int16Array.from({length: 32}, (_, i) => i * track + frame);
			mixing.addAsset({
				asset: {id: `${track}`, frame, audio, toneFrequency: 1, startInVideo: 0},
				fps: 30,
				totalNumberOfFrames: 2,
				firstFrame: 0,
				trimLeftOffset: 0,
				trimRightOffset: 0,
			});
		}
	}
	const open = files.open.size;
	await mixing.finish({indent: false, logLevel: 'error', binariesDirectory: null, sampleRate});
	const written = path.join(scratch, 'remotion-inline-audio-mixing');
	const hash = createHash('sha256');
	for (const name of fs.readdirSync(written).sort()) {
		hash.update(name).update(fs.readFileSync(path.join(written, name)));
	}
	mixing.cleanup();
	fs.rmSync(scratch, {recursive: true});
	return {digest: hash.digest('hex'), open};
}

/** The compositor's messages as they are handed out, when they come in pieces. */
function streamed(make) {
	const told = [];
	const streamer = make((status, nonce, data) =>
		told.push([status, nonce, Buffer.from(data).toString()]),
	);
	const bytes = Buffer.from('remotion_buffer:1:5:0:helloremotion_buffer:2:3:1:badremotion_buf');
	for (let at = 0; at < bytes.length; at += 7) {
		streamer.onData(new Uint8Array(bytes.subarray(at, at + 7)));
	}
	return told;
}

/** The order of frames, of which one is given back. */
function framesOf(make) {
	const state = make({allFramesAndExtraFrames: [3, 4, 6, 8]});
	const first = [state.getNextFrame(), state.getNextFrame()];
	state.returnFrame(3);
	return [...first, state.getNextFrame(), state.getNextFrame(), state.getNextFrame()];
}

/** Where assets are heard. */
function positionsOf(calculate) {
	const asset = (id, frame, volume) => ({type: 'audio', id, frame, src: `${id}.wav`, volume});
	return calculate([
		[asset('a', 0, 1), asset('b', 0, 0.5)],
		[asset('a', 1, 1)],
		[asset('a', 2, 0.25), asset('b', 2, 1)],
	]);
}

/** What is asked of stock code and of ours. */
const COMPARED = {
	'@remotion/streaming/make-streamer': ['makeStreamer', streamed],
	'next-frame-to-render': ['nextFrameToRenderState', framesOf],
	'assets/calculate-asset-positions': ['calculateAssetPositions', positionsOf],
};

/** What the compositor's process is started with, by one that notes it. */
async function startCompositor({startLongRunningCompositor}, scratch) {
	const noted = path.join(scratch, 'noted');
	const text = `#!/bin/sh\nprintf '%s\\n%s' "$1" "$MALLOC_ARENA_MAX" > '${noted}'\nread line\n`;
	fs.writeFileSync(path.join(scratch, 'remotion'), text, {mode: 0o755});
	const compositor = startLongRunningCompositor({
		maximumFrameCacheItemsInBytes: null,
		logLevel: 'error',
		indent: false,
		binariesDirectory: scratch,
		extraThreads: 1,
	});
	const done = compositor.waitForDone();
	await compositor.finishCommands();
	await done;
	const [command, arenas] = fs.readFileSync(noted, 'utf8').split('\n');
	fs.rmSync(scratch, {recursive: true});
	return {cacheBytes: JSON.parse(command).payload.params.maximum_frame_cache_size_in_bytes, arenas};
}

/** What is logged of downloads. */
function downloadsLogged({onDownloadsHelper}) {
	const from = printed.length;
	const onDownload = onDownloadsHelper('info');
	const onProgress = onDownload('https://example.com/a.mp4');
	onProgress({percent: 1, downloaded: 7});
	onDownload(`data:audio/wav;base64,${'A'.repeat(1e7)}`);
	onDownload('data:text/plain;base64,AA==');
	return printed.splice(from).filter((line) => !line.startsWith('Download progress'));
}

const {activate} = lambda;
let compositor = null;
let mixers = [];
let outcome = null;
let replaced = [];
let checks = {};
lambda.activate = (modules, about) => {
	const before = new Map(functionsOf(modules));
	const mixing = modules['assets/inline-audio-mixing']?.[0];
	const stock = mixing?.makeInlineAudioMixing;
	const compare = () =>
		Object.entries(COMPARED).map(([file, [name, ask]]) => ask(modules[file][0][name]));
	const answers = compare();
	compositor = modules['compositor/compositor'][0];
	outcome = activate(modules, about);
	mixers = mixing === undefined ? [] : [stock, mixing.makeInlineAudioMixing];
	replaced = functionsOf(modules).flatMap(([name, value]) =>
		value === before.get(name) ? [] : [name],
	);
	const {compressAsset} = modules['compress-assets'][0];
	const first = {
		type: 'audio',
		id: 'a',
		frame: 0,
		src: `data:audio/wav;base64,${'A'.repeat(5000)}`,
	};
	checks = {
		compared: [answers, compare()],
		compressed: compressAsset([first], {...first, id: 'b', frame: 1}).src,
		logged: downloadsLogged(modules['@remotion/serverless/on-downloads-helper'][0]),
		available: modules['memory/get-available-memory'][0].getAvailableMemory('error'),
	};
};

async function main() {
	const file = path.join(folder, 'index.js');
	const {handler, routine} =
		how === 'import' ? await import(pathToFileURL(file).href) : require(file);
	checks.mixed = [];
	for (const make of mixers) {
		checks.mixed.push(await mix(make, scratchFolder()));
	}
	if (process.platform === 'linux' && outcome !== null) {
		checks.compositor = await startCompositor(compositor, scratchFolder());
	}
	const exported = {handler: typeof handler, routine: typeof routine};
	process.stdout.write(JSON.stringify({...outcome, replaced, checks, exported, printed}), () =>
		process.exit(0),
	);
}

main();
