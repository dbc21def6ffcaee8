'use strict';

// The packages, put together from this checkout. Run by npm run pack:local, by
// the workflows, and by __test__/install.
//   node scripts/packages.js local DIR
//       the main package and this machine's, for `npm i DIR/*.tgz` elsewhere
//   node scripts/packages.js release DIR [--tag v1.2.3]
//       all that is published, from the seven binaries in artifacts/, or nothing
//   node scripts/packages.js sbom DIR
//       what is in the binaries and in lib/core.wasm, as CycloneDX 1.5
//   node scripts/packages.js publish DIR --tag v1.2.3 [--registry URL]
//       what `release` made: platform packages first, with provenance

const assert = require('node:assert/strict');
const {createHash} = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {parseArgs} = require('node:util');
const {thirdParty} = require('./licences');
const {cargoTool, main, napi, root, run} = require('./tools');

const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
const writeJson = (file, value) => fs.writeFileSync(file, `${JSON.stringify(value, null, '\t')}\n`);

const manifest = readJson(path.join(root, 'package.json'));
const {binaryName, targets} = manifest.napi;
/** Bytes: some above what it has, so that a file that doesn't belong there is noticed. */
const MAIN_PACKED_LIMIT = 360_000;
const THIRD_PARTY = 'THIRD-PARTY.md';
/** Of the main package: lib/lambda/binary.js holds what it fetches against it. */
const RECORD = 'lib/lambda/binaries.json';
/** Of the checkout's manifest: what a consumer has no use for. */
const DEVELOPMENT = ['devDependencies', 'scripts', 'jest', 'napi', 'private'];

/** The Rust target of one of our platforms: "linux-x64-gnu" is "x86_64-unknown-linux-gnu". */
function targetOf(platform) {
	const [system, arch, abi] = platform.split('-');
	const cpu = {x64: 'x86_64', arm64: 'aarch64'}[arch];
	const rest = {darwin: 'apple-darwin', linux: `unknown-linux-${abi}`, win32: 'pc-windows-msvc'};
	const target = `${cpu}-${rest[system]}`;
	assert(targets.includes(target), `package.json does not list the target ${target}`);
	return target;
}

/** Puts the main package into `folder`, and the manifests of the others below it. */
function stageManifests(folder) {
	fs.mkdirSync(folder, {recursive: true});
	for (const name of [...manifest.files, 'package.json', 'README.md', 'CHANGELOG.md', 'LICENSE']) {
		if (fs.existsSync(path.join(root, name))) {
			fs.cpSync(path.join(root, name), path.join(folder, name), {recursive: true});
		}
	}
	napi(['create-npm-dirs', '--cwd', folder]);
	const platforms = fs.readdirSync(path.join(folder, 'npm')).sort();
	for (const platform of platforms) {
		fs.copyFileSync(path.join(root, 'LICENSE'), path.join(folder, 'npm', platform, 'LICENSE'));
	}
	return platforms;
}

/** Puts the licences of what is linked in beside a binary. */
function stageLicences(folder, crate, target) {
	fs.writeFileSync(path.join(folder, THIRD_PARTY), thirdParty(crate, target));
	const file = path.join(folder, 'package.json');
	const its = readJson(file);
	writeJson(file, {...its, files: [...its.files, THIRD_PARTY]});
}

/** Tells of each binary below `folder` what it is, as lockfiles do. */
function recordBinaries(folder) {
	const files = fs
		.readdirSync(path.join(folder, 'npm'), {recursive: true})
		.filter((name) => name.endsWith('.node'))
		.sort();
	const hashOf = (name) =>
		createHash('sha512').update(fs.readFileSync(path.join(folder, 'npm', name)));
	writeJson(
		path.join(folder, RECORD),
		Object.fromEntries(
			files.map((name) => [path.basename(name), `sha512-${hashOf(name).digest('base64')}`]),
		),
	);
}

