'use strict';

// The Docker recipe of docs/deploy.md, as it is pasted: its Dockerfile executed in
// root file systems of Debian's packages, its commands run in real cgroups.

const {execFileSync} = require('node:child_process');
const {once} = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const {Cgroup, ownCgroup} = require('../memory/cgroups');
const {needs} = require('../needs');
const {npmTools, root: checkout, run} = require('../../scripts/tools');
const {blocksOfRecipes, commandsOf, parseDockerRun, recipe} = require('./documents');
const {Builder, makeBase, reasonToSkip, runContainer, startContainer} = require('./image');
const {servePackages} = require('./packages');
const YAML = require('yaml');

// On a disk: what is written to a tmpfs is memory.
const home = path.join(checkout, 'target', 'recipes', String(process.pid));
const context = path.join(home, 'context');
const state = {};
const OF_LAMBDA = {'aws-lambda-ric': '4.0.2', '@aws-sdk/client-s3': '^3.900.0'};
let cgroups = 0;

jest.setTimeout(1_800_000);

const describeImage = needs('images', reasonToSkip(), describe);

/** A reader's project: the composition, what is pasted, and a node_modules of another system. */
function writeProject(folder, names, dependencies) {
	fs.cpSync(path.join(__dirname, 'project'), folder, {recursive: true});
	for (const name of names) {
		const file = path.join(folder, path.basename(name));
		fs.writeFileSync(file, recipe(name));
	}
	const manifest = {
		name: 'my-render',
		private: true,
		...JSON.parse(recipe('scripts')),
		dependencies,
	};
	fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
	run('npm', ['install', '--package-lock-only', '--no-audit', '--no-fund'], {cwd: folder});
	const foreign = path.join(folder, 'node_modules', 'of-the-host');
	fs.mkdirSync(foreign, {recursive: true});
	fs.writeFileSync(path.join(foreign, 'index.js'), '');
}

function builder(folder) {
	const ignore = require(path.join(state.tools, 'node_modules', '@balena', 'dockerignore'));
	const ignored = ignore().add(fs.readFileSync(path.join(folder, '.dockerignore'), 'utf8'));
	const stages = path.join(home, 'stages', path.basename(folder));
	const cache = path.join(checkout, 'target', 'recipes', 'npm-cache');
	for (const one of [stages, cache]) {
		fs.mkdirSync(one, {recursive: true});
	}
	return new Builder({
		home: stages,
		base: () => state.base,
		context: folder,
		npmCache: cache,
		env: {
			npm_config_audit: 'false',
			npm_config_fund: 'false',
			npm_config_update_notifier: 'false',
			// Else node-gyp downloads what the image has.
			npm_config_nodedir: '/usr/local',
		},
		includes: (file) => !ignored.ignores(file),
	});
}

/** Runs a `docker run` of the document; volumes are folders of `home`. */
async function dockerRun(line, image, more = {}) {
	const {memory, swap, readOnly, tmpfs, volumes, args} = parseDockerRun(line);
	expect(swap).toBe(memory);
	const cgroup = new Cgroup(ownCgroup().directory, `headroom-recipe-${process.pid}-${cgroups++}`, {
		limit: memory,
	});
	const mounts = [];
	for (const volume of volumes) {
		const [name, target] = volume.split(':');
		const folder = path.join(home, 'volumes', name);
		if (!fs.existsSync(folder)) {
			fs.mkdirSync(folder, {recursive: true});
			// A new volume starts as what the image has there.
			execFileSync('cp', ['-a', `${image.root}${target}/.`, folder]);
		}
		mounts.push(`mount --bind '${folder}' "$root${target}"`);
	}
	for (const one of tmpfs) {
		const [target, options = ''] = one.split(':');
		const all = ['mode=1777', 'noexec', 'nosuid', 'nodev', ...options.split(',')].join(',');
		mounts.push(`mount -t tmpfs -o ${all} tmpfs "$root${target}"`);
	}
	try {
		const words = args.length > 0 ? args : undefined;
		const setup = mounts.join('\n');
		return await runContainer(image, {cgroup, readOnly, setup, args: words, ...more});
	} finally {
		cgroup.remove();
	}
}

