// Scenes that need much memory, in cgroups of a given limit: stock, tuned by
// hand, and activated. Linux, with the right to make cgroups.
//
//   npm run bench -- governor [SCENE...]
//
// SCENE: A, B, C (C-40, C-400), D, E, F, G, H (H-h265, H-prores), or I: all of
// them without a limit, stock and governed.
//   --limit MIB     instead of each scene's own; 0: none
//   --column NAMES  of stock,tuned,governed
//   --runs N        of each, one after the other
//   --bisect        the smallest limit that each column finishes at, to 50 MiB
//   --versions V,V  of Remotion
//   --hashes        of each frame before it is encoded and of each answer of the
//                   compositor, so that a difference is narrowed down
//   --register JSON options of register() in the governed column
//   --timeout S     of a run, instead of each scene's own
//   --json FILE     all results
//   --work FOLDER   where media and references are kept, instead of a temporary
//                   one; or HEADROOM_SCENES
//
// Output is compared with that of stock without a limit first. An unfinished run
// has no output, but with --hashes its frames are compared.
import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {printMachine} from './compare.mjs';
import {reasonNot} from './governor/cgroup.mjs';
import {differences, runOnce} from './governor/run.mjs';
import {COMPARED, pick, SCENES} from './governor/scenes.mjs';
import {Workspace} from './governor/workspace.mjs';

const {NEWEST} = createRequire(import.meta.url)('../__test__/activation/harness.js');

const MIB = 2 ** 20;
const STEP = 50;
/** No browser starts in less. */
const LEAST = 150;

const {values, positionals} = parseArgs({
	allowPositionals: true,
	options: {
		limit: {type: 'string'},
		column: {type: 'string'},
		runs: {type: 'string', default: '1'},
		bisect: {type: 'boolean', default: false},
		versions: {type: 'string', default: NEWEST},
		hashes: {type: 'boolean', default: false},
		register: {type: 'string', default: '{}'},
		timeout: {type: 'string'},
		json: {type: 'string'},
		work: {type: 'string', default: process.env.HEADROOM_SCENES},
	},
});

function whole(name, least) {
	const value = values[name] === undefined ? undefined : Number(values[name]);
	if (value !== undefined && !(Number.isInteger(value) && value >= least)) {
		throw new TypeError(`--${name} must be a whole number, ${least} or more`);
	}
	return value;
}

const reason = reasonNot();
if (reason !== null) {
	console.error(`This benchmark makes cgroups: ${reason}`);
	process.exit(2);
}

const limit = whole('limit', 0);
const timeout = whole('timeout', 1);
const runs = whole('runs', 1);
const register = JSON.parse(values.register);
const ample = positionals.includes('I');
const scenes = pick(positionals.filter((name) => name !== 'I'));
const columns = values.column?.split(',') ?? (ample ? ['stock', 'governed'] : COMPARED);
for (const column of columns) {
	if (!COMPARED.includes(column)) {
		throw new TypeError(`There is no column ${column}: ${COMPARED}`);
	}
}

const workspace = new Workspace(values.work);
const results = [];

const mib = (bytes) => Math.round(bytes / MIB);
const limitText = (result) => (result.limit === null ? 'no limit' : `${result.limit} MiB`);
const firstLine = (text) => text.trim().split('\n')[0].slice(0, 100);

/**
 * Whether each output is that of a reference that was encoded the same way:
 * with and without parallel encoding, stock's own files differ. Null where
 * there is nothing to compare.
 */
async function equality({scene, version, finished, outcomes, sha256}) {
	if (!finished) {
		return null;
	}
	for (const [i, {parallelEncoding}] of outcomes.entries()) {
		const reference = await referenceOf(scene, version, parallelEncoding);
		if (!reference.finished) {
			return null;
		}
		if (sha256[i] !== reference.sha256[i]) {
			return 'DIFFERENT';
		}
	}
	return 'identical';
}

function print(result) {
	const {scene, version, column, outcomes} = result;
	const tabs = outcomes?.flatMap((outcome) => outcome.tabs ?? []).join(' + ');
	console.log(
		[
			`${scene} ${version}`.padEnd(16),
			limitText(result).padStart(8),
			column.padEnd(8),
			(result.output ?? '-').padEnd(9),
			result.finished ? 'finished' : `FAILED: ${firstLine(result.error ?? 'no output')}`,
			`kills ${result.kills}`,
			`limit hits ${result.limitHits}`,
			`peak ${mib(result.peak)} MiB, ${mib(result.workingSet)} without cache`,
			`CPU ${result.cpu.toFixed(1)} s`,
			`wall ${result.wall.toFixed(1)} s`,
			tabs ? `tabs ${tabs}` : '',
			column === 'governed' ? `actions ${result.actions ?? '-'}` : '',
		].join('  '),
	);
	if (result.differs?.length > 0) {
		console.log(`  not as in the reference: ${result.differs.join(', ')}`);
	}
}

/** Prints and keeps a result; `output` and `differs` say how it compares with the reference. */
function record({hashes, ...rest}, {output = null, differs} = {}) {
	const result = {...rest, output, differs, hashes: values.hashes ? hashes : undefined};
	print(result);
	results.push(result);
	if (values.json !== undefined) {
		fs.writeFileSync(values.json, JSON.stringify(results, null, '\t'));
	}
	return result;
}

