'use strict';

// The command `remotion-headroom lambda`, and what it says where it can't do it.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {readZip, makeEntry, writeZip} = require('../../lib/lambda/zip');
const {buildFunction} = require('../../lib/lambda/function-zip');
const {buildLayer} = require('../../lib/lambda/layer-zip');
const {VARIABLE} = require('../../lib/lambda/hand-over');
const {root, run} = require('../../scripts/tools');
const {home, lambda, newest, packageOf, project, zipOf} = require('./functions');

const bin = path.join(root, 'bin', 'remotion-headroom.js');
const ZIP = 'remotionlambda-arm64.zip';
const stock = zipOf(newest);

function lambdaCommand(folder, args, env = {}) {
	const {status, stdout, stderr} = spawnSync(process.execPath, [bin, 'lambda', ...args], {
		cwd: folder,
		encoding: 'utf8',
		env: {PATH: process.env.PATH, HOME: folder, USERPROFILE: folder, ...env},
	});
	return {status, stdout, stderr};
}

test('build writes the zip, and says what AWS will call it', () => {
	const folder = project(lambda());
	const {status, stdout, stderr} = lambdaCommand(folder, ['build', '--out', 'function.zip']);
	const built = buildFunction(stock, {version: newest});
	expect(fs.readFileSync(path.join(folder, 'function.zip')).equals(built.zip)).toBe(true);
	expect(stdout).toBe(
		`function.zip  ${built.zip.length} bytes (ours: ${built.ownBytes})  CodeSha256 ${built.codeSha256}\n`,
	);
	expect(stderr).toMatch(/^remotion-headroom: There is no binary for arm64 in it: [^\n]*\n$/);
	expect(status).toBe(0);
});

test('layer writes the zip of one, and says how a function loads it', () => {
	const folder = project(lambda());
	const {status, stdout, stderr} = lambdaCommand(folder, ['layer', '--out', 'layer.zip']);
	const {zip, nodeOptions} = buildLayer(stock, {version: newest});
	expect(fs.readFileSync(path.join(folder, 'layer.zip')).equals(zip)).toBe(true);
	expect(stdout).toBe(
		`layer.zip  ${zip.length} bytes, for functions of Remotion ${newest}\nNODE_OPTIONS=${nodeOptions}\n`,
	);
	expect(stderr).toMatch(/^remotion-headroom: There is no binary for arm64 in it: [^\n]*\n$/);
	expect(status).toBe(0);
	const names = readZip(zip).map(({name}) => `/opt/${name}`);
	expect(names).toContain(nodeOptions.replace('--require=', ''));
	expect(names.filter((name) => name.endsWith('/index.js'))).toEqual([]);
});

test('build says what will step aside', () => {
	const changed = readZip(stock).map((entry) =>
		entry.name === 'index.js'
			? makeEntry(
					entry.name,
					Buffer.from(entry.read().toString().replace('remotion_collectAssets()', '$&||1')),
				)
			: entry,
	);
	const folder = project(lambda(writeZip(changed)));
	const {status, stderr} = lambdaCommand(folder, ['build', '--out', 'function.zip']);
	expect(stderr).toContain(`Module collect-assets of ${newest} is not one we know`);
	expect(status).toBe(0);
});

