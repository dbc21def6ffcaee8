// The source map of a bundle, which a render prepares to name where a page's messages
// come from: stock and activated, before a message and after one.
import {strict as assert} from 'node:assert';
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {printMachine} from './compare.mjs';

const MIB = 2 ** 20;
const RUNS = 3;
const child = fileURLToPath(new URL('source-map-child.cjs', import.meta.url));
const LINES = 50_000;

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const digit = (number) => DIGITS[number << 1];

/** A map with `LINES` lines, as of a project with large dependencies. */
function makeMap() {
	const line = () =>
		Array.from(
			{length: 20},
			(_, j) => `${digit(1 + (j % 9))}A${digit(j === 0 ? 1 : 0)}${digit(j % 7)}`,
		);
	const mappings = Array.from({length: LINES}, () => line().join(',')).join(';');
	const text = 'const answer = compute(question, {depth: 42});\n'.repeat(LINES / 100);
	return JSON.stringify({
		version: 3,
		file: 'bundle.js',
		sources: Array.from({length: 100}, (_, i) => `webpack:///./src/module-${i}.js`),
		sourcesContent: Array.from({length: 100}, () => text),
		names: [],
		mappings,
	});
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-source-map-'));
fs.writeFileSync(path.join(folder, 'index.html'), '<!doctype html>');
fs.writeFileSync(path.join(folder, 'bundle.js'), `void 0;\n//# sourceMappingURL=bundle.js.map\n`);
const map = makeMap();
fs.writeFileSync(path.join(folder, 'bundle.js.map'), map);

const positions = Array.from({length: 200}, (_, i) => ({line: 1 + i * 37, column: i}));
const run = (activated) =>
	JSON.parse(
		execFileSync(process.execPath, [
			'--expose-gc',
			child,
			JSON.stringify({folder, activated, positions}),
		]).toString(),
	);
const middle = (results, name) => results.map((one) => one[name]).sort((a, b) => a - b)[RUNS >> 1];

printMachine();
const stock = [];
const activated = [];
for (let i = 0; i < RUNS; i++) {
	stock.push(run(false));
	activated.push(run(true));
	assert.deepEqual(activated[i].answers, stock[i].answers, 'the map says otherwise');
}
assert(
	stock[0].answers.some(({source}) => source !== null),
	'the map says nothing',
);
console.log(`a map of ${(map.length / MIB).toFixed(1)} MiB, equal answers`);
for (const [name, results] of Object.entries({stock, activated})) {
	const mib = (figure) => `${(middle(results, figure) / MIB).toFixed(1)} MiB`;
	console.log(
		`  ${name.padEnd(10)} prepared: heap ${mib('heap')}, RSS ${mib('rss')}, CPU ${(middle(results, 'cpu') / 1000).toFixed(2)} s; after a message: heap ${mib('heapUsed')}, RSS ${mib('rssUsed')}`,
	);
}
fs.rmSync(folder, {recursive: true});
