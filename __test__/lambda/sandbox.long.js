'use strict';

// Remotion's function deletes everything in /tmp. What runs it in ./stand-in refuses
// outside of a sandbox, and the sandbox has nothing of this machine's /tmp. Both are
// shown without anything being deleted.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {needs} = require('../needs');
const {ENTER, FIRST_UID, sandboxOf} = require('./stand-in/environment');
const {makeClient} = require('./stand-in/runtime');

const isRoot = process.platform === 'linux' && process.getuid() === 0;
const describeSandbox = needs('mounts', isRoot ? null : 'namespaces need root', describe);

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-sandbox-'));
const runtime = path.join(home, 'runtime');
const bootstrap = path.join(runtime, 'bootstrap.mjs');
const FOLDERS = ['task', 'opt'].map((name) => path.join(home, name));
const node = path.dirname(path.dirname(process.execPath));
let environments = 0;

const REFUSAL = /^A function must not run here: (.*)\.\n$/;

/** What would be run: if the runner does not refuse, this says so and nothing else. */
const HANDLER = "exports.handler = () => {}; console.log('loaded');";

function start(command, env) {
	const {status, stdout, stderr} = spawnSync(command[0], command.slice(1), {
		encoding: 'utf8',
		env: {
			PATH: process.env.PATH,
			AWS_LAMBDA_RUNTIME_API: '127.0.0.1:1',
			LAMBDA_TASK_ROOT: FOLDERS[0],
			_HANDLER: 'index.handler',
			...env,
		},
	});
	return {status, stdout, stderr};
}

/** Runs node in a sandbox; `change` makes its variables others. */
function inside(args, change = (env) => env) {
	const number = environments++;
	const folder = path.join(home, `environment-${number}`);
	fs.mkdirSync(folder);
	const env = {
		...sandboxOf(folder, FIRST_UID + number),
		SANDBOX_TASK: FOLDERS[0],
		SANDBOX_RUNTIME: runtime,
		SANDBOX_OPT: FOLDERS[1],
		SANDBOX_NODE: node,
		LAMBDA_TASK_ROOT: '/var/task',
	};
	return start([ENTER, '/var/lang/bin/node', ...args], change(env));
}

beforeAll(() => {
	makeClient(runtime);
	for (const folder of FOLDERS) {
		fs.mkdirSync(folder);
	}
	fs.writeFileSync(path.join(FOLDERS[0], 'index.js'), HANDLER);
});

afterAll(() => fs.rmSync(home, {recursive: true, force: true}));

test('outside of a sandbox the runner refuses, and says why', () => {
	const {status, stdout, stderr} = start([process.execPath, bootstrap]);
	const said = REFUSAL.exec(stderr)[1].split('; ');
	expect(said).toContain("/ or /tmp is the machine's");
	expect(said).toContain('/tmp has no token');
	expect(said).toContain('its processes are those of this machine');
	expect({status, stdout}).toEqual({status: 9, stdout: ''});
});

test('also where somebody has set its variables', () => {
	const env = {SANDBOX_TOKEN: 'a', SANDBOX_OUTSIDE: '1:2 3:4'};
	const {status, stderr} = start([process.execPath, bootstrap], env);
	expect(stderr).toMatch(REFUSAL);
	expect(status).toBe(9);
});

describeSandbox('the sandbox', () => {
	test('has a /tmp of its own, and nothing of the one outside', () => {
		const mine = path.join(os.tmpdir(), path.basename(home));
		expect(fs.existsSync(mine)).toBe(true);
		const script = `
			const fs = require('node:fs');
			const seen = (file) => { try { return fs.readdirSync(file); } catch (error) { return error.code; } };
			console.log(JSON.stringify({
				tmp: seen('/tmp'),
				mine: seen(${JSON.stringify(mine)}),
				root: seen('/').sort(),
				above: seen('/../..').sort(),
				processes: seen('/proc').filter((name) => /^\\d+$/.test(name)),
				uid: process.getuid(),
				written: ['/usr/x', '/etc/x', '/var/task/x', '/opt/x'].map((file) => {
					try { fs.writeFileSync(file, ''); return 'written'; } catch (error) { return error.code; }
				}),
			}));`;
		const {status, stdout, stderr} = inside(['-e', script]);
		expect(stderr).toBe('');
		expect(status).toBe(0);
		const seen = JSON.parse(stdout);
		expect(seen.tmp).toEqual(['.sandbox']);
		expect(seen.mine).toBe('ENOENT');
		expect(seen.above).toEqual(seen.root);
		expect(seen.processes).toEqual(['1']);
		expect(seen.uid).toBeGreaterThanOrEqual(FIRST_UID);
		expect(seen.written).toEqual(['EROFS', 'EROFS', 'EROFS', 'EROFS']);
	});

	test('is where the runner loads the function', () => {
		// There is no runtime API to ask: the client ends after the function was loaded.
		const {stdout, stderr} = inside(['/var/runtime/bootstrap.mjs']);
		expect(stderr).not.toMatch(REFUSAL);
		expect(stdout).toContain('loaded');
	});

	test('as root it refuses there, too', () => {
		const asRoot = (env) => ({...env, SANDBOX_UID: '0'});
		const {status, stdout, stderr} = inside(['/var/runtime/bootstrap.mjs'], asRoot);
		expect(REFUSAL.exec(stderr)[1]).toBe('it is root or another user of this machine');
		expect({status, stdout}).toEqual({status: 9, stdout: ''});
	});

	test('a file in its /tmp is a reason to refuse, too', () => {
		const script = `
			require('node:fs').writeFileSync('/tmp/somebody', '');
			import('/var/runtime/bootstrap.mjs');`;
		const {status, stdout, stderr} = inside(['-e', script]);
		expect(REFUSAL.exec(stderr)[1]).toBe('/tmp has files');
		expect({status, stdout}).toEqual({status: 9, stdout: ''});
	});
});
