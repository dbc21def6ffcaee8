// Runs a script of this repo in a container image.
//   node scripts/in-image.mjs IMAGE SCRIPT
import {spawnSync} from 'node:child_process';
import {root} from './tools.mjs';

const [image, script] = process.argv.slice(2);
if (script === undefined) {
	console.error('Usage: node scripts/in-image.mjs IMAGE SCRIPT');
	process.exit(2);
}
const {status, error} = spawnSync(
	'docker',
	['run', '--rm', '--volume', `${root}:/repo:ro`, '--entrypoint', 'node', image, `/repo/${script}`],
	{stdio: 'inherit'},
);
if (error !== undefined) {
	console.error(`docker can't be started: ${error.message}`);
}
process.exit(status ?? 1);
