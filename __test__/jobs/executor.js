'use strict';

// Executes a job of a workflow: each `run:` in order, in a fresh clone of HEAD, with
// the values of its row. Of actions, those that our workflows use are done here:
// checkout is the clone, setup-node a Node of tools/nodes, artifacts are folders.
// A job with a container runs in a root file system of Debian's packages, any other
// on this machine.

const {spawn} = require('node:child_process');
const {once} = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const {isProcess, npmTools, root: checkout, run} = require('../../scripts/tools');

/** What npm and Jest put into the environment, and what would change what is tested. */
const OURS =
	/^(npm_|JEST_|NODE$|NODE_ENV$|NODE_OPTIONS$|INIT_CWD$|CARGO_TARGET_DIR$|HEADROOM_|REMOTION_)/i;

const OUTPUT_SHOWN = 6000;

/** Without the checkout's own tools, which a job has to install itself. */
function machineEnv() {
	const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)));
	const folders = env.PATH.split(path.delimiter);
	env.PATH = folders.filter((folder) => !folder.includes('node_modules')).join(path.delimiter);
	return env;
}

const script = (file, text) => fs.writeFileSync(file, `#!/bin/sh\n${text}\n`, {mode: 0o755});

/**
 * Commands that GitHub's image has and a machine may lack. rustup asks the network
 * only for what isn't installed, as it does for a target.
 */
function standIns(folder) {
	fs.mkdirSync(folder, {recursive: true});
	const has = (name) =>
		(process.env.PATH ?? '').split(':').find((one) => fs.existsSync(path.join(one, name)));
	if (has('sudo') === undefined && process.getuid() === 0) {
		script(path.join(folder, 'sudo'), 'exec "$@"');
	}
	const rustup = has('rustup');
	if (rustup !== undefined) {
		const real = path.join(rustup, 'rustup');
		script(
			path.join(folder, 'rustup'),
			`if [ "$1 $2" = "toolchain install" ] && '${real}' toolchain list | grep -q "^$3-"; then exit 0; fi\nexec '${real}' "$@"`,
		);
	}
	return folder;
}

/** A folder with `node`, `npm` and `npx`, as actions/setup-node puts one on the path. */
function nodeFolder(home, version) {
	const folder = path.join(home, `node-${version}`);
	if (!fs.existsSync(folder)) {
		const node = path.join(npmTools('nodes'), 'node_modules', `node-${version}`, 'bin', 'node');
		if (!fs.existsSync(node)) {
			throw new Error(`tools/nodes has no Node ${version}`);
		}
		fs.mkdirSync(folder);
		fs.symlinkSync(node, path.join(folder, 'node'));
		for (const name of ['npm', 'npx']) {
			const cli = path.join(npmTools('recipes'), 'node_modules', 'npm', 'bin', `${name}-cli.js`);
			// Not a script of the shell, which would drop npm's variables: their names are no names to it.
			fs.symlinkSync(cli, path.join(folder, name));
		}
	}
	return folder;
}

/** A new folder. Tests run programs as another user in there. */
function openFolder(prefix) {
	const folder = fs.mkdtempSync(prefix);
	fs.chmodSync(folder, 0o755);
	return folder;
}

/** A new home in `folder`. One that was killed has left its own there, which may be gigabytes. */
function makeHome(folder) {
	for (const name of fs.readdirSync(folder)) {
		const [, pid] = /^headroom-jobs-(\d+)-\w+$/.exec(name) ?? [];
		if (pid !== undefined && !isProcess(Number(pid))) {
			fs.rmSync(path.join(folder, name), {recursive: true, force: true});
		}
	}
	return openFolder(path.join(folder, `headroom-jobs-${process.pid}-`));
}

