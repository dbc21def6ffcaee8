// Builds the release binary for one target with this machine's own compiler,
// into artifacts/: macOS and Windows.
//   node scripts/build-target.mjs TRIPLE
import {spawnSync} from 'node:child_process';
import path from 'node:path';
import {root} from './tools.mjs';

const [target] = process.argv.slice(2);
if (target === undefined) {
	console.error('Usage: node scripts/build-target.mjs TRIPLE');
	process.exit(2);
}
const {status} = spawnSync(
	process.execPath,
	[
		path.join(root, 'scripts', 'build.mjs'),
		'--release',
		'--target',
		target,
		'--output-dir',
		'artifacts',
	],
	{cwd: root, stdio: 'inherit'},
);
process.exit(status ?? 1);
