'use strict';

// Real cgroups, and a process in them that is asked what it sees.

const {spawn} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');

const MIB = 2 ** 20;

/** Makes the cgroup `dir` with these files' contents, and those above it as told. */
function makeCgroups(root, levels) {
	let dir = root;
	for (const {name, ...files} of levels) {
		dir = path.join(dir, name);
		fs.mkdirSync(dir);
		for (const [file, content] of Object.entries(files)) {
			fs.writeFileSync(path.join(dir, file), String(content));
		}
	}
	return dir;
}

/** Removes the cgroups from `dir` up to and without `root`. */
async function removeCgroups(root, dir) {
	for (let at = dir; at !== root; at = path.dirname(at)) {
		for (let attempt = 0; ; attempt++) {
			try {
				fs.rmdirSync(at);
				break;
			} catch (error) {
				// EBUSY for a moment after the last process has gone.
				if (error.code !== 'EBUSY' || attempt === 100) {
					throw error;
				}
				await new Promise((resolve) => setTimeout(resolve, 20));
			}
		}
	}
}

/**
 * Starts `command` in the cgroup `dir` and returns how to ask the probe that it
 * runs. `ask` rejects where the process ends instead of answering.
 */
async function startProbe(dir, {env = {}, wrap = []} = {}) {
	const child = spawn(
		'/bin/sh',
		['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', dir, ...wrap].concat([
			process.execPath,
			path.join(__dirname, 'probe.js'),
		]),
		{stdio: ['pipe', 'pipe', 'inherit'], env: {...process.env, ...env}},
	);
	const ended = new Promise((resolve) =>
		child.once('exit', (code, signal) => resolve({code, signal})),
	);
	const lines = readline.createInterface({input: child.stdout})[Symbol.asyncIterator]();
	const answer = async () => {
		const {value, done} = await lines.next();
		if (done) {
			const {code, signal} = await ended;
			throw new Error(`the probe ended with ${signal ?? code}`);
		}
		return JSON.parse(value);
	};
	child.stdin.on('error', () => {
		// The probe was killed: `answer` says so.
	});
	await answer();
	return {
		pid: child.pid,
		ask: (...request) => {
			child.stdin.write(`${JSON.stringify(request)}\n`);
			return answer();
		},
		stop: () => {
			child.stdin.end();
			return ended;
		},
	};
}

const readNumber = (dir, file) => Number(fs.readFileSync(path.join(dir, file), 'utf8'));

/** `memory.stat`'s and the like: one figure by its key. */
function readKey(dir, file, key) {
	const line = fs
		.readFileSync(path.join(dir, file), 'utf8')
		.split('\n')
		.find((one) => one.startsWith(`${key} `));
	return Number(line?.slice(key.length + 1));
}

const mib = (bytes) => (bytes === null ? 'none' : `${Math.round(bytes / MIB)} MiB`);

module.exports = {MIB, makeCgroups, mib, readKey, readNumber, removeCgroups, startProbe};
