'use strict';

// What of this package goes into a function: the files that activate.js requires,
// and theirs, as one. A function loads them at each cold start, and Node takes longer
// to find and read many. Names are paths in the package.

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

/** Those that are on their own: loaded without a binary alone, and require nothing of ours. */
const APART = ['lib/wasm.js', 'package.json'];

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

/**
 * Runs the files of `texts`, each once it is required, as Node would. Stands in the
 * function, so it uses nothing from here.
 */
function start(texts, entry, root) {
	const path = require('node:path');
	const modules = new Map();
	function load(file) {
		if (!modules.has(file)) {
			const module = {exports: {}};
			modules.set(file, module);
			const folder = path.posix.dirname(file);
			const requires = (request) => {
				if (!request.startsWith('.')) {
					return require(request);
				}
				const inside = path.posix.join(folder, request);
				const found = [inside, `${inside}.js`].find((one) => Object.hasOwn(texts, one));
				return found === undefined ? require(path.join(root, inside)) : load(found);
			};
			const place = path.join(root, file);
			texts[file].call(
				module.exports,
				module.exports,
				requires,
				module,
				place,
				path.dirname(place),
			);
		}
		return modules.get(file).exports;
	}
	return load(entry);
}

/** All these as one file, which stands where the entry does. */
function joined(files) {
	const texts = files.map((file) => {
		const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
		const body = file.endsWith('.json') ? `module.exports = ${text}` : text;
		return `'${file}'(exports, require, module, __filename, __dirname) {\n${body}},\n`;
	});
	const root = `require('node:path').join(__dirname, '${path.posix.relative(path.posix.dirname(ENTRY), '.')}')`;
	return (
		`'use strict';\n${start}\n` +
		`module.exports = start({\n${texts.join('')}}, '${ENTRY}', ${root});\n`
	);
}

/** `[{path, bytes}]`: all of ours but the binary. */
function ownFiles() {
	const read = (file) => ({path: file, bytes: fs.readFileSync(path.join(ROOT, file))});
	const files = loadedFiles();
	return [
		{path: ENTRY, bytes: Buffer.from(joined(files.filter((file) => !APART.includes(file))))},
		{path: 'package.json', bytes: Buffer.from(manifest())},
		...['lib/wasm.js', 'LICENSE', 'THIRD-PARTY.md', CORE]
			.filter((file) => fs.existsSync(path.join(ROOT, file)))
			.map(read),
	];
}

module.exports = {ROOT, loadedFiles, ownFiles};
