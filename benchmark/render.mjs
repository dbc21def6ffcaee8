// npm run bench -- render [ROW [RUNS]]: real renders, stock and activated in
// turn. ROW is how a row's name begins, RUNS defaults to 3. Output is compared
// every time; figures are medians.
import {strict as assert} from 'node:assert';
import {execFileSync} from 'node:child_process';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {printMachine} from './compare.mjs';

const require = createRequire(import.meta.url);
const {
	NEWEST,
	addTones,
	bundle,
	removeBundles,
	render,
} = require('../__test__/activation/harness.js');
const here = path.dirname(fileURLToPath(import.meta.url));

const [filter = '', runs = '3'] = process.argv.slice(2);
const RUNS = Number(runs);
if (!Number.isInteger(RUNS) || RUNS < 1) {
	throw new TypeError(`RUNS must be a whole number, one or more, but got ${runs}`);
}
const MIB = 2 ** 20;

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;
const spread = (values, show) => `${show(Math.min(...values))} to ${show(Math.max(...values))}`;

let missed = 0;

function goal(text, met) {
	missed += met ? 0 : 1;
	console.log(`  goal: ${text}: ${met ? 'met' : 'MISSED'}`);
}

/** One render in a process of its own. */
async function once(scenario, activated, {entry, nodeOptions, heapAt, deadline} = {}) {
	const {outcomes} = await render({
		activated,
		entry,
		nodeOptions,
		deadline,
		renders: [{...scenario, heapAt}],
	});
	assert.equal(outcomes[0].error, undefined);
	return outcomes[0];
}

/** Stock and activated in turn, and others behind them, activated; returns the outcomes of each. */
async function inTurn(scenario, options, ...others) {
	const stock = [];
	const activated = [];
	const more = others.map(() => []);
	for (let run = 0; run < RUNS; run++) {
		stock.push(await once(scenario, false, options));
		activated.push(await once(scenario, true, options));
		assert.deepEqual(activated[run].result, stock[run].result, 'the output differs');
		for (const [i, other] of others.entries()) {
			more[i].push(await once(other, true));
		}
	}
	return {stock, activated, more};
}

const times = (outcomes) => outcomes.map(({framesIn}) => framesIn);
const peaks = (outcomes) => outcomes.map(({peakHeap}) => peakHeap);

const payloads = (count, bytes, durationInFrames) => ({
	id: 'payloads',
	inputProps: {count, bytes, durationInFrames},
});