/** What is left to do for the main package, once nothing of napi's is needed of it. */
function finishMain(folder) {
	recordBinaries(folder);
	const file = path.join(folder, 'package.json');
	const published = Object.entries(readJson(file)).filter(([key]) => !DEVELOPMENT.includes(key));
	writeJson(file, Object.fromEntries(published));
	stageLicences(folder, 'remotion-headroom-wasm', 'wasm32-unknown-unknown');
	return folder;
}

/** Likewise for the package of a platform, whose binary is there. */
function finishPlatform(folder, platform) {
	const own = path.join(folder, 'npm', platform);
	stageLicences(own, 'remotion-headroom', targetOf(platform));
	return own;
}

/**
 * Everything that is published, in the order of publishing: whoever installs
 * the main package finds the others. napi refuses where a binary is missing.
 */
function stage(folder, artifacts) {
	const platforms = stageManifests(folder);
	napi(['artifacts', '--cwd', folder, '--output-dir', artifacts]);
	// The main package lists the others only here: `npm ci` would look for them.
	napi(['pre-publish', '--cwd', folder, '--skip-optional-publish', '--no-gh-release']);
	return [...platforms.map((platform) => finishPlatform(folder, platform)), finishMain(folder)];
}

/** Packs a folder: `{file, size, unpackedSize, files, manifest}`. */
function pack(folder, destination) {
	fs.mkdirSync(destination, {recursive: true});
	// Without scripts: packing must never run a life-cycle script of ours.
	const how = ['--json', '--ignore-scripts', '--pack-destination', destination];
	const made = JSON.parse(run('npm', ['pack', ...how], {cwd: folder}));
	const {filename, size, unpackedSize, files} = Array.isArray(made)
		? made[0]
		: Object.values(made)[0];
	const file = path.join(destination, filename);
	const its = readJson(path.join(folder, 'package.json'));
	return {file, size, unpackedSize, files: files.map((one) => one.path), manifest: its};
}

const show = ({file, size, unpackedSize}) =>
	console.log(`${file}  ${size} bytes (${unpackedSize} unpacked)`);

/** The files that `exports` names, at any depth of conditions. */
const exportedFiles = (entry) =>
	typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(exportedFiles);

/** What must hold for each package that goes out. */
function check({file, size, files, manifest: published}) {
	assert.equal(published.scripts, undefined, `${file} has scripts`);
	assert.equal(published.version, manifest.version, `${file} is of another version`);
	assert.equal(published.dependencies, undefined, `${file} has dependencies`);
	for (const field of ['homepage', 'bugs', 'author', 'license']) {
		assert.deepEqual(published[field], manifest[field], `${file} has another ${field}`);
	}
	assert(files.includes(THIRD_PARTY), `${file} lacks the licences of what is linked in`);
	const binaries = files.filter((name) => name.endsWith('.node'));
	if (published.name === manifest.name) {
		assert.deepEqual(binaries, [], 'the main package holds a platform binary');
		assert(files.includes('lib/core.wasm'), 'the main package lacks the core that needs no binary');
		assert(files.includes(RECORD), 'the main package does not tell of the binaries');
		assert(size < MAIN_PACKED_LIMIT, `the main package has ${size} bytes`);
		const wanted = exportedFiles(published.exports);
		const missing = wanted.filter((name) => !files.includes(name.replace('./', '')));
		assert.deepEqual(missing, [], 'the main package lacks files that its exports name');
		const optional = Object.keys(published.optionalDependencies);
		assert.equal(optional.length, targets.length, 'it lists other packages than the targets');
	} else {
		assert.equal(binaries.length, 1, `${file} holds ${binaries.length} binaries`);
		// npm's provenance compares this with where the workflow ran.
		assert.deepEqual(published.repository, manifest.repository);
	}
}

/** Runs `work` with a folder that is removed afterwards. */
function withFolder(work) {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-pack-'));
	try {
		work(folder);
	} finally {
		fs.rmSync(folder, {recursive: true});
	}
}

