'use strict';

// Remotion's packages that a project has, each copy with its version.

const fs = require('node:fs');
const path = require('node:path');

const SCOPE = '@remotion';

function entries(folder) {
	try {
		return fs.readdirSync(folder);
	} catch {
		return [];
	}
}

/** The package in `folder`; nothing where there is none. */
function read(folder) {
	try {
		const {name, version} = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
		return typeof name === 'string' && typeof version === 'string'
			? [{name, version, path: fs.realpathSync(folder)}]
			: [];
	} catch {
		return [];
	}
}

const within = (modules) => [
	path.join(modules, 'remotion'),
	...entries(path.join(modules, SCOPE)).map((name) => path.join(modules, SCOPE, name)),
];

/** `directory` and those above. */
function upwards(directory) {
	const parent = path.dirname(directory);
	return parent === directory ? [directory] : [directory, ...upwards(parent)];
}

/** Of each name what `directory` gets, and copies of their own that those have. */
function findPackages(directory) {
	const seen = new Map();
	const names = new Set();
	for (const at of upwards(directory)) {
		const found = within(path.join(at, 'node_modules')).flatMap(read);
		for (const one of found.filter(({name}) => !names.has(name))) {
			names.add(one.name);
			seen.set(one.path, one);
		}
	}
	for (const {path: root} of [...seen.values()]) {
		// Beside it is what it gets under pnpm, within it what npm could not hoist.
		const beside = root
			.split(path.sep)
			.slice(0, root.includes(SCOPE) ? -2 : -1)
			.join(path.sep);
		for (const one of [path.join(root, 'node_modules'), beside].flatMap(within).flatMap(read)) {
			seen.set(one.path, one);
		}
	}
	return [...seen.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

module.exports = {findPackages};
