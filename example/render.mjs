// npm run example: renders a video with eight base64 audio tracks twice, by Remotion
// alone and with remotion-headroom activated, and prints both, measured.
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {findBrowser} from './browser.mjs';
import {bundleChord} from './render-chord.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const command = path.join(here, '..', 'bin', 'remotion-headroom.js');
const out = path.resolve('out');

/** Renders by `remotion-headroom run`, which records memory from outside. */
function run(name, serveUrl, variables) {
	const file = (end) => path.join(out, `${name}${end}`);
	const job = {serveUrl, outputLocation: file('.mp4'), resultFile: file('.result.json')};
	// What is left of another time would be taken for this one's.
	for (const end of ['.result.json', '.json', '.jsonl', '.html', '.mp4']) {
		fs.rmSync(file(end), {force: true});
	}
	const reports = ['--report', file('.html'), '--json', file('.json')];
	const script = [process.execPath, path.join(here, 'once.mjs'), JSON.stringify(job)];
	const {status} = spawnSync(process.execPath, [command, 'run', ...reports, '--', ...script], {
		env: {...process.env, ...variables},
		stdio: 'inherit',
	});
	if (status !== 0) {
		throw new Error(`the render of ${name} ended with ${status}`);
	}
	const result = JSON.parse(fs.readFileSync(job.resultFile, 'utf8'));
	fs.rmSync(job.resultFile);
	return {...result, peakBytes: peakOf(file('.json'))};
}

/** What all processes of a render had at most; null where nothing was recorded. */
function peakOf(file) {
	if (!fs.existsSync(file)) {
		return null;
	}
	const {recordings} = JSON.parse(fs.readFileSync(file, 'utf8'));
	return recordings[0].peak.bytes;
}

/** Both reports over each other: the page; null where nothing was recorded. */
function compare() {
	const recordings = ['stock', 'activated'].map((name) => path.join(out, `${name}.jsonl`));
	const page = path.join(out, 'compared.html');
	const pictures = ['--html', page, '--svg', path.join(out, 'compared.svg')];
	const {status} = spawnSync(process.execPath, [command, 'report', ...recordings, ...pictures], {
		stdio: 'ignore',
	});
	return status === 0 ? page : null;
}

const mib = (bytes) => (bytes === null ? '-' : `${Math.round(bytes / 2 ** 20)} MiB`);

function table(rows) {
	const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
	for (const row of rows) {
		const cells = row.map((cell, i) =>
			i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]),
		);
		console.log(`  ${cells.join('   ')}`);
	}
}

try {
	fs.mkdirSync(out, {recursive: true});
	await findBrowser();
	console.log('Bundling the composition ...');
	const serveUrl = await bundleChord();
	console.log('Rendering by Remotion alone');
	const stock = run('stock', serveUrl, {REMOTION_HEADROOM: 'off'});
	console.log('Rendering activated');
	const ours = run('activated', serveUrl, {});
	fs.rmSync(serveUrl, {recursive: true, force: true});

	console.log();
	table([
		['', 'Remotion alone', ours.summary === null ? 'not activated' : 'activated'],
		['time', ...[stock, ours].map(({seconds}) => `${seconds.toFixed(1)} s`)],
		['V8 heap, at most', ...[stock, ours].map(({peakHeapBytes}) => mib(peakHeapBytes))],
		['all processes, at most', ...[stock, ours].map(({peakBytes}) => mib(peakBytes))],
		['SHA-256 of the video', ...[stock, ours].map(({sha256}) => sha256.slice(0, 12))],
	]);
	console.log();
	if (ours.summary === null) {
		console.log('Nothing was activated: both are by Remotion alone.');
	} else if (ours.summary.payloads?.offHeap === false) {
		console.log("No binary loads on this machine: payloads were in V8's heap all the same.");
	}
	const page = compare();
	console.log(`Videos and reports are in ${out}${page === null ? '' : `: open ${page}`}`);
	if (stock.sha256 !== ours.sha256) {
		throw new Error('the videos differ');
	}
} catch (error) {
	console.error(error.message);
	process.exitCode = 1;
}
