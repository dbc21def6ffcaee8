'use strict';

// Which process is which tab. The browser does not say so. But it tells how much
// CPU time each of its processes has used, and each page how much its own process
// has: asked for before and after, the browser's figures enclose the page's.

/** Seconds by which figures of one process differ: the kernel's are of 10 ms. */
const APART = 0.02;

/** Answers of Remotion's connection come with their size from some version on. */
const answerOf = (answer) => answer?.value ?? answer;

async function renderers(connection) {
	const {processInfo} = answerOf(await connection.send('SystemInfo.getProcessInfo'));
	const own = processInfo.filter(({type}) => type === 'renderer');
	return new Map(own.map(({id, cpuTime}) => [id, cpuTime]));
}

async function timeOf(page) {
	const {metrics} = answerOf(await page._client().send('Performance.getMetrics'));
	return metrics.find(({name}) => name === 'ProcessTime').value;
}

/**
 * For times of pages, and CPU times of processes around them: a page's process
 * where no other can be it, and it can be no other page's.
 *
 * @param {number[]} times
 * @param {Map<number, number>} before
 * @param {Map<number, number>} after
 * @returns {(number | null)[]}
 */
function assign(times, before, after) {
	const fits = times.map((time) =>
		[...before.keys()].filter(
			(pid) => after.has(pid) && time >= before.get(pid) - APART && time <= after.get(pid) + APART,
		),
	);
	const wanted = fits.flat();
	return fits.map(([pid, ...others]) =>
		pid !== undefined && others.length === 0 && wanted.filter((other) => other === pid).length === 1
			? pid
			: null,
	);
}

/** `{pids, all}`: the process of each page, null where that is not clear yet, and all there are. */
async function processesOf(pages) {
	const connection = pages[0]._client().connection();
	const before = await renderers(connection);
	const times = await Promise.all(pages.map(timeOf));
	const after = await renderers(connection);
	return {pids: assign(times, before, after), all: [...after.keys()]};
}

module.exports = {assign, processesOf};