const KEYS = {AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none'};
const cli = {'@remotion/cli': {version: newest}};
const client = (version) => ({'@remotion/lambda-client': {version}});
const OUT = ['build', '--out', 'function.zip'];
const VERIFY = ['verify', 'a-function'];

test.each([
	['no Remotion Lambda', {}, OUT, /@remotion\/lambda is not installed in /],
	['no zip in it', {'@remotion/lambda': {version: newest}}, OUT, /has no remotionlambda-arm64.zip/],
	['a zip that is none', lambda('nothing'), OUT, /can't be used .*: it has no end of a zip/],
	[
		'a zip of something else',
		lambda(writeZip([])),
		OUT,
		/it is not the zip of Remotion's function/,
	],
	['another client', {...lambda(), ...client('4.0.1')}, OUT, /lambda-client is 4\.0\.1, and they/],
	[
		'a binary that is not there',
		lambda(),
		[...OUT, '--binary', 'none'],
		/none can't be read: ENOENT/,
	],
	['a binary that is none', lambda(), [...OUT, '--binary', bin], /not one for Linux on arm64/],
	[
		'no place for it',
		lambda(),
		['build', '--out', 'no/where'],
		/no\/where can't be written: ENOENT/,
	],
	['no command of Remotion', lambda(), ['deploy'], /@remotion\/cli is not installed/],
	['no credentials', {...lambda(), ...cli}, ['deploy'], /There are no credentials for AWS/, {}],
	['deploy: another client', {...lambda(), ...cli, ...client('4.0.1')}, ['deploy'], /4\.0\.1, and/],
	['layer: no zip', lambda('nothing'), ['layer', '--out', 'a.zip'], /it has no end of a zip/],
	[
		'layer: a binary that is none',
		lambda(),
		['layer', '--out', 'a.zip', '--binary', bin],
		/not one for Linux on arm64/,
	],
	['verify: no credentials', lambda(), VERIFY, /There are no credentials for AWS/, {}],
	['verify: another client', {...lambda(), ...client('4.0.1')}, VERIFY, /4\.0\.1, and/],
	['verify: no zip', lambda('nothing'), VERIFY, /it has no end of a zip/],
	[
		'verify: no client',
		lambda(),
		VERIFY,
		/The client of @remotion\/lambda .* can't be used: Cannot/,
	],
	['deploy: no zip', {...lambda('nothing'), ...cli}, ['deploy'], /it has no end of a zip/],
])('%s: one sentence, exit code 2, and nothing is written', (...row) => {
	const [, packages, args, words, env = KEYS] = row;
	const folder = project(packages);
	const {status, stdout, stderr} = lambdaCommand(folder, args, env);
	expect(stderr).toMatch(/^remotion-headroom: [^\n]*\.\n$/);
	expect(stderr).toMatch(words);
	expect({status, stdout}).toEqual({status: 2, stdout: ''});
	expect(fs.readdirSync(folder)).toEqual(Object.keys(packages).length > 0 ? ['node_modules'] : []);
});

test.each([
	[['build'], 'lambda build needs --out FILE'],
	[['build', '--out'], '--out takes a value'],
	[['build', '--out', 'a.zip', '--memory=2048'], 'lambda build takes no "--memory=2048"'],
	[['build', '--out', 'a.zip', 'b.zip'], 'lambda build takes no "b.zip"'],
	[['deploy', '--out', 'a.zip'], 'lambda deploy takes no --out'],
	[[...OUT, '--runtime-preference', 'fast'], '--runtime-preference must be one of default, '],
	[['build', '--out', 'a.zip', '--region=us-east-1'], 'lambda build takes no --region'],
	[['layer'], 'lambda layer needs --out FILE'],
	[['layer', '--out', 'a.zip', '--memory=2048'], 'lambda layer takes no "--memory=2048"'],
	[['verify'], 'lambda verify takes the name of one function, but got 0'],
	[['verify', 'one', 'other'], 'lambda verify takes the name of one function, but got 2'],
	[['verify', 'one', '--region'], '--region takes a value'],
	[['verify', 'one', '--memory=2048'], 'lambda verify takes no "--memory=2048"'],
	[['verify', 'one', '--out', 'a.zip'], 'lambda verify takes no --out'],
	[['remove'], 'There is no command "lambda remove"'],
])('wrong usage: %j', (args, words) => {
	const {status, stdout, stderr} = lambdaCommand(project(lambda()), args);
	expect(stderr).toContain(`remotion-headroom: ${words}`);
	expect(stderr).toContain('lambda --help');
	expect({status, stdout}).toEqual({status: 2, stdout: ''});
});

test('help', () => {
	for (const args of [
		[],
		['--help'],
		['build', '--help'],
		['deploy', '-h'],
		['verify', '--help'],
		['layer', '--help'],
	]) {
		const {status, stdout} = lambdaCommand(home, args);
		expect(stdout).toMatch(/^Usage: remotion-headroom lambda build/);
		expect(status).toBe(0);
	}
});

describe('what is preloaded into the command of Remotion', () => {
	const handOver = path.join(root, 'lib', 'lambda', 'hand-over.js');
	const folder = packageOf(newest);
	const other = path.join(folder, 'package.json');
	const paths = {
		stock: path.join(folder, ZIP),
		ours: path.join(home, 'ours.zip'),
		taken: path.join(home, 'taken'),
	};
	// How @remotion/lambda reads it, in its CommonJS and its ESM build.
	const programs = {
		'read.cjs':
			"const fs_1 = require('node:fs'); console.log((0, fs_1.readFileSync)(FILE, 'utf8'));",
		'read.mjs': "import {readFileSync} from 'node:fs'; console.log(readFileSync(FILE, 'utf8'));",
	};

	test.each(Object.entries(programs))('hands over ours: %s', (name, text) => {
		fs.writeFileSync(paths.ours, 'ours');
		const read = (file) => {
			const program = path.join(home, name);
			fs.writeFileSync(program, text.replace('FILE', JSON.stringify(file)));
			const env = {[VARIABLE]: JSON.stringify(paths)};
			return run(process.execPath, ['--require', handOver, program], {env}).trim();
		};
		fs.rmSync(paths.taken, {force: true});
		expect(read(other)).toBe(fs.readFileSync(other, 'utf8').trim());
		expect(fs.existsSync(paths.taken)).toBe(false);
		expect(read(paths.stock)).toBe('ours');
		expect(fs.existsSync(paths.taken)).toBe(true);
		// pnpm and others link to a package.
		const link = path.join(home, `linked-${name}`);
		fs.symlinkSync(folder, link, 'junction');
		expect(read(path.join(link, ZIP))).toBe('ours');
	});

	test('leaves the zip on disk as it was', () => {
		expect(fs.readFileSync(paths.stock).equals(stock)).toBe(true);
	});
});
