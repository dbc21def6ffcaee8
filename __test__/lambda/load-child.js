'use strict';

// node load-child.js FOLDER PACKAGE HOW: loads the function in FOLDER, without running
// its handler, and prints what was activated in it by the package in PACKAGE. HOW is
// "require", or "import", as AWS's client does it.

const path = require('node:path');
const {pathToFileURL} = require('node:url');

const [folder, own, how] = process.argv.slice(2);
const lambda = require(path.join(own, 'lib/lambda/activate.js'));

const printed = [];
for (const method of ['log', 'warn', 'error']) {
	console[method] = (...args) => printed.push(args.join(' '));
}

const functionsOf = (modules) =>
	Object.entries(modules).flatMap(([file, [exports]]) =>
		Object.entries(exports)
			.filter(([, value]) => typeof value === 'function')
			.map(([name, value]) => [`${file} ${name}`, value]),
	);

const {activate} = lambda;
let outcome = null;
let replaced = [];
let checks = {};
lambda.activate = (modules, about) => {
	const before = new Map(functionsOf(modules));
	outcome = activate(modules, about);
	replaced = functionsOf(modules).flatMap(([name, value]) =>
		value === before.get(name) ? [] : [name],
	);
	const {compressAsset} = modules['compress-assets'][0];
	const first = {
		type: 'audio',
		id: 'a',
		frame: 0,
		src: `data:audio/wav;base64,${'A'.repeat(5000)}`,
	};
	checks = {
		compressed: compressAsset([first], {...first, id: 'b', frame: 1}).src,
		available: modules['memory/get-available-memory'][0].getAvailableMemory('error'),
	};
};

async function main() {
	const file = path.join(folder, 'index.js');
	const {handler, routine} =
		how === 'import' ? await import(pathToFileURL(file).href) : require(file);
	const exported = {handler: typeof handler, routine: typeof routine};
	process.stdout.write(JSON.stringify({...outcome, replaced, checks, exported, printed}), () =>
		process.exit(0),
	);
}

main();
