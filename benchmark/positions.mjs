// When each asset is heard: by an older Remotion and by ours, with equal answers.
//
//   npm run bench -- positions [version]      4.0.443 at first
//
// CPU is Node's, in milliseconds, of one call for 10 assets that last to the end.
import {strict as assert} from 'node:assert';
import {createRequire} from 'node:module';
import {printMachine} from './compare.mjs';

const require = createRequire(import.meta.url);
const {rootOf} = require('../__test__/activation/harness.js');
const {Copy} = require('../lib/copies/copy.js');
const part = require('../lib/remotion/calculate-asset-positions.js');

const FILE = 'assets/calculate-asset-positions';
const copy = new Copy(rootOf('renderer', process.argv[2] ?? '4.0.443'));
const {calculateAssetPositions: stock} = copy.module(FILE);
part.apply(copy, {logLevel: 'warn'});
const {calculateAssetPositions: ours} = copy.module(FILE);

function timed(calculate, frames) {
	const before = process.cpuUsage();
	const positions = calculate(frames);
	const {user, system} = process.cpuUsage(before);
	return {positions, cpu: (user + system) / 1000};
}

printMachine();
for (const count of [1000, 5400, 10_800]) {
	const frames = Array.from({length: count}, (_, frame) =>
		Array.from({length: 10}, (_asset, i) => ({
			type: 'audio',
			id: `audio-${i}`,
			src: `http://localhost:3000/public/${i}.mp3`,
			volume: (frame % 100) / 100,
			mediaFrame: frame,
			frame,
		})),
	);
	const mine = timed(ours, frames);
	const theirs = timed(stock, frames);
	assert.deepEqual(mine.positions, theirs.positions);
	console.log(
		`${count} frames, equal  stock ${theirs.cpu.toFixed(0)} ms, activated ${mine.cpu.toFixed(0)} ms`,
	);
}
