'use strict';

// Remotion's own calls, in a project that has Remotion Lambda, with stand-ins for AWS.

const {execFile} = require('node:child_process');
const {once} = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const {promisify} = require('node:util');
const {npmTools, root} = require('../../../scripts/tools');
const {Lambda} = require('./lambda');
const {replacementsOf} = require('./runtime');

const REGION = 'us-east-1';
const COMMAND = path.join(root, 'bin', 'remotion-headroom.js');
const CLIENT = path.join(__dirname, 'client.mjs');
/** Functions are told apart by their timeout, which is in their name. */
const SECONDS = {stock: 880, patched: 881, fromCode: 882, layered: 883};
/** What renders are compared of. */
const KINDS = ['stock', 'patched'];
const ROOMY = 2048;
const SMALL = 512;
/** The largest function that a new account may have. */
const LARGE = 3008;
/** Of a second of a tone of the example's: 48,000 samples of 16 bits. */
const TONE_BYTES = 96_000;
/** Bytes that a character of base64 stands for. */
const BASE64 = 3 / 4;

const nameOf = (version, memory, kind) =>
	`remotion-render-${version.replaceAll('.', '-')}-mem${memory}mb-disk2048mb-${SECONDS[kind]}sec`;

/** Seconds of a tone whose data URL has so many MiB. */
const secondsOf = (mib) => (mib * 2 ** 20 * BASE64) / TONE_BYTES;

/** A project with this version of Remotion, and a stand-in that its calls reach. */
class Project {
	/** @param {{home: string, moto: object, runtime: object, makeCgroup?: Function}} around */
	constructor(version, {home, moto, runtime, makeCgroup}) {
		this.version = version;
		this.moto = moto;
		this.folder = path.join(home, version);
		fs.mkdirSync(this.folder);
		const tools = npmTools(`lambda-${version}`);
		fs.symlinkSync(path.join(tools, 'node_modules'), path.join(this.folder, 'node_modules'));
		const sources = path.join(__dirname, 'project');
		fs.cpSync(sources, this.folder, {recursive: true});
		fs.copyFileSync(
			path.join(root, 'example', 'src', 'tones.js'),
			path.join(this.folder, 'tones.js'),
		);
		this.aws = new Lambda({
			home: path.join(this.folder, 'aws'),
			region: REGION,
			runtime: {...runtime, replacements: replacementsOf(tools)},
			variables: () => this.endpoints(),
			makeCgroup,
		});
	}

	endpoints() {
		return {
			AWS_ENDPOINT_URL: this.moto.address,
			AWS_ENDPOINT_URL_S3: this.moto.address,
			AWS_ENDPOINT_URL_LAMBDA: this.aws.address,
		};
	}

	get env() {
		return {
			PATH: process.env.PATH,
			HOME: this.folder,
			AWS_REGION: REGION,
			AWS_ACCESS_KEY_ID: 'none',
			AWS_SECRET_ACCESS_KEY: 'none',
			...this.endpoints(),
		};
	}

	/** `{status, stdout, stderr}` of a script in the project. */
	async script(args, env = {}) {
		const options = {cwd: this.folder, env: {...this.env, ...env}, maxBuffer: 2 ** 26};
		try {
			const outcome = await promisify(execFile)(process.execPath, args, options);
			return {status: 0, ...outcome};
		} catch (error) {
			if (typeof error.code !== 'number') {
				throw error;
			}
			return {status: error.code, stdout: error.stdout, stderr: error.stderr};
		}
	}

	/** What a call of ./stand-in/client.mjs gives. */
	async call(name, options, env) {
		const {status, stdout, stderr} = await this.script(
			[CLIENT, name, JSON.stringify(options)],
			env,
		);
		if (status !== 0) {
			throw new Error(`${name} ended with ${status}: ${stderr}\n${this.logs()}`);
		}
		return JSON.parse(stdout.trim().split('\n').at(-1));
	}

	logs() {
		return this.aws.environments
			.map(({number, log, oomKills}) => `--- ${number} (${oomKills} OOM kills)\n${log}`)
			.join('\n')
			.slice(-20_000);
	}

	command(...args) {
		return this.script([COMMAND, 'lambda', ...args]);
	}

	/** Stock by Remotion's call, patched by our command. */
	async deploy(memory) {
		const stock = await this.call('deploy', {
			memorySizeInMb: memory,
			timeoutInSeconds: SECONDS.stock,
		});
		const patched = await this.command(
			'deploy',
			`--memory=${memory}`,
			'--disk=2048',
			`--timeout=${SECONDS.patched}`,
			`--region=${REGION}`,
		);
		return {stock, patched};
	}

	/** The same call of both functions: `{stock, patched}`. */
	async both(call, options, memory = ROOMY) {
		const results = {};
		for (const kind of KINDS) {
			const functionName = nameOf(this.version, memory, kind);
			results[kind] = await this.call(call, {...this.site, ...options, functionName});
		}
		return results;
	}

	async makeSite(entry) {
		const entryPoint = path.join(this.folder, entry);
		const site = await this.call('site', {entryPoint, siteName: path.parse(entry).name});
		return {bucketName: site.bucketName, serveUrl: await this.serve(site)};
	}

	async serve({bucketName, serveUrl}) {
		const {pathname} = new URL(serveUrl);
		const inBucket = pathname.slice(bucketName.length + 1);
		// All sites are in one bucket.
		this.host ??= await this.hostOf(bucketName);
		return `http://127.0.0.1:${this.host.address().port}${inBucket}`;
	}

	/** Its pages ask for what is at the root, where S3 has the bucket in the host's name. */
	async hostOf(bucketName) {
		const host = http.createServer(async ({url}, response) => {
			const answer = await fetch(`${this.moto.address}/${bucketName}${url}`);
			response.writeHead(answer.status, {'content-type': answer.headers.get('content-type')});
			response.end(Buffer.from(await answer.arrayBuffer()));
		});
		host.listen(0, '127.0.0.1');
		await once(host, 'listening');
		return host;
	}

	async stop() {
		await this.aws.stop();
		this.host?.close();
		this.host?.closeAllConnections();
	}

	environmentsOf(memory, kind) {
		const name = nameOf(this.version, memory, kind);
		return this.aws.environments.filter(({lambda}) => lambda.name === name);
	}
}

module.exports = {
	CLIENT,
	COMMAND,
	KINDS,
	LARGE,
	Project,
	REGION,
	ROOMY,
	SECONDS,
	SMALL,
	nameOf,
	secondsOf,
};
