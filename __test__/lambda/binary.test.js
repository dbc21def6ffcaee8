'use strict';

// The binary for arm64, as a released package finds it: held against the hashes that
// the release wrote down. That npm fetches it is in ./binary.long.js.

const {spawnSync} = require('node:child_process');
const {createHash} = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const {readZip} = require('../../lib/lambda/zip');
const {manifest} = require('../../scripts/packages');
const {root} = require('../../scripts/tools');
const {binary, elfForArm64, lambda, npmEnv, project} = require('./functions');

const PACKAGE = 'remotion-headroom-linux-arm64-gnu';
const FILE = 'remotion-headroom.linux-arm64-gnu.node';

const released = elfForArm64();
const hashOf = (bytes) => `sha512-${createHash('sha512').update(bytes).digest('base64')}`;

/** A project with a released package of ours, and its packages. */
function releasedProject(packages) {
	const folder = project({...lambda(), ...packages});
	const own = path.join(folder, 'node_modules', manifest.name);
	for (const name of ['bin', 'lib', 'package.json', 'index.js', binary]) {
		fs.cpSync(path.join(root, name), path.join(own, name), {recursive: true});
	}
	fs.writeFileSync(
		path.join(own, 'lib', 'lambda', 'binaries.json'),
		JSON.stringify({[FILE]: hashOf(released)}),
	);
	// Nobody answers there.
	fs.writeFileSync(path.join(folder, '.npmrc'), 'registry=http://127.0.0.1:1/\n');
	return folder;
}

function build(folder, args = [], env = {}) {
	const bin = path.join('node_modules', manifest.name, 'bin', 'remotion-headroom.js');
	const how = [bin, 'lambda', 'build', '--out', 'function.zip', ...args];
	const {status, stdout, stderr} = spawnSync(process.execPath, how, {
		cwd: folder,
		encoding: 'utf8',
		env: {...npmEnv(), npm_config_fetch_retries: '0', REMOTION_HEADROOM_BINARY: '', ...env},
	});
	return {status, stdout, stderr};
}

/** What is in the zip as the binary; undefined where there is none. */
const builtIn = (folder) =>
	readZip(fs.readFileSync(path.join(folder, 'function.zip')))
		.find(({name}) => name.endsWith(`/${FILE}`))
		?.read();

const installed = (bytes, version = manifest.version) => ({
	[PACKAGE]: {version, files: {[FILE]: bytes}},
});

const other = elfForArm64(Buffer.from('another'));

test('an installed one that was released goes in', () => {
	const folder = releasedProject(installed(released));
	expect(build(folder)).toMatchObject({status: 0, stderr: ''});
	expect(builtIn(folder).equals(released)).toBe(true);
});

test('one that was given goes in, whatever is installed', () => {
	const folder = releasedProject(installed(released));
	fs.writeFileSync(path.join(folder, 'own.node'), other);
	expect(build(folder, ['--binary', 'own.node'])).toMatchObject({status: 0, stderr: ''});
	expect(builtIn(folder).equals(other)).toBe(true);
});

test('where binaries are switched off there is none, and a line says so', () => {
	const folder = releasedProject(installed(released));
	const {status, stderr} = build(folder, [], {REMOTION_HEADROOM_BINARY: 'off'});
	expect(stderr).toMatch(/^remotion-headroom: There is no binary for arm64 in it: [^\n]*\n$/);
	expect({status, bytes: builtIn(folder)}).toEqual({status: 0, bytes: undefined});
});

test.each([
	['another one', installed(other), /in .* is not the one that was released: it has sha512-/],
	['an empty one', installed(Buffer.alloc(0)), /is not the one that was released/],
	['none, and npm reaches no registry', {}, /npm can't fetch .*ECONNREFUSED.*--binary/],
	[
		'one of another version, and npm reaches no registry',
		installed(released, '0.0.1'),
		/npm can't fetch remotion-headroom-linux-arm64-gnu@/,
	],
])('%s: one sentence, exit code 2, and nothing is written', (_, packages, words) => {
	const folder = releasedProject(packages);
	const before = fs.readdirSync(folder);
	const {status, stdout, stderr} = build(folder);
	expect(stderr).toMatch(/^remotion-headroom: [^\n]*\.\n$/);
	expect(stderr).toMatch(words);
	expect({status, stdout}).toEqual({status: 2, stdout: ''});
	expect(fs.readdirSync(folder)).toEqual(before);
});
