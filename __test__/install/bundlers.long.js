'use strict';

// Bundlers and tracers make something of scripts that use our package, in a project
// that has it, its binary and Remotion; what comes out is run. Each cell of the
// table either works or fails with the one sentence that says what to do.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {npmTools, root, run} = require('../../scripts/tools');
const {BUNDLED} = require('../../lib/bundled/words');

const home = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'headroom-bundlers-'));
const project = path.join(home, 'project');
const EXTERNAL = [
	'remotion-headroom',
	'remotion-headroom/register',
	'remotion-headroom/renderer',
	'@remotion/renderer',
];
const SCRIPTS = {
	'import.mjs': `
import {getAssetStoreStats, measureMemory, register} from 'remotion-headroom';
const {applied} = register();
const {native} = getAssetStoreStats();
console.log(JSON.stringify({native, measured: measureMemory().available > 0, activated: applied.length > 5}));
`,
	'register.mjs': `
import 'remotion-headroom/register';
console.log('goes on');
`,
	'renderer.mjs': `
import {renderMedia} from 'remotion-headroom/renderer';
console.log(typeof renderMedia);
`,
};
/** What a script prints where it works. */
const WORKS = {
	'import.mjs': '{"native":true,"measured":true,"activated":true}',
	'register.mjs': 'goes on',
	'renderer.mjs': 'function',
};
const rows = [];
let tools;

jest.setTimeout(600_000);

/** Writes and runs a program of the tools' own folder, which gets `options`. */
function withTool(program, options) {
	const file = path.join(home, 'tool.cjs');
	const load = `const load = require('node:module').createRequire(${JSON.stringify(path.join(tools, 'noop.js'))});`;
	const text = `${load}\nconst options = ${JSON.stringify(options)};\n(async () => {${program}})();\n`;
	fs.writeFileSync(file, text);
	return run(process.execPath, [file], {cwd: project, env: {NODE_ENV: 'production'}});
}

const WEBPACK = `
	const externals = Object.fromEntries(options.external.map((name) => [name, 'commonjs ' + name]));
	const output = {path: require('node:path').dirname(options.out), filename: require('node:path').basename(options.out)};
	const config = {mode: 'production', target: 'node', context: process.cwd(), entry: options.entry, output, externals};
	bundle(config, (error, stats) => {
		if (error || stats.hasErrors()) {
			throw error ?? new Error(stats.toString());
		}
	});`;

/** Each makes the file \`out\`, CommonJS or not, of \`entry\`. */
const BUNDLERS = {
	esbuild: `load('esbuild').buildSync({entryPoints: [options.entry], outfile: options.out, external: options.external,
		bundle: true, platform: 'node', format: 'esm', logLevel: 'error'});`,
	webpack: `const bundle = load('webpack');${WEBPACK}`,
	rspack: `const bundle = load('@rspack/core').rspack;${WEBPACK}`,
	rolldown: `const {build} = await import(load.resolve('rolldown'));
		await build({input: options.entry, platform: 'node', external: options.external, logLevel: 'silent',
			output: {file: options.out, format: 'esm'}});`,
	'Vite SSR': `const {build} = await import(load.resolve('vite'));
		const path = require('node:path');
		await build({configFile: false, logLevel: 'error', root: process.cwd(),
			ssr: options.external.length > 0 ? {external: options.external} : {noExternal: true},
			build: {ssr: options.entry, outDir: path.dirname(options.out), emptyOutDir: false,
				rolldownOptions: {output: {entryFileNames: path.basename(options.out)}}}});`,
};
const COMMON_JS = ['webpack', 'rspack'];

function runFile(file, cwd, args = []) {
	const {status, stdout, stderr} = spawnSync(process.execPath, [...args, file], {
		cwd,
		encoding: 'utf8',
		timeout: 120_000,
	});
	return {status, out: stdout.trim(), said: stderr};
}

