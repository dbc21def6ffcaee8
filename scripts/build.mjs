// Builds the addon for this machine (or for `--target`), beside package.json.
import {spawnSync} from 'node:child_process';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const manifest = createRequire(import.meta.url).resolve('@napi-rs/cli/package.json');
const cli = path.join(path.dirname(manifest), 'dist', 'cli.js');

const {status} = spawnSync(
	process.execPath,
	// index.js and index.d.ts are written by hand.
	[cli, 'build', '--platform', '--no-js', ...process.argv.slice(2), '--', '--locked'],
	{cwd: root, stdio: 'inherit'},
);
process.exit(status ?? 1);
