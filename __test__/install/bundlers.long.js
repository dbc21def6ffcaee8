'use strict';

// Bundlers and tracers make something of scripts that use our package, in a project
// that has it, its binary and Remotion; what comes out is run, and renders. Each cell
// of the table either works or fails with the one sentence that says what to do.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {npmTools, root, run} = require('../../scripts/tools');
const {BUNDLED} = require('../../lib/bundled/words');
const {browser, bundle, removeBundles} = require('../activation/harness');

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
	'render.mjs': `
import {getRenderSummaries} from 'remotion-headroom';
import {renderMedia, selectComposition} from 'remotion-headroom/renderer';
const {id, inputProps, outputLocation, ...common} = JSON.parse(process.env.RENDER);
const composition = await selectComposition({...common, id, inputProps});
await renderMedia({...common, composition, inputProps, codec: 'h264', outputLocation});
const [{outcome, payloads}] = getRenderSummaries();
console.log(JSON.stringify({outcome, payloads: payloads?.count}));
`,
};
/** What a script prints where it works. */
const WORKS = {
	'import.mjs': '{"native":true,"measured":true,"activated":true}',
	'register.mjs': 'goes on',
	'renderer.mjs': 'function',
	'render.mjs': '{"outcome":"ended","payloads":3}',
};
/** Its output is the same, whichever tool made the script. */
const outputLocation = path.join(home, 'video.mp4');
const rows = [];
let tools;
let bun;
let job;
let expected;

jest.setTimeout(600_000);

/** Writes and runs a program of the tools' own folder, which gets `options`. */
function withTool(program, options) {
	const file = path.join(home, 'tool.cjs');
	const load = `const load = require('node:module').createRequire(${JSON.stringify(path.join(tools, 'noop.js'))});`;
	const text = `${load}\nconst fs = require('node:fs');\nconst options = ${JSON.stringify(options)};\n(async () => {${program}})();\n`;
	fs.writeFileSync(file, text);
	return run(process.execPath, [file], {cwd: project, env: {NODE_ENV: 'production'}});
}

const BUN = (
	how,
) => `require('node:child_process').execFileSync(options.bun, ['build', ${how}, options.entry,
	'--outfile', options.out, ...options.external.flatMap((name) => ['--external', name])], {stdio: 'pipe'});`;

const WEBPACK = `
	const externals = Object.fromEntries(options.external.map((name) => [name, 'commonjs ' + name]));
	const output = {path: require('node:path').dirname(options.out), filename: require('node:path').basename(options.out)};
	const config = {mode: 'production', target: 'node', context: process.cwd(), entry: options.entry, output, externals};
	bundle(config, (error, stats) => {
		if (error || stats.hasErrors()) {
			throw error ?? new Error(stats.toString());
		}
	});`;

const EXECUTABLE = 'Bun, one executable';

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
	ncc: `const {code} = await load('@vercel/ncc')(options.entry,
		{externals: options.external, esm: true, cache: false, quiet: true});
		fs.mkdirSync(require('node:path').dirname(options.out), {recursive: true});
		fs.writeFileSync(options.out, code);`,
	'Bun, for Node': BUN("'--target=node'"),
	'Bun, for Node, minified': BUN("'--target=node', '--minify'"),
	'Bun, for Bun': BUN("'--target=bun'"),
	[EXECUTABLE]: BUN("'--compile'"),
};
const COMMON_JS = ['webpack', 'rspack'];
/** What runs a file that a tool has made; none where it runs by itself. */
const RUNTIMES = {'Bun, for Bun': () => [bun], [EXECUTABLE]: () => []};

function runFile(command, cwd, how = {}) {
	const [file, ...args] = command;
	const env = {...process.env, RENDER: JSON.stringify({...job, ...how})};
	fs.rmSync(outputLocation, {force: true});
	const {status, stdout, stderr} = spawnSync(file, args, {
		cwd,
		env,
		encoding: 'utf8',
		timeout: 120_000,
	});
	return {status, out: stdout.trim(), said: stderr};
}

/** The binaries that are installed in the project. */
function binaries() {
	const modules = path.join(project, 'node_modules');
	return fs
		.readdirSync(modules, {recursive: true})
		.filter((file) => file.endsWith('.node') && file.startsWith('remotion-headroom-'))
		.map((file) => path.join(modules, file));
}

/** It printed what it prints where it works, and a render made the file that Remotion makes. */
function expectWorks(script, result) {
	expect(result).toEqual({status: 0, out: WORKS[script], said: ''});
	if (script === 'render.mjs') {
		expect(fs.readFileSync(outputLocation).equals(expected)).toBe(true);
	}
}

