'use strict';

// AWS Lambda on this machine, as far as Remotion calls it: its REST API
// (https://docs.aws.amazon.com/lambda/latest/api/) over real environments, one for
// each invocation at the same time.

const {createHash} = require('node:crypto');
const {once} = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const {readZip} = require('../../../lib/lambda/zip');
const {complete, payloadChunk} = require('./event-stream');
const {Environment, withoutTimeouts} = require('./environment');

const ACCOUNT = '123456789012';
const ZIP_LIMIT = 50 * 2 ** 20;

/** Method and path -> the method of Lambda below that answers. */
const ROUTES = [
	['POST', /^\/2015-03-31\/functions\/?$/, 'create'],
	['GET', /^\/2015-03-31\/functions\/?$/, 'list'],
	['POST', /^\/2017-03-31\/tags\/.*:function:([^/]+)$/, 'nothing'],
	['GET', /^\/2015-03-31\/functions\/([^/]+)$/, 'get'],
	['DELETE', /^\/2015-03-31\/functions\/([^/]+)$/, 'remove'],
	['GET', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, 'configuration'],
	['PUT', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, 'configure'],
	['PUT', /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/, 'nothing'],
	['PUT', /^\/2021-07-20\/functions\/([^/]+)\/runtime-management-config$/, 'nothing'],
	['POST', /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, 'invoke'],
	['POST', /^\/2021-11-15\/functions\/([^/]+)\/response-streaming-invocations$/, 'stream'],
];

class Refused extends Error {
	constructor(status, type, message) {
		super(message);
		Object.assign(this, {status, type});
	}
}

/** Unpacks a zip; files of `replacements` stand for those in it. */
function unpack(zip, folder, replacements) {
	for (const entry of readZip(zip)) {
		const file = path.join(folder, entry.name);
		fs.mkdirSync(path.dirname(file), {recursive: true});
		fs.writeFileSync(file, entry.read());
		fs.chmodSync(file, entry.mode & 0o111 ? 0o755 : 0o644);
	}
	for (const [name, file] of replacements(folder)) {
		fs.copyFileSync(file, path.join(folder, name));
		fs.chmodSync(path.join(folder, name), 0o755);
	}
}

class Lambda {
	/**
	 * `home`: a folder; `runtime`: `{client, layers, nodes, replacements}`, what
	 * environments see and what stands for files of another machine's in a zip;
	 * `variables`: for each environment; `makeCgroup`: see Environment.
	 */
	constructor({home, region, runtime, variables, makeCgroup}) {
		Object.assign(this, {home, region, runtime, variables, makeCgroup});
		this.functions = new Map();
		this.environments = [];
		/** Calls, as `METHOD name`: permissions that are needed. */
		this.calls = [];
		this.events = [];
	}

	async start() {
		this.server = withoutTimeouts(http.createServer((...call) => this.handle(...call)));
		this.server.listen(0, '127.0.0.1');
		await once(this.server, 'listening');
		this.address = `http://127.0.0.1:${this.server.address().port}`;
	}

	async stop() {
		await Promise.all(this.environments.map((one) => one.stop()));
		this.server.close();
		this.server.closeAllConnections();
	}

	async handle(request, response) {
		const parts = [];
		for await (const part of request) {
			parts.push(part);
		}
		const pathname = decodeURIComponent(new URL(request.url, this.address).pathname);
		try {
			const route = ROUTES.find(
				([method, pattern]) => method === request.method && pattern.test(pathname),
			);
			if (route === undefined) {
				throw new Refused(404, 'NoRoute', `${request.method} ${pathname}`);
			}
			const [, pattern, call] = route;
			this.calls.push(call);
			const body = Buffer.concat(parts);
			const name = pattern.exec(pathname)[1]?.split(':').pop();
			if (name !== undefined && !this.functions.has(name)) {
				throw new Refused(404, 'ResourceNotFoundException', `Function not found: ${name}`);
			}
			const answer = await this[call]({
				body,
				lambda: this.functions.get(name),
				request,
				response,
			});
			if (answer !== undefined) {
				const [status, json] = answer;
				response.writeHead(status, {'content-type': 'application/json'});
				response.end(json === null ? '' : JSON.stringify(json));
			}
		} catch (error) {
			const {status = 500, type = 'ServiceException', message} = error;
			response.writeHead(status, {
				'content-type': 'application/json',
				'x-amzn-errortype': type,
			});
			response.end(JSON.stringify({Type: 'User', Message: message}));
		}
	}

