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

/**
 * Entries without a hash: binaries of Remotion that the mirror here answers with 404,
 * where whoever has the whole registry deletes the entry before npm writes it anew.
 */
const BARE = {
	'4.0.529': ['darwin-x64', 'linux-arm64-gnu', 'linux-arm64-musl', 'linux-x64-musl'],
	'4.0.500': ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu', 'linux-arm64-musl'],
	'4.0.403': ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu', 'linux-arm64-musl'],
	'4.0.382': ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu', 'linux-arm64-musl'],
	'4.0.300': ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu', 'linux-arm64-musl'],
	'4.1.0-alpha2': ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu', 'linux-arm64-musl'],
	'4.1.0-alpha9': ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu', 'linux-arm64-musl'],
};
const known = Object.entries(BARE).flatMap(([version, platforms]) =>
	[...platforms, 'win32-x64-msvc'].map((name) => `@remotion/compositor-${name}@${version}`),
);

/** Entries whose content nothing proves. What is in a bundle is proved by the bundle's hash. */
const bare = (packages) =>
	Object.entries(packages)
		.filter(([name, {link}]) => name !== '' && !link)
		.filter(([, {integrity, inBundle}]) => !inBundle && !/^sha512-.{86}==$/.test(integrity))
		.map(([name, {version}]) => `${name.split('node_modules/').at(-1)}@${version}`);

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
		expect(bare(packages).filter((name) => !known.includes(name))).toEqual([]);
	});
});

test('the list of entries without a hash has none that has one', () => {
	const all = ['.', ...tools].flatMap((folder) => bare(read(folder, 'package-lock.json').packages));
	expect(known.filter((name) => !all.includes(name))).toEqual([]);
});

test.each([
	['it has none', (entry) => delete entry.integrity],
	['it has one of SHA-1', (entry) => Object.assign(entry, {integrity: `sha1-${'A'.repeat(27)}=`})],
	[
		'it has half of one',
		(entry) => Object.assign(entry, {integrity: entry.integrity.slice(0, 50)}),
	],
])('an entry that lost its hash is found: %s', (_, plant) => {
	const {packages} = read('.', 'package-lock.json');
	const before = bare(packages);
	plant(packages['node_modules/jest']);
	const {version} = packages['node_modules/jest'];
	expect(bare(packages).filter((name) => !before.includes(name))).toEqual([`jest@${version}`]);
});

/** Crates of a registry or a repository whose content nothing proves. */
function bareCrates(lock) {
	const foreign = lock.split('[[package]]').filter((text) => text.includes('\nsource = '));
	expect(foreign).not.toEqual([]);
	return foreign
		.filter((text) => !/\nchecksum = "[0-9a-f]{64}"\n/.test(text))
		.map((text) => /\nname = "(.*)"/.exec(text)[1]);
}

test.each(['Cargo.lock', 'fuzz/Cargo.lock'])('every crate of %s has its hash', (file) => {
	const lock = fs.readFileSync(path.join(root, file), 'utf8');
	expect(bareCrates(lock)).toEqual([]);
	const planted = lock.replace(/(\nname = "base64"[^[]*?)\nchecksum = .*/, '$1');
	expect(bareCrates(planted)).toEqual(['base64']);
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

/** Name -> version or versions, and what each entry of ours depends on. */
const crates = (file) =>
	fs
		.readFileSync(path.join(root, file), 'utf8')
		.split('[[package]]')
		.map((entry) => ({
			name: /^name = "(.+)"/m.exec(entry)?.[1],
			version: /^version = "(.+)"/m.exec(entry)?.[1],
			needs: [...entry.matchAll(/^ "([^" ]+)/gm)].map(([, name]) => name),
		}));

test('the fuzzed crates are those that are built, in the same versions', () => {
	const [built, fuzzed] = [crates('Cargo.lock'), crates('fuzz/Cargo.lock')];
	const core = fuzzed.find(({name}) => name === 'remotion-headroom-core');
	const manifest = fs.readFileSync(path.join(root, 'core/Cargo.toml'), 'utf8');
	const sections = manifest
		.split(/^\[/m)
		.filter((text) => /^[^\n]*(?<!dev-)dependencies\]/.test(text));
	const wanted = sections.flatMap((text) =>
		[...text.matchAll(/^([\w-]+) = /gm)].map(([, name]) => name),
	);
	expect(wanted).toContain('base64');
	expect(core.needs).toEqual(expect.arrayContaining(wanted));
	for (const name of wanted) {
		const versions = (list) => list.filter((one) => one.name === name).map(({version}) => version);
		expect([name, versions(built)]).toEqual([name, expect.arrayContaining(versions(fuzzed))]);
	}
});
