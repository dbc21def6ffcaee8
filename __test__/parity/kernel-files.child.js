'use strict';

// Runs in a mount namespace where /proc or /proc/meminfo, and /sys/fs/cgroup,
// are bind mounts of prepared files: `kernel-files.child.js DIR` takes
// scenarios from stdin and prints what both sides answered to each.

const fs = require('node:fs');
const path = require('node:path');
const theirs = require('../oracle');

const dir = process.argv[2];
const library = path.join(__dirname, '..', '..', 'lib') + path.sep;
const index = require.resolve('../..');

/** Ours, with nothing said yet: warnings come once per process otherwise. */
function freshOurs() {
	for (const file of Object.keys(require.cache)) {
		if (file === index || (file.startsWith(library) && !file.endsWith('native.js'))) {
			delete require.cache[file];
		}
	}
	return require('../..');
}

function prepare({meminfo, files}) {
	const proc = path.join(dir, 'proc');
	const target = path.join(proc, 'meminfo');
	if (typeof meminfo === 'string') {
		if (fs.statSync(target, {throwIfNoEntry: false})?.isDirectory()) {
			fs.rmdirSync(target);
		}
		// In place: the bind mount holds on to the file, not to its name.
		fs.writeFileSync(target, meminfo);
	} else {
		fs.rmSync(target, {recursive: true, force: true});
		if (meminfo !== null) {
			fs.mkdirSync(target);
		}
	}
	const cgroup = path.join(dir, 'cgroup');
	for (const entry of fs.readdirSync(cgroup)) {
		fs.rmSync(path.join(cgroup, entry), {recursive: true});
	}
	for (const [name, content] of Object.entries(files)) {
		const file = path.join(cgroup, name);
		fs.mkdirSync(path.dirname(file), {recursive: true});
		fs.writeFileSync(file, content);
	}
}

/** JSON has no NaN and no Infinity. */
const plain = (value) =>
	typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

function ask(side) {
	let warned = false;
	console.warn = () => {
		warned = true;
	};
	const answers = {
		getAvailableMemory: plain(side.getAvailableMemory('info')),
		warned,
		getAvailableMemoryFromCgroup: plain(side.getAvailableMemoryFromCgroup()),
		getMaxLambdaMemory: plain(side.getMaxLambdaMemory()),
		getFreeMemoryFromProcMeminfo: plain(side.getFreeMemoryFromProcMeminfo('error')),
		// Its name in newer sources.
		renamed: plain(
			(side.getAvailableMemoryFromProcMeminfo ?? side.getFreeMemoryFromProcMeminfo)('error'),
		),
		parallel: side.shouldUseParallelEncoding({width: 1920, height: 1080, logLevel: 'error'}),
	};
	answers.parallel.freeMemory = plain(answers.parallel.freeMemory);
	warned = false;
	side.getAvailableMemory('error');
	answers.warnedAtError = warned;
	return answers;
}

const scenarios = JSON.parse(fs.readFileSync(0, 'utf8'));
const results = scenarios.map((scenario) => {
	prepare(scenario);
	if (scenario.lambda === undefined) {
		delete process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE;
	} else {
		process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE = scenario.lambda;
	}
	return {theirs: ask(theirs), ours: ask(freshOurs())};
});
process.stdout.write(JSON.stringify(results));
