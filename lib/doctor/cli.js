'use strict';

// The command `remotion-headroom`.

const {parseArgs} = require('node:util');
const {version} = require('../../package.json');
const {CODECS} = require('../plan');
const {examine} = require('./examine');
const explanation = require('./explain');
const {format, widthOf} = require('./format');

const HELP = `Usage: remotion-headroom doctor [options]
       remotion-headroom explain [file] [--json]
       remotion-headroom report FILE [OTHER] [options] (see report --help)
       remotion-headroom run [options] -- COMMAND (see run --help)
       remotion-headroom lambda build|deploy|verify [options] (see lambda --help)

doctor looks at the memory that a render with Remotion would have here: every limit,
what a render would do with it by itself, activated and planned, and how to activate.

explain reads the log of a render, from a file or from standard input, and says
why it failed, with the line that tells so.

Options:
  --width <pixels>        Of your own video (with --height)
  --height <pixels>       Of your own video (with --width)
  --codec <codec>         Of your own video (default: h264)
  --concurrency <tabs>    A number of tabs, or a share of the CPUs such as 50%
  --json                  Everything, for programs (schema/doctor-1.json)
  --help                  This text
  --version               The version

Exit codes of doctor: 0 all is well, 1 something would fail, 2 wrong usage.
Of explain: 0 an explanation was found, 1 none was, 2 wrong usage or no such log.
`;

const OPTIONS = {
	width: {type: 'string'},
	height: {type: 'string'},
	codec: {type: 'string'},
	concurrency: {type: 'string'},
	json: {type: 'boolean'},
	help: {type: 'boolean', short: 'h'},
	version: {type: 'boolean', short: 'v'},
};

class UsageError extends Error {}

function pixels(values, name) {
	const value = Number(values[name]);
	if (!Number.isSafeInteger(value) || value < 1) {
		throw new UsageError(`--${name} must be a number of pixels, but got "${values[name]}"`);
	}
	return value;
}

/** The user's own video, as far as it was given. */
function videoOf(values) {
	const video = {};
	if ((values.width === undefined) !== (values.height === undefined)) {
		throw new UsageError('--width and --height go together');
	}
	if (values.width !== undefined) {
		video.width = pixels(values, 'width');
		video.height = pixels(values, 'height');
	}
	if (values.codec !== undefined) {
		if (!CODECS.includes(values.codec)) {
			throw new UsageError(
				`--codec must be one of ${CODECS.join(', ')}, but got "${values.codec}"`,
			);
		}
		video.codec = values.codec;
	}
	if (values.concurrency !== undefined) {
		const number = Number(values.concurrency);
		video.concurrency = Number.isNaN(number) ? values.concurrency : number;
	}
	return video;
}

/** The log to explain; undefined where that is standard input. */
function logOf(values, rest) {
	const other = Object.keys(values).find((name) => name !== 'json');
	if (other !== undefined) {
		throw new UsageError(`explain takes no --${other}`);
	}
	if (rest.length > 1) {
		throw new UsageError(`explain takes one file, but got "${rest.join(' ')}"`);
	}
	return rest[0] === '-' ? undefined : rest[0];
}

/** Prints what explains a log; gives the exit code. */
function explainLog(file, json) {
	let hints;
	try {
		hints = explanation.explain(file);
	} catch (err) {
		throw new UsageError(`${file ?? 'Standard input'} can't be read: ${err.message}`);
	}
	process.stdout.write(json ? `${JSON.stringify(hints, null, 2)}\n` : explanation.format(hints));
	return hints.length > 0 ? 0 : 1;
}

function parse(args) {
	let parsed;
	try {
		parsed = parseArgs({args, options: OPTIONS, allowPositionals: true});
	} catch (err) {
		// Node explains at length how a dash could be escaped.
		throw new UsageError(err.message.split('. To specify')[0]);
	}
	const {values, positionals} = parsed;
	if (values.help || values.version) {
		return {values};
	}
	const [command, ...rest] = positionals;
	if (command === 'explain') {
		return {values, command, file: logOf(values, rest)};
	}
	if (command !== undefined && command !== 'doctor') {
		throw new UsageError(`There is no command "${command}"`);
	}
	if (rest.length > 0) {
		throw new UsageError(`doctor takes no arguments, but got "${rest.join(' ')}"`);
	}
	return {values, command, video: videoOf(values)};
}

/** Runs the command; gives its exit code. */
function main(args) {
	const {stdout, stderr} = process;
	try {
		const {values, command, video, file} = parse(args);
		if (values.version) {
			stdout.write(`${version}\n`);
			return 0;
		}
		if (values.help || command === undefined) {
			stdout.write(HELP);
			return 0;
		}
		if (command === 'explain') {
			return explainLog(file, values.json);
		}
		const findings = examine(video);
		const coloured = stdout.isTTY === true && !process.env.NO_COLOR;
		stdout.write(
			values.json
				? `${JSON.stringify(findings, null, 2)}\n`
				: format(findings, {coloured, width: widthOf(stdout)}),
		);
		return findings.advice.some(({severity}) => severity === 'error') ? 1 : 0;
	} catch (err) {
		// planRender() names the argument that it does not accept.
		if (err instanceof UsageError || err instanceof TypeError || err instanceof RangeError) {
			stderr.write(`remotion-headroom: ${err.message}.\nTry: remotion-headroom --help\n`);
			return 2;
		}
		throw err;
	}
}

module.exports = {main};
