'use strict';

// The alphas of Remotion 4.1, whose texts nobody here has read: activation replaces no
// function of theirs, and says so.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {npmTools, root} = require('../../scripts/tools');

const ASK = `
const fs = require('node:fs');
const path = require('node:path');
const renderer = require('@remotion/renderer');
const dist = path.join(path.dirname(require.resolve('@remotion/renderer/package.json')), 'dist');
const modules = Object.keys(require.cache).filter((file) => file.startsWith(dist));
const texts = modules.map((file) => fs.readFileSync(file, 'utf8')).join();
const functions = modules
	.flatMap((file) => Object.entries(require.cache[file].exports))
	.filter(([, value]) => typeof value === 'function');
const replaced = functions.filter(([, value]) => !texts.includes(String(value))).map(([name]) => name);
console.log(JSON.stringify({names: Object.keys(renderer), count: functions.length, replaced}));
if (process.argv[2]) {
	const {copies} = require('remotion-headroom').register();
	console.log(JSON.stringify(copies));
}
`;
/** What lib/remotion-renders.js goes around in every version, whatever its text: stock code runs inside. */
const AROUND = [
	'internalGetCompositions',
	'internalRenderFrames',
	'internalRenderMedia',
	'internalRenderStill',
	'internalSelectComposition',
	'internalStitchFramesToVideo',
];
const project = fs.mkdtempSync(path.join(root, 'target', 'alphas-'));
const script = path.join(project, 'ask.cjs');

beforeAll(() => {
	fs.mkdirSync(path.join(project, 'node_modules', '@remotion'), {recursive: true});
	fs.symlinkSync(root, path.join(project, 'node_modules', 'remotion-headroom'), 'junction');
	fs.writeFileSync(path.join(project, 'package.json'), '{"private": true}');
	fs.writeFileSync(script, ASK);
});

afterAll(() => fs.rmSync(project, {recursive: true, force: true}));

function ask(...args) {
	const {status, stdout, stderr} = spawnSync(process.execPath, args, {
		cwd: project,
		encoding: 'utf8',
	});
	expect({status, stderr}).toMatchObject({status: 0});
	const [told, copies] = stdout.trim().split('\n').map(JSON.parse);
	return {told, copies, stderr};
}

/** Stock and activated, with the renderer in `folder`. */
function both(folder) {
	const link = path.join(project, 'node_modules', '@remotion', 'renderer');
	fs.rmSync(link, {force: true});
	fs.symlinkSync(folder, link, 'junction');
	const stock = ask(script);
	expect(stock.told.count).toBeGreaterThan(10);
	return {stock, activated: ask('--require', 'remotion-headroom/register', script, 'copies')};
}

test('what is replaced in the newest version is seen', () => {
	const newest = path.dirname(require.resolve('@remotion/renderer/package.json'));
	const {stock, activated} = both(newest);
	expect(stock.told.replaced).not.toContain('compressAsset');
	expect(activated.told.replaced).toContain('compressAsset');
}, 120_000);

test.each(Object.keys(require('../../tools/alphas/package.json').devDependencies))(
	'%s',
	(alias) => {
		const {stock, activated} = both(path.join(npmTools('alphas'), 'node_modules', alias));
		expect(activated.told.names).toEqual(stock.told.names);
		const {replaced} = stock.told;
		const others = activated.told.replaced.filter((name) => !replaced.includes(name));
		expect(others.sort()).toEqual(AROUND);
		const [{remotionVersion, applied, skipped}] = activated.copies;
		expect(alias).toBe(`renderer-${remotionVersion}`);
		// Alphas have no @remotion/streaming: that is the newest's, found further up in this checkout.
		expect(applied.filter((part) => part !== 'esm')).toEqual(['make-streamer']);
		expect(skipped.length).toBeGreaterThan(10);
		expect(activated.stderr).toContain(remotionVersion);
	},
	120_000,
);
