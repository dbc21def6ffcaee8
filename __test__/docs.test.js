'use strict';

// Every code block of the documents is run, or parsed where it can't be:
//
// - js: as a script, in CommonJS or ESM by what it says. What a reader would
//   have at hand is set up by a comment before the block: <!-- setup: ... -->
// - "js render": a whole render. Checked for syntax, and run where
//   HEADROOM_DOCS_RENDER is set (`npm run test:long -- docs`).
// - "recipe=FILE": a file of a reader's project. Checked for syntax, and run in
//   one by `npm run test:long -- recipes`.
// - ts: through tsc.
// - sh: bash -n, and every npm script and file that it names must exist.
// - dockerfile, yaml, json: parsed.

const {execFile} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {promisify} = require('node:util');
const {validate} = require('dockerfile-utils');
const YAML = require('yaml');

const run = promisify(execFile);
const root = path.join(__dirname, '..');
const scratch = path.join(root, 'target', 'docs');
const {bin, scripts} = require('../package.json');
const RENDER = Boolean(process.env.HEADROOM_DOCS_RENDER);

const documents = [
	...fs.readdirSync(root).filter((name) => name.endsWith('.md')),
	...fs
		.readdirSync(path.join(root, 'docs'))
		.filter((name) => name.endsWith('.md'))
		.map((name) => `docs/${name}`),
].map((name) => ({name, text: fs.readFileSync(path.join(root, name), 'utf8')}));

/** `{language, tags, code, setup, line}` of each block. */
function blocksOf(text) {
	const blocks = [];
	const fence = /(?:<!-- setup: ([\s\S]*?)-->\s*)?^```(\w*)([^\n]*)\n([\s\S]*?)^```$/gm;
	for (const match of text.matchAll(fence)) {
		const [, setup = '', language, tags, code] = match;
		const line = text.slice(0, match.index + match[0].lastIndexOf(`\`\`\`${language}`)).split('\n');
		blocks.push({language, tags: tags.trim().split(/\s+/), code, setup, line: line.length});
	}
	return blocks;
}

const blocks = documents.flatMap(({name, text}) =>
	blocksOf(text).map((block, i) => ({
		...block,
		where: `${name}, block ${i + 1}`,
		file: path.join(scratch, `${name.replace(/\W/g, '-')}-${i + 1}`),
	})),
);

const isRecipe = ({tags}) => tags.some((tag) => tag.startsWith('recipe='));

const isModule = (code) => /^(import|export) /m.test(code);

/** The script to run: hidden setup, then what the reader sees. */
function scriptOf({code, setup, file}) {
	const text = `${setup}\n${code}`;
	if (isModule(text)) {
		return {file: `${file}.mjs`, text};
	}
	// Readers know that `await` stands in a function.
	return {file: `${file}.cjs`, text: `(async () => {\n${text}\n})();\n`};
}

/** What readers replace by their own, and the browser of this machine. */
function toRender({text, ...script}) {
	const example = path.join(root, 'example');
	const prelude = `
import {findBrowser as __findBrowser} from ${JSON.stringify(path.join(example, 'browser.mjs'))};
const __browser = await __findBrowser();
`;
	return {
		...script,
		text: `${prelude}${text
			.replaceAll("'src/index.ts'", JSON.stringify(path.join(example, 'src', 'index.jsx')))
			.replaceAll("'my-video'", "'chord'")
			.replaceAll("'out.mp4'", JSON.stringify(`${script.file}.mp4`))
			.replace(/\bserveUrl,/g, 'serveUrl, ...__browser,')}`,
	};
}

const CHECKS = {
	async js(block) {
		let script = scriptOf(block);
		if (block.tags.includes('render')) {
			script = RENDER ? toRender(script) : script;
		}
		fs.writeFileSync(script.file, script.text);
		const isRun = !isRecipe(block) && (RENDER || !block.tags.includes('render'));
		const args = isRun ? [] : ['--check'];
		const {stdout} = await run(process.execPath, [...args, script.file], {cwd: root});
		// A literal in a comment behind console.log() is what must be printed.
		const literal = /^console\.log\(.*\); \/\/ (?:'(.*)'|(true|false|null|-?[\d.]+))$/gm;
		const promised = args.length === 0 ? [...block.code.matchAll(literal)] : [];
		for (const [, text, value] of promised) {
			expect(stdout.split('\n')).toContain(text ?? value);
		}
		if (script.text.includes('.mp4') && RENDER) {
			expect(fs.statSync(`${script.file}.mp4`).size).toBeGreaterThan(10_000);
		}
	},

	async ts(block) {
		const file = `${block.file}.mts`;
		fs.writeFileSync(file, `${block.setup}\n${block.code}`);
		const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
		const how = ['--module', 'node16', '--target', 'es2022', '--strict', '--skipLibCheck'];
		await run(process.execPath, [tsc, ...how, '--outDir', scratch, file], {cwd: root});
		if (!isRecipe(block)) {
			await run(process.execPath, [file.replace(/mts$/, 'mjs')], {cwd: root});
		}
	},

	async sh({code}) {
		await run('bash', ['-n', '-c', code]);
		for (const [, name] of code.matchAll(/\bnpm run ([\w:-]+)/g)) {
			expect(Object.keys(scripts)).toContain(name);
		}
		for (const [, name] of code.matchAll(/\bnpx (remotion-headroom)\b/g)) {
			expect(Object.keys(bin)).toContain(name);
		}
		for (const [, file] of code.matchAll(
			/\bnode (?:--\S+ )*((?:scripts|benchmark|example)\/\S+)/g,
		)) {
			expect(fs.existsSync(path.join(root, file))).toBe(true);
		}
		for (const [, entry] of code.matchAll(/remotion-headroom(\/[\w-]+)/g)) {
			expect(Object.keys(require('../package.json').exports)).toContain(`.${entry}`);
		}
	},

	dockerfile({code}) {
		expect(validate(code).map(({message}) => message)).toEqual([]);
		for (const [, command] of code.matchAll(/^CMD (.+)$/gm)) {
			expect(Array.isArray(JSON.parse(command))).toBe(true);
		}
	},

	yaml({code}) {
		for (const document of YAML.parseAllDocuments(code, {strict: true, uniqueKeys: true})) {
			expect([...document.errors, ...document.warnings]).toEqual([]);
			expect(typeof document.toJS()).toBe('object');
		}
	},

	json: ({code}) => expect(typeof JSON.parse(code)).toBe('object'),

	/** Output, shown as it is. */
	text: ({code}) => expect(code.trim()).not.toBe(''),
};
CHECKS.bash = CHECKS.sh;
CHECKS.yml = CHECKS.yaml;
CHECKS.mjs = CHECKS.js;
CHECKS.toml = CHECKS.text;

