'use strict';

// Remotion's function with our line behind it: what it activates, and what it leaves
// where the function is another one.

const fs = require('node:fs');
const path = require('node:path');
const {locate, patch} = require('../../lib/lambda/function-file');
const {buildFunction} = require('../../lib/lambda/function-zip');
const {buildLayer} = require('../../lib/lambda/layer-zip');
const {OWN, fileOf, load, newest, nodes, unpack, versions, zipOf} = require('./functions');

const LEDGER = 'render-frame-with-option-to-reject/frame-ledger';
const INLINE_AUDIO = 'render-frame-with-option-to-reject/inline-audio';
const FRAME_INDEX = 'render-frame-with-option-to-reject/frame-index';
const RUNS = 'render-frame-with-option-to-reject/asset-runs';
const MIXING = 'inline-audio-mixing';
const POSITIONS = 'calculate-asset-positions';

/** What each version has; the others know of themselves that they lack it. */
const SINCE = {
	[INLINE_AUDIO]: '4.0.403',
	[MIXING]: '4.0.403',
	'prestitcher-memory-usage': '4.0.527',
};
/** Of what later versions do by themselves. */
const UNTIL = {[POSITIONS]: '4.0.443'};
const has = (part, version) =>
	version >= (SINCE[part] ?? version) && version <= (UNTIL[part] ?? version);

const PARTS = [
	'get-available-memory',
	'prestitcher-memory-usage',
	'compress-assets',
	'collect-assets',
	LEDGER,
	FRAME_INDEX,
	INLINE_AUDIO,
	RUNS,
	MIXING,
	POSITIONS,
	'next-frame-to-render',
	'compositor',
	'download-and-map-assets-to-file',
	'download-and-map-assets-to-file/download-asset',
	'screenshot-task',
	'make-streamer',
	'on-downloads-helper',
	'relief',
];
const partsOf = (version) => PARTS.filter((part) => has(part, version));
/** What is skipped where something else than the version makes these step aside. */
const skippedOf = (version, aside = []) =>
	PARTS.filter((part) => aside.includes(part) || !has(part, version));
/** Those that stand for the module that renders a frame. */
const OF_FRAMES = [LEDGER, FRAME_INDEX, INLINE_AUDIO, RUNS, 'relief'];

const REPLACED = [
	'memory/get-available-memory getAvailableMemory',
	'compress-assets compressAsset',
	'collect-assets collectAssets',
	'compositor/compositor startCompositor',
	'render-frame-with-option-to-reject renderFrameWithOptionToReject',
	'assets/download-and-map-assets-to-file getSanitizedFilenameForAssetUrl',
	'assets/download-and-map-assets-to-file downloadAsset',
	'next-frame-to-render nextFrameToRenderState',
	'screenshot-task screenshotTask',
	'@remotion/streaming/make-streamer makeStreamer',
	'@remotion/serverless/on-downloads-helper onDownloadsHelper',
	'render-frames internalRenderFrames',
	'render-media internalRenderMedia',
	'render-still internalRenderStill',
];

const source = fileOf(newest).toString('utf8');
const located = locate(source);
/** The newest function's text of a module, and that function with another text in its place. */
const textOf = (module) => source.slice(located[module].start, located[module].end);
const withText = (module, change) => {
	const changed = change(textOf(module));
	expect(changed).not.toBe(textOf(module));
	return source.slice(0, located[module].start) + changed + source.slice(located[module].end);
};

const folders = new Map();

beforeAll(() => {
	for (const version of versions) {
		folders.set(version, unpack(buildFunction(zipOf(version), {version}).zip));
	}
});

