'use strict';

// The table of rules in docs/memory.md names a test for each: they exist, and
// no rule is left out.

const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');
const read = (...parts) => fs.readFileSync(path.join(root, ...parts), 'utf8');

const sources = fs.readdirSync(path.join(root, 'core', 'src', 'memory'));
const tests = sources.flatMap((file) => {
	const attributed = /#\[test\]\s+fn (rule_\w+)/g;
	return [...read('core', 'src', 'memory', file).matchAll(attributed)].map(([, name]) => name);
});

const [, table] = /\n\| rule .*\n\|[-| ]+\n((?:\|.*\n)+)/.exec(read('docs', 'memory.md')) ?? [];
const rows = (table ?? '').trim().split('\n');

test.each(rows)('%s', (row) => {
	const named = [...row.matchAll(/`(rule_\w+)`/g)].map(([, name]) => name);
	expect(named.length).toBeGreaterThan(0);
	for (const name of named) {
		expect(tests).toContain(name);
	}
});

test('every rule is in the table', () => {
	expect(tests.length).toBeGreaterThan(25);
	expect(tests.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
});
