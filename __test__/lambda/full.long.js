'use strict';

// Remotion Lambda in full, on this machine: Remotion's own calls deploy its function,
// stock and patched, to a stand-in for AWS and render there. The same bytes must come.
// The function runs in sandboxes only (./sandbox.long.js), of its memory's size.

const {createHmac} = require('node:crypto');
const {EventEmitter, once} = require('node:events');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const {reasonToSkip, ownCgroup} = require('../memory/cgroups');
const {needs} = require('../needs');
const {root} = require('../../scripts/tools');
const {OWN, binary, elfForArm64} = require('./functions');
const {
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
} = require('./stand-in/account');
const {unpack} = require('./stand-in/lambda');
const {makeRuntime, reasonNoLxcfs, startMeminfo, startMoto} = require('./stand-in/runtime');
const {makeVideo} = require('../governor/video');

const OURS = {HEADROOM_DEPLOY: path.join(root, 'lib', 'lambda', 'deploy-function.js')};

const why =
	process.platform === 'linux' && process.getuid() === 0
		? reasonToSkip(ownCgroup().version)
		: 'sandboxes need root on Linux';
const describeFull = needs('cgroups', why, describe);

jest.setTimeout(600_000);

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-stand-in-'));
let moto;
let meminfo;
let runtime;

/** Without it a function sees the machine's memory, and nothing is short. */
const whyNoRelief = why ?? reasonNoLxcfs();

beforeAll(async () => {
	if (why === null) {
		meminfo = whyNoRelief === null ? await startMeminfo(home) : undefined;
		runtime = {...makeRuntime(home), meminfo: meminfo?.file};
		moto = await startMoto();
	}
});

afterAll(async () => {
	await moto?.stop();
	await meminfo?.stop();
	fs.rmSync(home, {recursive: true, force: true});
});

/** Each in the Node that its functions run in; `noMedia`: why it is without @remotion/media. */
const VERSIONS = [
	{version: '4.0.403', node: 'nodejs20.x', noMedia: 'npm has no @remotion/media 4.0.403'},
	{version: '4.0.527', node: 'nodejs24.x', noMedia: null},
];

