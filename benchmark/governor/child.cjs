'use strict';

// Renders in the cgroup that it was started in, and writes what came of it.
//
// argv[2]: {root, resultFile, common, renders: [{props, options, output}],
//   cpus?, register?, hashes}

const {createHash} = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const job = JSON.parse(process.argv[2]);
const load = (file) => require(path.join(job.root, 'dist', `${file}.js`));

// First: what is replaced below would not be recognised.
const report =
	job.register === undefined ? null : require('../..').register({from: job.root, ...job.register});

/** What the governor has done. */
let actions = 0;
if (report !== null) {
	require('../..').onGovernorAction(() => {
		actions++;
	});
}

if (job.cpus !== undefined) {
	load('get-cpu-count').getCpuCount = () => job.cpus;
}

/** What was seen -> hashes, one for each time. */
const hashes = {};

function note(name, data) {
	hashes[name] ??= [];
	hashes[name].push(createHash('sha1').update(data).digest('hex').slice(0, 12));
}

/** Frames before they are encoded, and what the compositor answers. */
function watch() {
	const current = new WeakMap();
	const seek = load('seek-to-frame');
	const {seekToFrame} = seek;
	seek.seekToFrame = (options) => {
		current.set(options.page, options.frame);
		return seekToFrame(options);
	};
	const take = load('take-frame');
	const {takeFrame} = take;
	take.takeFrame = async (options) => {
		const answer = await takeFrame(options);
		// Frames that are gone through for their audio have no image.
		if (options.imageFormat !== 'none') {
			// An older version answers with {buffer}, beside the assets.
			const image = Buffer.isBuffer(answer) ? answer : answer.buffer;
			note(`frame ${current.get(options.freePage)}`, image);
		}
		return answer;
	};
	const compositor = load('compositor/compositor');
	const {startCompositor} = compositor;
	compositor.startCompositor = (options) => {
		const started = startCompositor(options);
		const {executeCommand} = started;
		started.executeCommand = async (command, payload) => {
			const answer = await executeCommand(command, payload);
			if (command === 'ExtractFrame') {
				note(`${path.basename(payload.original_src)} at ${payload.time.toFixed(3)} s`, answer);
			}
			return answer;
		};
		return started;
	};
}

if (job.hashes) {
	watch();
}

const {renderMedia, selectComposition} = load('index');

async function render({props, options, output}) {
	const common = {...job.common, inputProps: props};
	const outcome = {};
	await renderMedia({
		codec: 'h264',
		...common,
		composition: await selectComposition({...common, id: 'scene'}),
		outputLocation: output,
		onStart: ({resolvedConcurrency, parallelEncoding}) => {
			outcome.tabs = resolvedConcurrency;
			outcome.parallelEncoding = parallelEncoding;
		},
		...options,
	});
	return outcome;
}

Promise.allSettled(job.renders.map(render)).then((settled) => {
	const outcomes = settled.map(({value, reason}) => ({
		...value,
		error: reason && String(reason.message ?? reason).slice(0, 2000),
	}));
	fs.writeFileSync(job.resultFile, JSON.stringify({report, actions, outcomes, hashes}));
	process.exit();
});