/** Options of `docker create` that are done here. */
function optionsOf({options = ''} = {}) {
	const known = {privileged: false};
	for (const option of options.split(' ').filter(Boolean)) {
		const [, size] = /^--shm-size=(\d+[mg])$/.exec(option) ?? [];
		if (size !== undefined) {
			known.shmSize = size;
		} else if (option === '--privileged') {
			known.privileged = true;
		} else {
			throw new Error(`${option} is not known here`);
		}
	}
	return known;
}

class Executor {
	/**
	 * @param {object} how
	 * @param {string} how.home a folder for clones and artifacts
	 * @param {string} how.kept a folder for artifacts and each job's log; what is there of the same commit is not made again
	 * @param {string} how.source the repository
	 * @param {object[]} how.jobs all jobs, for those that others need
	 * @param {(job: object) => string | null} how.lacking why one can't be executed here
	 * @param {(image: string) => string} how.imageOf a root file system
	 * @param {(line: string) => void} how.say
	 */
	constructor({home, kept, source = checkout, jobs, lacking, imageOf, say}) {
		const commit = run('git', ['rev-parse', 'HEAD'], {cwd: source}).trim();
		const artifacts = path.join(kept ?? path.join(home, 'artifacts'), commit);
		Object.assign(this, {home, artifacts, source, jobs, lacking, imageOf, say});
		this.started = new Map();
		this.absent = new Map();
		this.env = machineEnv();
		// What a job installs is not left on this machine.
		const cargo = path.join(home, 'cargo');
		this.env.CARGO_INSTALL_ROOT = cargo;
		this.env.PATH = [path.join(cargo, 'bin'), this.env.PATH].join(path.delimiter);
		fs.mkdirSync(artifacts, {recursive: true});
		this.standIns = standIns(path.join(home, 'bin'));
	}

	/** Once, whoever asks: resolves to the commands that ran. */
	execute(job) {
		if (!this.started.has(job.id)) {
			this.started.set(job.id, this.steps(job));
		}
		return this.started.get(job.id);
	}

	/** Artifacts that a job asked for and no job can make here. */
	absentFor = ({id}) => this.absent.get(id) ?? [];

	async steps(job) {
		const place = {
			folder: openFolder(path.join(this.home, 'clone-')),
			path: [this.standIns],
			env: {...job.job.env},
			image: job.container && this.imageOf(job.container.image),
			log: path.join(this.artifacts, 'logs', `${job.id.replace(/[^\w.,-]+/g, '_')}.log`),
			...optionsOf(job.container),
		};
		fs.mkdirSync(path.dirname(place.log), {recursive: true});
		fs.writeFileSync(place.log, '');
		const ran = [];
		try {
			for (const step of job.steps) {
				if (step.uses !== undefined) {
					await this.action(job, step, place);
					continue;
				}
				await this.command(job, step, place);
				ran.push(step.run);
			}
		} catch (error) {
			error.ran = ran;
			throw error;
		} finally {
			fs.rmSync(place.folder, {recursive: true, force: true});
		}
		return ran;
	}

	async action(job, {uses, with: inputs = {}}, place) {
		const [name] = uses.split('@');
		switch (name) {
			case 'actions/checkout':
				run('git', ['clone', '--quiet', '--depth=1', `file://${this.source}`, place.folder]);
				return;
			case 'actions/setup-node':
				place.path.unshift(nodeFolder(this.home, inputs['node-version']));
				return;
			case 'actions/upload-artifact':
				return this.upload(inputs, place);
			case 'actions/download-artifact':
				return this.download(job, inputs, place);
			default:
				throw new Error(`${name} is not known here`);
		}
	}

