// Builds release binaries for Linux into artifacts/, with zig as the linker, so
// that the gnu ones need nothing newer than glibc 2.17 (Amazon Linux 2, RHEL 7).
//   node scripts/build-linux.mjs [TRIPLE...]     default: this machine's gnu
import {spawnSync} from 'node:child_process';
import {createRequire} from 'node:module';
import path from 'node:path';
import {main, pythonTools, root} from './tools.mjs';

const GLIBC = '2.17';
const TOOLS = ['cargo-zigbuild==0.24.0', 'ziglang==0.13.0.post1'];

main(() => {
	const {arch} = process;
	const host = `${arch === 'arm64' ? 'aarch64' : 'x86_64'}-unknown-linux-gnu`;
	const targets = process.argv.length > 2 ? process.argv.slice(2) : [host];
	const bin = pythonTools('zig', TOOLS);
	const manifest = createRequire(import.meta.url).resolve('@napi-rs/cli/package.json');
	for (const target of targets) {
		const {status} = spawnSync(
			process.execPath,
			[
				path.join(path.dirname(manifest), 'dist', 'cli.js'),
				'build',
				'--platform',
				'--no-js',
				'--release',
				'--cross-compile',
				'--target',
				target.endsWith('-gnu') ? `${target}.${GLIBC}` : target,
				'--output-dir',
				'artifacts',
				'--',
				'--locked',
			],
			{
				cwd: root,
				stdio: 'inherit',
				env: {...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}`},
			},
		);
		if (status !== 0) {
			throw new Error(`The build for ${target} failed.`);
		}
	}
});
