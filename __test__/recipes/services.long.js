'use strict';

// Recipes of docs/deploy.md that need no image, as they are pasted, in a project
// that has our packages, Remotion and the tool: each renders, and activated.

const {execFileSync, spawn, spawnSync} = require('node:child_process');
const {once} = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const {needs} = require('../needs');
const {npmTools, root: checkout, run} = require('../../scripts/tools');
const {commandsOf, recipe} = require('./documents');
const {servePackages} = require('./packages');
const {freePort} = require('../free-port');

const home = path.join(checkout, 'target', 'recipes', `services-${process.pid}`);
const project = path.join(home, 'project');
const TOOLS = {bullmq: '6.7.0', ioredis: '5.11.1', next: '16.4.6', esbuild: '0.28.1'};
const FILES = [
	'bundle.mjs',
	'render.mjs',
	'server.mjs',
	'ecosystem.config.cjs',
	'processor.mjs',
	'worker.mjs',
	'add.mjs',
];
/** What activation prints of a render. */
const ACTIVATED = /\[remotion-headroom\] renderMedia\(\) ended after/;

const children = new Set();
let packages;
let tools;

jest.setTimeout(900_000);

const has = (file) => fs.existsSync(file);
// The recipes name Debian's Chromium.
const noBrowser = has('/usr/bin/chromium') ? null : 'there is no /usr/bin/chromium';
const redis = spawnSync('which', ['redis-server'], {encoding: 'utf8'}).stdout.trim();

/** Starts something that stays: `{child, output}`. Group of its own, to be ended whole. */
function start(command, args, env) {
	const child = spawn(command, args, {
		cwd: project,
		env: {...process.env, REMOTION_HEADROOM: 'verbose', ...env},
		stdio: ['ignore', 'pipe', 'pipe'],
		detached: true,
	});
	const started = {child, output: ''};
	for (const stream of [child.stdout, child.stderr]) {
		stream.setEncoding('utf8').on('data', (text) => {
			started.output += text;
		});
	}
	children.add(child);
	child.once('exit', () => children.delete(child));
	return started;
}

async function stop({child}) {
	if (children.has(child)) {
		const gone = once(child, 'exit');
		process.kill(-child.pid, 'SIGKILL');
		await gone;
	}
}

