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
// Its real name: a module knows itself by that.
const home = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-lambda-')));
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

/** An ELF header for arm64, and `rest` behind it. */
function elfForArm64(rest = Buffer.alloc(1)) {
	const header = Buffer.alloc(64);
	header.write('\x7fELF\x02', 0, 'latin1');
	header.writeUInt16LE(183, 18);
	return Buffer.concat([header, rest]);
}

/** Puts packages into a project: name -> {version, files}. */
function addPackages(folder, packages) {
	for (const [name, {version, files = {}}] of Object.entries(packages)) {
		const own = path.join(folder, 'node_modules', name);
		fs.mkdirSync(own, {recursive: true});
		fs.writeFileSync(path.join(own, 'package.json'), JSON.stringify({name, version}));
		for (const [file, bytes] of Object.entries(files)) {
			fs.writeFileSync(path.join(own, file), bytes);
		}
	}
}

/** A new project with these. */
function project(packages) {
	const folder = fs.mkdtempSync(path.join(home, 'project-'));
	addPackages(folder, packages);
	return folder;
}

/** @remotion/lambda for a project, as far as it is read to build a function. */
const lambda = (zip = zipOf(newest)) => ({
	'@remotion/lambda': {version: newest, files: {'remotionlambda-arm64.zip': zip}},
});

/** The environment without settings of the npm that runs this, and with a cache of the test's. */
const npmEnv = () => ({
	...Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^npm_config_/i.test(key))),
	npm_config_cache: path.join(home, 'npm-cache'),
});

/** Nodes of the runtimes that functions have; where npm has no such binaries, this one. */
function nodes() {
	const installed = path.join(npmTools('nodes'), 'node_modules');
	const found = ['node-20', 'node-24']
		.map((name) => path.join(installed, name, 'bin', 'node'))
		.filter((file) => fs.existsSync(file));
	return found.length > 0 ? found : [process.execPath];
}

/** Where this package is in the zip of a function, and in that of a layer. */
const OWN = {
	function: path.join('node_modules', 'remotion-headroom'),
	layer: path.join('nodejs', 'node_modules', 'remotion-headroom'),
};

/** Unpacks the JavaScript of a zip, with this machine's binary where this package is in it. */
function unpack(zip, own = OWN.function) {
	const folder = fs.mkdtempSync(path.join(home, 'function-'));
	for (const entry of readZip(zip).filter(({name}) => /\.(js|json|wasm)$/.test(name))) {
		const file = path.join(folder, entry.name);
		fs.mkdirSync(path.dirname(file), {recursive: true});
		fs.writeFileSync(file, entry.read());
	}
	if (fs.existsSync(path.join(folder, own))) {
		fs.copyFileSync(path.join(root, binary), path.join(folder, own, binary));
	}
	return folder;
}

/**
 * Loads a function, by `require` or `import`, with this package in the folder `own`; what
 * activate() reports, which exports it replaced, and what was printed.
 */
function load(
	folder,
	node,
	env = {},
	{own = path.join(folder, OWN.function), how = 'require'} = {},
) {
	const text = run(node, [path.join(__dirname, 'load-child.js'), folder, own, how], {
		cwd: folder,
		// As AWS sets it: the function asks for it when it is loaded.
		env: {
			AWS_REGION: 'us-east-1',
			AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
			NODE_OPTIONS: '',
			...env,
		},
	});
	return JSON.parse(text);
}

module.exports = {
	OWN,
	addPackages,
	binary,
	elfForArm64,
	fileOf,
	home,
	lambda,
	load,
	newest,
	nodes,
	npmEnv,
	packageOf,
	project,
	unpack,
	versions,
	zipOf,
};