const ROWS = {
	async 'base64: 20 tracks of 1 MiB, 60 frames, 2 tabs'() {
		const {stock, activated, more} = await inTurn(
			payloads(20, MIB, 60),
			{},
			payloads(20, 1024, 60),
			payloads(0, 0, 60),
		);
		const [limit, bare] = more;
		const base = median(peaks(bare));
		const [theirs, ours] = [stock, activated].map((outcomes) => median(times(outcomes)));
		const above = [stock, activated].map((outcomes) => median(peaks(outcomes)) - base);
		console.log(`  frames phase: stock ${seconds(theirs)} (${spread(times(stock), seconds)})`);
		console.log(
			`  frames phase: activated ${seconds(ours)} (${spread(times(activated), seconds)})`,
		);
		console.log(`  with payloads of 1 KiB, the limit: ${seconds(median(times(limit)))}`);
		console.log(`  without assets: ${seconds(median(times(bare)))}, peak heap ${mib(base)}`);
		console.log(`  peak heap above that: stock ${mib(above[0])}, activated ${mib(above[1])}`);
		const ratio = theirs / ours;
		goal(`5 times as fast, got ${ratio.toFixed(2)}`, ratio >= 5);
		const above1KiB = ours / median(times(limit));
		goal(
			`at most 1.15 times what payloads of 1 KiB take, got ${above1KiB.toFixed(2)}`,
			above1KiB <= 1.15,
		);
		goal(`at most 16 MB of heap, got ${(above[1] / 1e6).toFixed(1)} MB`, above[1] <= 16e6);
	},

	async 'bookkeeping: 5 URL assets, page emulated'() {
		const child = (frames, activated) =>
			JSON.parse(
				execFileSync(process.execPath, [
					path.join(here, 'bookkeeping-child.cjs'),
					JSON.stringify({frames, assets: 5, activated}),
				]).toString(),
			);
		const figures = {stock: [], activated: [], long: []};
		for (let run = 0; run < RUNS; run++) {
			const stock = child(4000, false);
			const activated = child(4000, true);
			assert.equal(activated.digest, stock.digest, 'the array of frames differs');
			figures.stock.push(stock.cpu);
			figures.activated.push(activated.cpu);
			figures.long.push(child(16_000, true).cpu);
		}
		const [theirs, ours, long] = Object.values(figures).map(median);
		console.log(`  4,000 frames: stock ${seconds(theirs)} (${spread(figures.stock, seconds)})`);
		console.log(
			`  4,000 frames: activated ${seconds(ours)} (${spread(figures.activated, seconds)})`,
		);
		console.log(`  16,000 frames: activated ${seconds(long)}`);
		goal(`25 times less CPU, got ${(theirs / ours).toFixed(1)}`, theirs / ours >= 25);
		goal(`16,000 frames less than 5 times 4,000, got ${(long / ours).toFixed(2)}`, long / ours < 5);
	},

	async 'media: 4 tracks of @remotion/media, 450 frames'() {
		const entry = 'media.js';
		const heapAt = [50, 440];
		await addTones(await bundle(NEWEST, entry), 4, 15);
		const scenario = {
			id: 'media',
			inputProps: {audio: 4, video: false, durationInFrames: 450},
		};
		const options = {entry, heapAt, nodeOptions: ['--expose-gc']};
		const {stock, activated} = await inTurn(scenario, options);
		const growth = (outcomes) =>
			outcomes.map(({heaps: [early, late]}) => (late.bytes - early.bytes) / (late.at - early.at));
		const [theirs, ours] = [stock, activated].map((outcomes) => median(growth(outcomes)));
		console.log(`  heap growth a frame: stock ${(theirs / 1024).toFixed(2)} KiB`);
		console.log(`  heap growth a frame: activated ${(ours / 1024).toFixed(2)} KiB`);
		console.log(
			`  frames phase: stock ${seconds(median(times(stock)))}, activated ${seconds(median(times(activated)))}`,
		);
		goal(`at most 1 KiB a frame, got ${(ours / 1024).toFixed(2)}`, ours <= 1024);
	},

	async 'small heap: 40 tracks of 7.5 MiB, --max-old-space-size=128'() {
		const small = {nodeOptions: ['--max-old-space-size=128']};
		const scenario = payloads(40, 7.5 * MIB, 4);
		const {framesIn, peakHeap} = await once(scenario, true, small);
		console.log(`  activated: ${seconds(framesIn)}, peak heap ${mib(peakHeap)}`);
		const failure = (count, deadline) =>
			once(payloads(count, 7.5 * MIB, 4), false, {...small, deadline}).then(
				() => 'finished',
				(error) =>
					error.stderr?.match(/FATAL ERROR: .*/)?.[0] ??
					(error.message.includes('SIGKILL')
						? `no frame in ${deadline / 1000} s, stopped`
						: error.message.split('\n')[0]),
			);
		const whole = await failure(40, Math.max(120_000, 1.5 * framesIn));
		console.log(`  stock: ${whole}`);
		// Chromium gives up on an answer of 40 such tracks, whatever Node's heap. Of 8 it does not.
		console.log(`  stock, 8 tracks: ${await failure(8, 120_000)}`);
		const some = payloads(8, 7.5 * MIB, 4);
		const ours = await once(some, true, small);
		const roomy = await once(some, false, {
			nodeOptions: ['--max-old-space-size=8192'],
			deadline: 300_000,
		});
		assert.deepEqual(ours.result, roomy.result, 'the output differs');
		console.log(
			`  stock with 8 GiB, 8 tracks: the same output, peak heap ${mib(roomy.peakHeap)} ` +
				`instead of ${mib(ours.peakHeap)}`,
		);
		goal('finishes, where stock does not', whole !== 'finished');
	},

	async 'small: 5,000 payloads of 600 characters and 1,000 of 2 KB, 4 frames'() {
		for (const [count, length] of [
			[5000, 600],
			[1000, 2048],
		]) {
			const {stock, activated} = await inTurn({
				id: 'many',
				kind: 'ledger',
				inputProps: {count, length, durationInFrames: 4},
				// References name the frame that came first.
				options: {concurrency: 1},
			});
			const [theirs, ours] = [stock, activated].map((outcomes) => median(times(outcomes)));
			console.log(
				`  ${count} of ${length}: stock ${seconds(theirs)} (${spread(times(stock), seconds)})`,
			);
			console.log(`  activated ${seconds(ours)} (${spread(times(activated), seconds)})`);
			goal(`not slower, got ${(theirs / ours).toFixed(2)} times as fast`, ours <= theirs);
		}
	},

	async 'nothing: a render without base64 assets, 120 frames'() {
		const {stock, activated} = await inTurn({
			id: 'nothing',
			inputProps: {durationInFrames: 120},
		});
		const [theirs, ours] = [stock, activated].map((outcomes) => median(times(outcomes)));
		console.log(`  frames phase: stock ${seconds(theirs)} (${spread(times(stock), seconds)})`);
		console.log(
			`  frames phase: activated ${seconds(ours)} (${spread(times(activated), seconds)})`,
		);
		const noise = Math.max(...times(stock)) - Math.min(...times(stock));
		goal(
			`not slower within noise (${seconds(noise)}), got ${(theirs / ours).toFixed(2)} times as fast`,
			ours - theirs <= Math.max(noise, theirs * 0.03),
		);
	},
};

printMachine();
console.log(`@remotion/renderer ${NEWEST}, medians of ${RUNS}`);
try {
	await addTones(await bundle(), 2, 1);
	for (const [name, row] of Object.entries(ROWS).filter(([name]) => name.startsWith(filter))) {
		console.log(name);
		await row();
	}
} finally {
	await removeBundles();
}
console.log(missed === 0 ? 'All goals met.' : `${missed} goals missed.`);
process.exitCode = missed === 0 ? 0 : 1;