const references = new Map();

/** Stock without a limit, with all hashes. Made once for each scene and version. */
async function referenceOf(scene, version, parallelEncoding = true) {
	const column = parallelEncoding ? 'stock' : 'sequential';
	const key = `reference-${scene}-${version}-${column}.json`;
	if (!references.has(key)) {
		const file = path.join(workspace.directory, key);
		const definition = JSON.stringify(SCENES[scene]);
		let kept = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : null;
		if (kept?.definition !== definition) {
			console.log(`making ${file}`);
			const what = {scene, version, column, limit: null, hashes: true, timeout, isReference: true};
			const result = await runOnce(workspace, what);
			record(result);
			kept = {definition, ...result};
			// One that failed tells nothing the next time.
			if (result.finished) {
				fs.writeFileSync(file, JSON.stringify(kept));
			}
		}
		references.set(key, kept);
	}
	return references.get(key);
}

async function once(scene, version, column, at) {
	const what = {scene, version, column, limit: at, hashes: values.hashes, register, timeout};
	const result = await runOnce(workspace, what);
	const output = await equality(result);
	const {hashes} = await referenceOf(scene, version);
	const differs =
		values.hashes && hashes && result.hashes ? differences(result.hashes, hashes) : undefined;
	return record(result, {output, differs});
}

/** Whether every one of the runs finishes. */
async function finishes(...what) {
	for (let run = 0; run < runs; run++) {
		if (!(await once(...what)).finished) {
			return false;
		}
	}
	return true;
}

/** The smallest limit that finishes; null where none does that was tried. */
async function bisect(scene, version, column) {
	const {peak} = await referenceOf(scene, version);
	let high = Math.ceil(peak / MIB / STEP) * STEP;
	for (let attempt = 0; !(await finishes(scene, version, column, high)); attempt++) {
		if (attempt === 3) {
			return null;
		}
		high = Math.ceil((high * 1.25) / STEP) * STEP;
	}
	for (let low = LEAST; high - low > STEP; ) {
		const middle = Math.round((low + high) / 2 / STEP) * STEP;
		if (await finishes(scene, version, column, middle)) {
			high = middle;
		} else {
			low = middle;
		}
	}
	return high;
}

function table(header, rows) {
	const line = (cells) => `| ${cells.join(' | ')} |`;
	console.log(`\n${[header, header.map(() => '---'), ...rows].map(line).join('\n')}`);
}

printMachine();
console.log(`media and references in ${workspace.directory}`);
const smallest = [];
for (const version of values.versions.split(',')) {
	for (const scene of scenes) {
		if (SCENES[scene].without === version) {
			console.log(`${scene} ${version}: can't be rendered by that version`);
			continue;
		}
		const {peak} = await referenceOf(scene, version);
		if (values.bisect) {
			const row = [scene, version, mib(peak)];
			for (const column of columns) {
				row.push((await bisect(scene, version, column)) ?? 'none');
				console.log(`${scene} ${version} ${column}: smallest finishing limit ${row.at(-1)} MiB`);
			}
			smallest.push(row);
			continue;
		}
		const at = limit ?? (ample ? 0 : SCENES[scene].limit);
		for (let run = 0; run < runs; run++) {
			// In turn the first: a machine may get slower or faster meanwhile.
			for (const column of run % 2 === 0 ? columns : [...columns].reverse()) {
				await once(scene, version, column, at === 0 ? null : at);
			}
		}
	}
}

if (values.bisect) {
	table(['scene', 'Remotion', 'peak without a limit', ...columns], smallest);
} else {
	table(
		[
			...['scene', 'Remotion', 'limit', 'column', 'finished', 'output', 'kills'],
			...['limit hits', 'actions', 'peak (MiB)', 'CPU (s)', 'wall (s)'],
		],
		results.map((result) => [
			...[result.scene, result.version, limitText(result), result.column],
			result.finished ? 'yes' : firstLine(result.error ?? 'no output'),
			...[result.output ?? '-', result.kills, result.limitHits, result.actions ?? '-'],
			...[mib(result.peak), result.cpu.toFixed(1), result.wall.toFixed(1)],
		]),
	);
}
if (ample) {
	// Each run beside the one of the other column.
	const ratios = scenes.flatMap((scene) => {
		const [theirs, ours] = ['stock', 'governed'].map((column) =>
			results.filter(
				(one) => one.scene === scene && one.column === column && one.isReference !== true,
			),
		);
		return ours.slice(0, theirs.length).map(({cpu}, run) => cpu / theirs[run].cpu);
	});
	if (ratios.length > 1) {
		const logs = ratios.map(Math.log);
		const mean = logs.reduce((sum, one) => sum + one, 0) / logs.length;
		const spread = logs.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (logs.length - 1);
		const error = Math.sqrt(spread / logs.length);
		console.log(
			`CPU of governed to stock, ${ratios.length} pairs: ${Math.exp(mean).toFixed(3)}, standard error ${error.toFixed(3)}`,
		);
	}
}
process.exit(results.some(({output}) => output === 'DIFFERENT') ? 1 : 0);
