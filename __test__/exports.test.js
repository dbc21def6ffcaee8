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
