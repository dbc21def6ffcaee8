// Packs what gets published, from the binaries in artifacts/. Fails where one
// of the seven is missing, or a version differs somewhere.
//   node scripts/pack-release.mjs DIR [--tag v1.2.3]
import {strict as assert} from 'node:assert';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {
	binaryName,
	check,
	manifest,
	pack,
	platformManifest,
	platforms,
	stageMain,
	stagePlatform,
	targetOf,
} from './packages.mjs';
import {main, root} from './tools.mjs';

function checkVersions(tag) {
	const {version} = manifest;
	if (tag !== undefined) {
		assert.equal(tag, `v${version}`, 'the tag is not the version of package.json');
	}
	const cargo = /^version = "(.*)"$/m.exec(
		fs.readFileSync(path.join(root, 'Cargo.toml'), 'utf8'),
	)[1];
	assert.equal(cargo, version, 'Cargo.toml has another version');
	for (const platform of platforms) {
		assert.equal(
			platformManifest(platform).version,
			version,
			`npm/${platform} has another version`,
		);
	}
	const changelog = fs.readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8');
	assert(changelog.includes(`\n## ${version}`), `CHANGELOG.md has no section "${version}"`);
	assert.deepEqual(
		platforms.map(targetOf).sort(),
		[...manifest.napi.targets].sort(),
		'npm/ and the targets of package.json differ',
	);
}

main(() => {
	const {values, positionals} = parseArgs({
		options: {tag: {type: 'string'}},
		allowPositionals: true,
	});
	assert.equal(positionals.length, 1, 'Usage: node scripts/pack-release.mjs DIR [--tag v1.2.3]');
	checkVersions(values.tag);
	const artifacts = path.join(root, 'artifacts');
	const missing = platforms.filter(
		(platform) => !fs.existsSync(path.join(artifacts, binaryName(platform))),
	);
	assert.deepEqual(missing, [], 'artifacts/ lacks binaries: nothing is packed');
	const staging = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-release-'));
	try {
		for (const platform of platforms) {
			stagePlatform(
				platform,
				path.join(artifacts, binaryName(platform)),
				path.join(staging, platform),
			);
		}
		stageMain(path.join(staging, 'main'));
		// The main package is last: whoever installs it finds the others there.
		for (const name of [...platforms, 'main']) {
			const packed = pack(path.join(staging, name), path.resolve(positionals[0]));
			check(packed);
			console.log(`${packed.file}  ${packed.size} bytes (${packed.unpackedSize} unpacked)`);
		}
	} finally {
		fs.rmSync(staging, {recursive: true});
	}
});
