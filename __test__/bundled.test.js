'use strict';

// Entries in a bundle whose tool takes them for what Node loads, as `bun build` does: they
// get a module that has no file, or one of a relative path.

const fs = require('node:fs');
const {createRequire} = require('node:module');
const path = require('node:path');
const {BUNDLED} = require('../lib/bundled/words');

const root = path.join(__dirname, '..');

function evaluate(entry, module) {
	const file = path.join(root, entry);
	const run = new Function('require', 'module', fs.readFileSync(file, 'utf8'));
	run(createRequire(file), module);
}

const MODULES = [
	['no file', () => ({exports: {}})],
	['a file of a relative path', (entry) => ({exports: {}, filename: entry})],
];

describe.each(MODULES)('a module with %s', (_, moduleOf) => {
	test.each(['index.js', 'renderer.js'])('%s throws what to do', (entry) => {
		const expected = expect.objectContaining({message: BUNDLED, code: 'HEADROOM_BUNDLED'});
		expect(() => evaluate(entry, moduleOf(entry))).toThrow(expected);
	});

	test('register.js says what to do, and goes on', () => {
		const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
		try {
			evaluate('register.js', moduleOf('register.js'));
			expect(warn.mock.calls).toEqual([[`[remotion-headroom] Not activated: ${BUNDLED}`]]);
		} finally {
			warn.mockRestore();
		}
	});
});