describe.each(versions)('%s', (version) => {
	test('one line follows, and not one byte before it changes', () => {
		const stock = fileOf(version);
		const patched = patch(stock, version);
		expect(patched.subarray(0, stock.length).equals(stock)).toBe(true);
		expect(patched.subarray(stock.length).toString()).toMatch(/^;try\{[^\n]*\n$/);
	});

	test.each(nodes())('all its parts are active in %s', (node) => {
		const {applied, skipped, replaced, checks, exported, printed} = load(
			folders.get(version),
			node,
		);
		expect(printed).toEqual([]);
		expect(applied).toEqual(partsOf(version));
		expect(skipped.map(({part}) => part)).toEqual(skippedOf(version));
		expect(replaced).toEqual(expect.arrayContaining(REPLACED));
		expect(exported).toEqual({handler: 'function', routine: 'function'});
		expect(checks.compressed).toBe('same-as-a-0');
		const [answers, own] = checks.compared;
		expect(answers[0]).toHaveLength(2);
		expect(answers[1]).toEqual([3, 4, 3, 6, 8]);
		expect(answers[2]).toHaveLength(3);
		expect(own).toEqual(answers);
		expect(checks.available).toBeGreaterThan(0);
		expect(checks.logged).toEqual([
			'Downloading https://example.com/a.mp4',
			'Download complete: https://example.com/a.mp4',
			`Downloading data:audio/wav;base64,${'A'.repeat(78)}... (10000022 characters)`,
			'Downloading data:text/plain;base64,AA==',
		]);
		const [stock, ours] = checks.mixed;
		expect(stock?.open).toBe(has(MIXING, version) ? 0 : undefined);
		expect(ours).toEqual(stock && {digest: stock.digest, open: 2});
		if (process.platform === 'linux') {
			// Half of the function's 1,024 MB at most, whatever the machine has.
			expect(checks.compositor.cacheBytes).toBeGreaterThan(0);
			expect(checks.compositor.cacheBytes).toBeLessThanOrEqual(512 * 2 ** 20);
			expect(checks.compositor.arenas).toBe('2');
		}
	});
});

describe('in the newest', () => {
	const [node] = nodes();
	const folder = () => folders.get(newest);

	/** Loads it with another text of its file, in which our line is. */
	function loadFile(bytes, env) {
		const file = path.join(folder(), 'index.js');
		const before = fs.readFileSync(file);
		try {
			fs.writeFileSync(file, bytes);
			return load(folder(), node, env);
		} finally {
			fs.writeFileSync(file, before);
		}
	}
	const loadPatched = (text) => loadFile(patch(Buffer.from(text), newest));

	test('REMOTION_HEADROOM=off leaves everything to Remotion', () => {
		const {applied, replaced, printed, exported} = load(folder(), node, {REMOTION_HEADROOM: 'off'});
		expect({applied, replaced, printed}).toEqual({applied: [], replaced: [], printed: []});
		expect(exported.handler).toBe('function');
	});

	test('REMOTION_HEADROOM_GOVERN=off leaves memory alone', () => {
		const {applied, skipped, printed} = load(folder(), node, {REMOTION_HEADROOM_GOVERN: 'off'});
		expect(skipped).toContainEqual({part: 'relief', reason: 'the governor is switched off'});
		expect(applied).toEqual(partsOf(newest).filter((part) => part !== 'relief'));
		expect(printed).toEqual([]);
	});

	test('REMOTION_HEADROOM=verbose says in one line what is active', () => {
		const {printed} = load(folder(), node, {REMOTION_HEADROOM: 'verbose'});
		expect(printed).toHaveLength(1);
		const left = `${POSITIONS} is left to Remotion: this version goes through frames once by itself`;
		const parts = partsOf(newest).join(', ');
		expect(printed[0]).toMatch(new RegExp(`Remotion ${newest}, .*: ${parts}; ${left}$`));
	});

	test('without a binary WebAssembly stands in', () => {
		const {applied, skipped} = load(folder(), node, {REMOTION_HEADROOM_BINARY: 'off'});
		const aside = ['download-and-map-assets-to-file', 'screenshot-task'];
		expect(skipped.map(({part}) => part)).toEqual(skippedOf(newest, aside));
		expect(applied).toEqual(partsOf(newest).filter((part) => !aside.includes(part)));
	});

	test('without this package the function loads, and says why it is not activated', () => {
		const own = path.join(folder(), 'node_modules', 'remotion-headroom', 'package.json');
		const text = fs.readFileSync(own);
		try {
			fs.writeFileSync(own, '{"name": "remotion-headroom"}');
			const {exported, replaced, printed} = load(folder(), node);
			expect(exported.handler).toBe('function');
			expect(replaced).toEqual([]);
			expect(printed).toEqual([expect.stringMatching(/^\[remotion-headroom\] Not activated: /)]);
		} finally {
			fs.writeFileSync(own, text);
		}
	});

	const frame = 'render-frame-with-option-to-reject';
	test.each([
		['.flat(3)', frame, (text) => text.replace('.flat(2)', '.flat(3)'), OF_FRAMES],
		[
			'one more look at the frames',
			frame,
			(text) => text.replace(/([\w$]+)\.push\(\{audioAndVideoAssets:/, '$1.length,$&'),
			OF_FRAMES,
		],
		[
			'another module in the place of one',
			frame,
			(text) => text.replace(`=${located['compress-assets'].name}()`, '=Object()'),
			OF_FRAMES,
		],
		[
			'another call in the tab',
			'collect-assets',
			(text) => text.replace('window.remotion_collectAssets()', '(window.remotion_other(),$&)'),
			['collect-assets'],
		],
		[
			'another property',
			'puppeteer-evaluate',
			(text) => text.replace('returnByValue:!0', 'returnByValue:!1'),
			['collect-assets'],
		],
		['the opposite', 'truthy', (text) => text.replace('return!!', 'return!'), [LEDGER]],
		[
			'a shorter payload',
			'compress-assets',
			(text) => text.replace('<400', '<300'),
			['compress-assets', LEDGER],
		],
		[
			'samples that are written later',
			'assets/inline-audio-mixing',
			(text) => text.replace('addAsset:', 'addAssets:1,addAsset:'),
			[INLINE_AUDIO, MIXING],
		],
		[
			'a process that is started otherwise',
			'compositor/compositor',
			(text) => text.replace('{cwd:', '{detached:!0,cwd:'),
			['compositor'],
		],
		[
			'another picture',
			'screenshot-task',
			(text) => text.replace('Page.captureScreenshot', 'Page.printToPDF'),
			['screenshot-task'],
		],
		[
			'messages that are read otherwise',
			'browser/Connection',
			(text) => text.replace('JSON.parse(', 'Object('),
			['screenshot-task'],
		],
		[
			'messages that come otherwise',
			'browser/NodeWebSocketTransport',
			(text) => text.replace('"message"', '"data"'),
			['screenshot-task'],
		],
		[
			'another mark',
			'@remotion/streaming/make-streamer',
			(text) => text.replace('remotion_buffer:', 'remotion_bytes:'),
			['make-streamer'],
		],
		[
			'what is logged otherwise',
			'@remotion/serverless/on-downloads-helper',
			(text) => text.replace('"Downloading",', '"Downloading",1,'),
			['on-downloads-helper'],
		],
		[
			'an end that is told otherwise',
			'next-frame-to-render',
			(text) => text.replace('No more frames', 'No other frames'),
			['next-frame-to-render'],
		],
		...[
			['render-has-audio', '.assets'],
			['assets/convert-assets-to-file-urls', '.audioAndVideoAssets'],
			['create-audio', '.convertAssetsToFileUrls'],
		].map(([module, read]) => [
			'another look at the assets',
			module,
			(text) => text.replace(read, `${read}.valueOf()`),
			[RUNS],
		]),
		[
			'files that are opened otherwise',
			'assets/inline-audio-mixing',
			(text) => text.replace(',"w")', ',"w",438)'),
			[INLINE_AUDIO, MIXING],
		],
	])(
		'%s in %s: what relies on it steps aside, and the others apply',
		(_, module, change, aside) => {
			const {applied, skipped, printed} = loadPatched(withText(module, change));
			expect(skipped.map(({part}) => part)).toEqual(skippedOf(newest, aside));
			expect(applied).toEqual(partsOf(newest).filter((part) => !aside.includes(part)));
			expect(printed).toHaveLength(aside.length);
			expect(printed.join('\n')).toContain(`is left to Remotion ${newest}`);
		},
	);

	test('a name of a variable does not count', () => {
		const named = textOf('compress-assets').match(/var ([\w$]+)=\(([\w$]+),/)[1];
		const text = withText('compress-assets', (one) => one.replaceAll(named, 'q9q'));
		expect(loadPatched(text).applied).toEqual(partsOf(newest));
	});

	test('a file that was changed behind our back: its modules are not where the line says', () => {
		const {applied, exported} = loadFile(
			Buffer.concat([Buffer.from(' '), patch(Buffer.from(source), newest)]),
		);
		expect(applied).toEqual([]);
		expect(exported.handler).toBe('function');
	});

	test('an unknown version with texts that are known is activated; with others it says what to do', () => {
		const other = '4.0.999';
		const text = withText('collect-assets', (one) => one.replace('window.', 'globalThis.'));
		const {applied, printed} = loadFile(patch(Buffer.from(text), other));
		expect(applied).toEqual(partsOf(newest).filter((part) => part !== 'collect-assets'));
		expect(printed).toEqual([expect.stringContaining('upgrade remotion-headroom')]);
	});
});

describe("a layer, for Remotion's function as it is", () => {
	/** Loads the function in `folder` as a function with the layer for `version` does. */
	const loadWithLayer = (folder, version, node, how) => {
		const {zip, nodeOptions, unknown} = buildLayer(zipOf(version), {version});
		expect(unknown).toEqual([]);
		const layer = unpack(zip, OWN.layer);
		const env = {
			LAMBDA_TASK_ROOT: folder,
			// What AWS has there for /opt.
			NODE_PATH: path.join(layer, 'nodejs', 'node_modules'),
			NODE_OPTIONS: nodeOptions.replace('/opt', layer.replaceAll(path.sep, '/')),
		};
		return load(folder, node, env, {own: path.join(layer, OWN.layer), how});
	};
	const cases = [versions[0], newest].flatMap((version) =>
		nodes().flatMap((node) => ['require', 'import'].map((how) => [version, how, node])),
	);

	test.each(cases)('%s, by %s: it does what the line in the file does, in %s', (...row) => {
		const [version, how, node] = row;
		const {checks, ...layered} = loadWithLayer(unpack(zipOf(version)), version, node, how);
		const {checks: same, ...patched} = load(folders.get(version), node, {}, {how});
		expect(layered).toEqual(patched);
		expect(checks.compressed).toBe(same.compressed);
		expect(layered.applied).toEqual(partsOf(version));
	});

	test('for another version, and for a file that was changed, it leaves all to Remotion', () => {
		const [node] = nodes();
		const changed = unpack(zipOf(newest));
		fs.appendFileSync(path.join(changed, 'index.js'), ' ');
		for (const folder of [unpack(zipOf(versions.at(-2))), changed]) {
			const {applied, replaced, exported, printed} = loadWithLayer(folder, newest, node, 'require');
			expect({applied, replaced}).toEqual({replaced: []});
			expect(printed).toEqual([
				expect.stringContaining(
					`is made for the function of Remotion ${newest}, and this is another`,
				),
			]);
			expect(exported.handler).toBe('function');
		}
	});
});

describe('refused', () => {
	const refusal = (text) => {
		try {
			patch(Buffer.from(text), newest);
		} catch (error) {
			return error.message;
		}
		return null;
	};
	const {name, start, exports} = located['collect-assets'];
	const helper = textOf('collect-assets').match(/=([\w$]+)\(/)[1];

	test('an export that has another name', () => {
		const text = withText('collect-assets', (one) =>
			one.replaceAll(`${exports}.collectAssets`, `${exports}.collectAllAssets`),
		);
		expect(refusal(text)).toBe('no module exports collectAssets');
	});

	test('an export that is there twice', () => {
		const second = `q8q=${helper}(q7q=>{"use strict";q7q.collectAssets=${name}}),`;
		expect(refusal(source.slice(0, start) + second + source.slice(start))).toBe(
			'more than one module exports collectAssets',
		);
	});

	test('a file of another kind, and one that is patched', () => {
		expect(refusal('exports.handler = () => 1;')).toMatch(/no CommonJS modules/);
		expect(refusal('')).toMatch(/no CommonJS modules/);
		expect(refusal(patch(Buffer.from(source), newest).toString())).toMatch(/patched before/);
		expect(() => patch(Buffer.concat([Buffer.from(source), Buffer.from([0xff])]), newest)).toThrow(
			/UTF-8/,
		);
	});
});
