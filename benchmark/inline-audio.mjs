// Tracks of inline audio under a limit of open files: how many there may be, and what
// they cost Node, by Remotion's module and by ours, with equal files.
//
//   npm run bench -- inline-audio [limit]      1,024 at first, as on Lambda
//
// CPU is Node's: microseconds for each track and frame of 1/30 s, medians of three.
import {strict as assert} from 'node:assert';
import {execFileSync} from 'node:child_process';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';
import {printMachine} from './compare.mjs';

const require = createRequire(import.meta.url);
const {NEWEST, rootOf} = require('../__test__/activation/harness.js');

const LIMIT = Number(process.argv[2] ?? 1024);
const ENOUGH = 8192;
const FRAMES = 10;
const child = fileURLToPath(
	new URL('../__test__/activation/inline-audio-child.js', import.meta.url),
);

function run(activated, tracks, limit) {
	const job = {root: rootOf('renderer', NEWEST), activated, tracks, frames: FRAMES, timed: true};
	const command = `ulimit -n ${limit}; exec "$0" "$@"`;
	const args = ['-c', command, process.execPath, child, JSON.stringify(job)];
	return JSON.parse(execFileSync('sh', args, {encoding: 'utf8'}));
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

printMachine();
for (const tracks of [100, 1000, 5000]) {
	const figures = {stock: [], activated: []};
	for (let round = 0; round < 3; round++) {
		const stock = run(false, tracks, ENOUGH);
		const activated = run(true, tracks, LIMIT);
		assert.equal(activated.digest, stock.digest);
		figures.stock.push(stock.cpu);
		figures.activated.push(activated.cpu);
	}
	const of = (kind) => ((median(figures[kind]) * 1000) / tracks / FRAMES).toFixed(1);
	const {code, track} = run(false, tracks, LIMIT);
	const limited = code === undefined ? 'works' : `${code} at track ${track + 1}`;
	console.log(
		`${String(tracks).padStart(5)} tracks, equal  stock ${of('stock')} us (with ${LIMIT} files: ${limited}), ` +
			`activated with ${LIMIT} files ${of('activated')} us`,
	);
}
