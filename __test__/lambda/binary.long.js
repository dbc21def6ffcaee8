'use strict';

// A function built on a machine that is not arm64, from packages as they are released,
// in a registry on this machine: npm fetches the binary, and keeps it.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {readZip} = require('../../lib/lambda/zip');
const {manifest, pack, stage} = require('../../scripts/packages');
const {allPlatforms, publishTo, startRegistry} = require('../../scripts/registry');
const {root, run} = require('../../scripts/tools');
const {
	addPackages,
	binary,
	elfForArm64,
	home,
	lambda,
	newest,
	npmEnv,
	project,
} = require('./functions');

const {name: NAME, version: VERSION} = manifest;
const OTHER = `${NAME}-linux-arm64-gnu`;
const FILE = `${NAME}.linux-arm64-gnu.node`;
const released = elfForArm64();

jest.setTimeout(600_000);

let registry;
let folder;

function lambdaCommand(...args) {
	const bin = path.join('node_modules', NAME, 'bin', 'remotion-headroom.js');
	const {status, stdout, stderr} = spawnSync(process.execPath, [bin, 'lambda', ...args], {
		cwd: folder,
		encoding: 'utf8',
		env: {...npmEnv(), AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none'},
	});
	return {status, stdout, stderr};
}

/** The binary in what `lambda build` writes. */
function build() {
	expect(lambdaCommand('build', '--out', 'function.zip')).toMatchObject({status: 0, stderr: ''});
	const entries = readZip(fs.readFileSync(path.join(folder, 'function.zip')));
	return entries.find(({name}) => name.endsWith(`/${FILE}`)).read();
}

beforeAll(async () => {
	const artifacts = path.join(home, 'artifacts');
	const tarballs = path.join(home, 'tarballs');
	fs.mkdirSync(artifacts);
	for (const platform of allPlatforms(home)) {
		fs.writeFileSync(path.join(artifacts, `${NAME}.${platform}.node`), 'for another machine');
	}
	fs.writeFileSync(path.join(artifacts, FILE), released);
	// Not where this is the machine that it is for: there nothing is fetched.
	expect(binary).not.toBe(FILE);
	fs.copyFileSync(path.join(root, binary), path.join(artifacts, binary));
	for (const one of stage(path.join(home, 'staging'), artifacts)) {
		pack(one, tarballs);
	}
	registry = await startRegistry(path.join(home, 'registry'));
	publishTo(registry.address, tarballs);

	folder = project({});
	fs.writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
	fs.writeFileSync(path.join(folder, '.npmrc'), `registry=${registry.address}/\n`);
	const install = ['install', '--no-audit', '--no-fund', `${NAME}@${VERSION}`];
	run('npm', install, {cwd: folder, env: npmEnv()});
	addPackages(folder, {...lambda(), '@remotion/cli': {version: newest}});
});

afterAll(() => registry?.stop());

test('npm fetches it from the registry of the project; it is not installed', () => {
	expect(fs.existsSync(path.join(folder, 'node_modules', OTHER))).toBe(false);
	expect(build().equals(released)).toBe(true);
	expect(fs.existsSync(path.join(folder, 'node_modules', OTHER))).toBe(false);
});

test('without the registry it is what npm has kept', () => {
	registry.stop();
	expect(build().equals(released)).toBe(true);
});

test('one that was not released: one sentence, exit code 2, and nothing is deployed', () => {
	const record = path.join(folder, 'node_modules', NAME, 'lib', 'lambda', 'binaries.json');
	const hashes = JSON.parse(fs.readFileSync(record, 'utf8'));
	expect(Object.keys(hashes)).toHaveLength(manifest.napi.targets.length);
	hashes[FILE] = hashes[binary];
	fs.writeFileSync(record, JSON.stringify(hashes));
	fs.rmSync(path.join(folder, 'function.zip'));
	for (const args of [['build', '--out', 'function.zip'], ['deploy']]) {
		const {status, stdout, stderr} = lambdaCommand(...args);
		expect(stderr).toMatch(
			/^remotion-headroom: [^\n]* from npm is not the one that was released: [^\n]*\.\n$/,
		);
		expect({status, stdout}).toEqual({status: 2, stdout: ''});
	}
	expect(fs.existsSync(path.join(folder, 'function.zip'))).toBe(false);
});