function packLocal(destination) {
	const binary = fs.readdirSync(root).find((name) => name.match(`^${binaryName}\\..+\\.node$`));
	assert(binary !== undefined, 'There is no binary yet: run "npm run build" first.');
	withFolder((folder) => {
		stageManifests(folder);
		const [, platform] = binary.split('.');
		fs.copyFileSync(path.join(root, binary), path.join(folder, 'npm', platform, binary));
		const its = finishPlatform(folder, platform);
		finishMain(folder);
		// As published, but for the others, which no registry has: a machine that this
		// binary is not for goes without.
		const {name, version} = readJson(path.join(its, 'package.json'));
		const file = path.join(folder, 'package.json');
		writeJson(file, {...readJson(file), optionalDependencies: {[name]: version}});
		show(pack(its, destination));
		show(pack(folder, destination));
	});
}

function packRelease(destination, tag) {
	const {version} = manifest;
	assert.equal(tag ?? `v${version}`, `v${version}`, 'the tag is not the version of package.json');
	const text = (name) => fs.readFileSync(path.join(root, name), 'utf8');
	const cargo = /^version = "(.*)"$/m.exec(text('Cargo.toml'))[1];
	assert.equal(cargo, version, 'Cargo.toml has another version');
	assert(text('CHANGELOG.md').includes(`\n## ${version}`), `CHANGELOG.md lacks "${version}"`);
	withFolder((folder) => {
		for (const one of stage(folder, path.join(root, 'artifacts'))) {
			const packed = pack(one, destination);
			check(packed);
			show(packed);
		}
	});
}

/** Of all platforms together; build scripts and tests are not in it. */
function sbom(destination) {
	const name = `${binaryName}-sbom`;
	const what = ['--target', 'all', '--no-build-deps', '--override-filename', name];
	const how = ['--format', 'json', '--spec-version', '1.5'];
	run(cargoTool('cargo-cyclonedx', '0.5.9'), ['cyclonedx', ...what, ...how]);
	fs.mkdirSync(destination, {recursive: true});
	// It writes one beside each manifest of the workspace.
	const made = (crate) => path.join(root, crate, `${name}.json`);
	fs.copyFileSync(made('.'), path.join(destination, `${binaryName}.cdx.json`));
	fs.copyFileSync(made('wasm'), path.join(destination, `${binaryName}-wasm.cdx.json`));
	for (const crate of ['.', 'core', 'wasm']) {
		fs.rmSync(made(crate));
	}
}

function publish(directory, tag, registry) {
	const {name, version} = manifest;
	assert.equal(tag, `v${version}`, 'the tag is not the version of package.json');
	const files = fs.readdirSync(directory).filter((file) => file.endsWith(`-${version}.tgz`));
	assert.equal(files.length, targets.length + 1, 'tarballs are missing: nothing is published');
	const last = `${name}-${version}.tgz`;
	assert(files.includes(last), `${last} is missing: nothing is published`);
	// Against the public registry with a proof of where they were built.
	const how = registry ? ['--provenance=false', `--registry=${registry}`] : ['--provenance'];
	// A version with a dash is a preview.
	how.push('--tag', version.includes('-') ? 'next' : 'latest', '--access', 'public');
	for (const file of [...files.filter((one) => one !== last), last]) {
		run('npm', ['publish', path.resolve(directory, file), '--ignore-scripts', ...how]);
		console.log(`Published ${file}`);
	}
}

module.exports = {check, manifest, pack, stage, targetOf};

if (require.main === module) {
	main(() => {
		const options = {tag: {type: 'string'}, registry: {type: 'string'}};
		const {values, positionals} = parseArgs({options, allowPositionals: true});
		const [command, directory] = positionals;
		const commands = {local: packLocal, release: packRelease, sbom, publish};
		const usage = 'Usage: npm run pack:local -- DIR, or see scripts/packages.js';
		assert(Object.hasOwn(commands, command) && positionals.length === 2, usage);
		// Where npm was started.
		const folder = path.resolve(process.env.INIT_CWD ?? process.cwd(), directory);
		commands[command](folder, values.tag, values.registry);
	});
}