describeFull.each(VERSIONS)('Remotion $version', ({version, node, noMedia}) => {
	let project;

	beforeAll(async () => {
		project = new Project(version, {home, moto, runtime});
		await project.aws.start();
	});

	afterAll(() => project?.stop());

	/** Sets a function's variables. */
	async function configure(name, Variables) {
		const url = `${project.aws.address}/2015-03-31/functions/${name}/configuration`;
		const body = JSON.stringify({Environment: {Variables}});
		expect((await fetch(url, {method: 'PUT', body})).status).toBe(200);
	}

	/** What the governor did, as the lines say that patched functions of that size log for each render. */
	const actionsOf = (memory) =>
		project
			.environmentsOf(memory, 'patched')
			.flatMap(({log}) => [...log.matchAll(/ ended after .*; governor: (.*)\.$/gm)])
			.map(([, actions]) => actions);

	test("both are deployed by Remotion's own calls, and its zip stays as it was", async () => {
		const zip = path.join(project.folder, 'node_modules/@remotion/lambda/remotionlambda-arm64.zip');
		const before = fs.readFileSync(zip);
		const {stock, patched} = await project.deploy(ROOMY);
		expect(fs.readFileSync(zip).equals(before)).toBe(true);
		expect(stock).toEqual({functionName: nameOf(version, ROOMY, 'stock'), alreadyExisted: false});
		expect(patched.stderr).toMatch(/remotion-headroom: deployed, with CodeSha256 /);
		expect(patched.status).toBe(0);
		const [one, other] = ['stock', 'patched'].map((kind) =>
			project.aws.functions.get(nameOf(version, ROOMY, kind)),
		);
		expect(other.codeSha256).not.toBe(one.codeSha256);
		expect(patched.stderr).toContain(other.codeSha256);
		const {folder, name, arn, timeout, codeSha256, codeSize, ...configured} = one;
		expect(other).toMatchObject(configured);
		expect(configured.runtime).toBe(node);
	});

	test('deployed over a function that exists it says that nothing was', async () => {
		const {patched} = await project.deploy(ROOMY);
		expect(patched.stderr).toMatch(/remotion-headroom: Nothing was deployed: a function with/);
		expect(patched.status).toBe(1);
	});

	test('deployFunction() of ours deploys the same, and says when a function stays as it is', async () => {
		const deploy = (kind) => {
			const options = {memorySizeInMb: ROOMY, timeoutInSeconds: SECONDS[kind]};
			return project.script([CLIENT, 'deployOurs', JSON.stringify(options)], OURS);
		};
		const result = ({stdout}) => JSON.parse(stdout.trim().split('\n').at(-1));
		const functionName = nameOf(version, ROOMY, 'fromCode');
		const hashOf = (name) => project.aws.functions.get(name).codeSha256;

		const first = await deploy('fromCode');
		expect(first).toMatchObject({
			status: 0,
			stderr: expect.stringContaining('no binary for arm64'),
		});
		expect(result(first)).toEqual({functionName, alreadyExisted: false});
		expect(hashOf(functionName)).toBe(hashOf(nameOf(version, ROOMY, 'patched')));

		const again = await deploy('fromCode');
		expect(result(again)).toEqual({functionName, alreadyExisted: true});
		expect(again.stderr).not.toContain('Nothing was deployed');

		const stock = nameOf(version, ROOMY, 'stock');
		const before = hashOf(stock);
		const over = await deploy('stock');
		expect(result(over)).toEqual({functionName: stock, alreadyExisted: true});
		expect(over.stderr).toContain('[remotion-headroom] Nothing was deployed: a function with');
		expect(over.stderr).toContain(`functions rm ${stock}`);
		expect(hashOf(stock)).toBe(before);
	});

	test("verify tells a function that is built here from Remotion's and from others", async () => {
		const otherBinary = path.join(project.folder, 'other.node');
		fs.writeFileSync(otherBinary, elfForArm64());
		const [stock, patched] = KINDS.map((kind) => nameOf(version, ROOMY, kind));
		const hashOf = (name) => project.aws.functions.get(name).codeSha256;
		const calls = project.aws.calls.length;

		const same = await project.command('verify', patched, `--region=${REGION}`);
		expect(same.stdout).toBe(`${patched}: the same as built here, CodeSha256 ${hashOf(patched)}\n`);
		expect({status: same.status, stderr: same.stderr}).toEqual({status: 0, stderr: ''});

		const another = await project.command('verify', stock);
		expect(another.stdout).toContain(`${stock}: Remotion's own function ${version}, without`);
		expect(another.stdout).toContain(
			`CodeSha256 ${hashOf(stock)}; built here it has ${hashOf(patched)}\n`,
		);
		expect(another.status).toBe(1);

		const other = await project.command('verify', patched, '--binary', otherBinary);
		expect(other.stdout).toContain(`${patched}: of another build`);
		expect(other.status).toBe(1);

		const none = await project.command('verify', 'nothing');
		expect(none.stderr).toBe(`remotion-headroom: There is no function nothing in ${REGION}.\n`);
		expect({status: none.status, stdout: none.stdout}).toEqual({status: 2, stdout: ''});
		// Only lambda:GetFunction. A name that is none comes to "get", too.
		expect(project.aws.calls.slice(calls)).toEqual(['get', 'get', 'get', 'get']);
	});

	test('verify takes credentials from .env, and says when AWS does not answer', async () => {
		const file = path.join(project.folder, '.env');
		const name = nameOf(version, ROOMY, 'patched');
		const withoutKeys = {AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: ''};
		const verify = (env) => project.script([COMMAND, 'lambda', 'verify', name], env);
		fs.writeFileSync(
			file,
			'REMOTION_AWS_ACCESS_KEY_ID=none\nREMOTION_AWS_SECRET_ACCESS_KEY="none"\n',
		);
		try {
			expect((await verify(withoutKeys)).status).toBe(0);
		} finally {
			fs.rmSync(file);
		}
		const silent = await verify({AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:1'});
		expect(silent.stderr).toMatch(/^remotion-headroom: AWS does not tell of [^\n]*\.\n$/);
		expect({status: silent.status, stdout: silent.stdout}).toEqual({status: 2, stdout: ''});
	});

	test('the site', async () => {
		project.site = await project.makeSite('index.jsx');
		expect((await fetch(project.site.serveUrl)).status).toBe(200);
	});

	test('renderMediaOnLambda() in chunks gives the same file, with progress', async () => {
		const {stock, patched} = await project.both('media', {
			composition: 'tracks',
			inputProps: {count: 8, seconds: 8, frames: 40},
			framesPerLambda: 20,
		});
		for (const {done, errors, seen, chunks} of [stock, patched]) {
			expect({done, errors, chunks}).toEqual({done: true, errors: [], chunks: 2});
			expect(seen).toEqual([...seen].sort((a, b) => a - b));
			expect(seen.at(-1)).toBe(1);
		}
		expect(stock.bytes).toBeGreaterThan(10_000);
		expect(patched.hash).toBe(stock.hash);
	});

	test('renderStillOnLambda() gives the same picture', async () => {
		const {stock, patched} = await project.both('still', {
			composition: 'tracks',
			frame: 12,
			inputProps: {count: 2, seconds: 1, frames: 40},
		});
		expect(stock.status).toBe(200);
		expect(stock.bytes).toBeGreaterThan(500);
		expect(patched.hash).toBe(stock.hash);
	});

	test("a layer on Remotion's function as it is: the same picture, and it is active", async () => {
		const name = nameOf(version, ROOMY, 'layered');
		await project.call('deploy', {memorySizeInMb: ROOMY, timeoutInSeconds: SECONDS.layered});
		const file = path.join(project.folder, 'layer.zip');
		const made = await project.command('layer', '--out', file);
		expect(made.status).toBe(0);
		const [, nodeOptions] = /^NODE_OPTIONS=(.*)$/m.exec(made.stdout);
		const binaries = () => [[path.join(OWN.layer, binary), path.join(root, binary)]];
		unpack(fs.readFileSync(file), runtime.layers, binaries);
		await configure(name, {NODE_OPTIONS: nodeOptions, REMOTION_HEADROOM: 'verbose'});

		const hashes = {};
		for (const kind of ['stock', 'layered']) {
			const {hash} = await project.call('still', {
				...project.site,
				composition: 'tracks',
				frame: 3,
				inputProps: {count: 2, seconds: 1, frames: 40},
				functionName: nameOf(version, ROOMY, kind),
			});
			hashes[kind] = hash;
		}
		expect(hashes.layered).toBe(hashes.stock);
		const [{log}] = project.environmentsOf(ROOMY, 'layered');
		expect(log).toMatch(
			/\[remotion-headroom\] \S+ in the function of Remotion .* outside V8's heap: .*collect-assets/,
		);
	});

	needs('registry', noMedia)('audio of @remotion/media gives the same file', async () => {
		const scene = {
			...(await project.makeSite('media.jsx')),
			composition: 'media',
			framesPerLambda: 20,
		};
		const {stock, patched} = await project.both('media', {
			...scene,
			inputProps: {tones: [220, 330, 440]},
		});
		for (const {done, errors, chunks} of [stock, patched]) {
			expect({done, errors, chunks}).toEqual({done: true, errors: [], chunks: 2});
		}
		expect(patched.hash).toBe(stock.hash);
		// The tones are in it.
		const silent = await project.call('media', {
			...project.site,
			...scene,
			functionName: nameOf(version, ROOMY, 'stock'),
		});
		expect(silent.done).toBe(true);
		expect(silent.hash).not.toBe(stock.hash);
	});

	test('webhooks are called alike, with a signature, for a render that succeeds and one that fails', async () => {
		const secret = 'of this test';
		const received = new EventEmitter();
		const server = http.createServer(async (request, response) => {
			const parts = [];
			for await (const part of request) {
				parts.push(part);
			}
			response.end();
			const body = Buffer.concat(parts);
			const {'x-remotion-signature': signature, 'x-remotion-status': status} = request.headers;
			const ours = createHmac('sha512', secret).update(body).digest('hex');
			received.emit(request.url.slice(1), {
				status,
				isSigned: signature === `sha512=${ours}`,
				body: JSON.parse(body),
			});
		});
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const told = {};
		try {
			for (const kind of KINDS) {
				told[kind] = [];
				for (const composition of ['tracks', 'failing']) {
					const call = once(received, kind);
					await project.call('media', {
						...project.site,
						composition,
						inputProps: {count: 1, seconds: 1, frames: 8},
						framesPerLambda: 8,
						functionName: nameOf(version, ROOMY, kind),
						webhook: {
							url: `http://127.0.0.1:${server.address().port}/${kind}`,
							secret,
							customData: {composition},
						},
					});
					told[kind].push((await call)[0]);
				}
			}
		} finally {
			server.close();
			server.closeAllConnections();
		}
		const [success, error] = told.stock;
		expect(success).toMatchObject({
			status: 'success',
			isSigned: true,
			body: {type: 'success', customData: {composition: 'tracks'}, lambdaErrors: []},
		});
		expect(error).toMatchObject({
			status: 'error',
			isSigned: true,
			body: {type: 'error', customData: {composition: 'failing'}},
		});
		expect(error.body.errors.map(({message}) => message).join()).toContain(
			'this frame fails on purpose',
		);
		/** Without what differs between two renders. */
		const plain = ({status, isSigned, body}) => ({
			status,
			isSigned,
			keys: Object.keys(body),
			type: body.type,
			customData: body.customData,
			errors: body.errors?.map(({name, message}) => ({name, message})),
		});
		expect(told.patched.map(plain)).toEqual(told.stock.map(plain));
	});

	test('a composition that fails does so with the same words', async () => {
		const {stock, patched} = await project.both('media', {
			composition: 'failing',
			framesPerLambda: 8,
		});
		expect(stock.done).toBe(false);
		expect(stock.errors.join()).toContain('this frame fails on purpose');
		expect({done: patched.done, errors: patched.errors}).toEqual({
			done: false,
			errors: stock.errors,
		});
	});

	test('a chunk that fails with a passing error is rendered again', async () => {
		const asked = {'/stock': 0, '/patched': 0};
		const server = http.createServer(({url}, response) => {
			asked[url]++;
			response.writeHead(200, {'access-control-allow-origin': '*'});
			// What Remotion has a chunk rendered again for, and not a frame.
			response.end(asked[url] === 1 ? 'We encountered an internal error.' : 'ok');
		});
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const renders = {};
		try {
			for (const kind of KINDS) {
				renders[kind] = await project.call('media', {
					...project.site,
					composition: 'asking',
					inputProps: {url: `http://127.0.0.1:${server.address().port}/${kind}`},
					framesPerLambda: 8,
					maxRetries: 1,
					functionName: nameOf(version, ROOMY, kind),
				});
			}
		} finally {
			server.close();
			server.closeAllConnections();
		}
		const {stock, patched} = renders;
		for (const kind of KINDS) {
			const {done, retries, chunks, errors} = renders[kind];
			// With the errors where it is not done, to see why.
			expect([kind, retries, chunks, done || errors]).toEqual([kind, 1, 2, true]);
		}
		expect(asked).toEqual({'/stock': 2, '/patched': 2});
		expect(patched.errors).toEqual(stock.errors);
		expect(patched.hash).toBe(stock.hash);
	});

	describe('8 tracks of 5 MiB', () => {
		const scene = {
			composition: 'tracks',
			inputProps: {count: 8, seconds: secondsOf(5), frames: 10},
			framesPerLambda: 10,
		};
		const render = (kind, memory) =>
			project.call('media', {
				...project.site,
				...scene,
				functionName: nameOf(version, memory, kind),
			});

		beforeAll(() => project.deploy(SMALL));

		test('patched, in 512 MB they give the file that stock gives in 2,048 MB', async () => {
			const stock = await render('stock', ROOMY);
			expect(stock).toMatchObject({done: true, errors: []});
			const patched = await render('patched', SMALL);
			expect(patched).toMatchObject({done: true, errors: []});
			expect(patched.hash).toBe(stock.hash);
			expect(project.environmentsOf(SMALL, 'patched').map(({hasEnded}) => hasEnded)).not.toContain(
				true,
			);
		});

		// Whether it fits is for Chromium and the kernel to say: told, not expected.
		test('stock, in 512 MB: what it does', async () => {
			const {done, errors} = await render('stock', SMALL);
			const kills = project.environmentsOf(SMALL, 'stock').map((one) => one.cgroup.oomKills());
			process.stderr.write(
				`Stock in ${SMALL} MB: ${done ? 'done' : `failed (${errors.join('; ').slice(0, 400)})`}, OOM kills ${kills}\n`,
			);
			expect(done || errors.length > 0).toBe(true);
		});
	});

	needs(
		'lxcfs',
		whyNoRelief,
		describe,
	)('what gives memory back in a function', () => {
		/** What the governor did in a small function, whose file must be that of stock in the largest. */
		async function actionsIn(memory, scene) {
			await project.deploy(memory);
			const patched = nameOf(version, memory, 'patched');
			await configure(patched, {REMOTION_HEADROOM: 'verbose'});
			const functions = [nameOf(version, LARGE, 'stock'), patched];
			const hashes = [];
			for (const functionName of functions) {
				const {done, errors, hash} = await project.call('media', {...scene, functionName});
				expect({done, errors}).toEqual({done: true, errors: []});
				hashes.push(hash);
			}
			expect(hashes[1]).toBe(hashes[0]);
			const [actions, ...others] = actionsOf(memory);
			expect(others).toEqual([]);
			return actions;
		}

		beforeAll(() => project.deploy(LARGE));

		test('tabs: 8 tracks of 16 MiB in 640 MB', async () => {
			const actions = await actionsIn(640, {
				...project.site,
				composition: 'tracks',
				inputProps: {count: 8, seconds: secondsOf(16), frames: 10},
				framesPerLambda: 10,
			});
			expect(actions).toMatch(/tabs-purged \d/);
		});

		test('the compositor: four videos of 1080p in 1,024 MB', async () => {
			const folder = path.join(project.folder, 'public');
			fs.mkdirSync(folder);
			const [first, ...copies] = [0, 1, 2, 3].map((i) => path.join(folder, `video-${i}.mp4`));
			const renderer = path.join(project.folder, 'node_modules', '@remotion', 'renderer');
			makeVideo(renderer, first, {frames: 40, fps: 30, size: '1920x1080'});
			for (const copy of copies) {
				fs.copyFileSync(first, copy);
			}
			const site = await project.makeSite('videos.jsx');
			const scene = {...site, composition: 'videos', framesPerLambda: 40};
			expect(await actionsIn(1024, scene)).toMatch(/cache-shrunk \d/);
		});
	});
});
