// Remotion Lambda, stock and patched in turn, in the stand-in of __test__/lambda: what a
// render takes of its functions. Linux, as root; each function in a cgroup of its memory.
//
//   npm run bench -- lambda [ROW...]
//   --runs N     of each row, 3 unless given
//   --smallest   the smallest function in which all runs of a row finish, of each kind
//
// ROW: base64, heavy, small, none, media; or large, for --smallest, and long (10,000 frames, some
// ten minutes a run). GB-seconds are what AWS would bill: each function's memory, from its start or
// the call to its answer. CPU is not held to what AWS gives a function of that memory.
import {strict as assert} from 'node:assert';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {printMachine} from './compare.mjs';
import {RenderCgroup, reasonNot} from './governor/cgroup.mjs';

const require = createRequire(import.meta.url);
const {
	KINDS,
	LARGE,
	Project,
	ROOMY,
	SMALL,
	nameOf,
	secondsOf,
} = require('../__test__/lambda/stand-in/account.js');
const {
	makeRuntime,
	reasonNoLxcfs,
	startMeminfo,
	startMoto,
} = require('../__test__/lambda/stand-in/runtime.js');

const VERSION = '4.0.527';
const MIB = 2 ** 20;
const GIB = 2 ** 30;

const tracks = (count, mib, frames) => ({
	composition: 'tracks',
	inputProps: {count, seconds: secondsOf(mib), frames},
});

const ROWS = {
	base64: {
		about: '8 tracks of 1 MiB of base64, 40 frames in two functions',
		...{...tracks(8, 1, 40), framesPerLambda: 20, memory: ROOMY},
	},
	heavy: {
		about: '20 tracks of 1 MiB of base64, 40 frames in two functions',
		...{...tracks(20, 1, 40), framesPerLambda: 20, memory: ROOMY},
	},
	small: {
		about: '8 tracks of 5 MiB of base64, 10 frames in one function',
		...{...tracks(8, 5, 10), framesPerLambda: 10, memory: SMALL},
	},
	large: {
		about: '8 tracks of 16 MiB of base64, 10 frames in one function',
		...{...tracks(8, 16, 10), framesPerLambda: 10, memory: LARGE},
	},
	none: {
		about: 'no assets, 40 frames in two functions',
		...{...tracks(0, 1, 40), framesPerLambda: 20, memory: ROOMY},
	},
	media: {
		about: 'audio of @remotion/media, 40 frames in two functions',
		...{entry: 'media.jsx', composition: 'media', framesPerLambda: 20, memory: ROOMY},
	},
	long: {
		about: '8 tracks of 64 KiB of base64, 10,000 frames in four functions',
		...{...tracks(8, 1 / 16, 10_000), framesPerLambda: 2500, memory: ROOMY},
	},
};

/** Starts of each kind, for the cold start. */
const STARTS = 40;

/** Sizes of functions that are tried by --smallest, in MB. */
const SIZES = [512, 640, 768, 1024, 1280, 1536, 1792, 2048, 2560, LARGE];

const {values, positionals} = parseArgs({
	allowPositionals: true,
	options: {runs: {type: 'string', default: '3'}, smallest: {type: 'boolean', default: false}},
});
const runs = Number(values.runs);
if (!(Number.isInteger(runs) && runs > 0)) {
	throw new TypeError('--runs must be a whole number, one or more');
}
const names = positionals.length > 0 ? positionals : ['base64', 'heavy', 'small', 'none', 'media'];
for (const name of names) {
	if (!Object.hasOwn(ROWS, name)) {
		throw new TypeError(`There is no row ${name}: ${Object.keys(ROWS).join(', ')}`);
	}
}
const reason =
	process.getuid?.() === 0 ? (reasonNot() ?? reasonNoLxcfs()) : 'it needs root on Linux';
if (reason !== null) {
	console.error(`This benchmark runs functions in sandboxes: ${reason}`);
	process.exit(2);
}

const median = (all) => [...all].sort((a, b) => a - b)[all.length >> 1];

/** What one render took, in environments that nothing else ran in. */
async function once(project, kind, {memory, about, entry, ...options}) {
	// Remotion's deploy asks each function for its version: one that is still warm would
	// take a part of the work, and not be counted.
	await Promise.all(project.aws.environments.map((one) => one.stop()));
	const before = project.aws.environments.length;
	const functionName = nameOf(VERSION, memory, kind);
	const site = project.sites[entry ?? 'index.jsx'];
	const result = await project.call('media', {...site, ...options, functionName});
	const used = project.aws.environments.slice(before);
	const figures = used.map(({cgroup}) => cgroup.figures());
	await Promise.all(used.map((one) => one.stop()));
	const sum = (values) => values.reduce((total, value) => total + value, 0);
	const busy = used.map(({init, busyFor}) => (init ?? 0) + busyFor);
	return {
		hash: result.done ? result.hash : null,
		error: result.errors[0]?.split('\n')[0].slice(0, 80),
		cpu: sum(figures.map(({cpu}) => cpu)),
		peak: Math.max(...figures.map(({peak}) => peak)),
		kills: sum(figures.map(({kills}) => kills)),
		gbSeconds: (sum(busy) / 1000) * ((memory * MIB) / GIB),
	};
}

