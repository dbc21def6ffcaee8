'use strict';

// Runs in the virtual machine of cgroup2.long.js, as the only thing
// there: the checks of a real kernel, in cgroups of version 2.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const {Cgroup, ownCgroup} = require('../cgroups');
const {forVersion} = require('../kernel-checks');

const MIB = 2 ** 20;
const [largeFile, pages] = process.argv.slice(2);

/** Lines that the host looks for. */
const say = (kind, value) => process.stdout.write(`@${kind} ${JSON.stringify(value)}\n`);

const {directory} = ownCgroup();
fs.writeFileSync(`${directory}/cgroup.subtree_control`, '+memory +cpu');
say('kernel', {release: os.release(), node: process.version, memory: os.totalmem()});

for (const [name, check] of Object.entries(forVersion(2))) {
	const base = new Cgroup(directory, 'test');
	try {
		const largeFileSize = fs.statSync(largeFile).size;
		const place = {largeFile, largeFileSize, directory: '/disk', tmpfs: '/tmp', pages};
		const figures = check({base, version: 2, ...place});
		say('passed', {name, figures});
	} catch (error) {
		say('failed', {name, error: error.stack});
	} finally {
		base.remove();
	}
}

// As in a privileged container, whose processes are in its root.
const container = new Cgroup(directory, 'container');
const INSIDE = `
const {Cgroup, ownCgroup} = require(${JSON.stringify(require.resolve('../cgroups'))});
const cgroup = new Cgroup(ownCgroup().directory, 'inner', {limit: ${300 * MIB}});
const [{available}] = cgroup.run([['measure']]).map(({report}) => report);
console.log(available > 0 && available <= ${300 * MIB});
cgroup.remove();
`;
const [enter, ...entering] = container.entering({contained: true});
const runner = [process.execPath, require.resolve('../in-cgroups'), process.execPath, '-e', INSIDE];
const {stdout, stderr} = spawnSync(enter, [...entering, ...runner], {encoding: 'utf8'});
const name = 'cgroups with limits in a container';
say(stdout === 'true\n' ? 'passed' : 'failed', {name, figures: `${stdout}${stderr}`});

// Captures for core/tests/fixtures.
const outer = new Cgroup(directory, 'system.slice', {limit: 700 * MIB});
const service = outer.child('render.service', {high: 390 * MIB, limit: 400 * MIB});
const captured = (steps, options) => {
	return {report: service.run(steps, options).at(-1).report};
};
say('capture', {
	name: 'systemd-v2-nested',
	...captured([
		['hog', 1000 * MIB],
		['read', largeFile],
		['measure', {capture: true}],
	]),
});
say('capture', {
	name: 'container-v2-namespace',
	...captured([['measure', {capture: true}]], {contained: true}),
});
outer.remove();
say('done', {});