	about(lambda) {
		return {
			FunctionName: lambda.name,
			FunctionArn: lambda.arn,
			Runtime: lambda.runtime,
			Handler: lambda.handler,
			MemorySize: lambda.memory,
			Timeout: lambda.timeout,
			Architectures: lambda.architectures,
			CodeSha256: lambda.codeSha256,
			CodeSize: lambda.codeSize,
			Layers: lambda.layers.map((Arn) => ({Arn})),
			Environment: {Variables: lambda.variables},
			EphemeralStorage: {Size: lambda.disk},
			State: 'Active',
			LastUpdateStatus: 'Successful',
			Version: '$LATEST',
			LastModified: '2026-01-01T00:00:00.000+0000',
			RuntimeVersionConfig: {RuntimeVersionArn: `arn:aws:lambda:${this.region}::runtime:none`},
		};
	}

	create({body}) {
		const wish = JSON.parse(body);
		const name = wish.FunctionName;
		if (this.functions.has(name)) {
			throw new Refused(409, 'ResourceConflictException', `Function already exist: ${name}`);
		}
		const zip = Buffer.from(wish.Code.ZipFile, 'base64');
		if (zip.length > ZIP_LIMIT) {
			throw new Refused(413, 'RequestTooLargeException', `the zip has ${zip.length} bytes`);
		}
		const folder = path.join(this.home, 'functions', name);
		unpack(zip, folder, this.runtime.replacements);
		const lambda = {
			name,
			folder,
			arn: `arn:aws:lambda:${this.region}:${ACCOUNT}:function:${name}`,
			runtime: wish.Runtime,
			handler: wish.Handler,
			memory: wish.MemorySize,
			timeout: wish.Timeout,
			architectures: wish.Architectures,
			disk: wish.EphemeralStorage?.Size ?? 512,
			layers: wish.Layers ?? [],
			variables: wish.Environment?.Variables ?? {},
			codeSha256: createHash('sha256').update(zip).digest('base64'),
			codeSize: zip.length,
		};
		this.functions.set(name, lambda);
		return [201, this.about(lambda)];
	}

	list() {
		return [200, {Functions: [...this.functions.values()].map((one) => this.about(one))}];
	}

	get({lambda}) {
		return [200, {Configuration: this.about(lambda), Code: {}, Tags: {}}];
	}

	configuration({lambda}) {
		return [200, this.about(lambda)];
	}

	/** Environments that there are keep what they started with; none takes another invocation. */
	configure({lambda, body}) {
		const wish = JSON.parse(body);
		const changed = {
			...lambda,
			variables: wish.Environment?.Variables ?? lambda.variables,
			memory: wish.MemorySize ?? lambda.memory,
		};
		this.functions.set(lambda.name, changed);
		return [200, this.about(changed)];
	}

	remove({lambda}) {
		this.functions.delete(lambda.name);
		return [204, null];
	}

	nothing() {
		return [200, {}];
	}

	async run(lambda, invocation) {
		let environment = this.environments.find((one) => one.lambda === lambda && one.isFree);
		if (environment === undefined) {
			environment = await this.startEnvironment(lambda);
		}
		environment.invoke(invocation);
	}

	/** One that waits for its first invocation, or will. */
	async startEnvironment(lambda) {
		const number = this.environments.length;
		const environment = new Environment(lambda, number, this.makeCgroup);
		this.environments.push(environment);
		const folder = path.join(this.home, 'environments', String(number));
		const {region, runtime} = this;
		await environment.start({folder, region, runtime, variables: this.variables(this)});
		return environment;
	}

	async invoke({lambda, body, request, response}) {
		if (request.headers['x-amz-invocation-type'] === 'Event') {
			const outcome = {name: lambda.name, error: null, hasEnded: false};
			this.events.push(outcome);
			const end = () => Object.assign(outcome, {hasEnded: true});
			const fail = (error) => Object.assign(outcome, {hasEnded: true, error});
			await this.run(lambda, {payload: body, chunk() {}, end, fail});
			return [202, null];
		}
		const parts = [];
		const type = {'content-type': 'application/json'};
		await this.run(lambda, {
			payload: body,
			chunk: (bytes) => parts.push(bytes),
			end: () => response.writeHead(200, type).end(Buffer.concat(parts)),
			fail: (error) =>
				response
					.writeHead(200, {...type, 'x-amz-function-error': 'Unhandled'})
					.end(JSON.stringify(error)),
		});
		return undefined;
	}

	async stream({lambda, body, response}) {
		response.writeHead(200, {
			'content-type': 'application/vnd.amazon.eventstream',
			'x-amz-executed-version': '$LATEST',
			'x-amzn-remapped-content-type': 'application/octet-stream',
		});
		response.flushHeaders();
		await this.run(lambda, {
			payload: body,
			chunk: (bytes) => response.write(payloadChunk(bytes)),
			end: () => response.end(complete({})),
			fail: ({errorType, errorMessage}) =>
				response.end(complete({ErrorCode: errorType, ErrorDetails: errorMessage})),
		});
		return undefined;
	}
}

module.exports = {ACCOUNT, Lambda, unpack};