/** What ffprobe finds in a video. */
function probe(image, file) {
	const ffprobe = path.join(image.root, 'app/node_modules/@remotion/compositor-linux-x64-gnu');
	const fields = 'stream=codec_name,width,height,nb_frames';
	const json = run(
		path.join(ffprobe, 'ffprobe'),
		['-v', 'error', '-show_entries', fields, '-of', 'json', file],
		{
			env: {LD_LIBRARY_PATH: ffprobe},
		},
	);
	return JSON.parse(json).streams.find(({codec_name}) => codec_name === 'h264');
}

beforeAll(async () => {
	if (reasonToSkip() !== null) {
		return;
	}
	fs.mkdirSync(home, {recursive: true});
	state.tools = npmTools('recipes');
	state.packages = await servePackages(path.join(home, 'packages'));
	state.base = makeBase(path.join(home, 'base'), state.tools);
});

afterAll(() => {
	state.packages?.close();
	fs.rmSync(home, {recursive: true, force: true});
});

/** The runtime API of AWS Lambda, which gives one event: `{address, answer, close}`. */
async function runtimeApi(event) {
	const api = {};
	const answered = new Promise((resolve) => {
		api.answer = resolve;
	});
	let given = false;
	const server = http.createServer(async (request, response) => {
		if (request.url === '/2018-06-01/runtime/invocation/next') {
			if (given) {
				// As there: it waits for the next event.
				return;
			}
			given = true;
			response.writeHead(200, {
				'content-type': 'application/json',
				'lambda-runtime-aws-request-id': '8476a536-e9f4-11e8-9739-2dfe598c3fcd',
				'lambda-runtime-deadline-ms': String(Date.now() + 900_000),
				'lambda-runtime-invoked-function-arn':
					'arn:aws:lambda:eu-central-1:123456789012:function:render',
			});
			return response.end(JSON.stringify(event));
		}
		const body = Buffer.concat(await request.toArray()).toString();
		response.writeHead(202, {'content-type': 'application/json'}).end('{"status":"OK"}');
		api.answer({path: request.url.split('/').at(-1), body});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const close = () => {
		server.close();
		server.closeAllConnections();
	};
	return {address: `127.0.0.1:${server.address().port}`, answered, close};
}

describeImage('AWS Lambda, an own image', () => {
	const MEMORY = 3008;

	test("the handler renders, run by AWS's own client", async () => {
		const folder = path.join(home, 'lambda');
		const files = ['.dockerignore', 'bundle.mjs', 'lambda/handler.mjs'];
		writeProject(folder, files, {...state.packages.dependencies, ...OF_LAMBDA});
		const image = builder(folder).build(recipe('lambda/Dockerfile'));
		const api = await runtimeApi({inputProps: {title: 'From Lambda'}});
		const name = `headroom-lambda-${process.pid}`;
		// Larger than the function, whose size is then what counts.
		const cgroup = new Cgroup(ownCgroup().directory, name, {limit: 2 * MEMORY * 2 ** 20});
		// A disk, as there.
		const scratch = path.join(home, 'lambda-tmp');
		fs.mkdirSync(scratch);
		fs.chmodSync(scratch, 0o1777);
		const child = startContainer(image, {
			cgroup,
			readOnly: true,
			setup: `mount --bind '${scratch}' "$root/tmp"; umount "$root/dev/shm"`,
			user: '993:990',
			env: {
				...{AWS_LAMBDA_RUNTIME_API: api.address, AWS_REGION: 'eu-central-1', HOME: '/tmp'},
				// As the service has them from the image.
				...{AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/render', AWS_LAMBDA_LOG_STREAM_NAME: '1'},
				...{_HANDLER: image.command[0], LAMBDA_TASK_ROOT: image.directory},
				...{AWS_LAMBDA_FUNCTION_NAME: 'render', AWS_LAMBDA_FUNCTION_VERSION: '$LATEST'},
				...{AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(MEMORY), REMOTION_HEADROOM: 'verbose'},
			},
		});
		let output = '';
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8').on('data', (text) => {
				output += text;
			});
		}
		const ended = once(child, 'exit');
		const answer = await Promise.race([
			api.answered,
			ended.then(() => ({path: 'ended', body: output})),
		]);
		api.close();
		child.kill('SIGKILL');
		await ended;
		cgroup.remove();
		expect(answer.path === 'response' ? '' : `${answer.path}: ${answer.body}`).toBe('');
		const {size, reasons} = JSON.parse(answer.body);
		expect(size).toBeGreaterThan(10_000);
		expect(reasons[0]).toBe('memory-of-lambda');
		expect(output).toMatch(/\[remotion-headroom\] renderMedia\(\) ended after/);
	});
});

