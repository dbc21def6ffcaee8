'use strict';

// How each package manager installs a project, in each of its layouts, with caches of
// the test's own: what one run left behind would hide what another one is given.

const path = require('node:path');
const {npmTools, root, run} = require('../../scripts/tools');

const node = process.execPath;
const tool = (...parts) => path.join(root, 'tools', 'install', 'node_modules', ...parts);
const yarn1 = tool('yarn', 'bin', 'yarn.js');
const yarn4 = tool('@yarnpkg', 'cli-dist', 'bin', 'yarn.js');
const pnpm = tool('pnpm', 'bin', 'pnpm.cjs');
/** That of Node 22, and the one that Node 24 and newer have. */
const npm10 = tool('npm', 'bin', 'npm-cli.js');
const npm11 = tool('npm-11', 'bin', 'npm-cli.js');

/**
 * All of them, for a registry at `address`: by name `{version, files, install, before}`.
 * `install(folder, ...flags)` installs what package.json lists and `locked` what the
 * lockfile does; `before` stands before a script that node runs.
 */
function makeManagers(home, address) {
	const cache = (name) => path.join(home, 'caches', name);
	const yarnrc = (linker) => ({
		'.yarnrc.yml': [
			`npmRegistryServer: '${address}'`,
			'unsafeHttpWhitelist: [127.0.0.1]',
			'enableGlobalCache: false',
			'enableTelemetry: false',
			`nodeLinker: ${linker}`,
			'pnpEnableEsmLoader: true',
			// It refuses releases of the last days by default; ours is a minute old.
			'npmMinimalAgeGate: 0',
			'',
		].join('\n'),
		'yarn.lock': '',
	});
	// yarn refuses to write its lockfile where CI is set.
	// Its global folder remembers where tarballs were, by host name alone.
	const yarnEnv = {
		YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
		YARN_GLOBAL_FOLDER: cache('yarn-4'),
	};
	const npm = (cli, command, ...flags) => ({
		files: {},
		install: (cwd, ...more) =>
			run(node, [cli, command, '--no-audit', '--no-fund', ...flags, ...more], {cwd}),
	});
	const ofPnpm = (...flags) => ({
		files: {},
		install: (cwd, ...more) =>
			run(node, [pnpm, 'install', '--store-dir', cache('pnpm'), ...flags, ...more], {cwd}),
		locked: ['--frozen-lockfile'],
	});
	const ofYarn1 = (...flags) => ({
		files: {},
		install: (cwd, ...more) =>
			run(node, [yarn1, 'install', '--cache-folder', cache('yarn-1'), ...flags, ...more], {cwd}),
		locked: ['--frozen-lockfile'],
	});
	const ofYarn4 = (linker) => ({
		files: yarnrc(linker),
		install: (cwd, ...more) => run(node, [yarn4, 'install', ...more], {cwd, env: yarnEnv}),
		locked: ['--immutable'],
		before: linker === 'pnp' ? [yarn4, 'node'] : [],
	});
	const bun = (...flags) => ({
		files: {},
		install: (cwd, ...more) =>
			run(
				path.join(npmTools('nodes'), 'node_modules', 'bun', 'bin', 'bun'),
				['install', ...flags, ...more],
				{cwd, env: {BUN_INSTALL_CACHE_DIR: cache('bun')}},
			),
		locked: ['--frozen-lockfile'],
	});
	return {
		'npm 10': npm(npm10, 'install'),
		'npm 10, ci': npm(npm10, 'ci'),
		'npm 11': npm(npm11, 'install'),
		'npm 11, ci': npm(npm11, 'ci'),
		'npm 11, linked': npm(npm11, 'install', '--install-strategy=linked'),
		'npm 11 --omit=optional': npm(npm11, 'install', '--omit=optional'),
		'pnpm, isolated': ofPnpm(),
		'pnpm, hoisted': ofPnpm('--config.node-linker=hoisted'),
		'pnpm --no-optional': ofPnpm('--no-optional'),
		'yarn 1': ofYarn1(),
		'yarn 1 --ignore-optional': ofYarn1('--ignore-optional'),
		'yarn 4, Plug and Play': ofYarn4('pnp'),
		'yarn 4, node-modules': ofYarn4('node-modules'),
		'yarn 4, pnpm': ofYarn4('pnpm'),
		'bun, hoisted': bun('--linker', 'hoisted'),
		'bun, isolated': bun('--linker', 'isolated'),
		'bun --omit=optional': bun('--omit=optional'),
	};
}

module.exports = {makeManagers};
