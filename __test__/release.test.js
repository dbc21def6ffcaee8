'use strict';

// One command sets the version everywhere; releases themselves are the workflow's.
// The dry run is a command of its own: npm run release -- --dry-run.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {root, run} = require('../scripts/tools');

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-version-'));
const read = (file) => fs.readFileSync(path.join(home, file), 'utf8');

afterAll(() => fs.rmSync(home, {recursive: true, force: true}));

test('npm version sets the version of every manifest and lockfile', () => {
	const files = run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z']);
	for (const file of files.split('\0').filter((name) => name !== '')) {
		if (fs.existsSync(path.join(root, file))) {
			fs.cpSync(path.join(root, file), path.join(home, file));
		}
	}
	fs.symlinkSync(path.join(root, 'node_modules'), path.join(home, 'node_modules'), 'junction');
	run('git', ['init', '--quiet'], {cwd: home});
	run('npm', ['version', '9.8.7-rc.1', '--no-git-tag-version'], {cwd: home});
	const npm = JSON.parse(read('package-lock.json'));
	expect([npm.version, npm.packages[''].version]).toEqual(['9.8.7-rc.1', '9.8.7-rc.1']);
	expect(JSON.parse(read('package.json')).version).toBe('9.8.7-rc.1');
	// What cargo makes of it: manifests and lockfiles agree, or --locked refuses.
	for (const folder of ['.', 'fuzz']) {
		const how = ['--locked', '--offline', '--no-deps', '--format-version', '1'];
		const cwd = path.join(home, folder);
		run('cargo', ['metadata', '--locked', '--format-version', '1'], {cwd});
		const {packages} = JSON.parse(run('cargo', ['metadata', ...how], {cwd}));
		const crates = packages.filter(({name}) => name !== 'remotion-headroom-fuzz');
		for (const {version} of crates) {
			expect(version).toBe('9.8.7-rc.1');
		}
		expect(read(path.join(folder, 'Cargo.lock'))).toContain('version = "9.8.7-rc.1"');
	}
	// Cargo's files are in the commit that npm makes.
	const staged = run('git', ['diff', '--cached', '--name-only'], {cwd: home});
	expect(staged.trim().split('\n')).toEqual(['Cargo.lock', 'Cargo.toml', 'fuzz/Cargo.lock']);
});

test('without --dry-run nothing is released', () => {
	const {status, stderr} = spawnSync(process.execPath, ['scripts/release.js'], {
		cwd: root,
		encoding: 'utf8',
	});
	expect(status).toBe(1);
	expect(stderr).toContain('Releases are made by the workflow, on a tag');
});
