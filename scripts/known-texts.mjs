// npm run known-texts, for each new version of Remotion: reads published versions
// of @remotion/renderer and lists texts of the functions we watch that
// lib/copies/known.json does not have.
//   -- [--lambda] [--write] [--between] [version...]       without versions: those of LIST
// --lambda   instead the modules in the function of @remotion/lambda, for
//            lib/lambda/known.json, the names of variables aside
// --write    adds them. Read them first: is the replacement right for each?
// --between  reads on between neighbours that differ, until all changes are found.

import {execFile} from 'node:child_process';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import {main, root, run} from './tools.js';

const require = createRequire(import.meta.url);
const {FUNCTION, WATCHED: IN_RENDERER, hashOf, sha256} = require('../lib/copies/known.js');
const {hashesOf} = require('../lib/lambda/hashes.js');
const {FUNCTION_ZIP, MODULES, locate, watchedTexts} = require('../lib/lambda/function-file.js');
const {readZip} = require('../lib/lambda/zip.js');

const IS_LAMBDA = process.argv.includes('--lambda');
const PACKAGE = IS_LAMBDA ? '@remotion/lambda' : '@remotion/renderer';
/** Of the function, what is replaced or relied on; nothing is replaced in the others. */
const WATCHED = IS_LAMBDA
	? Object.entries(MODULES).flatMap(([module, {name, isWatched}]) =>
			isWatched ? [[module, name]] : [],
		)
	: IN_RENDERER;
const AT_A_TIME = 3;
const PATCHES = IS_LAMBDA
	? [311, 314, 320, 333, 340, 350, 362, 372, 382, 399, 403, 410, 420, 433, 443, 448, 460].concat([
			466, 481, 490, 502, 508, 515, 527,
		])
	: [300, 320, 340, 361, 382, 400, 420, 443, 460, 479, 481, 500, 509, 511, 515, 520, 525, 529];
const LIST = PATCHES.map((patch) => `4.0.${patch}`);

const file = path.join(root, 'lib', IS_LAMBDA ? 'lambda' : 'copies', 'known.json');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'known-texts-'));
const execute = promisify(execFile);

const byAge = (a, b) => a.localeCompare(b, 'en', {numeric: true});

/** Fetches a package; its folder. */
async function fetchPackage(name, version) {
	const folder = path.join(scratch, version, name);
	fs.mkdirSync(folder, {recursive: true});
	const {stdout} = await execute(
		'npm',
		['pack', '--loglevel=error', '--ignore-scripts', `${name}@${version}`],
		{cwd: folder, shell: process.platform === 'win32', timeout: 120_000},
	);
	await execute('tar', ['xzf', stdout.trim()], {cwd: folder});
	return path.join(folder, 'package');
}

/** All versions of a package that are published. */
const versionsOf = (name) => JSON.parse(run('npm', ['view', name, 'versions', '--json']));

/** Packages with modules that we watch. They have the renderer's version. */
const OTHERS = [...new Set(WATCHED.map(([module]) => packageOf(module)))].filter(Boolean);
/** Package -> its versions. */
const published = new Map();

function packageOf(module) {
	return /^@[^/]+\/[^/]+(?=\/)/.exec(module)?.[0];
}

/** The texts of a version. */
async function fetchVersion(version) {
	if (IS_LAMBDA) {
		return textsInFunction(await fetchPackage(PACKAGE, version));
	}
	const folders = new Map([[PACKAGE, await fetchPackage(PACKAGE, version)]]);
	for (const name of OTHERS) {
		// Of some versions one package was published, and the other was not.
		if (published.get(name).includes(version)) {
			folders.set(name, await fetchPackage(name, version));
		}
	}
	return textsOf((module) => {
		const name = packageOf(module);
		const inside = name === undefined ? module : module.slice(name.length + 1);
		return path.join(folders.get(name ?? PACKAGE) ?? scratch, 'dist', `${inside}.js`);
	});
}

function textsInFunction(folder) {
	const zip = readZip(fs.readFileSync(path.join(folder, FUNCTION_ZIP)));
	const source = zip
		.find(({name}) => name === 'index.js')
		.read()
		.toString('utf8');
	// A minifier's text is known without its names alone.
	return Object.entries(hashesOf(watchedTexts(source, locate(source)))).map(([module, hash]) => ({
		module,
		name: MODULES[module].name,
		hash,
		published: [],
	}));
}

/** An exported function's text as a process sees it. What the module requires stays out. */
function functionText(source, name) {
	// Something that a class can extend, too.
	function callable() {
		return anything;
	}
	const anything = new Proxy(callable, {
		get: (_, key) => (key === Symbol.toPrimitive ? () => '' : anything),
		ownKeys: () => ['prototype'],
	});
	const exported = {};
	new Function('exports', 'require', 'module', '__filename', '__dirname', source)(
		exported,
		() => anything,
		{exports: exported},
		'',
		'',
	);
	return typeof exported[name] === 'function'
		? Function.prototype.toString.call(exported[name])
		: null;
}

/** `[{file, name, hash, published}]` of the functions that a version has. */
function textsOf(placeOf) {
	return WATCHED.flatMap(([module, name, what]) => {
		const place = placeOf(module);
		if (!fs.existsSync(place)) {
			return [];
		}
		const source = fs.readFileSync(place, 'utf8');
		const own = functionText(source, name);
		if (own === null) {
			return [];
		}
		const text = what === FUNCTION ? own : source;
		const hash = hashOf(text);
		if (hash === null) {
			throw new Error(`${module} can't be normalised`);
		}
		return [{module, name, hash, published: [sha256(text)]}];
	});
}

