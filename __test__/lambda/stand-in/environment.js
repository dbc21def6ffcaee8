'use strict';

// An execution environment of a function: a sandbox in a cgroup of the function's
// size, in which AWS's own client asks for one invocation after the other. What it
// asks is the Runtime API:
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

const {spawn} = require('node:child_process');
const {once} = require('node:events');
const {randomUUID} = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const {setTimeout: sleep} = require('node:timers/promises');
const {Cgroup, ownCgroup} = require('../../memory/cgroups');

const ENTER = path.join(__dirname, 'enter.sh');
const FIRST_UID = 60_100;
const MIB = 2 ** 20;

/** How AWS starts Node, by hearsay and not from its image: shares of the function's MB. */
const nodeFlags = ({memory}) => [
	`--max-semi-space-size=${Math.floor(memory * 0.05)}`,
	`--max-old-space-size=${Math.floor(memory * 0.9)}`,
];

const NEXT = '/2018-06-01/runtime/invocation/next';
const ANSWER = /^\/2018-06-01\/runtime\/(?:invocation\/([^/]+)\/(response|error)|init\/error)$/;

/** No end of a connection but by its client: AWS's holds them while it waits. */
function withoutTimeouts(server) {
	return Object.assign(server, {
		requestTimeout: 0,
		keepAliveTimeout: 0,
		headersTimeout: 0,
		timeout: 0,
	});
}

/** What enter.sh needs, besides the folders. */
const sandboxOf = (folder, uid) => ({
	SANDBOX: folder,
	SANDBOX_UID: String(uid),
	SANDBOX_TOKEN: randomUUID(),
});

const ordinaryCgroup = (name, limit) => new Cgroup(ownCgroup().directory, name, {limit});

class Environment {
	/** @param makeCgroup `(name, bytes) => Cgroup`, where more is to be seen of it */
	constructor(lambda, number, makeCgroup = ordinaryCgroup) {
		this.lambda = lambda;
		this.number = number;
		this.makeCgroup = makeCgroup;
		/** Milliseconds from the start until the client asked first, and those of invocations. */
		this.init = null;
		this.busyFor = 0;
		this.uid = FIRST_UID + number;
		this.hasEnded = false;
		this.invocation = null;
		/** The client's question for the next invocation, not yet answered. */
		this.waiting = null;
		this.log = '';
	}

	async start({folder, region, runtime, variables}) {
		const {lambda, uid} = this;
		this.api = withoutTimeouts(http.createServer((...call) => this.answer(...call)));
		this.api.listen(0, '127.0.0.1');
		await once(this.api, 'listening');
		const name = `headroom-lambda-${process.pid}-${this.number}`;
		this.cgroup = this.makeCgroup(name, lambda.memory * MIB);
		fs.mkdirSync(folder, {recursive: true});
		const env = {
			...sandboxOf(folder, uid),
			SANDBOX_TASK: lambda.folder,
			SANDBOX_RUNTIME: runtime.client,
			SANDBOX_OPT: runtime.layers,
			SANDBOX_NODE: runtime.nodes[lambda.runtime],
			...(runtime.meminfo && {SANDBOX_MEMINFO: runtime.meminfo}),
			PATH: '/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/opt/bin',
			LANG: 'en_US.UTF-8',
			TZ: ':UTC',
			// docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
			_HANDLER: lambda.handler,
			LAMBDA_TASK_ROOT: '/var/task',
			LAMBDA_RUNTIME_DIR: '/var/runtime',
			LD_LIBRARY_PATH: '/var/lang/lib:/var/task:/var/task/lib:/opt/lib',
			NODE_PATH: '/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task',
			AWS_REGION: region,
			AWS_DEFAULT_REGION: region,
			AWS_ACCESS_KEY_ID: 'none',
			AWS_SECRET_ACCESS_KEY: 'none',
			AWS_EXECUTION_ENV: `AWS_Lambda_${lambda.runtime}`,
			AWS_LAMBDA_FUNCTION_NAME: lambda.name,
			AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
			AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(lambda.memory),
			AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${lambda.name}`,
			AWS_LAMBDA_LOG_STREAM_NAME: String(this.number),
			AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${this.api.address().port}`,
			...variables,
			...lambda.variables,
		};
		const node = ['/var/lang/bin/node', ...nodeFlags(lambda)];
		const command = [ENTER, ...node, '/var/runtime/bootstrap.mjs'];
		const [enter, ...args] = [...this.cgroup.entering(), ...command];
		this.startedAt = performance.now();
		this.child = spawn(enter, args, {env, stdio: ['ignore', 'pipe', 'pipe']});
		for (const stream of [this.child.stdout, this.child.stderr]) {
			stream.setEncoding('utf8').on('data', (text) => {
				this.log += text;
			});
		}
		this.child.once('close', (...how) => this.ended(how));
	}

