// Runs the Rust tests of the asset store, the cache and the kernel files under
// valgrind, the nearest to Miri on a stable toolchain. The core is built without
// Node-API, so the store cannot even name a call into Node.
//
//   npm run test:valgrind
import {spawnSync} from 'node:child_process';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

const built = spawnSync(
	'cargo',
	[
		'test',
		'--locked',
		'--package',
		'remotion-headroom-core',
		'--lib',
		'--no-run',
		'--message-format=json',
	],
	{cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26},
);
if (built.status !== 0) {
	process.exit(built.status ?? 1);
}
const {executable} = built.stdout
	.split('\n')
	.filter((line) => line.startsWith('{'))
	.map((line) => JSON.parse(line))
	.find((message) => message.executable && message.profile?.test);

const {status, error} = spawnSync(
	'valgrind',
	[
		'--error-exitcode=9',
		'--leak-check=full',
		'--errors-for-leak-kinds=definite,indirect',
		// Threads take turns fairly, else one of them runs alone for seconds.
		'--fair-sched=yes',
		executable,
		'assets::',
		'cache::',
		// kept and kernel_file(s).
		'memory::ke',
		'--test-threads=2',
	],
	{cwd: root, stdio: 'inherit', env: {...process.env, PROPTEST_CASES: '24'}},
);
if (error) {
	console.error(`valgrind can't be run: ${error.message}`);
}
process.exit(status ?? 1);
