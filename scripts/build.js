'use strict';

// npm run build: the addon for this machine, beside package.json, and the same
// core as WebAssembly, in lib/. Run it after each change of Rust code.
//   -- --debug      not optimised
//   -- TARGET...    for release, into artifacts/: Linux with zig as the linker,
//                   so that the gnu ones need nothing newer than glibc 2.17
//                   (Amazon Linux 2, RHEL 7), others with the machine's own;
//                   wasm32-unknown-unknown into lib/, as always

const fs = require('node:fs');
const path = require('node:path');
const {main, napi, pythonTools, root, run} = require('./tools');

const GLIBC = '2.17';
const ZIG = ['cargo-zigbuild==0.24.0', 'ziglang==0.13.0.post1'];

const WASM = 'wasm32-unknown-unknown';

function build(args, env = {}) {
	// index.js and index.d.ts are written by hand.
	napi(['build', '--platform', '--no-js', ...args, '--', '--locked'], {env, show: true});
}

function buildRelease(target) {
	if (target === WASM) {
		buildWasm();
		return;
	}
	const args = ['--release', '--output-dir', 'artifacts', '--target'];
	if (!target.includes('-linux-')) {
		build([...args, target]);
		return;
	}
	const PATH = `${pythonTools('zig', ZIG)}${path.delimiter}${process.env.PATH}`;
	const libc = target.endsWith('-gnu') ? `.${GLIBC}` : '';
	build([...args, `${target}${libc}`, '--cross-compile'], {PATH});
}

function buildWasm() {
	const library = run('rustc', ['--print', 'target-libdir', '--target', WASM]).trim();
	if (!fs.existsSync(library)) {
		console.warn(
			`Built the addon alone: this Rust has no target ${WASM} ("rustup target add ${WASM}"), ` +
				'so there is no core for machines without a binary.',
		);
		return;
	}
	const crate = ['--package', 'remotion-headroom-wasm', '--target', WASM, '--profile', 'wasm'];
	run('cargo', ['build', '--locked', ...crate], {show: true});
	fs.copyFileSync(
		path.join(root, 'target', WASM, 'wasm', 'remotion_headroom_wasm.wasm'),
		path.join(root, 'lib', 'core.wasm'),
	);
}

main(() => {
	const targets = process.argv.slice(2).filter((arg) => arg !== '--debug');
	targets.forEach(buildRelease);
	if (targets.length === 0) {
		build(process.argv.includes('--debug') ? [] : ['--release']);
		buildWasm();
	}
});
