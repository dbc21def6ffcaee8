'use strict';

// The life-cycle script of `npm version X.Y.Z`: npm has written package.json and its
// lockfile, cargo's manifest and lockfiles follow. Those of the platforms' packages are
// written by napi when they are put together, in the version of package.json.

const fs = require('node:fs');
const path = require('node:path');
const {main, root, run} = require('./tools');

main(() => {
	const {version} = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
	const file = path.join(root, 'Cargo.toml');
	const text = fs.readFileSync(file, 'utf8');
	// The first one is the workspace's, which the crates take over.
	fs.writeFileSync(file, text.replace(/^version = ".*"$/m, `version = "${version}"`));
	for (const folder of ['.', 'fuzz']) {
		run('cargo', ['update', '--workspace'], {cwd: path.join(root, folder)});
	}
	run('git', ['add', 'Cargo.toml', 'Cargo.lock', 'fuzz/Cargo.lock']);
});
