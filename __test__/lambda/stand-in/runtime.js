'use strict';

// What environments are made of, installed where it is missing: AWS's client of the
// Runtime API, a Chromium for functions, the Nodes, and S3 by moto.

const assert = require('node:assert/strict');
const {spawn, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const {once} = require('node:events');
const path = require('node:path');
const {setTimeout: sleep} = require('node:timers/promises');
const zlib = require('node:zlib');
const {npmPackage, npmTools, pythonTools, root, run} = require('../../../scripts/tools');
const {freePort} = require('../../free-port');

const RIC = [
	'aws-lambda-ric',
	'4.0.2',
	'sha512-FE5Vskx7mYNnqAnWWJXUOsLp2VGgdsJsCoRLFTa8L4Yk0QVtArqR8q58yPA++QC1a73ZWJXBQ2AH31nIAv7NOQ==',
];
const CHROMIUM = [
	'@sparticuz/chromium',
	'153.0.0',
	'sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==',
];
const MOTO = ['moto[server,s3]==5.2.5'];

/** /var/runtime: AWS's client, and what starts it. */
function makeClient(folder) {
	fs.cpSync(path.join(__dirname, 'runtime'), folder, {recursive: true});
	const ric = npmPackage(...RIC);
	for (const file of ['index.mjs', 'package.json']) {
		fs.copyFileSync(path.join(ric, file), path.join(folder, file));
	}
	// Must be there to be required; bootstrap.mjs stands for what is in it.
	fs.writeFileSync(path.join(folder, 'rapid-client.node'), '');
	return folder;
}

/** /opt: for Remotion's layers, whose Chromium is made for arm64 alone. */
function makeLayers(folder) {
	const packed = path.join(npmPackage(...CHROMIUM), 'bin');
	const unpacked = (name) => zlib.brotliDecompressSync(fs.readFileSync(path.join(packed, name)));
	fs.mkdirSync(path.join(folder, 'bin'), {recursive: true});
	fs.writeFileSync(path.join(folder, 'bin', 'chromium'), unpacked('chromium.br'), {mode: 0o755});
	for (const name of ['fonts', 'swiftshader', 'al2023']) {
		const tar = path.join(folder, `${name}.tar`);
		fs.writeFileSync(tar, unpacked(`${name}.tar.br`));
		const into = name === 'swiftshader' ? path.join(folder, 'bin') : folder;
		run('tar', ['xf', tar, '-C', into, '--no-same-owner']);
		fs.rmSync(tar);
	}
	return folder;
}

/** Files of a zip that are made for arm64, and this machine's: `[[name, file]]`. */
function replacementsOf(project) {
	const compositor = path.join(project, 'node_modules', '@remotion', 'compositor-linux-x64-gnu');
	const binary = fs.readdirSync(root).find((name) => name.endsWith('.linux-x64-gnu.node'));
	const own = path.join('node_modules', 'remotion-headroom');
	return (folder) => [
		...fs
			.readdirSync(compositor)
			.filter((name) => fs.existsSync(path.join(folder, name)) && !/\.(js|json|md)$/.test(name))
			.map((name) => [name, path.join(compositor, name)]),
		...(fs.existsSync(path.join(folder, own))
			? [[path.join(own, binary), path.join(root, binary)]]
			: []),
	];
}

/** The first thing that is asked of it: to run nothing where there is no sandbox. */
function checkRefusal(client) {
	const {status} = spawnSync(process.execPath, [path.join(client, 'bootstrap.mjs')], {
		env: {AWS_LAMBDA_RUNTIME_API: '127.0.0.1:1'},
		stdio: 'ignore',
	});
	assert.equal(status, 9, 'The runner does not refuse outside of a sandbox.');
}

function makeRuntime(home) {
	const client = makeClient(path.join(home, 'runtime'));
	checkRefusal(client);
	const nodes = path.join(npmTools('nodes'), 'node_modules');
	return {
		client,
		layers: makeLayers(path.join(home, 'layers')),
		nodes: {
			'nodejs20.x': path.join(nodes, 'node-20'),
			'nodejs24.x': path.join(nodes, 'node-24'),
		},
	};
}

/** AWS without Lambda, by moto: `{address, stop}`. */
async function startMoto() {
	const port = await freePort();
	const command = path.join(pythonTools('moto', MOTO), 'moto_server');
	const child = spawn(command, ['-H', '127.0.0.1', '-p', String(port)], {stdio: 'ignore'});
	const address = `http://127.0.0.1:${port}`;
	const stop = async () => {
		if (child.exitCode === null) {
			const closed = once(child, 'close');
			child.kill('SIGKILL');
			await closed;
		}
	};
	for (;;) {
		try {
			await fetch(address);
			return {address, stop};
		} catch (error) {
			if (child.exitCode !== null) {
				throw new Error(`moto_server ended with ${child.exitCode}`, {cause: error});
			}
			await sleep(200);
		}
	}
}

/** Why functions would see the machine's memory; null where they see their own. */
const reasonNoLxcfs = () =>
	spawnSync('lxcfs', ['--version']).error === undefined
		? null
		: 'there is no lxcfs, which functions need to see their own memory: apt-get install lxcfs';

/**
 * What a function's machine says of its memory, as lxcfs makes it of the reader's
 * cgroup: `{file, stop}`, for /proc/meminfo. AWS's machines are as large as the function.
 */
async function startMeminfo(home) {
	const folder = path.join(home, 'lxcfs');
	fs.mkdirSync(folder);
	const args = ['-f', `--pidfile=${folder}.pid`, folder];
	const child = spawn('lxcfs', args, {stdio: ['ignore', 'ignore', 'pipe']});
	let said = '';
	child.stderr.setEncoding('utf8').on('data', (text) => {
		said += text;
	});
	const closed = once(child, 'close');
	const stop = async () => {
		child.kill();
		await closed;
	};
	const file = path.join(folder, 'proc', 'meminfo');
	while (!fs.existsSync(file)) {
		if (child.exitCode !== null) {
			throw new Error(`lxcfs ended with ${child.exitCode}: ${said}`);
		}
		await sleep(50);
	}
	return {file, stop};
}

module.exports = {
	makeClient,
	makeRuntime,
	reasonNoLxcfs,
	replacementsOf,
	startMeminfo,
	startMoto,
};
