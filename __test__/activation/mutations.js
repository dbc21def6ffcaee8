'use strict';

// Changes to Remotion's modules, each of which must make exactly these parts
// step aside. Where a change breaks a fragment, try-unknown doesn't help.

/** Somebody does one more thing behind the function. */
const behind = (name) => [
	'an extra step behind the call',
	/$/,
	`\nconst theirs = exports.${name};\nexports.${name} = (...args) => theirs(...args);\n`,
	true,
];

/** One without the other would hand placeholders of tabs to stock code. */
const TABS = ['render-frame-and-retry-target-close', 'make-page'];
const IN_TURN = 'render-frame-and-retry-target-close/in-turn';

const RAW = [
	{
		file: 'compress-assets',
		name: 'compressAsset',
		// The ledger hands it its own list.
		parts: ['compress-assets', 'render-frame-with-option-to-reject/frame-ledger'],
		changes: [
			[
				'another reference format',
				/same-as-\$\{(\w+)\.id\}-\$\{\1\.frame\}/,
				'same-as-$${$1.frame}:$${$1.id}',
			],
			['another threshold', '< 400', '< 500', true],
			['a threshold that only looks alike', '< 400', '< 4000'],
			['the last in place of the first', '.find(', '.findLast(', true],
			['another comparison', 'a.src === ', 'a.src == '],
			['a space in a string', '`same-as-$', '`same-as- $$'],
			['another helper', "startsWith('same-as')", "startsWith('same-as-')"],
			['it keeps the list', 'if (!', 'globalThis.kept = previousRenderAssets; if (!'],
			behind('compressAsset'),
		],
	},
	{
		file: 'collect-assets',
		name: 'collectAssets',
		parts: ['collect-assets'],
		changes: [
			['another page function', 'remotion_collectAssets()', 'remotion_collectAssets(1)', true],
			['the page function does more', 'return window.', 'window.asked = 1; return window.'],
			['an argument for the page', 'args: []', 'args: [frame]'],
			['another kind is treated', "!== 'artifact'", "!== 'art'", true],
			['another decoder', 'atob(', 'btoa('],
			['another order', 'return fixedArtifacts', 'return fixedArtifacts.reverse()'],
			['the list comes about otherwise', 'value.map(', 'Array.from(value).map(', true],
			behind('collectAssets'),
		],
	},
	{
		file: 'puppeteer-evaluate',
		name: 'puppeteerEvaluateWithCatch',
		parts: ['collect-assets'],
		changes: [
			['by handle', 'returnByValue: true', 'returnByValue: false', true],
			['without a gesture', 'userGesture: true', 'userGesture: false'],
			['not awaited', 'awaitPromise: true', 'awaitPromise: false'],
			['a helper reads results otherwise', 'return -0;', 'return 0;'],
			[
				'a helper sends arguments otherwise',
				'return { value: arg };',
				'return { value: String(arg) };',
			],
			['another constant', '__puppeteer_evaluation_script__', '__puppeteer_script__'],
			behind('puppeteerEvaluateWithCatch'),
		],
	},
	{
		file: 'render-frame-with-option-to-reject',
		name: 'renderFrameWithOptionToReject',
		parts: [
			'render-frame-with-option-to-reject/frame-ledger',
			'render-frame-with-option-to-reject/frame-index',
			'render-frame-with-option-to-reject/inline-audio',
			'render-frame-with-option-to-reject/asset-runs',
			'render-frame-with-option-to-reject/outcome',
		],
		changes: [
			['one more look at the frames', 'assets.push({', 'void assets.length; assets.push({', true],
			['another name for the frames', 'assets.filter(', '(globalThis.seen = assets).filter(', true],
			[
				'a look that needs no name',
				'cleanupPageError();',
				"eval('as' + 'sets'); cleanupPageError();",
			],
			['a shallower list', '.flat(2)', '.flat(1)', true],
			[
				'the list is changed',
				'for (const renderAsset of',
				'previousArtifactAssets.pop(); for (const renderAsset of',
			],
			[
				'the list is kept',
				'for (const artifact of',
				'globalThis.kept = previousArtifactAssets; for (const artifact of',
			],
			[
				'fewer frames are compared',
				'(previousAudioRenderAssets, asset)',
				'(previousAudioRenderAssets.slice(1), asset)',
				true,
			],
			[
				'an extra step at the end',
				'cleanupPageError();',
				'cleanupPageError(); audioAndVideoAssets.reverse();',
			],
			['another module is asked', 'require("./truthy")', 'Object(require("./truthy"))'],
			[
				'assets in another order',
				'onlyAudioAndVideoAssets)(collectedAssets)',
				'onlyAudioAndVideoAssets)(collectedAssets.reverse())',
			],
			behind('renderFrameWithOptionToReject'),
		],
	},
	{
		file: 'truthy',
		name: 'truthy',
		parts: ['render-frame-with-option-to-reject/frame-ledger'],
		changes: [
			['a frame is left out', 'Boolean(value)', 'Boolean(value && value.frame !== 3)', true],
			['it counts', 'return', 'globalThis.count++; return'],
			behind('truthy'),
		],
	},
	{
		file: 'render-has-audio',
		name: 'getShouldRenderAudio',
		parts: ['render-frame-with-option-to-reject/asset-runs'],
		changes: [
			['the array is changed', 'assetsInfo.assets.', 'assetsInfo.assets.reverse().'],
			['it is asked otherwise', 'assetsInfo.assets', 'assetsInfo["assets"]', true],
			behind('getShouldRenderAudio'),
		],
	},
	{
		file: 'assets/convert-assets-to-file-urls',
		name: 'convertAssetsToFileUrls',
		parts: ['render-frame-with-option-to-reject/asset-runs'],
		changes: [
			['a list is changed', 'audioAndVideoAssets.map(', 'audioAndVideoAssets.reverse().map(', true],
			['an asset is changed', 'renderAsset: a,', 'renderAsset: Object.assign(a, {volume: 1}),'],
			['a helper changes the array', 'return input.reduce(', 'return input.reverse().reduce('],
			behind('convertAssetsToFileUrls'),
		],
	},
	{
		file: 'create-audio',
		name: 'createAudio',
		parts: ['render-frame-with-option-to-reject/asset-runs'],
		changes: [
			[
				'an entry is changed',
				'markAllAssetsAsDownloaded)(downloadMap);',
				'markAllAssetsAsDownloaded)(downloadMap); assets[0]?.audioAndVideoAssets.pop();',
			],
			['the array goes elsewhere', 'convertAssetsToFileUrls)(', 'convertAll)(', true],
		],
	},
	{
		file: 'assets/inline-audio-mixing',
		name: 'makeInlineAudioMixing',
		parts: ['render-frame-with-option-to-reject/inline-audio', 'inline-audio-mixing'],
		since: 350,
		changes: [
			['it is not done when it returns', 'const addAsset = (', 'const addAsset = async (', true],
			['samples are kept', 'new Int16Array(asset.audio)', 'asset.audio', true],
			['a helper writes otherwise', '0xff', '0xfe'],
			['another constant', 'BIT_DEPTH = 16', 'BIT_DEPTH = 8'],
			behind('makeInlineAudioMixing'),
		],
	},
	{
		file: 'assets/inline-audio-mixing',
		name: 'makeInlineAudioMixing',
		// The first is the one that can't be tried.
		parts: ['inline-audio-mixing', 'render-frame-with-option-to-reject/inline-audio'],
		since: 350,
		changes: [
			[
				'a descriptor for somebody else',
				/openFiles\[filePath\] = (node_fs_1\.default\.)openSync\(filePath, 'w'\);/,
				'$& $1createWriteStream(filePath, { fd: openFiles[filePath] });',
				true,
			],
			['descriptors of its own kind', /\.closeSync\(/g, '.close(', true],
		],
	},
	{
		file: 'assets/calculate-asset-positions',
		name: 'calculateAssetPositions',
		parts: ['calculate-asset-positions'],
		// Later versions take linear time by themselves.
		until: 443,
		changes: [
			['another begin', 'startInVideo: frame', 'startInVideo: frame + 1'],
			['another duration', 'frame - found.startInVideo + 1', 'frame - found.startInVideo', true],
			['assets are told apart otherwise', 'a.id === b.id', 'a.src === b.src'],
			[
				'volumes in another order',
				'[...found.volume, asset.volume]',
				'[asset.volume, ...found.volume]',
				true,
			],
			behind('calculateAssetPositions'),
		],
	},
	{
		file: 'assets/types',
		name: 'uncompressMediaAsset',
		parts: ['calculate-asset-positions'],
		until: 443,
		changes: [
			['the last in place of the first', '.find(', '.findLast(', true],
			['another comparison', 'a.id === id', 'a.id == id'],
			behind('uncompressMediaAsset'),
		],
	},
	{
		file: 'assets/flatten-volume-array',
		name: 'convertAssetToFlattenedVolume',
		parts: ['calculate-asset-positions'],
		until: 443,
		changes: [
			['another volume', 'return volume[0]', 'return volume[0] / 2'],
			behind('convertAssetToFlattenedVolume'),
		],
	},
	{
		file: 'render-frame-and-retry-target-close',
		name: 'renderFrameAndRetryTargetClose',
		parts: [...TABS, IN_TURN],
		changes: [
			['a tab is given back twice', /currentPool\.release\(freePage\);/, '$& $&'],
			['a frame is not given back', 'nextFrameToRender.returnFrame(frame);', ''],
			['fewer retries', 'retriesLeft - 1', 'retriesLeft - 2'],
			['another end of retries', 'retriesLeft === 0', 'retriesLeft < 1', true],
			['the frame of another tab', 'getNextFrame(freePage.pageIndex)', 'getNextFrame(0)', true],
			['another tab in place of a closed one', '(frame, freePage.pageIndex)', '(frame, 0)', true],
			[
				'the browser is replaced otherwise',
				'replaceBrowser(makeBrowser, ',
				'replaceBrowser.call(browserReplacer, makeBrowser, ',
				true,
			],
			behind('renderFrameAndRetryTargetClose'),
		],
	},
	{
		file: 'make-page',
		name: 'makePage',
		parts: TABS,
		changes: [
			['another number', 'indent, pageIndex, onBrowserLog', 'indent, pageIndex: 0, onBrowserLog'],
			['the page does more', 'window.remotion_setBundleMode(', 'window.asked = 1; $&'],
			['fewer retries', 'retriesRemaining: 2', 'retriesRemaining: 1'],
			['pages in another order', 'pagesArray.push(page)', 'pagesArray.unshift(page)', true],
			['something else than the page', 'return page;', 'return Object.create(page);', true],
			behind('makePage'),
		],
	},
	{
		file: 'pool',
		name: 'Pool',
		parts: TABS,
		changes: [
			['the last that waits in place of the first', 'this.waiters.shift()', 'this.waiters.pop()'],
			['the tab used last', 'this.resources.push(', 'this.resources.unshift('],
			['whoever waits is told later', 'waiter(resource);', 'setImmediate(waiter, resource);'],
			['another list', /this\.resources/g, 'this.free', true],
			behind('Pool'),
		],
	},
	{
		file: 'next-frame-to-render',
		name: 'nextFrameToRenderState',
		parts: ['next-frame-to-render', ...TABS],
		changes: [
			['the last frame first', '.find((frame)', '.findLast((frame)', true],
			[
				'the end is told otherwise',
				"throw new Error('No more frames to render');",
				'return null;',
				true,
			],
			['another helper', 'partitions.getNextFrame(pageIndex)', 'partitions.getNextFrame(0)'],
			['a frame is given back otherwise', 'rendered.delete(frame)', 'rendered.set(frame)', true],
			behind('nextFrameToRenderState'),
		],
	},
	{
		file: 'replace-browser',
		name: 'handleBrowserCrash',
		parts: TABS,
		changes: [
			['the browser stays', '_instance = browser;', ''],
			['each crash replaces it', 'replacing = true;', ''],
			['whoever waits gets nothing', 'w.resolve(browser)', 'w.resolve()'],
			['tabs are not awaited', 'await makeNewPages()', 'void makeNewPages()', true],
			behind('handleBrowserCrash'),
		],
	},
	{
		file: 'symbolicate-stacktrace',
		name: 'getSourceMapFromLocalFile',
		parts: ['symbolicate-stacktrace'],
		changes: [
			[
				'another encoding',
				"readFileSync)(fileName, 'utf8')",
				"readFileSync)(fileName, 'latin1')",
				true,
			],
			['the first map in place of the last', 'match = next;', 'match ??= next;'],
			['another place for the map', 'path_1.default.dirname(filePath), sm', 'filePath, sm'],
			['another reader', 'require("source-map")', 'Object(require("source-map"))'],
			behind('getSourceMapFromLocalFile'),
		],
	},
	{
		file: 'prepare-server',
		name: 'prepareServer',
		parts: ['symbolicate-stacktrace'],
		changes: [
			['no map', 'localSourceMap = s;', '', true],
			['another bundle', 'no_react_1.NoReactInternals.bundleName', "'other.js'"],
			['the map is looked at', 'localSourceMap = s;', 'localSourceMap = s; s.sources;'],
			behind('prepareServer'),
		],
	},
	{
		file: 'compositor/compositor',
		name: 'startCompositor',
		parts: ['compositor'],
		changes: [
			['another name for its cache', 'maximum_frame_cache_size_in_bytes', 'cache_size'],
			['an environment of its own', ': undefined,', ': {},'],
			['requests stay open at its end', 'waiters.clear();', ''],
			['another way to ask', 'executeCommand: (command,', 'execute: (command,', true],
			[
				'another way to start it',
				'node_child_process_1.spawn)(',
				'node_child_process_1.spawn).call(null, ',
				true,
			],
			behind('startCompositor'),
		],
	},
	{
		file: 'prespawn-ffmpeg',
		name: 'prespawnFfmpeg',
		parts: ['prespawn-ffmpeg'],
		// Later versions wait for the encoder by themselves.
		until: 500,
		changes: [
			['frames come by another way', "['-i', '-']", "['-i', 'pipe:3']"],
			['another process', 'return { task,', 'return { task: Object.create(task),'],
			['another format', "['-f', 'image2pipe']", "['-f', 'rawvideo']", true],
			['another callee', 'callFf)(', 'callFf).call(null, ', true],
			behind('prespawnFfmpeg'),
		],
	},
	{
		file: 'memory/get-available-memory',
		name: 'getAvailableMemory',
		parts: ['get-available-memory'],
		changes: [
			['the larger figure', 'Math.min(', 'Math.max('],
			['another tolerance', '* 1.25', '* 1.5'],
			['a promise', '= (logLevel) =>', '= async (logLevel) =>'],
			['another source', /\.freemem\)\(\)/g, "['free' + 'mem'])()", true],
			behind('getAvailableMemory'),
		],
	},
	{
		file: 'prestitcher-memory-usage',
		name: 'shouldUseParallelEncoding',
		parts: ['prestitcher-memory-usage'],
		changes: [
			['another estimate', '= 1000000000', '= 1100000000'],
			['another margin', '2000000000', '2000000001', 'probe'],
			['a square', '* width * height', '* width * width'],
			['another figure', 'getAvailableMemory)(', 'getAvailableMemory)?.(', true],
			behind('shouldUseParallelEncoding'),
		],
	},
	{
		file: 'assets/download-and-map-assets-to-file',
		name: 'getSanitizedFilenameForAssetUrl',
		parts: ['download-and-map-assets-to-file', 'download-and-map-assets-to-file/download-asset'],
		changes: [
			['payloads are remembered', 'delete downloadMap.isDownloadingMap[key];', ''],
			['another encoding', "'utf16le',", "'utf16le', 'ascii85',"],
			['another name', "replace('0.', '')", "replace('0.', '1')", 'probe'],
			['another helper', "'filename='", "'filename*='"],
			['another seed', /(\$\{pathname\})(?=\$)/, '$1-', true],
			['another extension', "split('.')", "split('..')", 'probe'],
			behind('getSanitizedFilenameForAssetUrl'),
		],
	},
	{
		file: 'screenshot-task',
		name: 'screenshotTask',
		parts: ['screenshot-task'],
		changes: [
			['another question', "'Page.captureScreenshot'", "'Page.captureSnapshot'", true],
			['another encoding', "result.data, 'base64'", "result.data, 'base64url'", true],
			[
				'a string is expected',
				'Buffer.from(result.data,',
				'Buffer.from(String(result.data),',
				true,
			],
			[
				'the bytes are looked at',
				'const buffer = ',
				'globalThis.seen = result.data; const buffer = ',
			],
			['two pictures in one session', "if (format === 'pdf')", "if (format !== 'png')"],
			behind('screenshotTask'),
		],
	},
	{
		file: 'browser/Connection',
		name: 'Connection',
		parts: ['screenshot-task'],
		changes: [
			['another parser', 'JSON.parse(message)', 'JSON.parse(String(message))'],
			['numbers by session', '{ ...message, id }', '{ id, ...message }'],
			[
				'messages are told otherwise',
				'session._onMessage(object, message.length)',
				'session._onMessage(object)',
			],
			['another size', '({ value: object.result, size })', '({ value: object.result, size: 0 })'],
			[
				'questions leave otherwise',
				'this.transport.send(stringifiedMessage)',
				'this.transport.send.call(this.transport, stringifiedMessage)',
				true,
			],
			behind('Connection'),
		],
	},
	{
		file: 'browser/NodeWebSocketTransport',
		name: 'NodeWebSocketTransport',
		parts: ['screenshot-task'],
		changes: [
			[
				'another kind of data',
				'this.onmessage.call(null, event.data)',
				'this.onmessage.call(null, String(event.data))',
				true,
			],
			[
				'questions are kept',
				'this.websocket.send(message)',
				'this.websocket.send(message, () => undefined)',
				true,
			],
			['messages are read later', 'this.websocket = ws;', 'this.websocket = ws; ws.pause?.();'],
			behind('NodeWebSocketTransport'),
		],
	},
	{
		file: '@remotion/streaming/make-streamer',
		name: 'makeStreamer',
		parts: ['make-streamer'],
		changes: [
			['another magic', "'remotion_buffer:'", "'remotion_message:'"],
			['another end of fields', '0x3a', '0x3b'],
			['another number for errors', /status === 1/g, 'status === 2', true],
			['chunks in another order', 'unprocessedBuffers.push(', 'unprocessedBuffers.unshift('],
			[
				'more is shown',
				'getOutputBuffer: () => outputBuffer',
				'getOutputBuffer: () => new Uint8Array(0)',
				true,
			],
			behind('makeStreamer'),
		],
	},
	{
		file: 'render-media',
		name: 'renderMedia',
		parts: ['render-media'],
		changes: [
			['an option means something else', 'muted: muted', 'muted: !muted'],
			['another default', 'numberOfGifLoops : null', 'numberOfGifLoops : 1'],
			['another callee', 'internalRenderMedia)(', 'internalRenderMedia).call(null, ', true],
			behind('renderMedia'),
		],
	},
	{
		file: 'render-frames',
		name: 'renderFrames',
		parts: ['render-frames'],
		changes: [
			[
				'an option means something else',
				'parallelEncodingEnabled: false',
				'parallelEncodingEnabled: true',
			],
			['an option is needed', 'if (!composition)', 'if (!composition || !concurrency)'],
			['another callee', 'internalRenderFrames)({', 'internalRenderFrames).call(null, {', true],
			behind('renderFrames'),
		],
	},
];

