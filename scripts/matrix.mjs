// npm run test:matrix [-- --only WORD]: runs our tests on every supported
// runtime, and prints a table of what passed.
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {main, npmTools, root} from './tools.mjs';

const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const runtime = (name) => path.join('__test__', 'runtime', name);
const dropIns = runtime('drop-ins.cjs');
const folder = (name) => path.join(root, '__test__', name);

/** Suites of Jest, in folders that this version of the repo has. */
const suites = ['parity', 'assets', 'cache', 'diagnostics', 'memory', 'budget', 'activation']
	.filter(
		(name) =>
			fs.existsSync(folder(name)) &&
			fs.readdirSync(folder(name)).some((file) => file.endsWith('.test.js')),
	)
	.map((name) => ({name: `tests: ${name}`, args: [jest, `__test__/${name}/`]}));

/** Rows of the table. `args` are for the runtime; Jest runs in Node alone. */
const rows = [
	{name: 'drop-ins', args: [dropIns], bun: true},
	{
		name: 'drop-ins without a binary',
		args: [dropIns],
		env: {REMOTION_HEADROOM_BINARY: 'off'},
		bun: true,
	},
	{name: 'ESM import', args: [runtime('esm.mjs')], bun: true},
	{name: 'worker threads', args: [runtime('worker.cjs')], bun: true},
	{name: 'vm contexts', args: [runtime('vm.cjs')], bun: true},
	{
		name: '--disallow-code-generation-from-strings',
		args: ['--disallow-code-generation-from-strings', dropIns],
	},
	{name: '--frozen-intrinsics', args: ['--frozen-intrinsics', dropIns]},
	{
		name: 'a user without rights to /sys',
		args: [dropIns],
		shell: 'exec setpriv --bounding-set=-all --inh-caps=-all "$@"',
		mounts: ['mount -t tmpfs -o mode=000 tmpfs /sys'],
	},
	{
		name: 'read-only file system',
		args: [dropIns],
		shell: 'exec "$@"',
		mounts: ['mount -o remount,bind,ro /'],
	},
	...suites,
];

/** Columns: name, command. */
function runtimes() {
	const tools = path.join(npmTools('nodes'), 'node_modules');
	return fs
		.readdirSync(tools)
		.filter((name) => /^(node|bun)/.test(name))
		.sort()
		.map((name) => ({
			name: name.replace('node-', 'Node '),
			command: path.join(tools, name, 'bin', name === 'bun' ? 'bun' : 'node'),
			bun: name === 'bun',
		}));
}

/** "yes", "no", or why the cell was not run. */
function cell({args, env, shell, mounts, bun}, column) {
	if (column.bun && !bun) {
		return {text: '-'};
	}
	let command = [column.command, ...args];
	if (mounts !== undefined) {
		if (process.getuid?.() !== 0) {
			return {text: 'needs root'};
		}
		const script = [...mounts, shell].join(' && ');
		command = ['unshare', '--mount', 'sh', '-c', script, 'sh', ...command];
	}
	const {status, stdout, stderr, error} = spawnSync(command[0], command.slice(1), {
		cwd: root,
		encoding: 'utf8',
		env: {...process.env, ...env},
		timeout: 300_000,
	});
	return status === 0
		? {text: 'yes'}
		: {text: '**no**', output: `${stdout}${stderr}${error ? error.message : ''}`.trim()};
}

main(() => {
	const {values} = parseArgs({options: {only: {type: 'string'}}});
	const columns = runtimes();
	const chosen = rows.filter(({name}) => values.only === undefined || name.includes(values.only));
	const failures = [];
	const table = [
		['', ...columns.map(({name}) => name)],
		['---', ...columns.map(() => '---')],
	];
	for (const row of chosen) {
		const cells = columns.map((column) => {
			const {text, output} = cell(row, column);
			if (output !== undefined) {
				failures.push(`## ${row.name}, ${column.name}\n${output}`);
			}
			return text;
		});
		table.push([row.name, ...cells]);
		console.log(`| ${table.at(-1).join(' | ')} |`);
	}
	const widths = table[0].map((_, i) => Math.max(...table.map((line) => line[i].length)));
	const format = (line) =>
		`| ${line.map((text, i) => (text === '---' ? '-'.repeat(widths[i]) : text.padEnd(widths[i]))).join(' | ')} |`;
	console.log(`\n${table.map(format).join('\n')}`);
	if (failures.length > 0) {
		throw new Error(`\n${failures.join('\n\n')}`);
	}
});
