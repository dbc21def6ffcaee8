// Payloads that are written to files, when audio is mixed: by Remotion and by ours, with
// equal files. A child process for each.
//
//   npm run bench -- payload-files [MIB] [COUNT]      8 payloads of 16 MiB of base64 unless given
//
// Payloads are held as an activated render holds them. Memory is the process's own
// (RssAnon), above what it is with the payloads; file pages are the kernel's.
import {strict as assert} from 'node:assert';
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';
import {printMachine} from './compare.mjs';

const require = createRequire(import.meta.url);
const FILE = 'assets/download-and-map-assets-to-file';
const MIB = 2 ** 20;
const RUNS = 5;
const KINDS = ['stock', 'activated'];

const [mib, count] = [process.argv[2] ?? 16, process.argv[3] ?? 8].map(Number);
for (const [name, value] of Object.entries({MIB: mib, COUNT: count})) {
	if (!(Number.isInteger(value) && value > 0)) {
		throw new TypeError(`${name} must be a whole number, one or more`);
	}
}
if (process.platform !== 'linux') {
	console.error('This benchmark reads /proc/self/status, which Linux has');
	process.exit(2);
}

/** Bytes of this process's own. */
const own = () =>
	Number(/^RssAnon:\s+(\d+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;

async function child(kind) {
	const {native} = require('../lib/native.js');
	const {NEWEST, rootOf} = require('../__test__/activation/harness.js');
	const {Copy} = require('../lib/copies/copy.js');
	const copy = new Copy(rootOf('renderer', NEWEST));
	// Its names of files take a second for each payload, and are measured elsewhere.
	require('../lib/remotion/download-and-map-assets-to-file.js').apply(copy, {logLevel: 'warn'});
	if (kind === 'activated') {
		require('../lib/remotion/download-and-map-assets-to-file/download-asset.js').apply(copy, {
			logLevel: 'warn',
		});
	}
	const sources = Array.from({length: count}, (_, i) => {
		const data = Buffer.alloc((mib * MIB * 3) / 4, `payload ${i}`);
		return native.offHeap(`data:audio/wav;base64,${data.toString('base64')}`, false);
	});
	// As old as a render's are then.
	for (let i = 0; i < 4; i++) {
		global.gc();
	}
	const {downloadAsset} = copy.module(FILE);
	const downloadMap = copy.module('assets/download-map').makeDownloadMap();
	const before = own();
	let peak = before;
	const looks = setInterval(() => {
		peak = Math.max(peak, own());
	}, 1);
	const cpu = process.cpuUsage();
	const files = await Promise.all(
		sources.map((src) => {
			const file = downloadAsset({src, downloadMap, indent: false, logLevel: 'error'});
			peak = Math.max(peak, own());
			return file;
		}),
	);
	const {user, system} = process.cpuUsage(cpu);
	clearInterval(looks);
	peak = Math.max(peak, own());
	const hash = createHash('sha256');
	for (const file of files) {
		hash.update(fs.readFileSync(file));
	}
	fs.rmSync(downloadMap.downloadDir, {recursive: true, force: true});
	const figures = {hash: hash.digest('hex'), more: peak - before, cpu: (user + system) / 1000};
	console.log(JSON.stringify(figures));
}

function measure(kind) {
	const args = ['--expose-gc', fileURLToPath(import.meta.url), String(mib), String(count)];
	const {stdout, stderr, status} = spawnSync(process.execPath, args, {
		encoding: 'utf8',
		env: {...process.env, HEADROOM_KIND: kind},
	});
	assert.equal(status, 0, stderr);
	return JSON.parse(stdout.trim().split('\n').at(-1));
}

const median = (all) => [...all].sort((a, b) => a - b)[all.length >> 1];

if (KINDS.includes(process.env.HEADROOM_KIND)) {
	await child(process.env.HEADROOM_KIND);
} else {
	printMachine();
	const results = {stock: [], activated: []};
	for (let run = 0; run < RUNS; run++) {
		for (const kind of KINDS) {
			results[kind].push(measure(kind));
		}
	}
	const hashes = new Set(Object.values(results).flatMap((all) => all.map(({hash}) => hash)));
	assert.equal(hashes.size, 1, 'the files differ');
	const figure = (kind, key) => median(results[kind].map((one) => one[key]));
	console.log(`${count} payloads of ${mib} MiB of base64 to files, equal; medians of ${RUNS}`);
	for (const kind of KINDS) {
		console.log(
			`  ${kind.padEnd(10)} ${(figure(kind, 'more') / MIB).toFixed(1)} MiB more, ` +
				`CPU ${figure(kind, 'cpu').toFixed(0)} ms`,
		);
	}
	const times = (key) => (figure('stock', key) / figure('activated', key)).toFixed(2);
	console.log(`  stock to activated: memory ${times('more')}, CPU ${times('cpu')}`);
}
