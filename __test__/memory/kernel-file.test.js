'use strict';

// Kernel files that never answer, and when the package opens any at all.

const {execFileSync, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {needs} = require('../needs');

const index = path.join(__dirname, '..', '..');
const fixture = path.join(index, 'core', 'tests', 'fixtures', 'docker-v2', 'root');

const onLinux = needs('linux', process.platform === 'linux' ? null : 'this is another system');
const withStrace = needs(
	'strace',
	spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0 ? null : 'it does not work here',
);

let home;
beforeEach(() => {
	home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-kernel-file-'));
});
afterEach(() => {
	fs.rmSync(home, {recursive: true});
});

/** What `script` prints as JSON; `binary` as REMOTION_HEADROOM_BINARY. It must not hang. */
function run(script, binary) {
	const {status, signal, stdout, stderr} = spawnSync(process.execPath, ['-e', script], {
		encoding: 'utf8',
		timeout: 20_000,
		env: {...process.env, REMOTION_HEADROOM_BINARY: binary},
	});
	expect({status, signal, stderr}).toEqual({status: 0, signal: null, stderr: ''});
	return JSON.parse(stdout);
}

const filesOf = (root) =>
	fs
		.readdirSync(root, {recursive: true, withFileTypes: true})
		.filter((entry) => entry.isFile())
		.map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));

describe.each(['required', 'off'])('with REMOTION_HEADROOM_BINARY=%s', (binary) => {
	onLinux('a FIFO in place of any kernel file counts as no file', () => {
		const names = filesOf(fixture).map((file) => path.relative(fixture, file));
		expect(names.filter((name) => name.endsWith('memory.max')).length).toBeGreaterThan(0);
		const roots = names.map((name, i) => {
			const with_ = path.join(home, `with-${i}`);
			const without = path.join(home, `without-${i}`);
			for (const root of [with_, without]) {
				fs.cpSync(fixture, root, {recursive: true});
				fs.rmSync(path.join(root, name));
			}
			execFileSync('mkfifo', [path.join(with_, name)]);
			return [with_, without];
		});
		const script = `
			const {replay} = require(${JSON.stringify(path.join(index, 'lib', 'measure-memory'))});
			const roots = ${JSON.stringify(roots)};
			const ask = (root) => {
				const {host, available, total, ...report} = replay(root, {variables: {}});
				return report;
			};
			console.log(JSON.stringify(roots.map((pair) => pair.map(ask))));
		`;
		run(script, binary).forEach(([with_, without], i) => {
			// A marker is not read: that it is there says all.
			if (!/containerenv|dockerenv/.test(names[i])) {
				expect([names[i], with_]).toEqual([names[i], without]);
			}
		});
	});

	// Not /proc/sys, where the C library's malloc looks, nor what there is of CPUs, where
	// V8's locks do: whatever of ours reads which are online has read another file before.
	withStrace('requiring the package opens no kernel file', () => {
		const log = path.join(home, 'strace');
		const script = `
			const fs = require('node:fs');
			fs.existsSync('/mark');
			const {getAvailableMemory} = require(${JSON.stringify(index)});
			setTimeout(() => {
				fs.existsSync('/mark');
				getAvailableMemory('error');
				fs.existsSync('/mark');
			}, 100);
		`;
		execFileSync('strace', ['-f', '-e', 'trace=file', '-o', log, process.execPath, '-e', script], {
			env: {...process.env, REMOTION_HEADROOM_BINARY: binary},
		});
		const [, required, called] = fs.readFileSync(log, 'utf8').split(/^.*"\/mark".*$/m);
		const kernelFiles = (text) =>
			[...text.matchAll(/open(?:at2?)?\([^"]*"(\/(?:proc\/(?!sys\/)|sys\/)[^"]*)"/g)]
				.map(([, file]) => file)
				.filter((file) => !file.startsWith('/sys/devices/system/cpu/'));
		expect(required).toContain('index.js');
		expect(kernelFiles(required)).toEqual([]);
		expect(kernelFiles(called)).toContain('/proc/meminfo');
	});
});
