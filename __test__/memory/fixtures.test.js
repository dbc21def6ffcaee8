'use strict';

// Every fixture of tests/fixtures gives the report that it says.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {execFileSync} = require('node:child_process');
const {measureMemory, replay} = require('../../lib/measure');

const fixtures = path.join(__dirname, '..', '..', 'tests', 'fixtures');
const names = fs.readdirSync(fixtures);

/** Directories of a replayed report lie below the fixture's root. */
function withoutRoot(report, root) {
	for (const level of report.cgroup?.levels ?? []) {
		level.directory = level.directory.replace(root, '');
	}
	return report;
}

test.each(names)('%s', (name) => {
	const dir = path.join(fixtures, name);
	const {origin, variables, expected} = JSON.parse(
		fs.readFileSync(path.join(dir, 'fixture.json'), 'utf8'),
	);
	expect(origin).toMatch(/^(captured|written)/);
	expect(withoutRoot(replay(path.join(dir, 'root'), {variables}), path.join(dir, 'root'))).toEqual(
		expected,
	);
});

test('there are fixtures from real kernels of both versions', () => {
	const captured = names
		.map((name) => JSON.parse(fs.readFileSync(path.join(fixtures, name, 'fixture.json'), 'utf8')))
		.filter(({origin}) => origin.startsWith('captured'))
		.map(({expected}) => expected.cgroup.version);
	expect(captured).toEqual(expect.arrayContaining([1, 2]));
});

test('a capture replays to the report that it came with', () => {
	const report = measureMemory({capture: true, logLevel: 'error'});
	const name = `self-${process.pid}`;
	const file = path.join(os.tmpdir(), `headroom-${name}.json`);
	fs.writeFileSync(file, JSON.stringify(report));
	const dir = path.join(fixtures, name);
	try {
		execFileSync(process.execPath, ['scripts/fixture.mjs', name, file, 'captured here'], {
			cwd: path.join(__dirname, '..', '..'),
		});
		const {capture, ...expected} = report;
		const root = path.join(dir, 'root');
		expect(withoutRoot(replay(root, capture), root)).toEqual(expected);
		// No file is read twice.
		const paths = capture.files.map((one) => one.path);
		expect(new Set(paths).size).toBe(paths.length);
	} finally {
		fs.rmSync(dir, {recursive: true, force: true});
		fs.rmSync(file);
	}
});
