'use strict';

// What pack:local packs is what a release packs, with a text for the licence of each
// crate that is linked in. Nothing here looks into the binaries of other platforms.

const {createHash} = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {KEPT, licencesOf, linkedCrates, thirdParty} = require('../scripts/licences');
const {check, manifest, pack, stage} = require('../scripts/packages');
const {root, run} = require('../scripts/tools');

const {targets} = manifest.napi;
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-pack-test-'));
const folder = (name) => {
	const made = path.join(home, name);
	fs.mkdirSync(made);
	return made;
};
const WASM = ['remotion-headroom-wasm', 'wasm32-unknown-unknown'];
const BUILT = [...targets.map((target) => ['remotion-headroom', target]), WASM];

afterAll(() => fs.rmSync(home, {recursive: true, force: true}));

/** The files in a tarball. */
const list = (file) => run('tar', ['-tzf', file]).trim().split('\n').sort();

test('pack:local packs the files that a release packs', () => {
	const local = folder('local');
	run(process.execPath, [path.join(root, 'scripts', 'packages.js'), 'local', local]);

	const artifacts = folder('artifacts');
	const staging = folder('staging');
	const own = fs.readdirSync(root).find((name) => name.endsWith('.node'));
	// Napi's names of the targets; only this machine's is compared.
	const platforms = ['darwin-x64', 'darwin-arm64', 'win32-x64-msvc'].concat(
		['x64-gnu', 'arm64-gnu', 'x64-musl', 'arm64-musl'].map((name) => `linux-${name}`),
	);
	for (const platform of platforms) {
		const name = `${manifest.napi.binaryName}.${platform}.node`;
		fs.writeFileSync(path.join(artifacts, name), 'for another machine');
	}
	fs.copyFileSync(path.join(root, own), path.join(artifacts, own));
	const platform = own.split('.')[1];
	const compared = stage(staging, artifacts).filter((one) =>
		[platform, path.basename(staging)].includes(path.basename(one)),
	);
	// What the main package says of the binaries of all.
	const recorded = JSON.parse(
		fs.readFileSync(path.join(staging, 'lib', 'lambda', 'binaries.json'), 'utf8'),
	);
	const hashOf = (name) => createHash('sha512').update(fs.readFileSync(path.join(artifacts, name)));
	const binaries = fs.readdirSync(artifacts).sort();
	expect(recorded).toEqual(
		Object.fromEntries(binaries.map((name) => [name, `sha512-${hashOf(name).digest('base64')}`])),
	);
	expect(binaries).toHaveLength(targets.length);
	const released = compared.map((one) => pack(one, folder(`packed-${path.basename(one)}`)));
	released.forEach(check);

	const names = fs.readdirSync(local);
	expect(names).toHaveLength(2);
	for (const name of names) {
		const same = released.find(({file}) => path.basename(file) === name);
		expect(list(path.join(local, name))).toEqual(list(same.file));
	}
}, 300_000);

test.each(BUILT)('%s for %s: each crate has its licence, in full', (crate, target) => {
	const text = thirdParty(crate, target);
	for (const {name, version} of linkedCrates(crate, target)) {
		expect(text).toContain(`- ${name} ${version}: `);
		expect(text).toMatch(new RegExp(`^## .*[ ]${name}(,|$)`, 'm'));
	}
	expect(text).toContain('Copyright (c) The Rust Project');
	expect(text).not.toMatch(/<copyright holders>/);
});

test('a crate that brings no text, with none kept for it, is an error', () => {
	const [crate, target] = BUILT[0];
	const napi = linkedCrates(crate, target).find(({name}) => name === 'napi-sys');
	expect(
		licencesOf(napi)
			.map(({text}) => text)
			.join(),
	).toContain('2020 LongYinan');
	const kept = folder('kept');
	fs.copyFileSync(path.join(KEPT, 'rust.txt'), path.join(kept, 'rust.txt'));
	expect(() => thirdParty(crate, target, kept)).toThrow(/brings no text of MIT/);
	// Nor is a template a text.
	fs.writeFileSync(
		path.join(kept, 'napi-rs.txt'),
		fs
			.readFileSync(path.join(KEPT, 'napi-rs.txt'), 'utf8')
			.replace('LongYinan', '<copyright holders>'),
	);
	expect(() => licencesOf(napi, kept)).toThrow(/napi-sys .* brings no text of MIT/);
});

test('a text is kept only for crates that bring none', () => {
	const kept = fs.readdirSync(KEPT);
	const used = BUILT.flatMap((built) => linkedCrates(...built)).flatMap((one) =>
		licencesOf(one).map(({text}) => text),
	);
	const needless = kept.filter(
		(name) =>
			name !== 'rust.txt' && !used.includes(fs.readFileSync(path.join(KEPT, name), 'utf8').trim()),
	);
	expect(needless).toEqual([]);
});
