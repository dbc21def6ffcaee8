// Remotion's rendering of frames from begin to end, over emulated pages: what its
// Node process does and holds for a video of some length, with 10 tracks.
//
//   npm run bench -- long [FRAMES...]     1,000 and 9,000 unless given
//
// Stock code's CPU grows with the square of the length: 54,000 frames take it half
// an hour. A length behind a minus sign (-54000) is run activated alone.
import {strict as assert} from 'node:assert';
import {execFileSync} from 'node:child_process';
import os from 'node:os';
import {fileURLToPath} from 'node:url';
import {printMachine} from './compare.mjs';

const ASSETS = 10;
const MIB = 2 ** 20;
const child = fileURLToPath(new URL('long-child.cjs', import.meta.url));
const tabs = Math.min(4, os.availableParallelism());

const lengths = process.argv.slice(2).map(Number);
if (!lengths.every(Number.isInteger)) {
	throw new TypeError('FRAMES must be whole numbers');
}

const run = (frames, activated) =>
	JSON.parse(
		execFileSync(process.execPath, [
			'--expose-gc',
			child,
			JSON.stringify({frames, assets: ASSETS, tabs, activated}),
		]).toString(),
	);

const show = ({cpu, start, end}) =>
	`CPU ${(cpu / 1000).toFixed(1)} s, heap ${(start / MIB).toFixed(1)} MiB at the first frame, ${(end / MIB).toFixed(1)} at the end`;

printMachine();
const cpus = [];
for (const length of lengths.length > 0 ? lengths : [1000, 9000]) {
	const frames = Math.abs(length);
	console.log(`${frames.toLocaleString('en')} frames, ${ASSETS} tracks, ${tabs} tabs`);
	const ours = run(frames, true);
	if (length > 0) {
		const theirs = run(frames, false);
		assert.equal(ours.digest, theirs.digest, 'the array of frames differs');
		console.log(`  stock      ${show(theirs)}`);
		console.log(`  activated  ${show(ours)}, equal`);
		console.log(`  ${(theirs.cpu / ours.cpu).toFixed(1)} times less CPU`);
	} else {
		console.log(`  activated  ${show(ours)}`);
	}
	cpus.push({frames, cpu: ours.cpu});
}
const [least, most] = [cpus[0], cpus.at(-1)];
if (most !== least) {
	const longer = most.frames / least.frames;
	console.log(
		`${longer.toFixed(0)} times the length: ${(most.cpu / least.cpu).toFixed(1)} times the CPU`,
	);
}
