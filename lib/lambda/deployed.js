'use strict';

// What AWS has of a function, asked by the client that Remotion itself uses.

const {createRequire} = require('node:module');
const path = require('node:path');
const {NotReady, findPackage} = require('./project');

/** Remotion's, where neither a flag nor a variable names one. */
const DEFAULT_REGION = 'us-east-1';

const regionOf = (flag, env = process.env) =>
	flag ?? (env.REMOTION_AWS_REGION || env.AWS_REGION || DEFAULT_REGION);

/** Sets what the project's .env has, by the parser that Remotion's command reads it with. */
function loadEnvFile(folder, lambda) {
	const cli = findPackage('@remotion/cli', lambda.root);
	if (cli !== null && findPackage('dotenv', cli.root) !== null) {
		const from = createRequire(path.join(cli.root, 'noop.js'));
		from('dotenv').config({path: path.join(folder, '.env'), quiet: true});
	}
}

function clientOf(lambda, region) {
	const from = createRequire(path.join(lambda.root, 'noop.js'));
	try {
		const {LambdaClientInternals} = from('@remotion/lambda-client');
		const {GetFunctionCommand} = from('@aws-sdk/client-lambda');
		const client = LambdaClientInternals.getLambdaClient(region);
		return {client, command: (input) => new GetFunctionCommand(input)};
	} catch (error) {
		const [line] = error.message.split('\n');
		throw new NotReady(`The client of @remotion/lambda ${lambda.version} can't be used: ${line}`, {
			cause: error,
		});
	}
}

/** CodeSha256 of a deployed function. It takes lambda:GetFunction, which Remotion's user policy has. */
async function deployedHash(name, {lambda, region}) {
	const {client, command} = clientOf(lambda, region);
	try {
		const {Configuration} = await client.send(command({FunctionName: name}));
		return Configuration.CodeSha256;
	} catch (error) {
		if (error.name === 'ResourceNotFoundException') {
			throw new NotReady(`There is no function ${name} in ${region}`, {cause: error});
		}
		const why = [error.name, error.message || error.code].filter(Boolean).join(': ');
		throw new NotReady(
			`AWS does not tell of ${name} in ${region}: ${why.replace(/\s+/g, ' ').replace(/\.$/, '')}`,
			{cause: error},
		);
	} finally {
		client.destroy();
	}
}

module.exports = {deployedHash, loadEnvFile, regionOf};
