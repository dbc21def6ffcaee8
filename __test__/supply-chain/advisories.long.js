'use strict';

// Known vulnerabilities of crates and npm packages. Where CI is set, a database out of
// reach is a failure.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {root} = require('../../scripts/tools');
const {cargoDeny} = require('./deny');
const {UNREACHABLE} = require('./unreachable');

jest.setTimeout(600_000);

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

test('crates', () => audit(cargoDeny(), ['--locked', 'check', 'advisories']));

test('npm packages', () => audit('npm', ['audit', '--loglevel=error', '--audit-level=high']));

/** Renders run on these, as on our own. */
const LEVELS = {remotions: 'high'};

test.each(fs.readdirSync(path.join(root, 'tools')))('npm packages of tools/%s', (name) => {
	const level = LEVELS[name] ?? 'critical';
	audit('npm', ['audit', '--loglevel=error', `--audit-level=${level}`], `tools/${name}`);
});
