'use strict';

// Two workers at once, terminated with payloads still alive; then the main thread.
const {once} = require('node:events');
const {Worker} = require('node:worker_threads');
const {check} = require('./drop-ins.cjs');

const inWorker = `
const {check} = require(${JSON.stringify(require.resolve('./drop-ins.cjs'))});
globalThis.kept = [];
const {compressAsset} = require(${JSON.stringify(require.resolve('../..'))});
for (let i = 0; i < 50; i++) {
	const asset = {id: 'a', frame: i, src: String(i).repeat(3000)};
	globalThis.kept.push(compressAsset([], asset));
}
check();
require('node:worker_threads').parentPort.postMessage('done');
setInterval(() => {}, 1000);
`;

async function main() {
	for (let round = 0; round < 3; round++) {
		const workers = [1, 2].map(() => new Worker(inWorker, {eval: true}));
		await Promise.all(workers.map((worker) => once(worker, 'message')));
		await Promise.all(workers.map((worker) => worker.terminate()));
	}
	check();
}

main();
