'use strict';

// What Remotion does for each frame beside the browser's work, with a page that
// answers at once. argv[2]: {frames, assets, activated}. Prints {cpu, digest}:
// milliseconds of CPU, and what stands in the array of frames afterwards.

const {createHash} = require('node:crypto');
const path = require('node:path');
const vm = require('node:vm');

const {frames, assets: count, activated} = JSON.parse(process.argv[2]);
const root = path.dirname(require.resolve('@remotion/renderer/package.json'));
const load = (file) => require(path.join(root, 'dist', file));

if (activated) {
	require('../lib/register').register({from: root});
}

// The parts of browser and network cost nothing here.
load('seek-to-frame').seekToFrame = async () => {};
load('take-frame').takeFrame = async () => null;
load('assets/download-and-map-assets-to-file').downloadAndMapAssetsToFileUrl = async () => {};
const {renderFrameWithOptionToReject} = load('render-frame-with-option-to-reject');

const sources = Array.from({length: count}, (_, i) => `http://localhost:3000/public/${i}.mp3`);

let frame = 0;
globalThis.window = globalThis;
globalThis.remotion_collectAssets = () =>
	sources.map((src, i) => ({
		type: 'audio',
		src,
		id: `audio-${i}`,
		frame,
		volume: 1,
		mediaFrame: frame,
		playbackRate: 1,
		toneFrequency: 1,
		audioStartFrame: 0,
		audioStreamIndex: 0,
	}));

const functions = new Map();

/** In the global scope, as the tab does it. */
function run(text) {
	if (!functions.has(text)) {
		functions.set(text, vm.runInThisContext(`(${text})`));
	}
	return functions.get(text);
}

/** What the tab holds for us: id -> {value, group}. */
const handles = new Map();
let lastId = 0;

function handleOf(value, group) {
	const objectId = `${++lastId}`;
	handles.set(objectId, {value, group});
	const common = {
		type: typeof value,
		description: typeof value === 'function' ? String(value) : 'Object',
		objectId,
	};
	if (!Array.isArray(value)) {
		return common;
	}
	const properties = value.map((entry, i) => ({name: `${i}`, type: typeof entry}));
	const preview = {overflow: false, properties};
	return {...common, subtype: 'array', description: `Array(${value.length})`, preview};
}

const ANSWERS = {
	'Runtime.evaluate': ({expression, objectGroup}) => ({
		result: handleOf({...run(expression)}, objectGroup),
	}),
	'Runtime.getProperties': ({objectId}) => {
		const {value, group} = handles.get(objectId);
		const properties = Object.entries(value);
		return {result: properties.map(([name, one]) => ({name, value: handleOf(one, group)}))};
	},
	'Runtime.callFunctionOn'({functionDeclaration, arguments: args, ...params}) {
		const given = (arg) =>
			arg.objectId === undefined ? arg.value : handles.get(arg.objectId).value;
		const self = params.objectId === undefined ? globalThis : handles.get(params.objectId).value;
		const value = run(functionDeclaration).apply(self, args.map(given));
		return {
			result: params.returnByValue ? {type: 'object', value} : handleOf(value, params.objectGroup),
		};
	},
	'Runtime.releaseObjectGroup'({objectGroup}) {
		for (const [objectId, {group}] of handles) {
			if (group === objectGroup) {
				handles.delete(objectId);
			}
		}
		return {};
	},
};

const client = {
	on() {},
	off() {},
	send: async (method, params) => ({value: ANSWERS[method](params), size: 0}),
};
const page = {
	on() {},
	off() {},
	close() {},
	mainFrame: () => ({executionContext: async () => ({_contextId: 1})}),
	_client: () => client,
};

async function main() {
	// What activation starts, a loader thread in some versions of Node, is not counted.
	await new Promise((resolve) => setTimeout(resolve, 300));
	const numbers = Array.from({length: frames}, (_, i) => i);
	const ledger = [];
	const options = {
		reject(error) {
			throw error;
		},
		width: 1,
		height: 1,
		compId: 'none',
		attempt: 1,
		stoppedSignal: {stopped: false},
		indent: false,
		logLevel: 'error',
		timeoutInMilliseconds: 30_000,
		outputDir: null,
		onFrameBuffer: null,
		imageFormat: 'none',
		onError(error) {
			throw error;
		},
		lastFrame: frames - 1,
		frameDir: '',
		scale: 1,
		countType: 'from-zero',
		assets: ledger,
		framesToRender: numbers,
		onArtifact: null,
		onDownload: null,
		downloadMap: {},
		framesRenderedObj: {count: 0},
		page,
		fps: 30,
		trimLeftOffset: 0,
		trimRightOffset: 0,
		allFramesAndExtraFrames: numbers,
	};
	const before = process.cpuUsage();
	for (frame = 0; frame < frames; frame++) {
		options.frame = frame;
		await renderFrameWithOptionToReject(options);
	}
	const {user, system} = process.cpuUsage(before);
	const digest = createHash('sha256').update(JSON.stringify(ledger)).digest('hex');
	console.log(JSON.stringify({cpu: (user + system) / 1000, digest}));
}

main();
