'use strict';

// The zip of Remotion's Lambda function with this package in it, and the line that
// calls it behind the function's file. Nothing else in it changes.

const {createHash} = require('node:crypto');
const {MODULES, NotPatched, locate, patch, watchedTexts} = require('./function-file');
const {hashesOf} = require('./hashes');
const known = require('./known.json');
const {ownFiles} = require('./own-files');
const {NotAZip, makeEntry, readZip, writeZip} = require('./zip');

const FUNCTION_FILE = 'index.js';
const FOLDER = 'node_modules/remotion-headroom';
const BINARY = 'remotion-headroom.linux-arm64-gnu.node';

/** Bytes: AWS's quotas for functions, "Deployment package (.zip file archive) size". */
const PACKED_LIMIT = 50 * 2 ** 20;
const UNPACKED_LIMIT = 250 * 2 ** 20;

/** Bytes of Remotion's layers, unpacked: remotion.dev/docs/lambda/runtime, "Function size". */
const LAYERS = {default: 223_800_000, 'apple-emojis': 242_900_000, cjk: 223_800_000};

/** Of an ELF header: 64 bits, and the machine. */
const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2]);
const AARCH64 = 183;

function isForArm64(bytes) {
	return (
		bytes.length > 64 &&
		bytes.subarray(0, ELF.length).equals(ELF) &&
		bytes.readUInt16LE(18) === AARCH64
	);
}

/** The function's own files, which are Remotion's, of this version. */
function readFunction(bytes, version) {
	const entries = readZip(bytes);
	const named = (name) => entries.find((entry) => entry.name === name);
	const [main, compositor] = [named(FUNCTION_FILE), named('remotion')];
	if (main === undefined || compositor === undefined) {
		throw new NotPatched("it is not the zip of Remotion's function");
	}
	if (!isForArm64(compositor.read())) {
		throw new NotPatched('it is made for another architecture than arm64');
	}
	const source = main.read();
	if (!source.includes(`"${version}"`)) {
		throw new NotPatched(`the function in it is not of version ${version}`);
	}
	return {entries, main, source};
}

/** All of ours, as files of a zip below `folder`. */
function ownEntries(folder, binary) {
	if (binary !== null && !isForArm64(binary)) {
		throw new NotPatched('the binary is not one for Linux on arm64');
	}
	const entries = ownFiles().map(({path, bytes}) => makeEntry(`${folder}/${path}`, bytes));
	return binary === null
		? entries
		: [...entries, makeEntry(`${folder}/${BINARY}`, binary, 0o100755)];
}

const unpackedSize = (entries) => entries.reduce((sum, {size}) => sum + size, 0);

/** Modules whose text nobody has read: what replaces them steps aside in the function. */
function unknownModules(source) {
	const text = source.toString('utf8');
	return Object.entries(hashesOf(watchedTexts(text, locate(text))))
		.filter(([module, hash]) => !Object.hasOwn(known.texts[module][MODULES[module].name], hash))
		.map(([module]) => module);
}

function checkSizes(zip, unpackedBytes, preference) {
	if (zip.length > PACKED_LIMIT) {
		throw new NotPatched(`the zip would have ${zip.length} bytes, and AWS takes ${PACKED_LIMIT}`);
	}
	const all = unpackedBytes + LAYERS[preference];
	if (all > UNPACKED_LIMIT) {
		throw new NotPatched(
			`unpacked, with the layers of "${preference}", it would have ${all} bytes, and AWS takes ${UNPACKED_LIMIT}`,
		);
	}
}

/**
 * @param {Buffer} stock Remotion's zip
 * @param {{version: string, binary?: Buffer | null, preference?: string}} options
 *   Remotion's version, our binary for arm64, and whose layers there will be
 * @returns `{zip, codeSha256, ownBytes, unpackedBytes, unknown}`: AWS's hash of it,
 *   and how many of its bytes are ours
 */
function buildFunction(stock, {version, binary = null, preference = 'default'}) {
	const ours = ownEntries(FOLDER, binary);
	const {entries, main, source} = readFunction(stock, version);
	const patched = patch(source, version);
	const replaced = {
		...makeEntry(FUNCTION_FILE, patched, main.mode),
		time: main.time,
		day: main.day,
	};
	const all = [...entries.map((entry) => (entry === main ? replaced : entry)), ...ours];
	const zip = writeZip(all);
	const unpackedBytes = unpackedSize(all);
	checkSizes(zip, unpackedBytes, preference);
	return {
		zip,
		codeSha256: createHash('sha256').update(zip).digest('base64'),
		ownBytes: zip.length - stock.length,
		unpackedBytes,
		unknown: unknownModules(source),
	};
}

module.exports = {
	LAYERS,
	NotAZip,
	NotPatched,
	buildFunction,
	checkSizes,
	ownEntries,
	readFunction,
	unknownModules,
	unpackedSize,
};
