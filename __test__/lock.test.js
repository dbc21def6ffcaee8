'use strict';

// package-lock.json holds for every platform, also where it was written beside a
// registry mirror that lacks packages: npm leaves out what it can't look up, and
// `npm ci` refuses the file then. `npm install --package-lock-only` on a machine
// with the whole registry writes it anew.

const {packages} = require('../package-lock.json');

/** `node_modules/a`, seen from `node_modules/b/node_modules/c`: nearest first. */
function find(from, name) {
	for (
		let base = from;
		;
		base = base.slice(0, Math.max(0, base.lastIndexOf('node_modules/') - 1))
	) {
		const found = packages[`${base === '' ? '' : `${base}/`}node_modules/${name}`];
		if (found !== undefined || base === '') {
			return found;
		}
	}
}

test('every optional package of every platform is listed, in its version', () => {
	const missing = Object.entries(packages).flatMap(([from, {optionalDependencies = {}}]) =>
		Object.entries(optionalDependencies)
			.filter(([name, version]) => {
				const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version);
				const found = find(from, name);
				return found === undefined || (exact && found.version !== version);
			})
			.map(([name, version]) => `${name}@${version} of ${from}`),
	);
	expect(missing).toEqual([]);
});

test('every entry has its hash, but those that the mirror here lacks', () => {
	const bare = Object.entries(packages)
		.filter(([name, {integrity, link}]) => name !== '' && !link && !integrity)
		.map(([name]) => name.split('node_modules/').at(-1));
	// Binaries of Remotion, for machines other than the one that wrote the file.
	expect(bare.filter((name) => !name.startsWith('@remotion/compositor-'))).toEqual([]);
	expect(bare.length).toBeLessThanOrEqual(35);
});
