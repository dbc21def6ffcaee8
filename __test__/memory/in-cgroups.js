'use strict';

// npm run test:kernel: runs a command whose tests make cgroups below its own. In
// version 2 none that has processes can hand memory on to others (cgroups(7), "no
// internal processes"), so those of this cgroup move into one below it. For a
// container, or a machine, that is there for the tests alone.
//   node __test__/memory/in-cgroups.js COMMAND ARGUMENT...

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {ownCgroup} = require('./cgroups');

/** Makes room for cgroups with limits in the own one; its folder. */
function makeRoom() {
	const {version, directory} = ownCgroup();
	const file = (name) => path.join(directory, name);
	if (version === 1 || fs.readFileSync(file('cgroup.subtree_control'), 'utf8').includes('memory')) {
		return directory;
	}
	const leaf = file('tests');
	fs.mkdirSync(leaf);
	for (const pid of fs.readFileSync(file('cgroup.procs'), 'utf8').split('\n').filter(Boolean)) {
		try {
			fs.writeFileSync(path.join(leaf, 'cgroup.procs'), pid);
		} catch (error) {
			// It has just ended, or is the kernel's own.
			if (error.code !== 'ESRCH' && error.code !== 'EINVAL') {
				throw error;
			}
		}
	}
	fs.writeFileSync(file('cgroup.subtree_control'), '+memory +cpu');
	return directory;
}

const [command, ...args] = process.argv.slice(2);
const env = {...process.env, HEADROOM_CGROUP: makeRoom()};
const {status, signal, error} = spawnSync(command, args, {env, stdio: 'inherit'});
if (error !== undefined || signal !== null) {
	console.error(`${command} ended with ${error?.message ?? signal}`);
}
process.exitCode = status ?? 1;
