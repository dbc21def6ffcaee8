'use strict';

// What of this package goes into a function: the files that activate.js requires,
// and theirs. Names are paths in the package.

const fs = require('node:fs');
const path = require('node:path');
const {name, version, license} = require('../../package.json');

const ROOT = path.join(__dirname, '..', '..');
const ENTRY = 'lib/lambda/activate.js';
const CORE = 'lib/core.wasm';

/** Written out where it is required: ./native.js and ./switch.js name files that are not loaded there. */
const REQUIRED = /\brequire\('(\.{1,2}\/[^']+)'\)/g;

/** Required where a report is written, which a function never does. */
const NEVER = /^lib\/report\//;

function resolve(from, request) {
	const file = path.posix.join(path.posix.dirname(from), request);
	return [file, `${file}.js`].find((one) =>
		fs.statSync(path.join(ROOT, one), {throwIfNoEntry: false})?.isFile(),
	);
}

/** Paths of the files that are loaded, sorted. */
function loadedFiles() {
	const found = new Set([ENTRY]);
	for (const file of found) {
		if (!file.endsWith('.js')) {
			continue;
		}
		const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
		for (const [, request] of text.matchAll(REQUIRED)) {
			const next = resolve(file, request);
			if (next !== undefined && !next.endsWith('.node') && !NEVER.test(next)) {
				found.add(next);
			}
		}
	}
	return [...found].sort();
}

/** The same package, as far as it is in a function. */
const manifest = () =>
	`${JSON.stringify({name, version, license, exports: {'./lambda': `./${ENTRY}`}}, null, '\t')}\n`;

/** `[{path, bytes}]`: all of ours but the binary. */
function ownFiles() {
	const read = (file) => ({path: file, bytes: fs.readFileSync(path.join(ROOT, file))});
	return loadedFiles()
		.map((file) =>
			file === 'package.json' ? {path: file, bytes: Buffer.from(manifest())} : read(file),
		)
		.concat(
			['LICENSE', 'THIRD-PARTY.md', CORE]
				.filter((file) => fs.existsSync(path.join(ROOT, file)))
				.map(read),
		);
}

module.exports = {ROOT, loadedFiles, ownFiles};