	upload({name, path: pattern}, {folder}) {
		const [directory, file] = [path.dirname(pattern), path.basename(pattern)];
		const matches = new RegExp(`^${file.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
		const all = fs.readdirSync(path.join(folder, directory)).filter((one) => matches.test(one));
		if (all.length === 0) {
			throw new Error(`nothing is ${pattern}`);
		}
		const whole = path.join(this.artifacts, name);
		// One that is kept must not be half of it.
		const part = `${whole}.part`;
		fs.rmSync(part, {recursive: true, force: true});
		fs.mkdirSync(part);
		for (const one of all) {
			fs.copyFileSync(path.join(folder, directory, one), path.join(part, one));
		}
		fs.rmSync(whole, {recursive: true, force: true});
		fs.renameSync(part, whole);
	}

	/** Executes what makes them, of the jobs that this one says it needs. */
	async download(job, {name, pattern, path: to = '.', 'merge-multiple': merge}, {folder}) {
		if (pattern !== undefined && merge !== true) {
			throw new Error('artifacts in folders of their own are not known here');
		}
		const wanted = (one) =>
			name === undefined ? one.startsWith(pattern.replace(/\*$/, '')) : one === name;
		const makers = this.jobs
			.filter((one) => one.file === job.file && job.needs.includes(one.name))
			.flatMap((maker) =>
				maker.steps
					.filter(({uses}) => uses?.startsWith('actions/upload-artifact@'))
					.map((step) => ({maker, made: step.with.name}))
					.filter(({made}) => wanted(made)),
			);
		if (makers.length === 0) {
			throw new Error(`no job that ${job.name} needs makes ${name ?? pattern}`);
		}
		const absent = [];
		for (const {maker, made} of makers) {
			if (this.lacking(maker) !== null) {
				absent.push(made);
				continue;
			}
			const kept = path.join(this.artifacts, made);
			if (fs.existsSync(kept) && !this.started.has(maker.id)) {
				this.say(`${job.id}: ${made} is from an earlier run`);
			} else {
				await this.execute(maker);
			}
			fs.cpSync(kept, path.join(folder, to), {recursive: true});
		}
		this.absent.set(job.id, [...this.absentFor(job), ...absent]);
		if (absent.length === makers.length) {
			throw new Error(`${absent} can't be made here`);
		}
	}

	async command(job, {run: text, env = {}}, place) {
		const all = {
			...this.env,
			// As the runner sets them; programs look at them.
			...{CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_REF_NAME: 'v0.0.0'},
			...place.env,
			...env,
			PATH: [...place.path, this.env.PATH].join(path.delimiter),
		};
		const started = Date.now();
		const [command, ...args] =
			place.image === undefined
				? ['bash', '-e', '-c', text]
				: place.image.entering(place, ['sh', '-e', '-c', text]);
		const child = spawn(command, args, {
			cwd: place.folder,
			env: place.image === undefined ? all : {...place.image.env(all), ...place.env, ...env},
			stdio: ['ignore', 'pipe', 'pipe'],
			detached: true,
		});
		let output = '';
		fs.appendFileSync(place.log, `$ ${text}\n`);
		for (const stream of [child.stdout, child.stderr]) {
			stream.setEncoding('utf8').on('data', (more) => {
				output += more;
				fs.appendFileSync(place.log, more);
			});
		}
		const end = () => {
			try {
				process.kill(-child.pid, 'SIGKILL');
			} catch {
				// All of it has ended.
			}
		};
		// A test's timeout ends the test alone.
		const minutes = job.job['timeout-minutes'] ?? 60;
		const timer = setTimeout(end, minutes * 60_000);
		process.once('exit', end);
		child.once('exit', end);
		const [status, signal] = await once(child, 'close');
		clearTimeout(timer);
		process.off('exit', end);
		const seconds = Math.round((Date.now() - started) / 1000);
		this.say(`${job.id}: ${text}: ${status ?? signal}, ${seconds} s`);
		if (status !== 0) {
			const shown = output.slice(-OUTPUT_SHOWN);
			// At once: Jest tells of it when all jobs have ended, hours later.
			this.say(shown);
			throw new Error(`${job.id}: ${text} ended with ${status ?? signal}:\n${shown}`);
		}
	}
}

module.exports = {Executor, makeHome};
