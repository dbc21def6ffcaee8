'use strict';

// Runs the same renders with stock and activated Remotion, each in a process of
// its own, with the Remotion version asked for.

const {execFile, spawn} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {promisify} = require('node:util');
const {npmTools} = require('../../scripts/tools');

const run = promisify(execFile);

const modules = path.join(__dirname, '..', '..', 'node_modules');
const NEWEST = require('@remotion/renderer/package.json').version;

/** Folder of one of Remotion's packages; older versions are installed where they are asked for. */
const rootOf = (name, version) =>
	version === NEWEST
		? path.join(modules, '@remotion', name)
		: path.join(npmTools('remotions'), 'node_modules', `${name}-${version}`);

const PLACES = (process.env.PATH ?? '')
	.split(path.delimiter)
	.flatMap((folder) =>
		['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'].map(
			(name) => path.join(folder, name),
		),
	);

const browserExecutable =
	[process.env.CHROME_PATH, ...PLACES].find((file) => file && fs.existsSync(file)) ?? null;

// A full Chrome knows only the new headless mode.
const browser =
	browserExecutable === null ? {} : {browserExecutable, chromeMode: 'chrome-for-testing'};

/** The @remotion/media that goes with a version of Remotion: not every number was released, or was there yet. */
const MEDIA = {'4.0.300': null, '4.0.382': '4.0.380'};

const bundles = new Map();
let results = 0;

/** Bundles an entry into a folder, by a version's bundler. */
function bundleInto(folder, version, entry) {
	const script = path.join(__dirname, 'bundle-child.js');
	const ofMedia = MEDIA[version] === undefined ? version : MEDIA[version];
	const media = ofMedia === null ? [] : [rootOf('media', ofMedia)];
	return run(process.execPath, [script, rootOf('bundler', version), entry, folder, ...media]);
}

/** Folder of the bundle of one of the fixture's entries, by a version's bundler. */
function bundle(version = NEWEST, entry = 'index.js') {
	const key = `${version} ${entry}`;
	if (!bundles.has(key)) {
		const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-bundle-'));
		bundles.set(
			key,
			bundleInto(folder, version, entry).then(() => folder),
		);
	}
	return bundles.get(key);
}

/** A mono WAV with a tone of its own for each seed. */
function wav(seconds, seed) {
	const samples = Int16Array.from({length: seconds * 48000}, (_, i) =>
		Math.round(3000 * Math.sin(i * (0.01 + seed * 0.003))),
	);
	const data = Buffer.from(samples.buffer);
	const header = Buffer.alloc(44);
	header.write('RIFF', 0);
	header.writeUInt32LE(36 + data.length, 4);
	header.write('WAVEfmt ', 8);
	header.writeUInt32LE(16, 16);
	header.writeUInt16LE(1, 20);
	header.writeUInt16LE(1, 22);
	header.writeUInt32LE(48000, 24);
	header.writeUInt32LE(96000, 28);
	header.writeUInt16LE(2, 32);
	header.writeUInt16LE(16, 34);
	header.write('data', 36);
	header.writeUInt32LE(data.length, 40);
	return Buffer.concat([header, data]);
}

/** Puts `count` tones into the public folder of a bundle. */
async function addTones(folder, count, seconds) {
	const target = path.join(folder, 'public');
	fs.mkdirSync(target, {recursive: true});
	for (let i = 0; i < count; i++) {
		fs.writeFileSync(path.join(target, `tone-${i}.wav`), wav(seconds, i));
	}
}

/** Removes the bundles; Jest does not run exit handlers of its sandbox. */
async function removeBundles() {
	for (const made of bundles.values()) {
		fs.rmSync(await made, {recursive: true, force: true});
	}
	bundles.clear();
}

/**
 * Renders in a process of its own. Resolves to {report, outcomes, stats, stderr}.
 *
 * @param {{version?: string, entry?: string, activated: boolean, renders: object[], nodeOptions?: string[],
 *   register?: object, common?: object, env?: object, deadline?: number, enter?: string[]}} job
 *   `enter`: a command that runs the one behind it somewhere, as in a cgroup
 */
async function render({
	version = NEWEST,
	entry,
	nodeOptions = [],
	env = {},
	deadline,
	enter = [],
	...job
}) {
	const serveUrl = await bundle(version, entry);
	const resultFile = path.join(serveUrl, `result-${results++}.json`);
	const argument = {root: rootOf('renderer', version), serveUrl, browser, resultFile, ...job};
	const args = [...nodeOptions, path.join(__dirname, 'render-child.js'), JSON.stringify(argument)];
	const {code, signal, stderr} = await untilExit(
		[...enter, process.execPath, ...args],
		{...process.env, ...env, [MARK]: resultFile},
		deadline,
	);
	if (code !== 0) {
		endLeftOvers(resultFile);
		throw Object.assign(new Error(`The render ended with ${signal ?? code}:\n${stderr}`), {stderr});
	}
	return {...JSON.parse(fs.readFileSync(resultFile, 'utf8')), stderr};
}

const MARK = 'HEADROOM_TEST_RENDER';

/** Runs a command, `deadline` milliseconds at most. A browser that survives it must not be waited for. */
function untilExit([command, ...args], env, deadline) {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, {
			env,
			stdio: ['ignore', 'ignore', 'pipe'],
			timeout: deadline,
			killSignal: 'SIGKILL',
		});
		let stderr = '';
		child.stderr.setEncoding('utf8').on('data', (text) => {
			stderr += text;
		});
		child.on('error', reject);
		child.on('exit', (code, signal) => {
			// What it wrote last is still to be read.
			setTimeout(() => {
				child.stderr.destroy();
				resolve({code, signal, stderr});
			}, 50);
		});
	});
}

/** Ends the browser of a render that crashed; on Linux, where it can be found. */
function endLeftOvers(mark) {
	for (const pid of fs.existsSync('/proc/self/environ') ? fs.readdirSync('/proc') : []) {
		try {
			if (fs.readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`${MARK}=${mark}`)) {
				process.kill(Number(pid), 'SIGKILL');
			}
		} catch {
			// Not a process, not ours, or gone.
		}
	}
}

/** The same renders stock and activated. */
async function both(job) {
	const stock = await render({...job, activated: false});
	const activated = await render({...job, activated: true});
	return {stock, activated};
}

/** What must be equal of two runs. */
const essence = ({outcomes}) => outcomes.map(({result, error}) => ({result, error}));

module.exports = {
	NEWEST,
	addTones,
	both,
	browser,
	bundle,
	bundleInto,
	essence,
	removeBundles,
	render,
	rootOf,
	wav,
};