beforeAll(() => {
	tools = npmTools('bundlers');
	const packed = path.join(home, 'packed');
	run(process.execPath, [path.join(root, 'scripts', 'packages.js'), 'local', packed]);
	for (const file of fs.readdirSync(packed)) {
		const folder = path.join(project, 'node_modules', file.replace(/-\d+\.\d+\.\d+.*$/, ''));
		fs.mkdirSync(folder, {recursive: true});
		run('tar', ['-xzf', path.join(packed, file), '-C', folder, '--strip-components=1']);
	}
	// What the renderer needs is found from where it really is.
	fs.mkdirSync(path.join(project, 'node_modules', '@remotion'));
	const renderer = path.dirname(require.resolve('@remotion/renderer/package.json'));
	fs.symlinkSync(renderer, path.join(project, 'node_modules', '@remotion', 'renderer'), 'junction');
	for (const [name, text] of Object.entries(SCRIPTS)) {
		fs.writeFileSync(path.join(project, name), text);
	}
});

afterAll(() => {
	fs.rmSync(home, {recursive: true, force: true});
	process.stdout.write(`\n| tool | script | packages | result |\n| --- | --- | --- | --- |\n`);
	process.stdout.write(rows.map((row) => `| ${row.join(' | ')} |\n`).join(''));
});

const cells = Object.keys(BUNDLERS).flatMap((tool) =>
	Object.keys(SCRIPTS).flatMap((script) => [
		[tool, script, 'external'],
		[tool, script, 'bundled'],
	]),
);

test.each(cells)('%s, %s, %s', (tool, script, how) => {
	const name = `${tool}-${how}-${path.parse(script).name}`.replaceAll(' ', '-');
	const out = path.join(project, 'out', `${name}.${COMMON_JS.includes(tool) ? 'cjs' : 'mjs'}`);
	const external = how === 'external' ? EXTERNAL : [];
	withTool(BUNDLERS[tool], {entry: path.join(project, script), out, external});
	const result = runFile(out, project);
	if (how === 'external') {
		expect(result).toEqual({status: 0, out: WORKS[script], said: ''});
		rows.push([tool, script, how, 'works']);
		return;
	}
	expect(result.said).toContain(BUNDLED);
	expect(result.said).not.toMatch(/No binary loads|Cannot find module/);
	// Whoever preloads or imports register goes on.
	const goesOn = script === 'register.mjs';
	expect(result).toMatchObject({status: goesOn ? 0 : 1, out: goesOn ? WORKS[script] : ''});
	rows.push([tool, script, how, goesOn ? 'says so, goes on' : 'fails, says so']);
});

test.each(Object.keys(SCRIPTS))('@vercel/nft, %s', (script) => {
	const traced = path.join(home, `traced-${path.parse(script).name}`);
	const listed = withTool(
		`const {fileList} = await load('@vercel/nft').nodeFileTrace([options.entry], {base: '/'});
		console.log(JSON.stringify([...fileList]));`,
		{entry: path.join(project, script)},
	);
	for (const file of JSON.parse(listed)) {
		const to = path.join(traced, file);
		fs.mkdirSync(path.dirname(to), {recursive: true});
		fs.cpSync(path.join('/', file), to, {verbatimSymlinks: true, recursive: true});
	}
	// A link in the original names the original: what it leads to is in the copy.
	const link = path.join(traced, project, 'node_modules', '@remotion', 'renderer');
	const target = fs.readlinkSync(link);
	fs.unlinkSync(link);
	fs.symlinkSync(path.join(traced, target), link);
	const folder = path.join(traced, project);
	expect(runFile(path.join(folder, script), folder)).toEqual({
		status: 0,
		out: WORKS[script],
		said: '',
	});
	const preload = runFile(path.join(folder, script), folder, [
		'--require',
		'remotion-headroom/register',
	]);
	expect(preload).toMatchObject({status: 0, said: ''});
	const report = path.join(folder, 'node_modules/remotion-headroom/lib/report');
	expect(fs.readdirSync(report)).toEqual(expect.arrayContaining(['page.css', 'client.js']));
	rows.push(['@vercel/nft', script, 'traced', 'works']);
});
