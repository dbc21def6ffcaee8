'use strict';

// Newer sources of Remotion, not published yet, give compressAsset a Map of the
// first asset by `src`. Copies of the newest Remotion that are changed to do so
// render the same stock and activated: left alone as they are, and, by
// try-unknown, with our parts in place.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {
	NEWEST,
	addTones,
	both,
	bundle,
	essence,
	removeBundles,
	render,
	rootOf,
} = require('./harness');
const {MEDIA, QUICK} = require('./scenarios');

const modules = path.join(__dirname, '..', '..', 'node_modules');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-map-form-'));

afterAll(async () => {
	fs.rmSync(scratch, {recursive: true, force: true});
	await removeBundles();
});

const RENDER_FRAME = 'render-frame-with-option-to-reject';

/** `[module, from, to]`: one Map for each render, which hangs on an object that it has anyway. */
const MAP_FORM = [
	[
		'compress-assets',
		'previousRenderAssets.find((a) => a.src === newRenderAsset.src)',
		'previousRenderAssets.get(newRenderAsset.src)',
	],
	[
		RENDER_FRAME,
		/const previousAudioRenderAssets = [\s\S]*?\.flat\(2\);/,
		'const firstBySrc = (framesRenderedObj.firstBySrc ??= new Map());',
	],
	[
		RENDER_FRAME,
		/return (\(0, compress_assets_1\.compressAsset\))\(previousAudioRenderAssets, asset\);/,
		`const one = $1(firstBySrc, asset);
		if (!firstBySrc.has(one.src)) firstBySrc.set(one.src, one);
		return one;`,
	],
];

/** And artifacts are found without a look at earlier frames. */
const NO_LOOK = [
	...MAP_FORM,
	[RENDER_FRAME, /const onlyAvailableAssets = .*;/, ''],
	[
		RENDER_FRAME,
		/const previousArtifactAssets = [\s\S]*?\.flat\(2\);/,
		'const previousArtifactAssets = (framesRenderedObj.artifacts ??= []);',
	],
	[RENDER_FRAME, 'assets.push({', 'previousArtifactAssets.push(...artifactAssets); assets.push({'],
];

const link = (from, at) => fs.symlinkSync(fs.realpathSync(from), at, 'junction');

/** A project with a copy of the newest Remotion, changed. Its path. */
function changed(name, changes) {
	const project = path.join(scratch, name);
	const scope = path.join(project, 'node_modules', '@remotion');
	const root = path.join(scope, 'renderer');
	fs.cpSync(fs.realpathSync(rootOf('renderer', NEWEST)), root, {
		recursive: true,
		dereference: true,
	});
	for (const [folder, from] of [
		[path.dirname(scope), modules],
		[scope, path.join(modules, '@remotion')],
	]) {
		for (const one of fs.readdirSync(from)) {
			if (!one.startsWith('.') && !fs.existsSync(path.join(folder, one))) {
				link(path.join(from, one), path.join(folder, one));
			}
		}
	}
	for (const [file, from, to] of changes) {
		const at = path.join(root, 'dist', `${file}.js`);
		const text = fs.readFileSync(at, 'utf8');
		const edited = text.replace(from, to);
		if (edited === text) {
			throw new Error(`nothing to change in ${file}: ${from}`);
		}
		fs.writeFileSync(at, edited);
	}
	return root;
}

const TRY = {REMOTION_HEADROOM: 'try-unknown'};
const OURS = [
	'compress-assets',
	'collect-assets',
	'render-frame-with-option-to-reject/frame-index',
	'render-frame-with-option-to-reject/inline-audio',
	'render-frame-with-option-to-reject/asset-runs',
	'render-frame-with-option-to-reject/outcome',
];
/** The newest version does these by itself. */
const BY_DESIGN = ['calculate-asset-positions', 'prespawn-ffmpeg'];
const named = (...names) => QUICK.filter(({name}) => names.includes(name));
const renders = named(
	'base64 audio',
	'an artifact name used twice',
	'renderFrames and stitchFramesToVideo',
);

describe.each([
	['the Map form', MAP_FORM, [...OURS, 'render-frame-with-option-to-reject/frame-ledger'], []],
	[
		'the Map form, and no look at earlier frames',
		NO_LOOK,
		OURS,
		['render-frame-with-option-to-reject/frame-ledger'],
	],
])('%s', (name, changes, applied, skipped) => {
	let root;
	beforeAll(() => {
		root = changed(name.replace(/\W/g, '-'), changes);
	});

	test('renders the same by try-unknown', async () => {
		const {stock, activated} = await both({root, renders, env: TRY});
		expect(essence(activated)).toEqual(essence(stock));
		expect(stock.outcomes.map(({error}) => error)).toEqual(
			renders.map(({fails}) => (fails ? expect.stringContaining(fails) : undefined)),
		);
		expect(activated.report.applied).toEqual(expect.arrayContaining(applied));
		expect(activated.report.skipped.map(({part}) => part)).toEqual([...skipped, ...BY_DESIGN]);
		// Each payload is held once, so it was compressAsset that moved or found it.
		expect(activated.stats.hits).toBeGreaterThan(0);
	}, 180_000);

	test('samples of inline audio are released', async () => {
		const entry = 'media.js';
		await addTones(await bundle(NEWEST, entry), 2, 1);
		const byFrames = MEDIA.find(({name}) => name === '@remotion/media by renderFrames');
		const media = [{...byFrames, inputProps: {audio: 2, video: false}}];
		const {stock, activated} = await both({root, entry, renders: media, env: TRY});
		expect(essence(activated)).toEqual(essence(stock));
		expect(stock.outcomes.map(({error}) => error)).toEqual([undefined]);
		expect(stock.outcomes[0].samples).toBeGreaterThan(0);
		expect(activated.outcomes[0].samples).toBe(0);
	}, 180_000);

	test('without try-unknown it is left alone', async () => {
		const job = {root, renders: named('base64 audio')};
		const activated = await render({...job, activated: true});
		expect(activated.outcomes[0].error).toBe(undefined);
		expect(activated.report.skipped.map(({part}) => part)).toEqual([
			'compress-assets',
			'render-frame-with-option-to-reject/frame-ledger',
			'render-frame-with-option-to-reject/frame-index',
			'render-frame-with-option-to-reject/inline-audio',
			'render-frame-with-option-to-reject/asset-runs',
			'render-frame-with-option-to-reject/outcome',
			...BY_DESIGN,
		]);
		expect(activated.report.applied).toContain('collect-assets');
		expect(essence(activated)).toEqual(essence(await render({...job, activated: false})));
	}, 180_000);
});
