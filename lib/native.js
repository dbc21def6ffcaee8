'use strict';

// Finds and loads the Rust addon, or the same core as WebAssembly where there is none.

const fs = require('node:fs');
const path = require('node:path');
const {fail} = require('./bundled/words');

const BINARY = 'remotion-headroom';

/** `off`: never load a binary, and don't warn. `required`: throw without one. */
const MODE = process.env.REMOTION_HEADROOM_BINARY;

/**
 * The names our packages may have for this machine. A Linux tries glibc, then
 * musl: the wrong one fails to load, and asking Node which it is takes longer.
 */
function platformNames() {
	const {platform, arch} = process;
	if (platform === 'linux') {
		return [`linux-${arch}-gnu`, `linux-${arch}-musl`];
	}
	return [platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`];
}

/** "linux-x64, glibc 2.36", "linux-x64, musl", "darwin-arm64". */
function thisMachine() {
	const machine = `${process.platform}-${process.arch}`;
	if (process.platform !== 'linux' || !process.report) {
		return machine;
	}
	// Looking up the names of open connections can take seconds.
	process.report.excludeNetwork = true;
	const {glibcVersionRuntime} = process.report.getReport().header;
	return `${machine}, ${glibcVersionRuntime === undefined ? 'musl' : `glibc ${glibcVersionRuntime}`}`;
}

/**
 * Whole names in an object: tracers (@vercel/nft, Next.js) copy what they see required, and
 * run nothing, while `bun build`, which stops at a package of another machine, sees none.
 */
const PACKAGES = {
	'darwin-arm64': 'remotion-headroom-darwin-arm64',
	'darwin-x64': 'remotion-headroom-darwin-x64',
	'linux-arm64-gnu': 'remotion-headroom-linux-arm64-gnu',
	'linux-arm64-musl': 'remotion-headroom-linux-arm64-musl',
	'linux-x64-gnu': 'remotion-headroom-linux-x64-gnu',
	'linux-x64-musl': 'remotion-headroom-linux-x64-musl',
	'win32-x64-msvc': 'remotion-headroom-win32-x64-msvc',
};

/** One for each, or tracers would not know which. */
const REQUIRES = {
	'darwin-arm64': () => require(PACKAGES['darwin-arm64']),
	'darwin-x64': () => require(PACKAGES['darwin-x64']),
	'linux-arm64-gnu': () => require(PACKAGES['linux-arm64-gnu']),
	'linux-arm64-musl': () => require(PACKAGES['linux-arm64-musl']),
	'linux-x64-gnu': () => require(PACKAGES['linux-x64-gnu']),
	'linux-x64-musl': () => require(PACKAGES['linux-x64-musl']),
	'win32-x64-msvc': () => require(PACKAGES['win32-x64-msvc']),
};

/**
 * Never called: pkg sees what is written out alone, and is blind to scopes, by which others
 * know that this is no `require` of Node's.
 */
function _forPkg(require) {
	require('remotion-headroom-darwin-arm64');
	require('remotion-headroom-darwin-x64');
	require('remotion-headroom-linux-arm64-gnu');
	require('remotion-headroom-linux-arm64-musl');
	require('remotion-headroom-linux-x64-gnu');
	require('remotion-headroom-linux-x64-musl');
	require('remotion-headroom-win32-x64-msvc');
}

/** The binary of a package of ours, if there is one for that machine and it is of our version. */
function loadPackage(platform) {
	const name = PACKAGES[platform];
	if (name === undefined) {
		throw new Error('there is no such package');
	}
	const {version} = require('../package.json');
	const found = require(`${name}/package.json`).version;
	if (found !== version) {
		throw new Error(`it is version ${found}, and this is remotion-headroom ${version}`);
	}
	return REQUIRES[platform]();
}

/** The addon, or an error that lists why each candidate failed. */
function load() {
	if (MODE === 'off') {
		// Nobody asks which libc this is, and finding out reads half of /proc.
		const machine = `${process.platform}-${process.arch}`;
		return {error: noBinary([['REMOTION_HEADROOM_BINARY', new Error('it is "off"')]], machine)};
	}
	const causes = [];
	const attempt = (candidate, how) => {
		try {
			return how();
		} catch (error) {
			causes.push([candidate, error]);
			return null;
		}
	};
	let binary = null;
	for (const name of platformNames()) {
		// A build of this checkout comes first.
		const built = path.join(__dirname, '..', `${BINARY}.${name}.node`);
		binary ??= attempt(built, () => require(built));
	}
	for (const name of platformNames()) {
		binary ??= attempt(`${BINARY}-${name}`, () => loadPackage(name));
	}
	// In a bundle nothing of ours is beside us, and no cause above is the true one.
	if (binary === null && !fs.existsSync(path.join(__dirname, 'wasm.js'))) {
		fail();
	}
	return binary === null ? {error: noBinary(causes)} : {binary};
}

function noBinary(causes, machine = thisMachine()) {
	const packages = platformNames().map((name) => `${BINARY}-${name}`);
	const error = new Error(
		[
			`remotion-headroom has no binary that loads on this machine (${machine}).`,
			...causes.map(([what, cause]) => `  ${what}: ${String(cause.message).split('\n')[0]}`),
			`The binary comes as the package ${packages.join(' or ')}. Where there is one for this ` +
				'machine, reinstall without --omit=optional, on the machine that renders, from a ' +
				'lockfile made without it or for every platform.',
		].join('\n'),
		{cause: causes.at(-1)?.[1]},
	);
	error.code = 'HEADROOM_NO_BINARY';
	return error;
}

/** The core without a binary. A name that it lacks is a function, or class, that throws why. */
function standIn(error) {
	return new Proxy(require('./wasm').makeNative(), {
		get(native, name) {
			if (name in native || typeof name === 'symbol') {
				return native[name];
			}
			return function unavailable() {
				const refusal = new Error(`${name} needs the binary. ${error.message}`, {cause: error});
				refusal.code = error.code;
				throw refusal;
			};
		},
	});
}

const {binary, error = null} = load();
if (error !== null && MODE === 'required') {
	throw error;
}
if (error !== null && MODE !== 'off') {
	console.warn(
		`[remotion-headroom] No binary loads on this machine (${thisMachine()}), so WebAssembly ` +
			"stands in: the rules are the same, but payloads stay in V8's heap. " +
			'REMOTION_HEADROOM_BINARY=required shows every cause, =off hides this line.',
	);
}

module.exports = {
	native: binary ?? standIn(error),
	/** Why there is no binary, in full; null where there is one. */
	binaryError: error,
};
