'use strict';

// The ways in of a project: its scripts that render, whether they would be
// activated, and the line that does it.

const fs = require('node:fs');
const path = require('node:path');
const {native} = require('../native');

const PRELOAD = '--require remotion-headroom/register';
const MOST_FILES = 50;
const EXTENSIONS = ['', '.js', '.ts', '.mjs', '.tsx', '.jsx', '.cjs', '/index.js', '/index.ts'];

const RENDERER = /['"]@remotion\/(renderer|bundler|cli)(\/[\w-]+)?['"]/;
const STATIC_RENDERER = /^\s*(import|export)\b[^;]*\bfrom\s*['"]@remotion\/renderer['"]/m;
const STATIC_REGISTER = /^\s*import\s*['"]remotion-headroom\/register['"]/m;
const OURS = /['"]remotion-headroom\/(register|renderer)['"]/;
const OURS_IN_CODE = [/['"]remotion-headroom['"]/, /\bregister\(/];
const RELATIVE = /['"](\.{1,2}\/[^'"\n]+)['"]/g;

/** A line in words. */
function say(code, figures = {}, texts = {}) {
	return native.describeDoctor(
		code,
		Object.keys(figures),
		Object.values(figures),
		Object.keys(texts),
		Object.values(texts),
	);
}

/** Whether a source activates, or asks for what does. */
const asksForUs = (text) => OURS.test(text) || OURS_IN_CODE.every((sign) => sign.test(text));

function read(file) {
	try {
		return fs.readFileSync(file, 'utf8');
	} catch {
		return undefined;
	}
}

/** The text of `file`, and of what it takes from beside it. */
function sourcesOf(file) {
	const texts = new Map();
	const rest = [file];
	while (rest.length > 0 && texts.size < MOST_FILES) {
		const wanted = rest.shift();
		// TypeScript imports './a.js' where there is a.ts.
		const names = [...EXTENSIONS.map((end) => wanted + end), wanted.replace(/\.js$/, '.ts')];
		const found = names.find(
			(name) => texts.has(name) || fs.statSync(name, {throwIfNoEntry: false})?.isFile(),
		);
		const text = found === undefined || texts.has(found) ? undefined : read(found);
		if (text !== undefined) {
			texts.set(found, text);
			for (const [, relative] of text.matchAll(RELATIVE)) {
				rest.push(path.resolve(path.dirname(found), relative));
			}
		}
	}
	return [...texts.values()];
}

/** Whether Node takes `file` for an ES module. */
function isEsm(file, text) {
	if (/\.[cm][jt]s$/.test(file)) {
		return /\.m[jt]s$/.test(file);
	}
	for (let at = path.dirname(file); ; at = path.dirname(at)) {
		const manifest = read(path.join(at, 'package.json'));
		if (manifest !== undefined) {
			// Without a type, newer versions go by the syntax.
			return /"type"\s*:\s*"module"/.test(manifest) || /^\s*(import\s|export\s)/m.test(text);
		}
		if (at === path.dirname(at)) {
			return false;
		}
	}
}

/** A command with NODE_OPTIONS before it, as this system's shell has it. */
const withOptions = (command) =>
	process.platform === 'win32'
		? `set "NODE_OPTIONS=${PRELOAD}" && ${command}`
		: `NODE_OPTIONS="${PRELOAD}" ${command}`;

/** A script that Node or another runner runs; nothing where it has nothing to do with Remotion. */
function scriptWay(runner, command, directory) {
	const named = command
		.split(/\s+/)
		.slice(1)
		.find((word) => !word.startsWith('-') && /\.[cm]?[jt]sx?$/.test(word));
	if (named === undefined) {
		return undefined;
	}
	const file = path.resolve(directory, named);
	const sources = sourcesOf(file);
	if (!sources.some((text) => RENDERER.test(text) || asksForUs(text))) {
		return undefined;
	}
	const [text] = sources;
	const esm = isEsm(file, text);
	const tooLate = esm && STATIC_REGISTER.test(text) && STATIC_RENDERER.test(text);
	if (runner === 'bun') {
		return {
			code: 'way-bun',
			activates: false,
			line: "import {renderMedia} from 'remotion-headroom/renderer'",
		};
	}
	if (!tooLate && sources.some(asksForUs)) {
		return {code: 'way-active', activates: true};
	}
	const line =
		runner === 'node' ? command.replace(/^node\b/, `node ${PRELOAD}`) : withOptions(command);
	if (tooLate) {
		return {code: 'way-too-late', activates: false, line};
	}
	if (runner !== 'node') {
		return {code: 'way-typescript', activates: true, line, runner};
	}
	return {code: esm ? 'way-esm' : 'way-commonjs', activates: true, line};
}

const EXTERNAL = "serverExternalPackages: ['@remotion/renderer', 'remotion-headroom']";

/** Next.js, in a project whose server renders. */
function nextWay(command, directory, {dependencies, devDependencies}) {
	if ({...devDependencies, ...dependencies}['@remotion/renderer'] === undefined) {
		return undefined;
	}
	const names = ['next.config.ts', 'next.config.mjs', 'next.config.js'];
	const file = names.find((name) => fs.existsSync(path.join(directory, name))) ?? names[1];
	const config = read(path.join(directory, file)) ?? '';
	return /serverExternalPackages|serverComponentsExternalPackages/.test(config) &&
		config.includes('@remotion/renderer')
		? {code: 'way-next', activates: true, line: withOptions(command)}
		: {code: 'way-next-bundled', activates: false, line: EXTERNAL, file};
}

/** What of a script renders: the command without variables and runners of packages. */
function wayOf(command, directory, manifest) {
	const bare = command
		.trim()
		.replace(/^(cross-env\s+)?(\w+=("[^"]*"|'[^']*'|\S*)\s+)*/, '')
		.replace(/^(npx|pnpm|pnpm exec|yarn|bunx)\s+(--\S+\s+)*/, '');
	const [word, verb] = bare.split(/\s+/);
	if (word === 'remotion') {
		if (verb === 'lambda' || verb === 'cloudrun') {
			return {code: 'way-cloud', activates: false};
		}
		return ['render', 'still', 'studio', 'preview', 'benchmark'].includes(verb)
			? {code: 'way-cli', activates: true, line: withOptions(`npx ${bare}`)}
			: undefined;
	}
	if (word === 'next' && (verb === 'dev' || verb === 'start' || verb === undefined)) {
		return nextWay(bare, directory, manifest);
	}
	return ['node', 'tsx', 'ts-node', 'bun'].includes(word)
		? scriptWay(word, bare, directory)
		: undefined;
}

const isActive = (command) =>
	command.includes('remotion-headroom/register') ||
	(process.env.NODE_OPTIONS ?? '').includes('remotion-headroom/register');

/** Ways in of the project at `directory`, each with what is to be said of it. */
function findWays(directory) {
	let manifest = {};
	try {
		manifest = JSON.parse(read(path.join(directory, 'package.json')) ?? '{}');
	} catch {
		// npm has said so before us.
	}
	const ways = [];
	for (const [script, text] of Object.entries(manifest.scripts ?? {})) {
		for (const command of String(text).split(/&&|\|\||;|(?<!&)&(?!&)/)) {
			const way = wayOf(command, directory, manifest);
			if (way !== undefined) {
				ways.push({script, ...(isActive(command) ? {code: 'way-active', activates: true} : way)});
			}
		}
	}
	if (ways.length === 0) {
		const line = withOptions('npx remotion render');
		ways.push({code: 'way-none', activates: true, line});
	}
	return ways.map(({runner = '', file = '', ...way}) => ({
		...way,
		text: say(way.code, {}, {runner, file}),
	}));
}

module.exports = {findWays, say};
