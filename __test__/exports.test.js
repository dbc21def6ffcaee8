'use strict';

// index.d.ts declares what index.js exports: no more and no less.

const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');

test('the declarations and the exports have the same names', () => {
	const declared = [
		...fs
			.readFileSync(path.join(root, 'index.d.ts'), 'utf8')
			.matchAll(/^export (?:function|class|const) (\w+)/gm),
	].map(([, name]) => name);
	expect([...new Set(declared)].sort()).toEqual(Object.keys(require('../index.js')).sort());
});

test('every declaration of an export is documented', () => {
	const text = fs.readFileSync(path.join(root, 'index.d.ts'), 'utf8');
	const undocumented = [...text.matchAll(/^(.*)\nexport \w+ (\w+)/gm)]
		.filter(([, before]) => !before.endsWith('*/'))
		.map(([, , name]) => name);
	expect(undocumented).toEqual([]);
});

test('the parts of a report are named like the files that stand for them', () => {
	const folder = path.join(root, 'lib', 'remotion');
	const files = fs
		.readdirSync(folder, {recursive: true})
		.filter((file) => file.endsWith('.js'))
		.map((file) => file.split(path.sep).join('/').slice(0, -'.js'.length));
	const [, union] = fs
		.readFileSync(path.join(root, 'index.d.ts'), 'utf8')
		.match(/^export type RegisteredPart =\n(.*?);$/ms);
	const declared = [...union.matchAll(/^\t\| '(.+)'/gm)].map(([, name]) => name);
	expect(Object.keys(require('../lib/register').PARTS).sort()).toEqual(files.sort());
	expect(declared.sort()).toEqual([...files, 'esm'].sort());
});
