#!/usr/bin/env node
'use strict';

const [command, ...rest] = process.argv.slice(2);
// The doctor's also knows what the others are called.
const mains = new Map([
	['report', () => require('../lib/report/cli').main(rest)],
	['lambda', () => require('../lib/lambda/cli').main(rest)],
	['run', () => require('../lib/recording/cli').main(rest)],
]);
const main = mains.get(command) ?? (() => require('../lib/doctor/cli').main(process.argv.slice(2)));

process.stdout.on('error', (error) => {
	// A reader that has seen enough (`| head`) is no failure.
	if (error.code !== 'EPIPE') {
		process.stderr.write(`remotion-headroom: the report can't be written: ${error.message}.\n`);
		process.exitCode = 1;
	}
});
// There is nowhere left to say it.
process.stderr.on('error', () => {});

// Not process.exit(): a pipe may still be writing.
Promise.resolve(main()).then((code) => {
	process.exitCode ??= code;
});
