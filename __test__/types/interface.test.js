'use strict';

// The interface without its documentation, in interface.txt: who changes it says so
// there too, where a review and CHANGELOG.md see it. HEADROOM_WRITE=1 renews the file.

const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');
const REPORT = path.join(__dirname, 'interface.txt');

/** Declarations without comments and empty lines, one file after the other. */
function report() {
	const names = fs.readdirSync(root).filter((name) => /\.d\.m?ts$/.test(name));
	return names
		.sort()
		.map((name) => {
			const text = fs.readFileSync(path.join(root, name), 'utf8');
			const declared = text.replace(/^\s*(\/\*[\s\S]*?\*\/|\/\/.*)$/gm, '');
			return `${name}\n\n${declared.replace(/\n\s*\n/g, '\n').trim()}\n`;
		})
		.join('\n');
}

test('the exported interface is what interface.txt says', () => {
	if (process.env.HEADROOM_WRITE) {
		fs.writeFileSync(REPORT, report());
	}
	expect(report()).toBe(fs.readFileSync(REPORT, 'utf8'));
});
