// npm run bench -- activation [ROW [PAIRS]]: what activation costs a process that has no base64
// asset: Remotion loaded, and 20 frames rendered. Stock and activated in turn, each in a process
// of its own; output compared first, figures are medians of pairs. ROW is how a row's name
// begins, PAIRS defaults to 5.
import {strict as assert} from 'node:assert';
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {printMachine} from './compare.mjs';

const require = createRequire(import.meta.url);
const {NEWEST, browser, bundle, removeBundles} = require('../__test__/activation/harness.js');

const here = path.dirname(fileURLToPath(import.meta.url));
const register = path.join(here, '..', 'register.js');
const probe = path.join(here, 'activation-probe.cjs');
const cli = path.join(
	path.dirname(require.resolve('@remotion/cli/package.json')),
	'remotion-cli.js',
);

const [filter = '', pairs = '5'] = process.argv.slice(2);
const PAIRS = Number(pairs);
if (!Number.isInteger(PAIRS) || PAIRS < 1) {
	throw new TypeError(`PAIRS must be a whole number, one or more, but got ${pairs}`);
}
const inputProps = {durationInFrames: 20};
const MIB = 2 ** 20;

const [major, minor] = process.versions.node.split('.').map(Number);
const hasImport = major >= 20 || (major === 18 && minor >= 19);

const renders = 'render'.startsWith(filter.slice(0, 6));
// Bundling takes longer than the other rows.
const folder = renders
	? await bundle()
	: fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-activation-'));
const output = path.join(folder, 'activation.mp4');
const resultFile = path.join(folder, 'activation.json');
const options = {serveUrl: folder, ...browser, inputProps, logLevel: 'error'};
const job = (render) => JSON.stringify({options, render, output});

/** How a process is activated, and its arguments. */
const script = (name, render) => [path.join(here, name), job(render)];
const command = [
	cli,
	'render',
	`--props=${JSON.stringify(inputProps)}`,
	'--log=error',
	'--concurrency=1',
	...(browser.browserExecutable
		? [`--browser-executable=${browser.browserExecutable}`, '--chrome-mode=chrome-for-testing']
		: []),
	folder,
	'nothing',
	output,
];
const ROWS = {
	'preload: a process without Remotion': ['--require', ['--eval', '0']],
	'load: CommonJS, --require': ['--require', script('activation-child.cjs', false)],
	'load: ESM, --import': ['--import', script('activation-child.mjs', false)],
	'render: CommonJS, --require': ['--require', script('activation-child.cjs', true)],
	'render: ESM, --import': ['--import', script('activation-child.mjs', true)],
	'render: ESM, --require': ['--require', script('activation-child.mjs', true)],
	'render: the command': ['--require', command],
};

/** The figures of one process, with the hash of what it rendered. */
function run([flag, args], activated) {
	fs.rmSync(output, {force: true});
	const flags = ['--expose-gc', '--require', probe, ...(activated ? [flag, register] : [])];
	execFileSync(process.execPath, [...flags, ...args], {
		env: {...process.env, HEADROOM_PROBE: resultFile},
		stdio: ['ignore', 'ignore', 'inherit'],
		timeout: 120_000,
	});
	const digest = fs.existsSync(output)
		? createHash('sha256').update(fs.readFileSync(output)).digest('hex')
		: null;
	return {digest, ...JSON.parse(fs.readFileSync(resultFile, 'utf8'))};
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const ms = (value) => `${value.toFixed(0)} ms`;
const mib = (value) => `${(value / MIB).toFixed(1)} MiB`;

const FIGURES = [
	['CPU', 'cpu', ms],
	['wall', 'wall', ms],
	['RSS', 'rss', mib],
	['peak RSS', 'peakRss', mib],
	['V8 heap', 'heap', mib],
	['peak V8 heap', 'peakHeap', mib],
	['V8 heap, garbage aside', 'kept', mib],
];

function print(when, stock, activated) {
	for (const [label, name, show] of FIGURES.filter(([, one]) => one in stock[0])) {
		const [theirs, ours] = [stock, activated].map((all) => all.map((one) => one[name]));
		if (median(theirs) === 0) {
			// Nobody looked: all of it was one turn.
			continue;
		}
		const differences = ours.map((value, i) => value - theirs[i]);
		const difference = median(differences);
		const spread = `${show(Math.min(...differences))} to ${show(Math.max(...differences))}`;
		console.log(
			`  ${when} ${label}: stock ${show(median(theirs))}, activated ${show(median(ours))}: ` +
				`${difference < 0 ? '' : '+'}${show(difference)} (${spread}), ` +
				`${(median(ours) / median(theirs)).toFixed(2)} times`,
		);
	}
}

printMachine();
console.log(`@remotion/renderer ${NEWEST}, medians of ${PAIRS} pairs`);
try {
	for (const [name, row] of Object.entries(ROWS)) {
		if (!name.startsWith(filter) || (row[0] === '--import' && !hasImport)) {
			continue;
		}
		const results = {stock: [], activated: []};
		// The first pair warms up what the system keeps of files.
		for (let pair = 0; pair <= PAIRS; pair++) {
			const stock = run(row, false);
			const activated = run(row, true);
			assert.equal(activated.digest, stock.digest, 'the output differs');
			assert.equal(stock.digest !== null, name.startsWith('render'), 'nothing was rendered');
			if (pair > 0) {
				results.stock.push(stock);
				results.activated.push(activated);
			}
		}
		console.log(name);
		const [stock, activated] = Object.values(results);
		if (stock[0].loaded !== null) {
			print(
				'loaded:',
				stock.map(({loaded}) => loaded),
				activated.map(({loaded}) => loaded),
			);
		}
		print(
			'ended:',
			stock.map(({ended}) => ended),
			activated.map(({ended}) => ended),
		);
	}
} finally {
	fs.rmSync(folder, {recursive: true, force: true});
	await removeBundles();
}