const edited = (text, from, to, what) => {
	const changed = text.replace(from, to);
	if (changed === text) {
		throw new Error(`nothing to change: ${what}`);
	}
	return changed;
};

const MUTATIONS = RAW.flatMap(({file, name, parts, since = 0, until = 1 / 0, changes}) =>
	changes.map(([what, from, to, seenBy = null]) => ({
		label: `${file}: ${what}`,
		file,
		name,
		parts,
		since,
		until,
		breaksFragment: seenBy === true,
		failsProbe: seenBy === 'probe',
		edit: (text) => edited(text, from, to, `${file}: ${what}`),
	})),
);

/** Other ways to open the first tabs, in a module of which no more is looked at. */
const OPENINGS = [
	['all at one frame', 'makeNewPage(framesToRender[i], i)', 'makeNewPage(framesToRender[0], i)'],
	['a pool of its own', 'new pool_1.Pool(puppeteerPages)', 'new pool_1.Pool([...puppeteerPages])'],
	[
		'with one more argument',
		'makeNewPage = (frame, pageIndex) =>',
		'makeNewPage = (frame, pageIndex, more) =>',
	],
	[
		'in turn',
		'allFramesAndExtraFrames.map(() => {',
		'allFramesAndExtraFrames.map(async () => {',
		IN_TURN,
	],
].map(([what, from, to, part]) => ({
	label: `tabs are opened otherwise: ${what}`,
	file: 'render-frames',
	parts: part === undefined ? TABS : [part],
	edit: (text) => edited(text, from, to, what),
}));

/** What changes nothing that counts. */
const FORMATS = [
	['tabs', (text) => text.replace(/^ +/gm, '\t')],
	['CRLF', (text) => text.replaceAll('\n', '\r\n')],
	[
		'comments',
		// Not inside a licence's comment.
		(text) => `// as 'ever\n${text.replace(/;\n(?! \*)/g, '; /* "so` */ // on\n\n')}/* end */`,
	],
	// Comments there begin lines.
	['no comments', (text) => text.replace(/^\s*(\/\*\*?[\s\S]*?\*\/|\/\/.*)$/gm, '')],
	['long lines', (text) => text.replace(/([,(])\n\s*(?!\s|\/\/)/g, '$1')],
];

module.exports = {FORMATS, MUTATIONS, OPENINGS};
