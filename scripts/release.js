'use strict';

// npm run release -- --dry-run [--node 22]: what a release does, on this machine:
// builds, packs all packages, publishes them to a registry on loopback, installs them
// from it with each Node of tools/nodes (or the ones named), and renders there.
// Releases themselves are made by .github/workflows/release.yml, on a tag alone.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {parseArgs} = require('node:util');
const {manifest, targetOf} = require('./packages');
const {login, packAll, publishTo, startRegistry} = require('./registry');
const {main, npmTools, root, run} = require('./tools');

/** Remotion, as the example uses it. */
const REMOTION = Object.fromEntries(
	Object.entries(manifest.devDependencies).filter(([name]) =>
		/^(remotion|@remotion\/.*|react|react-dom)$/.test(name),
	),
);

function thisPlatform() {
	const binary = fs.readdirSync(root).find((name) => name.endsWith('.node'));
	assert(binary !== undefined, 'npm run build made no binary');
	return binary.split('.')[1];
}

/** Installs and renders with the Node in `command`. */
function tryOn(command, folder, address) {
	const {name, version} = manifest;
	fs.mkdirSync(folder, {recursive: true});
	const dependencies = {[name]: version, ...REMOTION};
	const its = {name: 'dry-run', private: true, dependencies};
	fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify(its));
	// Scripts of packages ask for `node`.
	const PATH = `${path.dirname(command)}${path.delimiter}${process.env.PATH}`;
	const env = {...login(address), PATH, REMOTION_HEADROOM_BINARY: 'required'};
	// An npm that runs on each Node we support.
	const npm = path.join(npmTools('install'), 'node_modules', 'npm', 'bin', 'npm-cli.js');
	const how = ['--no-audit', '--no-fund', `--registry=${address}`];
	run(command, [npm, 'install', ...how], {cwd: folder, env});
	fs.cpSync(path.join(root, 'example'), path.join(folder, 'example'), {recursive: true});
	run(command, [path.join('example', 'check.mjs')], {cwd: folder, env});
}

main(async () => {
	const {values} = parseArgs({
		options: {'dry-run': {type: 'boolean'}, node: {type: 'string', multiple: true}},
	});
	assert(
		values['dry-run'],
		'Releases are made by the workflow, on a tag: "npm version X.Y.Z", then push it ' +
			'(CONTRIBUTING.md). Here: npm run release -- --dry-run',
	);
	const nodes = Object.keys(require('../tools/nodes/package.json').optionalDependencies)
		.filter((name) => name.startsWith('node-'))
		.filter((name) => values.node?.includes(name.slice('node-'.length)) ?? true);
	assert(nodes.length > 0, 'tools/nodes has no such Node');
	const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-release-'));
	let registry;
	try {
		run('npm', ['run', 'build']);
		const platform = thisPlatform();
		run(process.execPath, ['scripts/build.js', targetOf(platform)]);
		const {folder, tarballs, standIns} = packAll(home, platform);
		console.log(`Packed ${tarballs.length} packages, ${platform} built here`);
		console.log(`Not built, empty in this run: ${standIns.join(', ') || 'none'}`);
		registry = await startRegistry(home);
		publishTo(registry.address, folder);
		console.log(`Published ${manifest.version} to ${registry.address}`);
		for (const name of nodes) {
			const command = path.join(npmTools('nodes'), 'node_modules', name, 'bin', 'node');
			tryOn(command, path.join(home, name), registry.address);
			console.log(`${name}: installed, renders`);
		}
		console.log(`The dry run of ${manifest.version} has passed`);
	} finally {
		registry?.stop();
		fs.rmSync(home, {recursive: true, force: true});
	}
});
