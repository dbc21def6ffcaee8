'use strict';

// remotion-headroom/lambda/deploy: Remotion's deployFunction(), for its function with
// this package in it.

const fs = require('node:fs');
const {createRequire} = require('node:module');
const os = require('node:os');
const path = require('node:path');
const {checkOptions, checkString, fail} = require('../check');
const {warn} = require('../log');
const {deployedHash} = require('./deployed');
const {LAYERS} = require('./function-zip');
const {NotReady, findLambda, findPackage} = require('./project');
const {LEFT_AS_IT_IS, buildProjectFunction, remarks} = require('./project-function');

/**
 * `(input, zip) => promise`: Remotion's deployFunction(), for the zip in a file. It asks
 * for what creates a function when it is called, so ours is there for that moment only.
 */
function deployerOf(lambda) {
	const from = createRequire(path.join(lambda.root, 'noop.js'));
	const load = (file) => from(path.join(lambda.root, 'dist', file));
	let specifics;
	let deploy;
	try {
		specifics = load('functions/full-client-implementation.js');
		({deployFunction: deploy} = load('api/deploy-function.js'));
	} catch (error) {
		const [line] = error.message.split('\n');
		throw new NotReady(`deployFunction() of @remotion/lambda ${lambda.version} fails: ${line}`, {
			cause: error,
		});
	}
	return async (input, zipFile) => {
		const stock = specifics.awsFullClientSpecifics;
		let isTaken = false;
		const createFunction = (wish) => {
			isTaken = true;
			return stock.createFunction({...wish, zipFile});
		};
		let deployed;
		specifics.awsFullClientSpecifics = {...stock, createFunction};
		try {
			deployed = deploy(input);
		} finally {
			specifics.awsFullClientSpecifics = stock;
		}
		const result = await deployed;
		if (!isTaken) {
			throw new Error(
				`deployFunction() of @remotion/lambda ${lambda.version} deployed Remotion's own function ` +
					`${result.functionName}: remove it, and use "remotion-headroom lambda deploy"`,
			);
		}
		return result;
	};
}

/** The project's @remotion/lambda: what this package sees as its peer, or the working folder. */
const findInstalled = () =>
	findLambda(findPackage('@remotion/lambda', __dirname) === null ? process.cwd() : __dirname);

async function deployFunction(input, options = {}) {
	checkOptions(input, 'deployFunction');
	checkOptions(options, 'deployFunction');
	const {logLevel = 'info', region} = input;
	const preference = input.runtimePreference ?? 'default';
	if (!Object.hasOwn(LAYERS, preference)) {
		fail('runtimePreference', `one of ${Object.keys(LAYERS).join(', ')}`, preference);
	}
	const {binary} = options;
	if (binary !== undefined) {
		checkString(binary, 'binary');
	}
	const lambda = findInstalled();
	const built = buildProjectFunction(lambda, {folder: process.cwd(), binary, preference});
	const deploy = deployerOf(lambda);
	for (const remark of remarks(built, lambda.version)) {
		warn(logLevel, remark);
	}
	const own = fs.mkdtempSync(path.join(os.tmpdir(), 'remotion-headroom-'));
	let result;
	try {
		const zip = path.join(own, 'function.zip');
		fs.writeFileSync(zip, built.zip);
		result = await deploy(input, zip);
	} finally {
		fs.rmSync(own, {recursive: true, force: true});
	}
	if (result.alreadyExisted) {
		// Where AWS doesn't tell, it may be another one.
		const hash = await deployedHash(result.functionName, {lambda, region}).catch(() => null);
		if (hash !== built.codeSha256) {
			warn(logLevel, LEFT_AS_IT_IS.replace('NAME', result.functionName));
		}
	}
	return result;
}

module.exports = {deployFunction};
