'use strict';

// CPUs that measureMemory reports of this machine, under an affinity mask.

const {spawnSync} = require('node:child_process');
const os = require('node:os');
const path = require('node:path');
const {measureMemory} = require('../..');
const {needs} = require('../needs');

const index = path.join(__dirname, '..', '..');
const withTaskset = needs(
	'affinity',
	spawnSync('taskset', ['-c', '0', 'true']).status === 0 ? null : 'taskset does not work here',
);

test('no more than the machine has', () => {
	const {cpus} = measureMemory();
	expect(cpus).toBeGreaterThan(0);
	expect(cpus).toBeLessThanOrEqual(os.cpus().length);
});

withTaskset('those that its affinity mask allows, and plans with them', () => {
	const script = `
		const {measureMemory, planRender} = require(${JSON.stringify(index)});
		const {cpus, capture} = measureMemory({capture: true});
		const plan = planRender({width: 1280, height: 720, memory: 2 ** 40});
		const files = capture.files.map((file) => file.path);
		console.log(JSON.stringify([cpus, plan.concurrency, files.includes('/proc/self/status')]));
	`;
	const {stdout, stderr} = spawnSync('taskset', ['-c', '0', process.execPath, '-e', script], {
		encoding: 'utf8',
	});
	expect(stderr).toBe('');
	expect(JSON.parse(stdout)).toEqual([1, 1, true]);
});