	/** Only while it asks: Remotion's function ends itself after some of its answers. */
	get isFree() {
		return this.waiting !== null;
	}

	/** Has it work on this one: `{payload, chunk, end, fail}`. */
	invoke(invocation) {
		this.invocation = {...invocation, id: randomUUID(), isHandedOut: false};
		if (this.waiting !== null) {
			this.handOut(this.waiting);
		}
	}

	handOut(response) {
		const {invocation, lambda} = this;
		this.waiting = null;
		invocation.isHandedOut = true;
		invocation.handedOutAt = performance.now();
		invocation.timer = setTimeout(() => this.kill(), lambda.timeout * 1000);
		response.writeHead(200, {
			'content-type': 'application/json',
			'Lambda-Runtime-Aws-Request-Id': invocation.id,
			'Lambda-Runtime-Deadline-Ms': String(Date.now() + lambda.timeout * 1000),
			'Lambda-Runtime-Invoked-Function-Arn': lambda.arn,
			'Lambda-Runtime-Trace-Id': 'Root=1-0-0',
		});
		response.end(invocation.payload);
	}

	answer(request, response) {
		if (request.url === NEXT) {
			request.socket.setTimeout(0);
			this.init ??= performance.now() - this.startedAt;
			this.waiting = response;
			response.once('close', () => {
				if (this.waiting === response) {
					this.waiting = null;
				}
			});
			if (this.invocation?.isHandedOut === false) {
				this.handOut(response);
			}
			return;
		}
		const [, id, kind = 'init'] = ANSWER.exec(request.url) ?? [];
		const isStreamed = request.headers['lambda-runtime-function-response-mode'] === 'streaming';
		const {invocation} = this;
		const parts = [];
		request.on('data', (bytes) =>
			isStreamed && kind === 'response' ? invocation.chunk(bytes) : parts.push(bytes),
		);
		request.on('end', () => {
			response.writeHead(202, {'content-type': 'application/json'}).end('{}');
			const body = Buffer.concat(parts);
			const streamError = request.trailers['lambda-runtime-function-error-type'];
			if (invocation === null || (kind !== 'init' && id !== invocation.id)) {
				return;
			}
			if (kind !== 'response') {
				this.done('fail', JSON.parse(body));
			} else if (streamError !== undefined) {
				const text = request.trailers['lambda-runtime-function-error-body'] ?? '';
				const errorMessage = Buffer.from(text, 'base64').toString();
				this.done('fail', {errorType: streamError, errorMessage});
			} else {
				if (!isStreamed) {
					invocation.chunk(body);
				}
				this.done('end');
			}
		});
	}

	done(how, ...about) {
		const {invocation} = this;
		clearTimeout(invocation.timer);
		this.busyFor += performance.now() - (invocation.handedOutAt ?? this.startedAt);
		this.invocation = null;
		invocation[how](...about);
	}

	ended([code, signal]) {
		this.hasEnded = true;
		this.oomKills = this.cgroup.oomKills();
		this.api.close();
		this.api.closeAllConnections();
		if (this.invocation !== null) {
			const errorMessage = `RequestId: ${this.invocation.id} Error: Runtime exited (${signal ?? code})`;
			this.done('fail', {errorType: 'Runtime.ExitError', errorMessage});
		}
	}

	kill() {
		if (!this.hasEnded) {
			// By its cgroup: setpriv clears the signal by which unshare's child would end with it.
			this.cgroup.endAll();
		}
	}

	/** Ends it, once; its cgroup goes when the kernel has let go of the last process. */
	stop() {
		this.stopped ??= this.end();
		return this.stopped;
	}

	async end() {
		this.kill();
		for (let attempt = 0; ; attempt++) {
			if (this.hasEnded) {
				try {
					this.cgroup.remove();
					return;
				} catch (error) {
					if (attempt > 100) {
						throw error;
					}
				}
			}
			await sleep(100);
		}
	}
}

module.exports = {ENTER, Environment, FIRST_UID, sandboxOf, withoutTimeouts};
