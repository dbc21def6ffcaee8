'use strict';

// Licences, sources and duplicates of the crates; what the SBOM lists.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {linkedCrates} = require('../../scripts/licences');
const {run} = require('../../scripts/tools');
const {cargoDeny} = require('./deny');

jest.setTimeout(600_000);

test('crates: licences, duplicates and sources', () => {
	run(cargoDeny(), ['--locked', 'check', 'licenses', 'bans', 'sources']);
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
