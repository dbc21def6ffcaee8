'use strict';

// When payloads live and die. What could crash or hang runs in a child process.

const {spawnSync} = require('node:child_process');
const path = require('node:path');
const {compressAsset, getAssetStoreStats} = require('../../index.js');

function run(script, {flags = [], args = []} = {}) {
	const {status, signal, stdout, stderr} = spawnSync(
		process.execPath,
		['--expose-gc', ...flags, path.join(__dirname, 'fixtures', script), ...args],
		{encoding: 'utf8', timeout: 100_000},
	);
	expect({status, signal, stdout, stderr}).toEqual({
		status: 0,
		signal: null,
		stdout: 'fine\n',
		stderr: '',
	});
}

test('content stays byte for byte through GC storms', () => run('content.js'));
test('payloads go with the last string over them', () => run('release.js'));
test('10,000 rounds leave nothing behind', () => run('growth.js'));
test('workers exit in any order with strings alive', () => run('workers.js'));
test('workers alone, the main thread without the addon', () =>
	run('workers.js', {args: ['alone']}));
test.each(['end', 'exit', 'throw'])('the process ends with strings alive: %s', (how) =>
	run('main-exit.js', {args: [how]}),
);
test('vm contexts, and the package loaded twice', () => run('contexts.js'));
test('finalizers inside our own calls do not hang', () =>
	run('gc-inside.js', {flags: ['--no-incremental-marking', '--max-old-space-size=16']}));

test("Jest's own realm", () => {
	const before = getAssetStoreStats();
	const src = 'jest:'.padEnd(5000, 'j');
	const history = [];
	history.push(compressAsset(history, {id: 'j', frame: 0, src}));
	expect(getAssetStoreStats().bytes - before.bytes).toBe(5000);
	expect(history[0].src).toBe(src);
	for (const previous of [history, [...history], [...history]]) {
		expect(compressAsset(previous, {id: 'j', frame: 1, src: 'jest:'.padEnd(5000, 'j')})).toEqual({
			id: 'j',
			frame: 1,
			src: 'same-as-j-0',
		});
	}
});
