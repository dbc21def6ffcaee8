'use strict';

// What a project has of Remotion Lambda, and what of it goes together.

const fs = require('node:fs');
const {createRequire} = require('node:module');
const os = require('node:os');
const path = require('node:path');
const {FUNCTION_ZIP} = require('./function-file');

/** Something in the project or the environment that keeps a function from being built or deployed. */
class NotReady extends Error {}

/** `{root, version}` of a package as seen from the folder `from`, or null. */
function findPackage(name, from) {
	try {
		const file = createRequire(path.join(from, 'noop.js')).resolve(`${name}/package.json`);
		return {root: path.dirname(file), version: JSON.parse(fs.readFileSync(file, 'utf8')).version};
	} catch {
		return null;
	}
}

/** The project's @remotion/lambda: `{root, version, zip}`, `zip` being a path. */
function findLambda(folder) {
	const lambda = findPackage('@remotion/lambda', folder);
	if (lambda === null) {
		throw new NotReady(`@remotion/lambda is not installed in ${folder}`);
	}
	const zip = path.join(lambda.root, FUNCTION_ZIP);
	if (!fs.existsSync(zip)) {
		throw new NotReady(`@remotion/lambda ${lambda.version} has no ${FUNCTION_ZIP}`);
	}
	// Both what it deploys with, and what the project renders with.
	for (const from of [lambda.root, folder]) {
		const client = findPackage('@remotion/lambda-client', from);
		if (client !== null && client.version !== lambda.version) {
			throw new NotReady(
				`@remotion/lambda is ${lambda.version} and @remotion/lambda-client is ${client.version}, and they must be the same`,
			);
		}
	}
	return {...lambda, zip};
}

const PROFILES = ['REMOTION_AWS_PROFILE', 'AWS_PROFILE', 'REMOTION_SKIP_AWS_CREDENTIALS_CHECK'];

/** Throws, unless there is something that Remotion may take credentials from. */
function checkCredentials(folder, env = process.env) {
	const isSet = (name) => Boolean(env[name]);
	const hasKeys = ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY'].every(
		(name) => isSet(`AWS_${name}`) || isSet(`REMOTION_AWS_${name}`),
	);
	const files = [
		env.AWS_SHARED_CREDENTIALS_FILE ?? path.join(os.homedir(), '.aws', 'credentials'),
		// Remotion's command reads it.
		path.join(folder, '.env'),
	];
	if (!hasKeys && !PROFILES.some(isSet) && !files.some((file) => fs.existsSync(file))) {
		throw new NotReady(
			'There are no credentials for AWS: set REMOTION_AWS_ACCESS_KEY_ID and REMOTION_AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
		);
	}
}

/** The file that is Remotion's command. */
function findCommand(folder, lambda) {
	const cli = findPackage('@remotion/cli', folder) ?? findPackage('@remotion/cli', lambda.root);
	if (cli === null) {
		throw new NotReady(`@remotion/cli is not installed in ${folder}`);
	}
	return path.join(cli.root, 'remotion-cli.js');
}

module.exports = {NotReady, checkCredentials, findCommand, findLambda, findPackage};
