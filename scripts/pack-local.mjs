// Writes installable tarballs of the main package and of this platform's
// package: `npm run pack:local -- DIR`, then `npm i DIR/*.tgz` elsewhere.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const [target] = process.argv.slice(2);
if (target === undefined) {
	console.error('Usage: npm run pack:local -- DIR');
	process.exit(2);
}
const destination = path.resolve(process.env.INIT_CWD ?? process.cwd(), target);
fs.mkdirSync(destination, {recursive: true});

const binary = fs.readdirSync(root).find((name) => /^remotion-headroom\..+\.node$/.test(name));
if (binary === undefined) {
	console.error('There is no binary yet: run "npm run build" first.');
	process.exit(1);
}
const platform = binary.split('.')[1];

/** Packs the folder and tells what that made. */
function pack(folder) {
	// Without scripts: packing must never run a life-cycle script of ours.
	const output = execFileSync(
		'npm',
		['pack', '--json', '--ignore-scripts', '--pack-destination', destination],
		{cwd: folder, encoding: 'utf8', shell: process.platform === 'win32'},
	);
	const made = JSON.parse(output);
	const {filename, size, unpackedSize} = Array.isArray(made) ? made[0] : Object.values(made)[0];
	console.log(`${path.join(destination, filename)}  ${size} bytes (${unpackedSize} unpacked)`);
}

const staging = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-pack-'));
try {
	fs.cpSync(path.join(root, 'npm', platform), staging, {recursive: true});
	fs.copyFileSync(path.join(root, binary), path.join(staging, binary));
	fs.copyFileSync(path.join(root, 'LICENSE'), path.join(staging, 'LICENSE'));
	pack(staging);
} finally {
	fs.rmSync(staging, {recursive: true});
}
pack(root);
