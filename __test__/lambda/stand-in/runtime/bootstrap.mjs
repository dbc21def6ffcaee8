// What an environment starts: AWS's own client of the runtime API, aws-lambda-ric,
// which loads the function and runs it. Refuses outside of the sandbox.

import http from 'node:http';
import Module from 'node:module';
import {reasons} from './refuse.mjs';

if (reasons.length > 0) {
	process.stderr.write(`A function must not run here: ${reasons.join('; ')}.\n`);
	process.exit(9);
}

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');

function post(id, what, body) {
	const request = http.request({
		host,
		port,
		method: 'POST',
		path: `/2018-06-01/runtime/invocation/${id}/${what}`,
		headers: {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)},
	});
	request.on('response', (response) => response.resume());
	request.end(body);
}

// Its native part is not in the package; it has one in JavaScript for the rest.
const load = Module._extensions['.node'];
Module._extensions['.node'] = (module, file) => {
	if (!file.endsWith('/rapid-client.node')) {
		load(module, file);
		return;
	}
	module.exports = {
		done: (id, body) => post(id, 'response', body),
		error: (id, body) => post(id, 'error', body),
	};
};
process.env.AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1 = 'true';
await import('./index.mjs');
