'use strict';

// Each package-lock.json holds for every platform, also where it was written beside
// a registry mirror that lacks packages: npm leaves out what it can't look up, and
// `npm ci` refuses the file then. `npm install --package-lock-only` on a machine
// with the whole registry writes it anew.

const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const tools = fs.readdirSync(path.join(root, 'tools')).map((name) => path.join('tools', name));
const read = (folder, file) => JSON.parse(fs.readFileSync(path.join(root, folder, file), 'utf8'));

/** `node_modules/a`, seen from `node_modules/b/node_modules/c`: nearest first. */
function find(packages, from, name) {
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

/** Entries without a hash: binaries of Remotion that the mirror here lacks. */
const BARE = {'.': 5, 'tools/remotions': 30};

describe.each(['.', ...tools])('%s', (folder) => {
	const {packages} = read(folder, 'package-lock.json');

	test('every optional package of every platform is listed, in its version', () => {
		const missing = Object.entries(packages).flatMap(([from, {optionalDependencies = {}}]) =>
			Object.entries(optionalDependencies)
				.filter(([name, version]) => {
					const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version);
					const found = find(packages, from, name);
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
		expect(bare.filter((name) => !name.startsWith('@remotion/compositor-'))).toEqual([]);
		expect(bare.length).toBeLessThanOrEqual(BARE[folder] ?? 0);
	});
});

test('no version of Remotion but the newest is installed with ours', () => {
	const {packages} = read('.', 'package-lock.json');
	const versions = Object.entries(packages)
		.filter(([name]) => /node_modules\/(remotion|@remotion\/renderer)$/.test(name))
		.map(([, {version}]) => version);
	const [newest] = versions;
	expect(versions).toEqual(versions.map(() => newest));
	const others = Object.values(read('tools/remotions', 'package.json').devDependencies);
	expect(others.filter((one) => one.endsWith(`@${newest}`))).toEqual([]);
});
