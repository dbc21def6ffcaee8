// Publishes the tarballs that scripts/pack-release.mjs made: platform packages
// first, so that whoever installs the main package finds them.
//   node scripts/publish.mjs DIR --tag v1.2.3 [--registry URL]
import {strict as assert} from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {manifest, platformManifest, platforms} from './packages.mjs';
import {main, run} from './tools.mjs';

main(() => {
	const {values, positionals} = parseArgs({
		options: {tag: {type: 'string'}, registry: {type: 'string'}},
		allowPositionals: true,
	});
	const {name, version} = manifest;
	assert.equal(positionals.length, 1, 'Usage: node scripts/publish.mjs DIR --tag v1.2.3');
	assert.equal(values.tag, `v${version}`, 'the tag is not the version of package.json');
	const names = [...platforms.map((platform) => platformManifest(platform).name), name];
	const files = names.map((one) => path.resolve(positionals[0], `${one}-${version}.tgz`));
	const missing = files.filter((file) => !fs.existsSync(file));
	assert.deepEqual(missing, [], 'tarballs are missing: nothing is published');
	// Against the public registry with a proof of where they were built.
	const how =
		values.registry === undefined
			? ['--provenance']
			: ['--provenance=false', `--registry=${values.registry}`];
	// A version with a dash is a preview.
	const channel = version.includes('-') ? 'next' : 'latest';
	for (const file of files) {
		run('npm', [
			'publish',
			file,
			'--access',
			'public',
			'--tag',
			channel,
			'--ignore-scripts',
			...how,
		]);
		console.log(`Published ${path.basename(file)}`);
	}
});