describeImage('Docker', () => {
	beforeAll(() => {
		const files = ['.dockerignore', 'Dockerfile', 'bundle.mjs', 'render.mjs', 'remotion.config.ts'];
		writeProject(context, files, state.packages.dependencies);
		state.image = builder(context).build(recipe('Dockerfile'));
	});

	const [doctorLine, renderLine] = commandsOf('Docker').filter((line) => /^docker run/.test(line));
	const [readOnlyLine] = commandsOf('Read-only');
	const renders = path.join(home, 'volumes', 'renders');
	const video = path.join(renders, 'video.mp4');

	test("nothing of the host's node_modules is in the image", () => {
		expect(fs.existsSync(path.join(context, 'node_modules', 'of-the-host'))).toBe(true);
		expect(
			fs.existsSync(path.join(state.image.root, 'app', 'node_modules', 'remotion-headroom')),
		).toBe(true);
		expect(fs.existsSync(path.join(state.image.root, 'app', 'node_modules', 'of-the-host'))).toBe(
			false,
		);
	});

	test('the doctor finds the limit, the browser and the script, and nothing wrong', async () => {
		const args = [...parseDockerRun(doctorLine).args, '--json'];
		const {status, output} = await dockerRun(doctorLine, state.image, {args});
		expect({status, output}).toMatchObject({status: 0});
		const found = JSON.parse(output);
		expect(found.memory.limitedBy).toBe('cgroup');
		expect(found.memory.total).toBe(parseDockerRun(doctorLine).memory);
		expect(found.browser).toMatchObject({path: '/usr/bin/chromium', state: 'ready'});
		expect(found.ways).toEqual([expect.objectContaining({script: 'render', code: 'way-active'})]);
		expect(found.advice.filter(({severity}) => severity !== 'info')).toEqual([]);
	});

	test('the render is in the volume when the container is gone', async () => {
		const {status, output} = await dockerRun(renderLine, state.image);
		expect({status, output}).toMatchObject({status: 0});
		expect(output).toMatch(/are available \(limited by .*(cgroup|container)/);
		expect(probe(state.image, video)).toMatchObject({width: 640, height: 360, nb_frames: '8'});
	});

	test('the same with a read-only root and a tmpfs, which the plan counts', async () => {
		fs.rmSync(video);
		const {status, output} = await dockerRun(readOnlyLine, state.image);
		expect({status, output}).toMatchObject({status: 0});
		expect(output).toMatch(/temporary files are in memory here/);
		expect(probe(state.image, video)).toMatchObject({width: 640, height: 360, nb_frames: '8'});
	});

	test('without the tmpfs it fails, so the root is read-only indeed', async () => {
		const line = readOnlyLine.replace(/ --tmpfs \S+/, '');
		expect(line).not.toBe(readOnlyLine);
		const {status, output} = await dockerRun(line, state.image);
		expect(status).not.toBe(0);
		expect(output).toMatch(/EROFS|read-only/i);
	});

	test('Compose says the same as the commands', () => {
		const {services, volumes} = YAML.parse(recipe('compose.yaml'));
		const {memory, tmpfs, volumes: mounted} = parseDockerRun(readOnlyLine);
		const {mem_limit, memswap_limit, read_only, ...render} = services.render;
		expect([mem_limit, memswap_limit, read_only]).toEqual([
			`${memory / 2 ** 30}g`,
			mem_limit,
			true,
		]);
		expect(render).toEqual({build: '.', tmpfs, volumes: mounted});
		expect(Object.keys(volumes)).toEqual(mounted.map((one) => one.split(':')[0]));
	});

	test('libraries of Chrome Headless Shell are packages of that Debian', async () => {
		const {code} = blocksOfRecipes().find(({section}) => section === 'Chrome Headless Shell');
		const lines = code.match(/^RUN apt-get[\s\S]*?lists\/\*$/m)[0];
		const script = lines.replace(/^RUN /, '').replace('install --yes', 'install --simulate');
		const image = {
			root: state.base,
			user: 'root',
			env: {PATH: '/usr/bin:/usr/sbin:/bin:/sbin'},
			directory: '/',
		};
		const {status, output} = await runContainer(image, {args: ['sh', '-ec', script]});
		expect({status, output}).toMatchObject({status: 0});
		expect(output).toMatch(/^Inst libnss3 /m);
	});
});