beforeAll(() => {
	fs.rmSync(scratch, {recursive: true, force: true});
	fs.mkdirSync(scratch, {recursive: true});
});

test('each block says what it is', () => {
	expect(blocks.length).toBeGreaterThan(10);
	const unknown = blocks.filter(({language}) => !Object.hasOwn(CHECKS, language));
	expect(unknown.map(({where, language}) => `${where}: "${language}"`)).toEqual([]);
});

const chosen = blocks.filter(
	({language, tags}) => Object.hasOwn(CHECKS, language) && (!RENDER || tags.includes('render')),
);

// At once: most of the time is Node's start.
const outcomes = new Map();
const SIDE_BY_SIDE = 4;

beforeAll(async () => {
	const queue = [...chosen];
	const work = async () => {
		for (let block = queue.shift(); block !== undefined; block = queue.shift()) {
			try {
				await CHECKS[block.language](block);
				outcomes.set(block.where, null);
			} catch (error) {
				outcomes.set(block.where, error);
			}
		}
	};
	await Promise.all(Array.from({length: RENDER ? 1 : SIDE_BY_SIDE}, work));
}, 600_000);

test.each(chosen.map(({where, language, line}) => [where, language, line]))(
	'%s (%s, line %d)',
	(where) => {
		expect(outcomes.has(where)).toBe(true);
		const error = outcomes.get(where);
		if (error !== null) {
			throw error;
		}
	},
);

/** As GitHub makes them. */
const anchorOf = (heading) =>
	heading
		.toLowerCase()
		.replace(/[^\p{L}\p{N}\s_-]/gu, '')
		.trim()
		.replace(/\s/g, '-');

test('links lead to files and headings that exist', () => {
	const broken = [];
	for (const {name, text} of documents) {
		const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
		for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
			if (/^[a-z]+:/.test(target)) {
				continue;
			}
			const [file, anchor] = target.split('#');
			const place = file === '' ? name : path.join(path.dirname(name), file);
			const whole = path.join(root, place);
			if (!fs.existsSync(whole)) {
				broken.push(`${name}: ${target}`);
			} else if (anchor !== undefined && place.endsWith('.md')) {
				const headings = fs.readFileSync(whole, 'utf8').matchAll(/^#+ (.+)$/gm);
				if (![...headings].some(([, heading]) => anchorOf(heading) === anchor)) {
					broken.push(`${name}: ${target}`);
				}
			}
		}
	}
	expect(broken).toEqual([]);
});

test('commands in tables exist', () => {
	const files = (folder, pattern) =>
		fs.readdirSync(path.join(root, folder), {recursive: true}).filter((name) => pattern.test(name));
	const benchmarks = files('benchmark', /\.mjs$/).map((name) => name.replace('.mjs', ''));
	const long = files('__test__', /\.long\.js$/);
	const missing = [];
	for (const {name, text} of documents) {
		for (const [, script, what] of text.matchAll(
			/`(?:\w+=\S+ )?npm run ([\w:-]+)(?: -- (\w[\w-]*))?/g,
		)) {
			const there =
				Object.hasOwn(scripts, script) &&
				(script !== 'bench' || what === undefined || benchmarks.includes(what)) &&
				(script !== 'test:long' || what === undefined || long.some((file) => file.includes(what)));
			if (!there) {
				missing.push(`${name}: npm run ${script} -- ${what}`);
			}
		}
	}
	expect(missing).toEqual([]);
});

test('files of the repository that a document names exist', () => {
	const file =
		/(?<![\w/.])(?:benchmark|bin|core|fuzz|lib|scripts|src|wasm|__test__)\/[\w./-]+\.(?:m?js|json|rs)\b/g;
	const named = documents.flatMap(({name, text}) =>
		[...text.matchAll(file)].map(([one]) => ({name, one})),
	);
	expect(named.length).toBeGreaterThan(40);
	expect(named.filter(({one}) => !fs.existsSync(path.join(root, one)))).toEqual([]);
});

test('CONTRIBUTING names every npm script, and every long test', () => {
	const {text} = documents.find(({name}) => name === 'CONTRIBUTING.md');
	const named = [...text.matchAll(/npm (?:run )?([\w:-]+)/g)].map(([, script]) => script);
	expect(named).toEqual(expect.arrayContaining(Object.keys(scripts)));
	const patterns = [...text.matchAll(/npm run test:long -- (\w[\w-]*)/g)].map(([, one]) => one);
	const long = fs
		.readdirSync(path.join(root, '__test__'), {recursive: true})
		.filter((name) => name.endsWith('.long.js'));
	expect(long.filter((file) => !patterns.some((one) => file.includes(one)))).toEqual([]);
});