/** `4.0.300-4.0.340, 4.0.382`: neighbours among the versions that were read are joined. */
function join(versions, read) {
	const groups = [];
	for (const version of versions) {
		const last = groups.at(-1);
		if (last !== undefined && read.indexOf(version) === read.indexOf(last.at(-1)) + 1) {
			last.push(version);
		} else {
			groups.push([version]);
		}
	}
	return groups
		.map((group) => (group.length === 1 ? group[0] : `${group[0]}-${group.at(-1)}`))
		.join(', ');
}

function split(ranges, read) {
	return ranges.split(', ').flatMap((range) => {
		const [first, last = first] = range.split('-');
		return read.slice(read.indexOf(first), read.indexOf(last) + 1);
	});
}

/** Version -> its texts. */
const found = new Map();

/** Version -> why it could not be read. */
const missing = new Map();

async function read(versions) {
	const left = versions.filter((version) => !found.has(version) && !missing.has(version));
	const worker = async () => {
		for (let version = left.shift(); version !== undefined; version = left.shift()) {
			try {
				found.set(version, await fetchVersion(version));
				process.stderr.write(`read ${version}\n`);
			} catch (error) {
				// What is known of it stays, and the others are read.
				const [, code] = /^npm error code (\S+)/m.exec(error.stderr ?? '') ?? [];
				missing.set(version, code ?? error.message.trim().split('\n').at(-1));
				process.stderr.write(`${version} is missing\n`);
			}
		}
	};
	await Promise.all(Array.from({length: AT_A_TIME}, worker));
}

/** The published versions half way between neighbours that differ. */
function between() {
	const releases = versionsOf(PACKAGE).filter((version) => /^\d+\.\d+\.\d+$/.test(version));
	return () => {
		const versions = [...found.keys()].sort(byAge);
		const key = (version) => JSON.stringify(found.get(version));
		return versions.slice(1).flatMap((version, i) => {
			if (key(version) === key(versions[i])) {
				return [];
			}
			const inside = releases
				.filter((one) => byAge(versions[i], one) < 0 && byAge(one, version) < 0)
				.sort(byAge);
			return inside.slice(Math.floor(inside.length / 2)).slice(0, 1);
		});
	};
}

/** The table with what was found added. */
function merge(table) {
	const before = table.read.split(' ');
	const all = [...new Set([...before, ...found.keys()])].filter(Boolean).sort(byAge);
	const texts = {};
	const news = [];
	for (const [module, name] of WATCHED) {
		const rows = new Map(
			Object.entries(table.texts[module]?.[name] ?? {}).map(([hash, row]) => [
				hash,
				{versions: split(row.versions, before), published: row.published?.split(' ') ?? []},
			]),
		);
		for (const row of rows.values()) {
			// Of each version one text: what has been read counts.
			row.versions = row.versions.filter((version) => !found.has(version));
		}
		for (const [version, list] of found) {
			const text = list.find((one) => one.module === module && one.name === name);
			if (text === undefined) {
				continue;
			}
			if (!rows.has(text.hash)) {
				rows.set(text.hash, {versions: [], published: []});
				news.push(`${module} ${name} ${text.hash}`);
			}
			const row = rows.get(text.hash);
			row.versions = [...new Set([...row.versions, version])].sort(byAge);
			row.published = [...new Set([...row.published, ...text.published])].sort();
		}
		texts[module] ??= {};
		texts[module][name] = Object.fromEntries(
			[...rows]
				.filter(([, row]) => row.versions.length > 0)
				.sort(([, a], [, b]) => byAge(a.versions[0], b.versions[0]))
				.map(([hash, row]) => [
					hash,
					{
						versions: join(row.versions, all),
						...(row.published.length > 0 && {published: row.published.join(' ')}),
					},
				]),
		);
	}
	return {news, table: {read: all.join(' '), texts}};
}

main(async () => {
	try {
		const args = process.argv.slice(2);
		const versions = args.filter((arg) => !arg.startsWith('--'));
		if (!IS_LAMBDA) {
			for (const name of OTHERS) {
				published.set(name, versionsOf(name));
			}
		}
		await read(versions.length > 0 ? versions : LIST);
		if (args.includes('--between')) {
			const next = between();
			for (let more = next(); more.length > 0; more = next()) {
				await read(more);
			}
		}
		const old = fs.existsSync(file)
			? JSON.parse(fs.readFileSync(file, 'utf8'))
			: {read: '', texts: {}};
		const {news, table} = merge(old);
		for (const one of news) {
			const [module, name, hash] = one.split(' ');
			console.log(
				`new: ${name} of ${module}, ${hash}, in ${table.texts[module][name][hash].versions}`,
			);
		}
		console.log(news.length === 0 ? 'nothing new' : `${news.length} new`);
		for (const [version, reason] of missing) {
			console.log(`missing: ${version}: ${reason}`);
			process.exitCode = 1;
		}
		if (args.includes('--write') && found.size > 0) {
			fs.writeFileSync(file, `${JSON.stringify(table, null, '\t')}\n`);
			run('npx', ['biome', 'format', '--write', file]);
		}
	} finally {
		fs.rmSync(scratch, {recursive: true, force: true});
	}
});
