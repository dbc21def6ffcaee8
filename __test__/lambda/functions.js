'use strict';

// Remotion's Lambda functions as they are published, patched and loaded in a child
// process. Their handler is never run here: it deletes everything in /tmp.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {readZip} = require('../../lib/lambda/zip');
const {npmPackage, npmTools, root, run} = require('../../scripts/tools');
const packages = require('./packages.json');

const versions = Object.keys(packages);
const newest = versions.at(-1);
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-lambda-'));
const binary = fs.readdirSync(root).find((name) => name.endsWith('.node'));

afterAll(() => fs.rmSync(home, {recursive: true, force: true}));

/** Folder of @remotion/lambda, without its dependencies. */
const packageOf = (version) => npmPackage('@remotion/lambda', version, packages[version]);

const zipOf = (version) =>
	fs.readFileSync(path.join(packageOf(version), 'remotionlambda-arm64.zip'));

const fileOf = (version) =>
	readZip(zipOf(version))
		.find(({name}) => name === 'index.js')
		.read();

/** Nodes of the runtimes that functions have; where npm has no such binaries, this one. */
function nodes() {
	const installed = path.join(npmTools('nodes'), 'node_modules');
	const found = ['node-20', 'node-24']
		.map((name) => path.join(installed, name, 'bin', 'node'))
		.filter((file) => fs.existsSync(file));
	return found.length > 0 ? found : [process.execPath];
}

/** Unpacks the JavaScript of a zip, as it is in a function, with this machine's binary. */
function unpack(zip) {
	const folder = fs.mkdtempSync(path.join(home, 'function-'));
	for (const entry of readZip(zip).filter(({name}) => /\.(js|json|wasm)$/.test(name))) {
		const file = path.join(folder, entry.name);
		fs.mkdirSync(path.dirname(file), {recursive: true});
		fs.writeFileSync(file, entry.read());
	}
	const own = path.join(folder, 'node_modules', 'remotion-headroom');
	fs.copyFileSync(path.join(root, binary), path.join(own, binary));
	return folder;
}

/** Loads a function; what activate() reports, which exports it replaced, and what was printed. */
function load(folder, node, env = {}) {
	const text = run(node, [path.join(__dirname, 'load-child.js'), folder], {
		cwd: folder,
		// As AWS sets it: the function asks for it when it is loaded.
		env: {AWS_REGION: 'us-east-1', NODE_OPTIONS: '', ...env},
	});
	return JSON.parse(text);
}

module.exports = {binary, fileOf, home, load, newest, nodes, packageOf, unpack, versions, zipOf};