/** Waits until `look` gives something, or what it watches has ended. */
async function until(look, {child, output} = {}) {
	for (;;) {
		const found = await look();
		if (found) {
			return found;
		}
		if (child !== undefined && !children.has(child)) {
			throw new Error(`it ended:\n${output}`);
		}
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

const isListening = (port) =>
	new Promise((resolve) => {
		const socket = net.connect(port, '127.0.0.1');
		socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
		socket.once('connect', () => socket.destroy());
	});

/** Asks a server for a video. */
async function fetchVideo(address, options) {
	const response = await fetch(address, options);
	const body = Buffer.from(await response.arrayBuffer());
	expect([response.status, body.toString('latin1', 4, 8)]).toEqual([200, 'ftyp']);
	expect(body.length).toBeGreaterThan(10_000);
}

beforeAll(async () => {
	if (noBrowser !== null) {
		return;
	}
	fs.cpSync(path.join(__dirname, 'project'), project, {recursive: true});
	for (const name of FILES) {
		fs.writeFileSync(path.join(project, name), recipe(name));
	}
	packages = await servePackages(path.join(home, 'packages'));
	tools = npmTools('recipes');
	const manifest = {private: true, dependencies: {...packages.dependencies, ...TOOLS}};
	fs.writeFileSync(path.join(project, 'package.json'), JSON.stringify(manifest));
	run('npm', ['install', '--no-audit', '--no-fund'], {cwd: project});
	run(process.execPath, ['bundle.mjs'], {cwd: project});
});

afterEach(async () => {
	for (const child of children) {
		await stop({child});
	}
});

afterAll(() => {
	packages?.close();
	fs.rmSync(home, {recursive: true, force: true});
});

const testRender = needs('browser', noBrowser);

testRender('the server of Cloud Run', async () => {
	const PORT = String(await freePort());
	const args = ['--import', 'remotion-headroom/register', 'server.mjs'];
	const server = start(process.execPath, args, {PORT});
	await until(() => isListening(Number(PORT)), server);
	await fetchVideo(`http://127.0.0.1:${PORT}/`);
	await until(() => ACTIVATED.test(server.output), server);
	await stop(server);
});

testRender('PM2', async () => {
	const PORT = String(await freePort());
	const [line] = commandsOf('PM2');
	const [npx, command, ...args] = line.split(' ');
	expect([npx, command]).toEqual(['npx', 'pm2']);
	const env = {PORT, PM2_HOME: path.join(home, 'pm2'), REMOTION_HEADROOM: 'verbose'};
	const pm2 = (...words) =>
		run(process.execPath, [path.join(tools, 'node_modules', 'pm2', 'bin', 'pm2'), ...words], {
			cwd: project,
			env,
		});
	try {
		pm2(...args);
		await until(() => isListening(Number(PORT)));
		await fetchVideo(`http://127.0.0.1:${PORT}/`);
		// `render-out.log`, or with the instance's number.
		const logs = path.join(env.PM2_HOME, 'logs');
		const said = () =>
			fs.readdirSync(logs).map((name) => fs.readFileSync(path.join(logs, name), 'utf8'));
		await until(() => said().some((text) => ACTIVATED.test(text)));
	} finally {
		pm2('kill');
	}
});

const noRedis = noBrowser ?? (redis === '' ? 'there is no redis-server' : null);

needs('redis', noRedis)('BullMQ', async () => {
	const port = String(await freePort());
	const options = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', home];
	const database = start(redis, options, {});
	await until(() => isListening(Number(port)), database);
	const OUTPUT = path.join(home, 'queued.mp4');
	const env = {REDIS_URL: `redis://127.0.0.1:${port}`, OUTPUT};
	const worker = start(process.execPath, ['worker.mjs'], env);
	run(process.execPath, ['add.mjs'], {cwd: project, env});
	await until(() => worker.output.includes(`1: ${OUTPUT}`) || /^1: /m.test(worker.output), worker);
	expect(worker.output).toContain(`1: ${OUTPUT}`);
	expect(worker.output).toMatch(ACTIVATED);
	expect(fs.statSync(OUTPUT).size).toBeGreaterThan(10_000);
	await stop(worker);
	await stop(database);
});

testRender('esbuild', () => {
	const [bundle, render] = commandsOf('Bundlers');
	run('sh', ['-c', bundle], {cwd: project});
	const OUTPUT = path.join(home, 'bundled.mp4');
	const out = run('sh', ['-c', render], {
		cwd: project,
		env: {OUTPUT, REMOTION_HEADROOM: 'verbose'},
	});
	expect(out).toMatch(ACTIVATED);
	expect(fs.statSync(OUTPUT).size).toBeGreaterThan(10_000);
});

testRender('Next.js', async () => {
	for (const name of ['next.config.mjs', 'app/api/render/route.js']) {
		fs.mkdirSync(path.dirname(path.join(project, name)), {recursive: true});
		fs.writeFileSync(path.join(project, name), recipe(`next/${name}`));
	}
	const layout = 'export default ({children}) => <html lang="en"><body>{children}</body></html>;\n';
	fs.writeFileSync(path.join(project, 'app', 'layout.jsx'), layout);
	const [bundle, build, serve] = commandsOf('Next.js');
	const env = {...process.env, NEXT_TELEMETRY_DISABLED: '1'};
	for (const line of [bundle, build]) {
		execFileSync('sh', ['-c', line], {cwd: project, env, stdio: 'pipe'});
	}
	const PORT = String(await freePort());
	const server = start('sh', ['-c', serve], {PORT, NEXT_TELEMETRY_DISABLED: '1'});
	await until(() => isListening(Number(PORT)), server);
	await fetchVideo(`http://127.0.0.1:${PORT}/api/render`, {method: 'POST'});
	await until(() => ACTIVATED.test(server.output), server);
	await stop(server);
});
