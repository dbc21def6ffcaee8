'use strict';

// This package's binary for the function, which runs on arm64 wherever it is built:
// from a file, an installed package, or npm. npm keeps what it has fetched.

const {spawnSync} = require('node:child_process');
const {createHash} = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const zlib = require('node:zlib');
const {version} = require('../../package.json');
const {NotReady, findPackage} = require('./project');

const PACKAGE = 'remotion-headroom-linux-arm64-gnu';
const FILE = 'remotion-headroom.linux-arm64-gnu.node';

/** What a release writes, scripts/packages.js: `{FILE: 'sha512-...'}`. A checkout has none. */
const RECORD = path.join(__dirname, 'binaries.json');

/** Bytes: no binary of ours comes near it. */
const MOST = 64 * 2 ** 20;

/** npm's own words, after what it sets in front of each line. */
const SAYS = /^npm (?:error|ERR!) (?!code |errno |syscall |A complete log)(.+)$/m;

function recordedHash() {
	try {
		return JSON.parse(fs.readFileSync(RECORD, 'utf8'))[FILE];
	} catch (error) {
		if (error.code === 'ENOENT') {
			return undefined;
		}
		throw error;
	}
}

/** `bytes`, where they are what was released. */
function checked(bytes, recorded, whose) {
	const hash = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
	if (hash !== recorded) {
		throw new NotReady(
			`The binary of ${PACKAGE}@${version} ${whose} is not the one that was released: it has ${hash}, not ${recorded}`,
		);
	}
	return bytes;
}

function readGiven(file) {
	try {
		return fs.readFileSync(file);
	} catch (error) {
		throw new NotReady(`The binary ${file} can't be read: ${error.code}`);
	}
}

/** A file in a tarball (POSIX ustar: blocks of 512 bytes, a header before each file); empty where it is not there. */
function fileInTarball(tarball, name) {
	const bytes = zlib.gunzipSync(tarball, {maxOutputLength: MOST});
	const text = (at, length) => bytes.toString('latin1', at, at + length).replace(/\0.*$/s, '');
	for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
		const size = Number.parseInt(text(at + 124, 12), 8);
		if (text(at, 100) === name) {
			return bytes.subarray(at + 512, at + 512 + size);
		}
		at += 512 + Math.ceil(size / 512) * 512;
	}
	return Buffer.alloc(0);
}

/** Has npm put the tarball into `into`; what it printed, where it didn't. */
function packInto(into, folder, flags) {
	const args = ['pack', `${PACKAGE}@${version}`, '--ignore-scripts', ...flags];
	const {status, stderr, error} = spawnSync('npm', args, {
		cwd: folder,
		encoding: 'utf8',
		// By the environment: a shell would take a path apart.
		env: {...process.env, npm_config_pack_destination: into, npm_config_loglevel: 'error'},
		// npm is a .cmd there.
		shell: process.platform === 'win32',
	});
	return status === 0
		? null
		: (error?.message ?? SAYS.exec(stderr)?.[1] ?? `it ended with ${status}`);
}

/** From the registry that npm is configured for in `folder`. */
function fetchBinary(folder, recorded) {
	const into = fs.mkdtempSync(path.join(os.tmpdir(), 'remotion-headroom-'));
	try {
		// First what npm keeps, which may be older than this version.
		let failure = packInto(into, folder, ['--prefer-offline', '--fetch-retries=0']);
		if (failure !== null) {
			failure = packInto(into, folder, ['--prefer-online']);
		}
		if (failure !== null) {
			throw new NotReady(
				`npm can't fetch ${PACKAGE}@${version} (${failure}): give its file with --binary, or ` +
					'set REMOTION_HEADROOM_BINARY=off for a function with WebAssembly',
			);
		}
		const [tarball] = fs.readdirSync(into);
		const bytes = fileInTarball(fs.readFileSync(path.join(into, tarball)), `package/${FILE}`);
		return checked(bytes, recorded, 'from npm');
	} finally {
		fs.rmSync(into, {recursive: true, force: true});
	}
}

/**
 * The binary for the function; null where WebAssembly is to stand in: in a checkout,
 * and where binaries are switched off.
 *
 * @param {string | undefined} file one that was given
 * @param {string} folder where npm is asked, and so whose .npmrc counts
 */
function findBinary(file, folder) {
	if (file !== undefined) {
		return readGiven(file);
	}
	if (process.env.REMOTION_HEADROOM_BINARY === 'off') {
		return null;
	}
	const recorded = recordedHash();
	const found = findPackage(PACKAGE, __dirname);
	if (found?.version === version) {
		const bytes = readGiven(path.join(found.root, FILE));
		return recorded === undefined ? bytes : checked(bytes, recorded, `in ${found.root}`);
	}
	return recorded === undefined ? null : fetchBinary(folder, recorded);
}

module.exports = {fileInTarball, findBinary};
