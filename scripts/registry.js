'use strict';

// Not run by itself: everything that a release publishes, put into a registry on this
// machine. Used by __test__/install and by `npm run release -- --dry-run`.

const assert = require('node:assert/strict');
const {spawn} = require('node:child_process');
const {once} = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const {check, manifest, pack, stage, targetOf} = require('./packages');
const {napi, npmTools, root, run} = require('./tools');

const {binaryName} = manifest.napi;

/** The platforms that are published for, in napi's names: "linux-x64-gnu". */
function allPlatforms(home) {
	const folder = path.join(home, 'platforms');
	fs.mkdirSync(folder, {recursive: true});
	fs.copyFileSync(path.join(root, 'package.json'), path.join(folder, 'package.json'));
	napi(['create-npm-dirs', '--cwd', folder]);
	return fs.readdirSync(path.join(folder, 'npm')).sort();
}

/** Whether there is no such binary, or one of older Rust code. */
function needsBuild(binary) {
	const time = (file) => fs.statSync(file, {throwIfNoEntry: false})?.mtimeMs ?? 0;
	const sources = run('git', ['ls-files', 'Cargo.lock', 'Cargo.toml', 'build.rs', 'core', 'src']);
	const built = time(binary);
	return sources
		.trim()
		.split('\n')
		.some((file) => time(path.join(root, file)) > built);
}

/**
 * Packs all packages into `home`/tarballs, the main one last. Binaries are those of
 * artifacts/, that of `platform` is built where it is not there or old; where another one is
 * missing a file that is none stands for it: nothing here loads it.
 */
function packAll(home, platform) {
	const artifacts = path.join(home, 'artifacts');
	fs.mkdirSync(artifacts, {recursive: true});
	const standIns = [];
	for (const each of allPlatforms(home)) {
		const name = `${binaryName}.${each}.node`;
		const built = path.join(root, 'artifacts', name);
		if (each === platform && needsBuild(built)) {
			run(process.execPath, ['scripts/build.js', targetOf(platform)]);
		}
		if (fs.existsSync(built)) {
			fs.copyFileSync(built, path.join(artifacts, name));
		} else {
			fs.writeFileSync(path.join(artifacts, name), 'for another machine');
			standIns.push(each);
		}
	}
	const folder = path.join(home, 'tarballs');
	const tarballs = stage(path.join(home, 'staging'), artifacts).map((one) => {
		const packed = pack(one, folder);
		check(packed);
		return packed.file;
	});
	return {folder, tarballs, standIns};
}

/** Starts verdaccio with its files in `home`; what is not ours comes from `upstream`. */
async function startRegistry(home, upstream = run('npm', ['config', 'get', 'registry']).trim()) {
	const socket = net.createServer().listen(0, '127.0.0.1');
	await once(socket, 'listening');
	const {port} = socket.address();
	socket.close();
	fs.mkdirSync(home, {recursive: true});
	const config = path.join(home, 'verdaccio.yaml');
	fs.writeFileSync(
		config,
		`
storage: ./storage
auth: {htpasswd: {file: ./htpasswd}}
uplinks: {npm: {url: '${upstream}', timeout: 60s}}
packages:
  'remotion-headroom*': {access: $all, publish: $all}
  '@remotion/compositor-*': {access: $all, publish: $all, proxy: npm}
  '**': {access: $all, proxy: npm}
log: {type: stdout, format: pretty, level: error}
`,
	);
	const command = path.join(npmTools('install'), 'node_modules', 'verdaccio', 'bin', 'verdaccio');
	const server = spawn(
		process.execPath,
		[command, '--config', config, '--listen', `127.0.0.1:${port}`],
		// As root it warns that it need not be.
		{stdio: ['ignore', 'inherit', 'inherit'], env: {...process.env, NODE_NO_WARNINGS: '1'}},
	);
	const address = `http://127.0.0.1:${port}`;
	for (;;) {
		assert.equal(server.exitCode, null, 'verdaccio ended');
		const answer = await fetch(`${address}/-/ping`).catch(() => null);
		if (answer?.ok) {
			return {address, stop: () => server.kill()};
		}
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

/** A login for that registry, which asks for none. */
const login = (address) => ({
	[`npm_config_//${address.slice('http://'.length)}/:_authToken`]: 'none',
});

/** Publishes the tarballs in `folder` as the release workflow does. */
function publishTo(address, folder) {
	const how = ['--tag', `v${manifest.version}`, '--registry', address];
	run(process.execPath, ['scripts/packages.js', 'publish', folder, ...how], {env: login(address)});
}

module.exports = {allPlatforms, login, packAll, publishTo, startRegistry};
