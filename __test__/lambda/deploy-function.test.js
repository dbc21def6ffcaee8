'use strict';

// deployFunction() of remotion-headroom/lambda/deploy: what it refuses, and its types.
// That it deploys is in ./full.long.js.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {root} = require('../../scripts/tools');
const {lambda, newest, packageOf, project} = require('./functions');

const INPUT = {
	region: 'us-east-1',
	timeoutInSeconds: 240,
	memorySizeInMb: 2048,
	createCloudWatchLogGroup: false,
};

const CALLS = {
	'deploy.cjs': "const {deployFunction} = require('remotion-headroom/lambda/deploy');",
	'deploy.mjs': "import {deployFunction} from 'remotion-headroom/lambda/deploy';",
};

/** Puts this package into a project, as it is here. */
function withOurs(folder) {
	fs.mkdirSync(path.join(folder, 'node_modules'), {recursive: true});
	fs.symlinkSync(root, path.join(folder, 'node_modules', 'remotion-headroom'), 'junction');
	return folder;
}

/** The error that a call in the project is rejected with: `Name: message`. */
function refusal(folder, args, name = 'deploy.cjs') {
	const call = `deployFunction(...${JSON.stringify(args)})`;
	fs.writeFileSync(
		path.join(folder, name),
		`${CALLS[name]}\n${call}.then(console.log, (error) => console.log(error.name + ': ' + error.message));\n`,
	);
	const {stdout, stderr} = spawnSync(process.execPath, [name], {
		cwd: folder,
		encoding: 'utf8',
		// No way to AWS, nor a key for it.
		env: {PATH: process.env.PATH, HOME: folder, AWS_ENDPOINT_URL: 'http://127.0.0.1:1'},
	});
	return {stdout: stdout.trim(), stderr};
}

test.each(Object.keys(CALLS))('%s, without Remotion Lambda: it says so', (name) => {
	const folder = withOurs(project({}));
	const {stdout} = refusal(folder, [INPUT], name);
	expect(stdout).toBe(`Error: @remotion/lambda is not installed in ${folder}`);
});

test.each([
	[
		'no input',
		lambda(),
		[null],
		/^TypeError: the argument of deployFunction\(\) must be an object/,
	],
	[
		'unknown layers',
		lambda(),
		[{...INPUT, runtimePreference: 'fast'}],
		/^TypeError: runtimePreference must be one of default, /,
	],
	[
		'a binary that is no path',
		lambda(),
		[INPUT, {binary: 5}],
		/^TypeError: binary must be a string/,
	],
	[
		'no binary there',
		lambda(),
		[INPUT, {binary: 'none'}],
		/^Error: .* none can't be read: ENOENT$/,
	],
	[
		'a binary that is none',
		lambda(),
		[INPUT, {binary: 'deploy.cjs'}],
		/not one for Linux on arm64$/,
	],
	['no zip', lambda('nothing'), [INPUT], /^Error: .* can't be used .*: it has no end of a zip$/],
	[
		'a Remotion Lambda that is not whole',
		lambda(),
		[INPUT],
		/^Error: deployFunction\(\) of @remotion\/lambda .* fails: Cannot find module/,
	],
])('%s: one sentence', (_, packages, args, words) => {
	const {stdout} = refusal(withOurs(project(packages)), args);
	expect(stdout).toMatch(words);
	expect(stdout).not.toContain('\n');
});

describe('its types', () => {
	/** What the compiler says of a project with @remotion/lambda as it is published. */
	function compile(text) {
		const folder = withOurs(project({}));
		const scope = path.join(folder, 'node_modules', '@remotion');
		fs.mkdirSync(scope);
		fs.symlinkSync(packageOf(newest), path.join(scope, 'lambda'), 'junction');
		fs.writeFileSync(path.join(folder, 'use.mts'), text);
		const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
		const how = ['--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig', '--preserveSymlinks'];
		const what = ['--module', 'node16', '--target', 'es2022', 'use.mts'];
		const {stdout} = spawnSync(process.execPath, [tsc, ...how, ...what], {
			cwd: folder,
			encoding: 'utf8',
		});
		return stdout;
	}

	const USE = `
import {deployFunction, type DeployFunctionInput} from 'remotion-headroom/lambda/deploy';
import {deployFunction as stock} from '@remotion/lambda';

const input: DeployFunctionInput = ${JSON.stringify(INPUT)};
export const same: typeof stock = deployFunction;
export const {functionName, alreadyExisted} = await deployFunction(input, {binary: 'file.node'});
export const [name, existed]: [string, boolean] = [functionName, alreadyExisted];
`;

	test("are Remotion's", () => {
		expect(compile(USE)).toBe('');
	});

	test.each([
		[
			"deployFunction({...input, memorySizeInMb: '2048'});",
			/'string' is not assignable to type 'number'/,
		],
		["deployFunction({region: 'us-east-1'});", /timeoutInSeconds|memorySizeInMb/],
		['deployFunction(input, {binary: 5});', /binary|number/],
		['export const one: number = functionName;', /string/],
	])('%s is an error', (line, words) => {
		expect(compile(`${USE}\n${line}\n`)).toMatch(words);
	});
});
