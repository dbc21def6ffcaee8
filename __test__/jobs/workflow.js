'use strict';

// What GitHub makes of a workflow file: its jobs, one for each row of a matrix, with
// the values filled in. What isn't known here is an error, so that nothing of a
// workflow is passed over.

const fs = require('node:fs');
const path = require('node:path');
const YAML = require('yaml');

const KNOWN = {
	// Who may do what, and which of two runs goes on, change no command.
	workflow: ['name', 'on', 'permissions', 'concurrency', 'jobs'],
	job: [
		...['name', 'runs-on', 'permissions', 'needs', 'strategy', 'container', 'env', 'environment'],
		...['steps', 'timeout-minutes', 'uses'],
	],
	strategy: ['fail-fast', 'matrix'],
	container: ['image', 'options'],
	step: ['name', 'uses', 'with', 'run', 'env', 'timeout-minutes'],
};

function checkKeys(kind, value) {
	const unknown = Object.keys(value).filter((key) => !KNOWN[kind].includes(key));
	if (unknown.length > 0) {
		throw new Error(`${kind}: ${unknown} is not known here`);
	}
	return value;
}

const asList = (value) => (value === undefined ? [] : [value].flat());

/** The rows of a matrix; one without values where there is none. */
function rowsOf({matrix = {}}) {
	const {include = [], exclude, ...axes} = matrix;
	if (exclude !== undefined || (include.length > 0 && Object.keys(axes).length > 0)) {
		throw new Error('a matrix of axes that is added to or taken from is not known here');
	}
	let rows = include.length > 0 ? include : [{}];
	for (const [name, values] of Object.entries(axes)) {
		rows = rows.flatMap((row) => values.map((value) => ({...row, [name]: value})));
	}
	return rows;
}

/** A value of a workflow with its `${{ }}` filled in; null stands for what only GitHub knows. */
function fill(value, contexts) {
	if (Array.isArray(value)) {
		return value.map((one) => fill(one, contexts));
	}
	if (typeof value === 'object' && value !== null) {
		return Object.fromEntries(
			Object.entries(value).map(([key, one]) => [key, fill(one, contexts)]),
		);
	}
	if (typeof value !== 'string') {
		return value;
	}
	return value.replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression) => {
		const [context, key, ...more] = expression.split('.');
		const found = more.length > 0 ? undefined : contexts[context]?.[key];
		if (found === undefined) {
			throw new Error(`\${{ ${expression} }} is not known here`);
		}
		return String(found);
	});
}

const GITHUB = {
	ref_name: 'v0.0.0',
	ref: 'refs/tags/v0.0.0',
	token: 'none',
	repository: 'owner/name',
	workflow: 'workflow',
};

/** `{id, file, name, row, job, steps}` of each job in the text of a workflow. */
function jobsOf(file, text) {
	const workflow = checkKeys('workflow', YAML.parse(text));
	return Object.entries(workflow.jobs).flatMap(([name, job]) => {
		checkKeys('job', job);
		return rowsOf(checkKeys('strategy', job.strategy ?? {})).map((row) => {
			const {strategy, ...filled} = fill({...job, strategy: null}, {matrix: row, github: GITHUB});
			const values = Object.values(row).join(', ');
			const container =
				typeof filled.container === 'string' ? {image: filled.container} : filled.container;
			return {
				id: `${file}: ${name}${values === '' ? '' : ` (${values})`}`,
				...{file, name, row, job: filled},
				container: container && checkKeys('container', container),
				needs: asList(filled.needs),
				steps: (filled.steps ?? []).map((step) => checkKeys('step', step)),
			};
		});
	});
}

/** All jobs of the workflows in a folder. */
function jobsIn(folder) {
	return fs
		.readdirSync(folder)
		.flatMap((name) => jobsOf(name, fs.readFileSync(path.join(folder, name), 'utf8')));
}

/** Why a job can't be executed on a Linux machine without GitHub; null where it can. */
function elsewhere({job, steps}) {
	if (job.uses !== undefined) {
		return `calls ${job.uses}, whose jobs are listed there`;
	}
	if (job['runs-on'] !== 'ubuntu-latest') {
		return `runs on ${job['runs-on']}`;
	}
	const commands = steps.map(({run = ''}) => run);
	if (commands.some((run) => run.startsWith('docker run '))) {
		return 'starts images of a registry';
	}
	if (commands.some((run) => /packages\.js publish |^gh release /.test(run))) {
		return 'publishes';
	}
	return null;
}

module.exports = {elsewhere, jobsIn, jobsOf};
