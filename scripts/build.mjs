// Builds the addon for this machine (or for `--target`) beside package.json, and
// the same core as WebAssembly, which every machine can use, in lib/.
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const manifest = createRequire(import.meta.url).resolve('@napi-rs/cli/package.json');
const cli = path.join(path.dirname(manifest), 'dist', 'cli.js');

const run = (command, args, options) => spawnSync(command, args, {cwd: root, ...options});

const {status} = run(
	process.execPath,
	// index.js and index.d.ts are written by hand.
	[cli, 'build', '--platform', '--no-js', ...process.argv.slice(2), '--', '--locked'],
	{stdio: 'inherit'},
);
if (status !== 0) {
	process.exit(status ?? 1);
}

const TARGET = 'wasm32-unknown-unknown';
const {stdout: library} = run('rustc', ['--print', 'target-libdir', '--target', TARGET]);
if (!fs.existsSync(String(library).trim())) {
	console.warn(
		`Built the addon alone: this Rust has no target ${TARGET} ("rustup target add ${TARGET}"), ` +
			'so there is no core for machines without a binary.',
	);
	process.exit(0);
}
const cargo = ['build', '--locked', '-p', 'remotion-headroom-wasm', '--target', TARGET];
const built = run('cargo', [...cargo, '--profile', 'wasm'], {stdio: 'inherit'});
if (built.status !== 0) {
	process.exit(built.status ?? 1);
}
fs.copyFileSync(
	path.join(root, 'target', TARGET, 'wasm', 'remotion_headroom_wasm.wasm'),
	path.join(root, 'lib', 'core.wasm'),
);