beforeAll(async () => {
	tools = npmTools('bundlers');
	bun = path.join(npmTools('nodes'), 'node_modules', 'bun', 'bin', 'bun');
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
	job = {
		...browser,
		serveUrl: await bundle(),
		logLevel: 'error',
		id: 'payloads',
		inputProps: {durationInFrames: 4, count: 3, bytes: 100_000},
		outputLocation,
	};
	const {renderMedia, selectComposition} = require('@remotion/renderer');
	const {id, ...options} = job;
	const composition = await selectComposition({...options, id});
	await renderMedia({...options, composition, codec: 'h264'});
	expected = fs.readFileSync(outputLocation);
});

afterAll(async () => {
	await removeBundles();
	fs.rmSync(home, {recursive: true, force: true});
	process.stdout.write(`\n| tool | script | packages | result |\n| --- | --- | --- | --- |\n`);
	process.stdout.write(rows.map((row) => `| ${row.join(' | ')} |\n`).join(''));
});

const cells = Object.keys(BUNDLERS).flatMap((tool) =>
	Object.keys(SCRIPTS).flatMap((script) => [
		// In an executable of Bun's, packages on the disk don't find theirs: see below.
		...(tool === EXECUTABLE ? [] : [[tool, script, 'external']]),
		[tool, script, 'bundled'],
	]),
);

test.each(cells)('%s, %s, %s', (tool, script, how) => {
	const name = `${tool}-${how}-${path.parse(script).name}`.replaceAll(' ', '-');
	const out = path.join(project, 'out', `${name}.${COMMON_JS.includes(tool) ? 'cjs' : 'mjs'}`);
	const external = how === 'external' ? EXTERNAL : [];
	withTool(BUNDLERS[tool], {entry: path.join(project, script), out, external, bun});
	const runtime = RUNTIMES[tool]?.() ?? [process.execPath];
	const result = runFile([...runtime, out], project);
	if (how === 'external') {
		expectWorks(script, result);
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

test(`${EXECUTABLE}: stock Remotion does not load there as an external package`, () => {
	const entry = path.join(project, 'stock.mjs');
	const out = path.join(project, 'out', 'stock');
	fs.writeFileSync(entry, "import '@remotion/renderer';\n");
	withTool(BUNDLERS[EXECUTABLE], {entry, out, external: EXTERNAL, bun});
	expect(runFile([out], project)).toMatchObject({
		status: 1,
		said: expect.stringContaining('Cannot find module'),
	});
	rows.push([EXECUTABLE, 'stock', 'external', 'stock fails']);
});

test.each(Object.keys(SCRIPTS))('pkg, %s: what it would pack', (script) => {
	// Packing needs a Node that pkg gets from GitHub.
	const manifest = {name: 'project', dependencies: {'remotion-headroom': '*'}};
	withTool(
		`const walk = load('@yao-pkg/pkg/lib-es5/walker').default;
		const {records} = await walk(options.marker, options.entry, undefined, {});
		fs.writeFileSync('packed.json', JSON.stringify(Object.keys(records)));`,
		{
			entry: path.join(project, script),
			marker: {config: manifest, base: project, configPath: 'package.json', toplevel: true},
		},
	);
	const packed = JSON.parse(fs.readFileSync(path.join(project, 'packed.json'), 'utf8'));
	const renderer = fs.realpathSync(path.join(project, 'node_modules/@remotion/renderer'));
	const wanted = [path.join(renderer, 'dist', 'index.js'), ...binaries()];
	expect(wanted).toHaveLength(2);
	expect(packed).toEqual(expect.arrayContaining(wanted));
	rows.push(['pkg', script, 'packed', 'binary and Remotion seen, not run']);
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
	// Remotion's own programs no tracer sees.
	const compositor = require.resolve('@remotion/compositor-linux-x64-gnu', {
		paths: [require.resolve('@remotion/renderer')],
	});
	const how = {binariesDirectory: path.dirname(compositor)};
	const command = [process.execPath, path.join(folder, script)];
	expectWorks(script, runFile(command, folder, how));
	command.splice(1, 0, '--require', 'remotion-headroom/register');
	expectWorks(script, runFile(command, folder, how));
	const report = path.join(folder, 'node_modules/remotion-headroom/lib/report');
	expect(fs.readdirSync(report)).toEqual(expect.arrayContaining(['page.css', 'client.js']));
	rows.push(['@vercel/nft', script, 'traced', 'works']);
});
