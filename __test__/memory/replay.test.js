'use strict';

// Each directory of core/tests/fixtures is a machine: its files, the variables that
// count, and the report that is expected. fixture.json says where it is from.

const fs = require('node:fs');
const path = require('node:path');
const {native} = require('../../lib/native');
const {makeNative} = require('../../lib/wasm');
const {VARIABLES, replay} = require('../../lib/measure-memory');

const home = path.join(__dirname, '..', '..', 'core', 'tests', 'fixtures');
const fixtures = fs.readdirSync(home).map((name) => {
	const fixture = JSON.parse(fs.readFileSync(path.join(home, name, 'fixture.json'), 'utf8'));
	return [name, {...fixture, root: path.join(home, name, 'root')}];
});

test('each says whether it is real', () => {
	for (const [, {note}] of fixtures) {
		expect(note).toMatch(/^(?:Real|By hand): /);
	}
	expect(fixtures.length).toBeGreaterThanOrEqual(12);
});

const wasm = makeNative();

describe.each(fixtures)('%s', (_name, {root, variables, expected}) => {
	test('gives the report that is expected', () => {
		expect(replay(root, {variables})).toMatchObject(expected);
	});

	test('the WebAssembly core reads the same files and answers the same', () => {
		const values = VARIABLES.map((name) => variables[name] ?? undefined);
		const [ours, theirs] = [native, wasm].map((side) => side.measureMemory(root, true, ...values));
		expect(theirs).toEqual(ours);
		const paths = ours.captured.map(({path: file}) => file);
		expect(new Set(paths).size).toBe(paths.length);
	});

	test('a capture has the files in base64', () => {
		const {captured} = native.measureMemory(root, true);
		const filled = captured.filter(({content}) => content);
		for (const {path: file, content} of filled) {
			expect(content).toBe(fs.readFileSync(path.join(root, file), 'base64'));
		}
		expect(filled.length).toBeGreaterThan(0);
	});
});
