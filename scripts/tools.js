'use strict';

// Not run by itself: what scripts and tests share, running commands and
// fetching pinned tools.

const {spawnSync} = require('node:child_process');
const {createHash} = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const windows = process.platform === 'win32';

/** Runs a command and returns what it printed; throws, with the output, where it fails. */
function run(command, args, {cwd = root, env = {}, show = false} = {}) {
	const {status, signal, stdout, stderr, error} = spawnSync(command, args, {
		cwd,
		env: {...process.env, ...env},
		encoding: 'utf8',
		maxBuffer: 2 ** 28,
		stdio: show ? 'inherit' : 'pipe',
		// npm is a .cmd there.
		shell: windows && command === 'npm',
	});
	if (status !== 0) {
		const output = `${stdout ?? ''}${stderr ?? ''}`.trim();
		throw new Error(
			`${[command, ...args].join(' ')} in ${cwd} ended with ${status ?? signal ?? error?.message}:\n${output}`,
		);
	}
	return stdout;
}

/** napi's command line. */
function napi(args, options) {
	const cli = path.join(path.dirname(require.resolve('@napi-rs/cli/package.json')), 'dist/cli.js');
	return run(process.execPath, [cli, ...args], options);
}

/** Runs `work` while no other process does, by a file with its id. */
function alone(file, work) {
	for (;;) {
		try {
			fs.mkdirSync(path.dirname(file), {recursive: true});
			fs.writeFileSync(file, String(process.pid), {flag: 'wx'});
			break;
		} catch (error) {
			if (error.code !== 'EEXIST') {
				throw error;
			}
			if (!isRunning(file)) {
				fs.rmSync(file, {force: true});
			}
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
		}
	}
	try {
		return work();
	} finally {
		fs.rmSync(file, {force: true});
	}
}

/** Whether the process whose id is in `file` runs. */
function isRunning(file) {
	try {
		const pid = fs.readFileSync(file, 'utf8');
		if (pid === '') {
			// Not yet written, unless whoever made it has ended since.
			return Date.now() - fs.statSync(file).mtimeMs < 5000;
		}
		return isProcess(Number(pid));
	} catch {
		return false;
	}
}

/** Whether there is a process of this id, whoever's. */
function isProcess(pid) {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return error.code === 'EPERM';
	}
}

/** Folder of `tools/<name>`, installed as its lockfile says. */
function npmTools(name) {
	const folder = path.join(root, 'tools', name);
	const time = (file) =>
		fs.statSync(path.join(folder, file), {throwIfNoEntry: false})?.mtimeMs ?? 0;
	const isInstalled = () => time('node_modules/.package-lock.json') >= time('package-lock.json');
	if (!isInstalled()) {
		// Jest's workers come here at once.
		alone(path.join(root, 'target', 'tools', `${name}.pid`), () => {
			if (!isInstalled()) {
				npmInstall(name, folder);
			}
		});
	}
	return folder;
}

function npmInstall(name, folder) {
	process.stderr.write(`Installing tools/${name}, once: npm ci --prefix tools/${name}\n`);
	run('npm', ['ci', '--no-audit', '--no-fund'], {cwd: folder});
	// npm keeps an older time where nothing changed.
	fs.utimesSync(path.join(folder, 'node_modules', '.package-lock.json'), new Date(), new Date());
}

/**
 * Folder of a package as it is published, without what it depends on. `integrity`
 * is that of its tarball, as lockfiles have it.
 */
function npmPackage(name, version, integrity) {
	const id = `${name.replace('/', '-').replace('@', '')}-${version}`;
	const folder = path.join(root, 'target', 'tools', id);
	const unpacked = path.join(folder, 'package');
	alone(`${folder}.pid`, () => {
		if (fs.existsSync(unpacked)) {
			return;
		}
		fs.mkdirSync(folder, {recursive: true});
		const how = ['--silent', '--ignore-scripts', '--pack-destination', folder];
		const file = path.join(folder, run('npm', ['pack', ...how, `${name}@${version}`]).trim());
		const hash = createHash('sha512').update(fs.readFileSync(file)).digest('base64');
		if (`sha512-${hash}` !== integrity) {
			fs.rmSync(file);
			throw new Error(`${name}@${version} is not what it was: sha512-${hash}`);
		}
		// Into its place at once: a run that was ended leaves none that is half there.
		const unpacking = path.join(folder, 'unpacking');
		fs.rmSync(unpacking, {recursive: true, force: true});
		fs.mkdirSync(unpacking);
		run('tar', ['xzf', file, '-C', unpacking]);
		fs.renameSync(path.join(unpacking, 'package'), unpacked);
		fs.rmSync(file);
	});
	return unpacked;
}

/**
 * Folder with the commands of these PyPI packages: lines of a requirements file, where
 * one with a `--hash` makes pip ask for the hashes of all.
 */
function pythonTools(name, packages) {
	const folder = path.join(root, 'target', 'tools', name);
	const bin = path.join(folder, windows ? 'Scripts' : 'bin');
	const stamp = path.join(folder, 'installed');
	const wanted = packages.join('\n');
	alone(`${folder}.pid`, () => {
		if (!fs.existsSync(stamp) || fs.readFileSync(stamp, 'utf8') !== wanted) {
			run(windows ? 'python' : 'python3', ['-m', 'venv', '--clear', folder]);
			const requirements = path.join(folder, 'requirements.txt');
			fs.writeFileSync(requirements, wanted);
			const quietly = ['install', '--quiet', '--disable-pip-version-check'];
			run(path.join(bin, 'pip'), [...quietly, '--requirement', requirements]);
			fs.writeFileSync(stamp, wanted);
		}
	});
	return bin;
}

/** A command of crates.io, built once: minutes. */
function cargoTool(name, version) {
	const folder = path.join(root, 'target', 'tools', `${name}-${version}`);
	const command = path.join(folder, 'bin', windows ? `${name}.exe` : name);
	if (!fs.existsSync(command)) {
		const args = ['--locked', '--root', folder, `${name}@${version}`];
		run('cargo', ['install', ...args]);
	}
	return command;
}

/** Why cargo can't build for `target` here, or null. */
function lacksTarget(target) {
	const how = ['target', 'list', '--installed'];
	const {status, stdout} = spawnSync('rustup', how, {cwd: root, encoding: 'utf8'});
	if (status !== 0) {
		return 'there is no rustup';
	}
	return stdout.split('\n').includes(target)
		? null
		: `there is no target ${target}: rustup target add ${target}`;
}

/** Prints an error without its stack, which says nothing about a failed command. */
async function main(work) {
	try {
		await work();
	} catch (error) {
		console.error(String(error.message ?? error));
		process.exitCode = 1;
	}
}

module.exports = {
	alone,
	cargoTool,
	isProcess,
	lacksTarget,
	main,
	napi,
	npmPackage,
	npmTools,
	pythonTools,
	root,
	run,
};
