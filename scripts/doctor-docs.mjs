// npm run docs:doctor, after a change of what the doctor says: writes its own
// output into docs/doctor.md, on this machine, in a cgroup with a limit, and
// where it looks like AWS Lambda. Linux, as root. A project stands at /app there,
// with the checkout as its dependency.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const document = path.join(root, 'docs', 'doctor.md');
const MEMORY = '/sys/fs/cgroup/memory';
const UNIFIED = '/sys/fs/cgroup';

/** Where cgroups of the memory controller are made, and what their limit is called. */
const v1 = fs.existsSync(`${MEMORY}/memory.limit_in_bytes`);
const [hierarchy, limitFile] = v1 ? [MEMORY, 'memory.limit_in_bytes'] : [UNIFIED, 'memory.max'];

const PROJECT = {
	name: 'my-video',
	scripts: {render: 'remotion render my-video out.mp4', batch: 'node render.mjs'},
};
const SCRIPT = "import {renderMedia} from '@remotion/renderer';\n";

const PLACES = {
	machine: {cgroup: '/'},
	cgroup: {
		cgroup: '/docker/0f4c6d1e',
		limit: 2 * 2 ** 30,
		// A container sees its own cgroup at the top, where Remotion looks.
		mounts: `mount --bind "${hierarchy}/docker/0f4c6d1e" "$new${hierarchy}"`,
	},
	lambda: {
		cgroup: '/',
		env: {AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '3008', AWS_LAMBDA_FUNCTION_NAME: 'render'},
		// Lambda shows no memory controller.
		mounts: 'mount -t tmpfs none "$new/sys/fs/cgroup"',
	},
};

/** Runs the doctor in a root of its own, without the marks of a container that we may be in. */
function run({cgroup, limit, env = {}, mounts = ':'}) {
	const dir = path.join(hierarchy, cgroup);
	if (limit !== undefined) {
		fs.mkdirSync(dir, {recursive: true});
		fs.writeFileSync(path.join(dir, limitFile), String(limit));
	}
	const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-doctor-'));
	// Temporary files are on a disk, as this machine's are.
	const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-doctor-'));
	const script = `set -e
		echo $$ > '${dir}/cgroup.procs'
		mount -t tmpfs none '${scratch}'
		cd '${scratch}' && mkdir upper work new && new='${scratch}/new'
		mknod upper/.dockerenv c 0 0
		mkdir upper/app
		mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work none "$new"
		for at in proc sys dev; do mount --rbind /$at "$new/$at"; done
		mount --bind '${temporary}' "$new/tmp"
		mkdir -p modules/remotion-headroom modules-work "$new/app/node_modules"
		mount -t overlay -o lowerdir='${root}/node_modules',upperdir=modules,workdir=modules-work none "$new/app/node_modules"
		mount --bind '${root}' "$new/app/node_modules/remotion-headroom"
		printf %s '${JSON.stringify(PROJECT)}' > "$new/app/package.json"
		printf %s "$SCRIPT" > "$new/app/render.mjs"
		${mounts}
		exec chroot "$new" sh -c 'cd /app && exec "$0" node_modules/remotion-headroom/bin/remotion-headroom.js doctor || true' '${process.execPath}'`;
	try {
		return execFileSync('unshare', ['--mount', 'sh', '-c', script], {
			encoding: 'utf8',
			env: {PATH: process.env.PATH, NO_COLOR: '1', SCRIPT, ...env},
		});
	} finally {
		fs.rmSync(scratch, {recursive: true, force: true});
		fs.rmSync(temporary, {recursive: true, force: true});
		if (limit !== undefined) {
			for (let at = dir; at !== hierarchy; at = path.dirname(at)) {
				fs.rmdirSync(at);
			}
		}
	}
}

let text = fs.readFileSync(document, 'utf8');
for (const [name, place] of Object.entries(PLACES)) {
	const block = new RegExp(`(<!-- output: ${name} -->\n\n\`\`\`text\n)[^]*?(\`\`\`)`);
	if (!block.test(text)) {
		throw new Error(`docs/doctor.md has no block for ${name}`);
	}
	text = text.replace(
		block,
		(_, before, after) => `${before}$ npx remotion-headroom doctor\n${run(place)}${after}`,
	);
}
fs.writeFileSync(document, text);
