'use strict';

// A project that has the package and Remotion installed, and scripts in it that
// render: each tells how many payloads came by us.

const {spawnSync} = require('node:child_process');
const {createHash} = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {browser, bundle} = require('./harness');

const repo = path.join(__dirname, '..', '..');
const modules = path.join(repo, 'node_modules');

/** Tells, when the process ends, how many payloads the store has seen. */
const PROBE = `
const {getAssetStoreStats} = require('remotion-headroom');
process.on('exit', () => {
	const {hits, misses} = getAssetStoreStats();
	require('node:fs').writeFileSync(process.env.PROBE_FILE, String(hits + misses));
});
`;

const RENDER = `
const composition = await selectComposition({...options, id: 'payloads'});
await renderMedia({...options, composition, codec: 'h264', concurrency: 1, outputLocation: process.argv[2]});
process.exit(0);
`;

const PROBED = ['--require', './probe.cjs'];
const ACTIVATE = {NODE_OPTIONS: '--require remotion-headroom/register'};

/** The project's directory, and how to use it. */
async function makeProject() {
	const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-project-'));
	const options = `const options = ${JSON.stringify({
		serveUrl: await bundle(),
		...browser,
		inputProps: {count: 2, bytes: 20000, durationInFrames: 3},
		logLevel: 'error',
	})};`;
	const link = (from, name) => {
		const to = path.join(directory, 'node_modules', ...name.split('/'));
		fs.mkdirSync(path.dirname(to), {recursive: true});
		fs.symlinkSync(from, to, 'dir');
	};
	link(repo, 'remotion-headroom');
	link(path.join(modules, '@remotion', 'renderer'), '@remotion/renderer');
	link(path.join(modules, '@remotion', 'cli'), '@remotion/cli');
	const write = (name, text) => {
		const file = path.join(directory, name);
		fs.mkdirSync(path.dirname(file), {recursive: true});
		fs.writeFileSync(file, text);
	};
	write('package.json', '{"private": true}');
	write('probe.cjs', PROBE);
	let runs = 0;
	return {
		directory,
		write,
		/** A script whose `head` brings renderMedia and selectComposition. */
		script(name, head, body = RENDER) {
			const isEsm = !/\.c[jt]s$/.test(name);
			write(name, `${head}\n${options}\n${isEsm ? body : `(async () => {${body}})();`}`);
			return name;
		},
		/** Runs `node ...args OUTPUT`; gives {digest, payloads, stderr, stdout}. */
		run(args, env = {}, output = `${runs}.mp4`) {
			const probe = path.join(directory, `probe-${runs++}`);
			const {stderr, stdout, status} = spawnSync(process.execPath, [...args, output], {
				cwd: directory,
				encoding: 'utf8',
				env: {...process.env, PROBE_FILE: probe, ...env},
			});
			if (status !== 0) {
				throw new Error(`${stdout}\n${stderr}`);
			}
			const file = path.join(directory, output);
			const digest = fs.existsSync(file)
				? createHash('sha256').update(fs.readFileSync(file)).digest('hex')
				: null;
			const payloads = fs.existsSync(probe) ? Number(fs.readFileSync(probe, 'utf8')) : null;
			return {digest, payloads, stderr, stdout};
		},
		remove: () => fs.rmSync(directory, {recursive: true, force: true}),
	};
}

module.exports = {ACTIVATE, PROBED, makeProject, modules, repo};
