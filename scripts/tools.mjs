// What the scripts here share: running commands, and fetching pinned tools.
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

export const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const windows = process.platform === 'win32';

/** Runs a command and returns what it printed; throws, with the output, where it fails. */
export function run(command, args, {cwd = root, env = {}, input} = {}) {
	const {status, stdout, stderr, error} = spawnSync(command, args, {
		cwd,
		env: {...process.env, ...env},
		input,
		encoding: 'utf8',
		maxBuffer: 2 ** 27,
		// npm is a .cmd there.
		shell: windows && command === 'npm',
	});
	if (status !== 0) {
		const output = `${stdout ?? ''}${stderr ?? ''}`.trim();
		throw new Error(
			`${[command, ...args].join(' ')} in ${cwd} ended with ${status ?? error?.message}:\n${output}`,
		);
	}
	return stdout;
}

/** Folder of `tools/<name>`, installed as its lockfile says. */
export function npmTools(name) {
	const folder = path.join(root, 'tools', name);
	const time = (file) =>
		fs.statSync(path.join(folder, file), {throwIfNoEntry: false})?.mtimeMs ?? 0;
	if (time('node_modules/.package-lock.json') < time('package-lock.json')) {
		console.log(`Installing tools/${name}`);
		run('npm', ['ci', '--no-audit', '--no-fund'], {cwd: folder});
		// npm keeps an older time where nothing changed.
		fs.utimesSync(path.join(folder, 'node_modules', '.package-lock.json'), new Date(), new Date());
	}
	return folder;
}

/** Folder with the commands of these PyPI packages ("name==version"). */
export function pythonTools(name, packages) {
	const folder = path.join(root, 'target', 'tools', name);
	const bin = path.join(folder, windows ? 'Scripts' : 'bin');
	const stamp = path.join(folder, 'installed');
	const wanted = packages.join('\n');
	if (!fs.existsSync(stamp) || fs.readFileSync(stamp, 'utf8') !== wanted) {
		console.log(`Installing ${packages.join(' ')}`);
		run(windows ? 'python' : 'python3', ['-m', 'venv', '--clear', folder]);
		run(path.join(bin, 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages]);
		fs.writeFileSync(stamp, wanted);
	}
	return bin;
}

/** Prints the error without a stack, which says nothing about a failed command. */
export function main(work) {
	Promise.resolve()
		.then(work)
		.catch((error) => {
			console.error(
				error.code === 'ERR_ASSERTION' ? error.message : String(error.message ?? error),
			);
			process.exitCode = 1;
		});
}
