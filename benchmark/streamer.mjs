// What it costs Node to put together what the compositor writes: messages of the size of
// a frame through a pipe, by Remotion's makeStreamer() and by ours, with equal bytes.
//
//   npm run bench -- streamer [frames]      frames of each kind and size, 40 at first
//
// CPU is Node's: milliseconds a frame, medians. Memory is what buffers take at most while
// frames come, above what they took before.
import {strict as assert} from 'node:assert';
import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {createRequire} from 'node:module';
import {printMachine} from './compare.mjs';

const require = createRequire(import.meta.url);
const {NEWEST, rootOf} = require('../__test__/activation/harness.js');
const {Copy} = require('../lib/copies/copy.js');
const part = require('../lib/remotion/make-streamer.js');

const FRAMES = Number(process.argv[2] ?? 40);
/** Three bytes a pixel, and a header. */
const SIZES = [
	['720p', 1280 * 720 * 3 + 54],
	['1080p', 1920 * 1080 * 3 + 54],
	['4K', 3840 * 2160 * 3 + 54],
];

/** Writes a frame for each byte that it reads. */
const WRITER = `
const size = Number(process.argv[1]);
const body = Buffer.alloc(size, 'frame');
const head = Buffer.from('remotion_buffer:abc:' + size + ':0:');
process.stdin.on('data', (asked) => {
	for (const _ of asked) {
		process.stdout.write(head);
		process.stdout.write(body);
	}
});`;

const cpu = () => {
	const {user, system} = process.cpuUsage();
	return (user + system) / 1000;
};
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');

async function run(makeStreamer, size) {
	const child = spawn(process.execPath, ['-e', WRITER, String(size)], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	let arrived;
	let memory = 0;
	let chunks = 0;
	const {onData} = makeStreamer((_status, _nonce, data) => arrived(data));
	child.stdout.on('data', (chunk) => {
		onData(chunk);
		// To look costs as much as a chunk.
		if (++chunks % 16 > 0) {
			return;
		}
		memory = Math.max(memory, process.memoryUsage().arrayBuffers);
	});
	const next = () =>
		new Promise((resolve) => {
			arrived = resolve;
			child.stdin.write('x');
		});
	const hash = sha(await next());
	await next();
	globalThis.gc();
	const before = process.memoryUsage().arrayBuffers;
	memory = before;
	const times = [];
	for (let i = 0; i < FRAMES; i++) {
		const start = cpu();
		const data = await next();
		times.push(cpu() - start);
		assert.equal(data.length, size);
	}
	child.kill();
	return {hash, cpu: median(times), memory: memory - before};
}

printMachine();
const copy = new Copy(rootOf('renderer', NEWEST));
const {makeStreamer: stock} = copy.module('@remotion/streaming/make-streamer');
part.apply(copy, {logLevel: 'warn'});
const {makeStreamer: ours} = copy.module('@remotion/streaming/make-streamer');
for (const [name, size] of SIZES) {
	const figures = {stock: [], activated: []};
	for (let round = 0; round < 3; round++) {
		figures.stock.push(await run(stock, size));
		figures.activated.push(await run(ours, size));
		assert.equal(figures.activated.at(-1).hash, figures.stock.at(-1).hash);
	}
	const of = (kind, what) => median(figures[kind].map((one) => one[what]));
	const [theirs, mine] = [of('stock', 'cpu'), of('activated', 'cpu')];
	const mb = (kind) => (of(kind, 'memory') / 1e6).toFixed(0);
	console.log(
		`${name.padEnd(6)} equal  stock ${theirs.toFixed(2)} ms, activated ${mine.toFixed(2)} ms: ` +
			`${(theirs / mine).toFixed(2)} times less; buffers ${mb('stock')} and ${mb('activated')} MB`,
	);
}
