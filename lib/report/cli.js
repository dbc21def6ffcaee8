'use strict';

// The command `remotion-headroom report`.

const fs = require('node:fs');
const path = require('node:path');
const {parseArgs} = require('node:util');
const {toHtml, toSvg, optionsOf} = require('./page');
const {RecordingError, readRecording} = require('./read');
const {makeReport} = require('./report');
const {percent} = require('./verdict');

const HELP = `Usage: remotion-headroom report FILE [OTHER] [options]

What a recording says of a render's memory. With OTHER, FILE is before and OTHER
is after.

Options:
  --html <file>           One page, with a picture to look into
  --svg <file>            A picture, for a pull request
  --json <file>           Everything, for programs (schema/report-1.json)
  --fail-above <percent>  Of the limit, such as 90%: exit code 1 where the peak
                          is above it or the kernel killed; of OTHER, if given
  --help                  This text

Exit codes: 0 all is well, 1 --fail-above, or a file can't be written, 2 wrong
usage, or a file that is no recording.
`;

const OPTIONS = {
	html: {type: 'string'},
	svg: {type: 'string'},
	json: {type: 'string'},
	'fail-above': {type: 'string'},
	help: {type: 'boolean', short: 'h'},
};

const WRITERS = {
	html: toHtml,
	svg: toSvg,
	json: (report) => `${JSON.stringify(report)}\n`,
};

class UsageError extends Error {}

function parse(args) {
	let parsed;
	try {
		parsed = parseArgs({args, options: OPTIONS, allowPositionals: true});
	} catch (err) {
		// Node explains at length how a dash could be escaped.
		throw new UsageError(err.message.split('. To specify')[0]);
	}
	const {values, positionals: files} = parsed;
	if (values.help) {
		return {help: true};
	}
	if (files.length < 1 || files.length > 2) {
		throw new UsageError(`report takes one recording or two, but got ${files.length}`);
	}
	return {files, values, failAbove: shareOf(values['fail-above'])};
}

/** `90%` as 0.9. */
function shareOf(text) {
	if (text === undefined) {
		return null;
	}
	const number = /^(\d+(?:\.\d+)?)\s?%$/.exec(text);
	if (number === null) {
		throw new UsageError(
			`--fail-above must be a share of the limit such as 90%, but got "${text}"`,
		);
	}
	return Number(number[1]) / 100;
}

/** Why `--fail-above` fails, or null. */
function whyFailed({kills, peak, verdict}, failAbove) {
	if (kills.length > 0) {
		return verdict.text.slice(0, -1);
	}
	const {highestShare} = peak;
	return highestShare > failAbove
		? `the peak is ${percent(highestShare)} of the limit, above the ${percent(failAbove)} of --fail-above`
		: null;
}

function print(report) {
	const lines = [report.verdict.text];
	for (const {label, verdict, advice, plan, notes} of report.recordings) {
		if (report.recordings.length > 1) {
			lines.push('', `${label}: ${verdict.text}`);
		}
		lines.push(...notes);
		for (const {title, text} of advice) {
			lines.push('', title, text);
		}
		if (plan !== null) {
			const {flags} = optionsOf(plan.options);
			lines.push(
				'',
				...plan.reasons.map(({text}) => `- ${text}`),
				`npx remotion render ${flags.join(' ')}`,
			);
		}
	}
	return `${lines.join('\n')}\n`;
}

function run({files, values, failAbove}) {
	const {stdout, stderr} = process;
	const labels = files.map((file) => path.basename(file));
	const report = makeReport(files.map(readRecording), labels);
	const last = report.recordings.at(-1);
	if (failAbove !== null && last.peak.highestShare === null && last.kills.length === 0) {
		throw new UsageError(
			`--fail-above needs a limit, and ${labels.at(-1)} was recorded without one`,
		);
	}
	for (const [kind, write] of Object.entries(WRITERS)) {
		if (values[kind] !== undefined) {
			try {
				fs.writeFileSync(values[kind], write(report));
			} catch (err) {
				stderr.write(`remotion-headroom: ${values[kind]} can't be written: ${err.code}.\n`);
				return 1;
			}
		}
	}
	stdout.write(print(report));
	const why = failAbove === null ? null : whyFailed(last, failAbove);
	if (why !== null) {
		stderr.write(`remotion-headroom: ${why}.\n`);
		return 1;
	}
	return 0;
}

/** Runs the command; gives its exit code. */
function main(args) {
	const {stdout, stderr} = process;
	try {
		const parsed = parse(args);
		if (parsed.help) {
			stdout.write(HELP);
			return 0;
		}
		return run(parsed);
	} catch (err) {
		if (err instanceof UsageError) {
			stderr.write(`remotion-headroom: ${err.message}.\nTry: remotion-headroom report --help\n`);
			return 2;
		}
		if (err instanceof RecordingError) {
			stderr.write(`remotion-headroom: ${err.message}.\n`);
			return 2;
		}
		throw err;
	}
}

module.exports = {main};
