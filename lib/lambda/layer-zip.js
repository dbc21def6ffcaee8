'use strict';

// The zip of a layer with this package, for a function of Remotion's that was deployed
// as it is: ./preload.js appends there, when the file is loaded, the line that is in a
// function we build. So it holds that line, and the hash of the file that it is for.

const {createHash} = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const {lineFor} = require('./function-file');
const {
	checkSizes,
	ownEntries,
	readFunction,
	unknownModules,
	unpackedSize,
} = require('./function-zip');
const {makeEntry, writeZip} = require('./zip');

/** Layers are unpacked to /opt; Node in a function looks for packages in /opt/nodejs/node_modules. */
const FOLDER = 'nodejs/node_modules/remotion-headroom';
const PRELOAD = 'lib/lambda/preload.js';
const LAYER = 'lib/lambda/layer.json';

const NODE_OPTIONS = `--require=/opt/${FOLDER}/${PRELOAD}`;

/**
 * @param {Buffer} stock Remotion's zip
 * @param options as buildFunction() has them
 * @returns `{zip, nodeOptions, unknown}`
 */
function buildLayer(stock, {version, binary = null, preference = 'default'}) {
	const {entries, source} = readFunction(stock, version);
	const layer = {
		version,
		sha256: createHash('sha256').update(source).digest('hex'),
		line: lineFor(source, version),
	};
	const preload = fs.readFileSync(path.join(__dirname, path.basename(PRELOAD)));
	const ours = [
		...ownEntries(FOLDER, binary),
		makeEntry(`${FOLDER}/${PRELOAD}`, preload),
		makeEntry(`${FOLDER}/${LAYER}`, Buffer.from(`${JSON.stringify(layer)}\n`)),
	];
	const zip = writeZip(ours);
	checkSizes(zip, unpackedSize([...entries, ...ours]), preference);
	return {zip, nodeOptions: NODE_OPTIONS, unknown: unknownModules(source)};
}

module.exports = {buildLayer};
