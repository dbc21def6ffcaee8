'use strict';

// Programs that run a script for somebody: which ways to preload us reach the script,
// as docs/activation.md says. A script tells whether Remotion is activated there.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {npmTools, root} = require('../../scripts/tools');

const REGISTER = ['--require', 'remotion-headroom/register'];
const IN_OPTIONS = {NODE_OPTIONS: REGISTER.join(' ')};
// tsx gives what it imports a require without a cache of its own.
const ASK = `
require('@remotion/renderer');
const loaded = Object.keys(require('node:module')._cache).some((file) => /\\/lib\\/register\\.js$/.test(file));
process._rawDebug(\`activated: \${loaded && require('remotion-headroom').register().applied.length > 5}\`);
`;
const folder = fs.mkdtempSync(path.join(root, 'target', 'runners-'));
const script = (name) => {
	const file = path.join(folder, name);
	fs.writeFileSync(file, ASK);
	return file;
};
const tsx = (file) => path.join(npmTools('tsx'), 'node_modules', 'tsx', 'dist', file);
const WORKER = `new (require('node:worker_threads').Worker)(process.argv[1])`;

jest.setTimeout(300_000);

afterAll(() => fs.rmSync(folder, {recursive: true, force: true}));

const CELLS = [
	['tsx, flags behind its name', () => [tsx('cli.mjs'), ...REGISTER, script('a.cts')], {}, true],
	['tsx, NODE_OPTIONS', () => [tsx('cli.mjs'), script('b.cts')], IN_OPTIONS, true],
	[
		'node --import tsx',
		() => [...REGISTER, '--import', tsx('loader.mjs'), script('c.cts')],
		{},
		true,
	],
	// tsx starts another Node and hands it no flags that Node got.
	['tsx, flags before it', () => [...REGISTER, tsx('cli.mjs'), script('d.cts')], {}, false],
	['node --test, flags', () => [...REGISTER, '--test', script('e.test.cjs')], {}, true],
	['node --test, NODE_OPTIONS', () => ['--test', script('f.test.cjs')], IN_OPTIONS, true],
	['a worker thread', () => [...REGISTER, '-e', WORKER, script('g.cjs')], {}, true],
];

test.each(CELLS)('%s', (_, args, env, activated) => {
	const {stdout, stderr, status} = spawnSync(process.execPath, args(), {
		cwd: root,
		env: {...process.env, ...env},
		encoding: 'utf8',
	});
	expect(status).toBe(0);
	expect(`${stdout}${stderr}`).toContain(`activated: ${activated}`);
});
