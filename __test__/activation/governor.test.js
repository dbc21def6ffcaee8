'use strict';

// The governor in real renders; and in a cgroup of its own it finishes what stock
// can't.

const {Cgroup, ownCgroup, reasonToSkip} = require('../memory/cgroups');
const {needs} = require('../needs');
const {RENDERS, alwaysShort} = require('./governor-cases');
const {NEWEST, essence, removeBundles, render} = require('./harness');

const MIB = 2 ** 20;
const version = process.platform === 'linux' ? ownCgroup().version : 2;
const testWithCgroups = needs('cgroups', reasonToSkip(version));

afterAll(removeBundles);

describe(`memory that is always short, Remotion ${NEWEST}`, alwaysShort(NEWEST));

test('with memory to spare nothing is done', async () => {
	const renders = [RENDERS[0]];
	const {outcomes, report} = await render({renders, activated: true});
	expect(report.applied).toEqual(
		expect.arrayContaining(['render-frame-and-retry-target-close', 'make-page', 'compositor']),
	);
	expect(outcomes[0].actions).toEqual([]);
});

testWithCgroups(
	'in a small container it finishes what stock does not, with the same output',
	async () => {
		const job = {
			renders: [
				{
					id: 'leaks',
					inputProps: {mib: 25, durationInFrames: 40},
					// Else the file depends on whether there was memory to encode beside rendering.
					options: {disallowParallelEncoding: true, concurrency: 2},
				},
			],
			deadline: 280_000,
		};
		const free = await render({...job, activated: false});
		const inside = async (more) => {
			const name = `headroom-governor-${process.pid}`;
			const cgroup = new Cgroup(ownCgroup().directory, name, {limit: 700 * MIB});
			try {
				return await render({...job, ...more, enter: cgroup.entering({contained: true})});
			} finally {
				cgroup.remove();
			}
		};
		const stock = await inside({activated: false});
		expect(stock.outcomes[0].error).toMatch(/Page crashed!|Target closed|SIGKILL/);
		const governed = await inside({activated: true});
		expect(essence(governed)).toEqual(essence(free));
		const {actions} = governed.outcomes[0];
		expect(actions.map(({type}) => type)).toContain('tab-replaced');
		expect(actions.at(-1).limitBytes).toBe(700 * MIB);
	},
	600_000,
);
