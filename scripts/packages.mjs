// The packages that are published, put together from this checkout.
import {strict as assert} from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';
import {thirdParty} from './third-party.mjs';
import {root, run} from './tools.mjs';

const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
const writeJson = (file, value) => fs.writeFileSync(file, `${JSON.stringify(value, null, '\t')}\n`);

export const manifest = readJson(path.join(root, 'package.json'));
export const platforms = fs.readdirSync(path.join(root, 'npm')).sort();
export const platformManifest = (platform) =>
	readJson(path.join(root, 'npm', platform, 'package.json'));
export const binaryName = (platform) => `${manifest.napi.binaryName}.${platform}.node`;

const MAIN_PACKED_LIMIT = 200_000;
/** Of the checkout's manifest: what a consumer has no use for. */
const DEVELOPMENT = ['devDependencies', 'scripts', 'jest', 'napi', 'private'];

/** The Rust target of one of our platforms: "linux-x64-gnu" is "x86_64-unknown-linux-gnu". */
export function targetOf(platform) {
	const [system, arch, abi] = platform.split('-');
	const cpu = {x64: 'x86_64', arm64: 'aarch64'}[arch];
	const rest = {
		darwin: 'apple-darwin',
		linux: `unknown-linux-${abi}`,
		win32: `pc-windows-${abi}`,
	}[system];
	const target = `${cpu}-${rest}`;
	assert(manifest.napi.targets.includes(target), `package.json does not list the target ${target}`);
	return target;
}

/**
 * The main package. Only here does it list the platform packages: in the
 * checkout `npm ci` would look for them on the registry.
 */
export function stageMain(folder) {
	fs.mkdirSync(folder, {recursive: true});
	for (const name of [...manifest.files, 'README.md', 'CHANGELOG.md', 'LICENSE']) {
		if (fs.existsSync(path.join(root, name))) {
			fs.cpSync(path.join(root, name), path.join(folder, name), {recursive: true});
		}
	}
	const published = Object.fromEntries(
		Object.entries(manifest).filter(([key]) => !DEVELOPMENT.includes(key)),
	);
	published.optionalDependencies = Object.fromEntries(
		platforms.map((platform) => [platformManifest(platform).name, manifest.version]),
	);
	writeJson(path.join(folder, 'package.json'), published);
}

/** A platform package around `binary`. */
export function stagePlatform(platform, binary, folder) {
	fs.cpSync(path.join(root, 'npm', platform), folder, {recursive: true});
	fs.copyFileSync(binary, path.join(folder, binaryName(platform)));
	fs.copyFileSync(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
	fs.writeFileSync(path.join(folder, 'THIRD-PARTY.md'), thirdParty(targetOf(platform)));
	const published = platformManifest(platform);
	// npm's provenance compares this with where the workflow ran.
	published.repository = manifest.repository;
	published.files = [...new Set([...published.files, 'THIRD-PARTY.md'])];
	writeJson(path.join(folder, 'package.json'), published);
}

/** Packs a folder: `{file, size, unpackedSize, files, manifest}`. */
export function pack(folder, destination) {
	fs.mkdirSync(destination, {recursive: true});
	// Without scripts: packing must never run a life-cycle script of ours.
	const made = JSON.parse(
		run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', destination], {
			cwd: folder,
		}),
	);
	const {filename, size, unpackedSize, files} = Array.isArray(made)
		? made[0]
		: Object.values(made)[0];
	return {
		file: path.join(destination, filename),
		size,
		unpackedSize,
		files: files.map((one) => one.path),
		manifest: readJson(path.join(folder, 'package.json')),
	};
}

/** The files that `exports` names, at any depth of conditions. */
const exportedFiles = (entry) =>
	typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(exportedFiles);

/** What must hold for each package that goes out. */
export function check({file, size, files, manifest: published}) {
	assert.equal(published.scripts, undefined, `${file} has scripts`);
	assert.equal(published.version, manifest.version, `${file} is of another version`);
	assert.equal(published.dependencies, undefined, `${file} has dependencies`);
	const binaries = files.filter((name) => name.endsWith('.node'));
	if (published.name === manifest.name) {
		assert.deepEqual(binaries, [], 'the main package holds a platform binary');
		assert(files.includes('lib/core.wasm'), 'the main package lacks the core that needs no binary');
		assert(size < MAIN_PACKED_LIMIT, `the main package has ${size} bytes`);
		const wanted = exportedFiles(published.exports);
		const missing = wanted.filter((name) => !files.includes(name.replace('./', '')));
		assert.deepEqual(missing, [], 'the main package lacks files that its exports name');
	} else {
		assert.equal(binaries.length, 1, `${file} holds ${binaries.length} binaries`);
		assert(files.includes('THIRD-PARTY.md'), `${file} lacks the licences of what is linked in`);
	}
}