/** Stock and patched in turn. */
async function compare(project) {
	for (const name of names) {
		const row = ROWS[name];
		console.log(`${name}: ${row.about} of ${row.memory} MB`);
		const results = {stock: [], patched: []};
		for (let run = 0; run < runs; run++) {
			for (const kind of run % 2 === 0 ? KINDS : [...KINDS].reverse()) {
				const result = await once(project, kind, row);
				results[kind].push(result);
			}
		}
		const hashes = new Set(
			Object.values(results).flatMap((all) => all.flatMap(({hash}) => hash ?? [])),
		);
		assert(hashes.size <= 1, 'the files differ');
		for (const kind of KINDS) {
			const all = results[kind];
			const finished = all.filter(({hash}) => hash !== null);
			const figure = (key) => median(all.map((one) => one[key]));
			console.log(
				`  ${kind.padEnd(8)} ${finished.length} of ${all.length} finished` +
					`${all.find(({error}) => error)?.error ? ` (${all.find(({error}) => error).error})` : ''}, ` +
					`CPU ${figure('cpu').toFixed(1)} s, peak ${(figure('peak') / MIB).toFixed(0)} MiB, ` +
					`${figure('gbSeconds').toFixed(1)} GB-seconds`,
			);
		}
		if (Object.values(results).every((all) => all.every(({hash}) => hash !== null))) {
			const times = (key) =>
				(
					median(results.stock.map((one) => one[key])) /
					median(results.patched.map((one) => one[key]))
				).toFixed(2);
			console.log(
				`  stock to patched: CPU ${times('cpu')}, peak ${times('peak')}, GB-seconds ${times('gbSeconds')}`,
			);
		}
	}
}

/** Starts alone on the machine, where those of a render come two at a time. */
async function compareStarts({aws}, memory) {
	const times = {stock: [], patched: []};
	for (let run = 0; run < STARTS; run++) {
		for (const kind of run % 2 === 0 ? KINDS : [...KINDS].reverse()) {
			const lambda = aws.functions.get(nameOf(VERSION, memory, kind));
			const environment = await aws.startEnvironment(lambda);
			while (environment.init === null) {
				assert(!environment.hasEnded, `${kind}: ended at its start: ${environment.log}`);
				await sleep(20);
			}
			times[kind].push(environment.init);
			await environment.stop();
		}
	}
	const [theirs, ours] = KINDS.map((kind) => median(times[kind]));
	// Of each pair: the machine is faster and slower by more than that between them.
	const more = times.patched.map((time, run) => time - times.stock[run]);
	console.log(
		`cold start, until the first question for work: stock ${theirs.toFixed(0)} ms, patched ${ours.toFixed(0)} ms, ` +
			`in each pair ${median(more).toFixed(0)} ms more (medians of ${STARTS})`,
	);
}

const deployed = new Set();

/** Functions of both kinds. A second time Remotion leaves them as they are, which ours says is an error. */
async function deployOnce(project, memory) {
	if (!deployed.has(memory)) {
		deployed.add(memory);
		const {patched} = await project.deploy(memory);
		assert.equal(patched.status, 0, patched.stderr);
	}
}

/** The least memory with which that row finishes in each run, in MB, and the file; null where none of SIZES is enough. */
async function smallestOf(project, kind, row) {
	for (const memory of SIZES) {
		await deployOnce(project, memory);
		const results = [];
		do {
			results.push(await once(project, kind, {...row, memory}));
		} while (results.at(-1).hash !== null && results.length < runs);
		const hashes = new Set(results.map(({hash}) => hash));
		if (!hashes.has(null)) {
			assert.equal(hashes.size, 1, 'the files differ');
			return {memory, hash: results[0].hash};
		}
		console.log(
			`  ${kind.padEnd(8)} ${memory} MB: run ${results.length} failed (${results.at(-1).error})`,
		);
	}
	return null;
}

async function findSmallest(project) {
	for (const name of names) {
		console.log(`${name}: ${ROWS[name].about}`);
		const found = [];
		for (const kind of KINDS) {
			const smallest = await smallestOf(project, kind, ROWS[name]);
			console.log(
				`  ${kind.padEnd(8)} ` +
					(smallest === null
						? `does not finish in ${SIZES.at(-1)} MB`
						: `finishes ${runs} of ${runs} in ${smallest.memory} MB`),
			);
			found.push(smallest);
		}
		const [stock, patched] = found;
		if (stock !== null && patched !== null) {
			assert.equal(patched.hash, stock.hash, 'the files differ');
			console.log(`  stock to patched: ${(stock.memory / patched.memory).toFixed(2)}`);
		}
	}
}

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-bench-lambda-'));
let moto;
let meminfo;
let project;
try {
	meminfo = await startMeminfo(home);
	const runtime = {...makeRuntime(home), meminfo: meminfo.file};
	moto = await startMoto();
	const makeCgroup = (name, limit) => new RenderCgroup(name, limit);
	project = new Project(VERSION, {home, moto, runtime, makeCgroup});
	await project.aws.start();
	const memories = values.smallest ? [] : names.map((name) => ROWS[name].memory);
	for (const memory of memories) {
		await deployOnce(project, memory);
	}
	project.sites = {};
	for (const entry of new Set(names.map((name) => ROWS[name].entry ?? 'index.jsx'))) {
		project.sites[entry] = await project.makeSite(entry);
	}
	printMachine();
	if (values.smallest) {
		await findSmallest(project);
	} else {
		await compare(project);
		await compareStarts(project, memories[0]);
	}
} finally {
	await project?.stop();
	await meminfo?.stop();
	await moto?.stop();
	fs.rmSync(home, {recursive: true, force: true});
}
