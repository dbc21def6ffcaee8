'use strict';

// The command `remotion-headroom run`: runs a command, activated, and records it
// from outside, so that there is a report whoever the kernel kills.

const {spawn} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {parseArgs} = require('node:util');
const {LiveLine} = require('./live-line');
const {Recording, clock} = require('./recording');
const {isReportFile} = require('./report-file');
const {VARIABLE, valueFor} = require('./side-file');
const {registerFile} = require('../switch');

const HELP = `Usage: remotion-headroom run [options] -- COMMAND [ARGUMENTS]

Runs a command with remotion-headroom activated in every Node that it starts, and
records the memory of it and of all that it starts.

Options:
  --report <file>   The report: a page (.html, with its recording beside it), or
                    the recording alone (.jsonl)
  --json <file>     The report, for programs (schema/report-1.json)
  --help            This text

Exit codes: the command's own; 128 and the signal's number where a signal ended
it, 126 where it can't be run, 127 where it was not found, 2 wrong usage.
`;

const OPTIONS = {
	report: {type: 'string'},
	json: {type: 'string'},
	help: {type: 'boolean', short: 'h'},
};

/** Handed on to the command. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];
/** A terminal sends them to the command by itself. */
const OF_TERMINAL = ['SIGINT', 'SIGQUIT'];

class UsageError extends Error {}

const say = (text) => process.stderr.write(`remotion-headroom: ${text}\n`);

/** Options are before the first `--`, the command behind it. */
function parse(args) {
	const end = args.indexOf('--');
	let values;
	try {
		({values} = parseArgs({args: end < 0 ? args : args.slice(0, end), options: OPTIONS}));
	} catch (err) {
		if (end < 0 && err.code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') {
			throw new UsageError('put -- before the command');
		}
		throw new UsageError(err.message.split('. To specify')[0]);
	}
	if (values.help) {
		return {help: true};
	}
	const command = end < 0 ? [] : args.slice(end + 1);
	if (command.length === 0 || command[0] === '') {
		throw new UsageError('run needs a command behind --');
	}
	if (values.report !== undefined && !isReportFile(values.report)) {
		throw new UsageError(`--report must end in .html or .jsonl, but got "${values.report}"`);
	}
	return {command, report: values.report ?? null, json: values.json ?? null};
}

/** As NODE_OPTIONS has a path: in quotes, where a backslash escapes. */
const quoted = (text) => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** Environment of a command whose Nodes are activated. */
function environment(variables, recording) {
	const options = [`--require ${quoted(registerFile())}`, variables.NODE_OPTIONS];
	return {
		...variables,
		NODE_OPTIONS: options.filter(Boolean).join(' '),
		// Each render is summed up, unless the user wants something else.
		REMOTION_HEADROOM: variables.REMOTION_HEADROOM || 'verbose',
		[VARIABLE]: recording,
	};
}

/** Starts the command; a promise of `{child}`, or of `{error}` where it can't be. */
function start([command, ...args], env) {
	return new Promise((resolve) => {
		// Programs of npm are scripts on Windows, which only its shell runs.
		const shell = process.platform === 'win32';
		const child = spawn(shell ? quoted(command) : command, shell ? args.map(quoted) : args, {
			env,
			shell,
			stdio: 'inherit',
		});
		child.once('spawn', () => resolve({child}));
		child.once('error', (error) => resolve({error}));
	});
}

/** Hands signals on; gives what ends that. */
function forward(child) {
	const handlers = SIGNALS.map((signal) => {
		const handler = () => {
			if (!(OF_TERMINAL.includes(signal) && process.stdin.isTTY)) {
				child.kill(signal);
			}
		};
		try {
			process.on(signal, handler);
		} catch {
			// Not one of this system.
		}
		return [signal, handler];
	});
	return () => {
		for (const [signal, handler] of handlers) {
			process.off(signal, handler);
		}
	};
}

const untilExit = (child) =>
	new Promise((resolve) => {
		child.once('exit', (code, signal) => resolve(code ?? 128 + os.constants.signals[signal]));
	});

/** Begins to record; null, and said, where that can't be. */
function record(file, about) {
	try {
		return new Recording(file, about);
	} catch (error) {
		say(`there will be no report: ${error.code ?? error.message}.`);
		return null;
	}
}

function finish(recording, json) {
	try {
		recording.finish();
		const report = recording.report();
		if (json !== null) {
			fs.writeFileSync(json, `${JSON.stringify(report)}\n`);
		}
		say(report.verdict.text);
	} catch (error) {
		say(`the report can't be written: ${error.code ?? error.message}.`);
	}
}

async function run({command, report, json}) {
	const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'remotion-headroom-'));
	try {
		const tail = path.join(scratch, 'marks');
		const since = clock();
		const running = start(command, environment(process.env, valueFor(since, tail)));
		const {child, error} = await running;
		if (error !== undefined) {
			say(`${command[0]} can't be run: ${error.code}.`);
			return error.code === 'ENOENT' ? 127 : 126;
		}
		const exited = untilExit(child);
		const stopForwarding = forward(child);
		const file = report ?? path.join(scratch, 'recording.jsonl');
		const recording = record(file, {pid: child.pid, since, tail});
		const line = recording === null ? null : new LiveLine(recording, process.stderr);
		const code = await exited;
		line?.stop();
		stopForwarding();
		if (recording !== null) {
			finish(recording, json);
		}
		return code;
	} finally {
		fs.rmSync(scratch, {recursive: true, force: true});
	}
}

/** Runs the command; a promise of its exit code. */
async function main(args) {
	try {
		const parsed = parse(args);
		if (parsed.help) {
			process.stdout.write(HELP);
			return 0;
		}
		return await run(parsed);
	} catch (err) {
		if (err instanceof UsageError) {
			say(`${err.message}.\nTry: remotion-headroom run --help`);
			return 2;
		}
		throw err;
	}
}

module.exports = {environment, main, parse};
