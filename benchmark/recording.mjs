// What recording costs, in % of one core: the CPU time of its thread, with so many
// processes recorded (Linux).
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';

const require = createRequire(import.meta.url);
const {Recording} = require('../lib/recording/recording.js');
const SECONDS = 10;

/** Nanoseconds on a CPU, by schedstat. */
function threadTime() {
	const tasks = '/proc/self/task';
	const own = fs
		.readdirSync(tasks)
		.find((id) => fs.readFileSync(`${tasks}/${id}/comm`, 'utf8') === 'headroom-record\n');
	return Number(fs.readFileSync(`${tasks}/${own}/schedstat`, 'utf8').split(' ')[0]);
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-recording-'));
const script = 'globalThis.kept = Buffer.alloc(2 ** 24, 1); setInterval(() => {}, 2 ** 30)';
for (const count of [12, 60]) {
	// This process is one of them.
	const children = Array.from({length: count - 1}, () =>
		spawn(process.execPath, ['-e', script], {stdio: 'ignore'}),
	);
	const recording = new Recording(path.join(scratch, 'a.jsonl'), {pid: process.pid});
	await pause(5000);
	const before = threadTime();
	await pause(SECONDS * 1000);
	const share = (threadTime() - before) / (SECONDS * 1e9);
	console.log(`${recording.view().processes} processes: ${(share * 100).toFixed(2)} % of one core`);
	recording.finish();
	for (const child of children) {
		child.kill('SIGKILL');
	}
	await pause(500);
}
fs.rmSync(scratch, {recursive: true});
