// One run of a scene: a process of its own in a cgroup of its own.
import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {RenderCgroup} from './cgroup.mjs';
import {COLUMNS, SCENES} from './scenes.mjs';

const require = createRequire(import.meta.url);
const {browser, rootOf} = require('../../__test__/activation/harness.js');
const child = fileURLToPath(new URL('child.cjs', import.meta.url));

const MIB = 2 ** 20;
const LOOK_EVERY = 200;

/** What has to go when we are told to end. */
const running = new Set();

for (const signal of ['SIGINT', 'SIGTERM']) {
	// Not once(): timeout(1) sends it twice, and the second would end us in the middle of this.
	process.on(signal, () => {
		for (const end of running) {
			end();
		}
		process.exit(1);
	});
}

const sha256 = (file) => createHash('sha256').update(fs.readFileSync(file)).digest('hex');

let runs = 0;

/**
 * @param {{scene: string, column: string, limit: number | null, version: string, hashes?: boolean,
 *   register?: object, timeout?: number}} what limit in MiB, timeout in seconds
 */
export async function runOnce(workspace, what) {
	const {scene: name, column, limit, version} = what;
	const scene = SCENES[name];
	const serveUrl = await workspace.prepare(scene, version);
	const id = `headroom-governor-${process.pid}-${runs++}`;
	// A short path: Chrome makes a socket below it.
	const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-'));
	const cgroup = new RenderCgroup(id, limit === null ? null : limit * MIB);
	const end = () => {
		cgroup.remove();
		fs.rmSync(scratch, {recursive: true, force: true});
	};
	running.add(end);
	try {
		const outputs = scene.renders.map(({options}, i) =>
			path.join(scratch, `output-${i}.${options?.codec === 'prores' ? 'mov' : 'mp4'}`),
		);
		const job = {
			root: rootOf('renderer', version),
			resultFile: path.join(scratch, 'result.json'),
			common: {serveUrl, ...browser, logLevel: 'error'},
			cpus: scene.cpus,
			hashes: what.hashes,
			register: column === 'governed' ? {...what.register} : undefined,
			renders: scene.renders.map(({props, options}, i) => ({
				props,
				options: {...options, ...COLUMNS[column]},
				output: outputs[i],
			})),
		};
		const timeout = what.timeout ?? scene.timeout ?? 300;
		const outcome = await inside(cgroup, job, {timeout, scratch});
		const finished =
			outcome.outcomes?.every(({error}) => error === undefined) === true &&
			outputs.every((file) => fs.existsSync(file));
		return {
			...what,
			...outcome,
			finished,
			sha256: finished ? outputs.map(sha256) : null,
		};
	} finally {
		running.delete(end);
		end();
	}
}

async function inside(cgroup, job, {timeout, scratch}) {
	const [command, ...args] = cgroup.entering({contained: true});
	const started = performance.now();
	// What Remotion and Chrome leave behind goes with the folder.
	const env = {...process.env, TMPDIR: scratch};
	const renderer = spawn(command, [...args, process.execPath, child, JSON.stringify(job)], {
		env,
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	let stderr = '';
	renderer.stderr.setEncoding('utf8').on('data', (text) => {
		stderr += text;
	});
	const looking = setInterval(() => cgroup.look(), LOOK_EVERY);
	let late = false;
	const deadline = setTimeout(() => {
		late = true;
		renderer.kill('SIGKILL');
	}, timeout * 1000);
	// Not 'close': a browser that is left behind holds the pipe.
	const [code, signal] = await new Promise((resolve, reject) => {
		renderer.on('error', reject);
		renderer.on('exit', (...ended) => resolve(ended));
	});
	clearInterval(looking);
	clearTimeout(deadline);
	const wall = (performance.now() - started) / 1000;
	const figures = cgroup.figures();
	renderer.stderr.destroy();
	const result = fs.existsSync(job.resultFile)
		? JSON.parse(fs.readFileSync(job.resultFile, 'utf8'))
		: {};
	const error = late
		? `not finished in ${timeout} s`
		: (result.outcomes?.find(({error}) => error !== undefined)?.error ??
			(code === 0 ? undefined : `the process ended with ${signal ?? code}`));
	return {...result, ...figures, wall, error, stderr: stderr.slice(-4000)};
}

/** Names of frames and answers that were not as in the reference, in their order. */
export function differences(hashes, reference) {
	return Object.entries(hashes)
		.filter(([name, seen]) => seen.some((one) => !(reference[name] ?? []).includes(one)))
		.map(([name]) => name)
		.sort(new Intl.Collator('en', {numeric: true}).compare);
}
