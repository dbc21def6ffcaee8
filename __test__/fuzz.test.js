'use strict';

// npm run fuzz, which the weekly workflow runs, knows every target there is.

const fs = require('node:fs');
const path = require('node:path');
const {TARGETS} = require('../scripts/fuzz');

const fuzz = path.join(__dirname, '..', 'fuzz');

test('every target is built, and run by npm run fuzz', () => {
	const files = fs.readdirSync(path.join(fuzz, 'fuzz_targets'));
	const targets = files.map((file) => path.basename(file, '.rs')).sort();
	const manifest = fs.readFileSync(path.join(fuzz, 'Cargo.toml'), 'utf8');
	const built = [...manifest.matchAll(/^\[\[bin\]\]\nname = "(.+)"$/gm)].map(([, name]) => name);
	expect(built.sort()).toEqual(targets);
	expect(Object.keys(TARGETS).sort()).toEqual(targets);
});
