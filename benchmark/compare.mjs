// Two implementations side by side: equality first, then time in turns.
import {strict as assert} from 'node:assert';
import os from 'node:os';

const ROUNDS = 15;

export function printMachine() {
	const [cpu] = os.cpus();
	console.log(
		`${os.cpus().length} x ${cpu?.model.trim()}, ${process.platform}, Node ${process.version}`,
	);
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

function time(work, repeat) {
	const start = process.hrtime.bigint();
	for (let i = 0; i < repeat; i++) {
		work();
	}
	return Number(process.hrtime.bigint() - start) / repeat;
}

const format = (nanoseconds) =>
	nanoseconds < 1e3
		? `${nanoseconds.toFixed(0)} ns`
		: nanoseconds < 1e6
			? `${(nanoseconds / 1e3).toFixed(1)} us`
			: `${(nanoseconds / 1e6).toFixed(1)} ms`;

/** Median nanoseconds of one call. */
export function measure(work, repeat) {
	time(work, repeat);
	return median(Array.from({length: ROUNDS}, () => time(work, repeat)));
}

/**
 * Prints the medians of both and the ratio theirs / ours.
 * `equal` says how the results of one call each must agree; `other` what
 * theirs is.
 */
export function compare(
	name,
	{ours, theirs, equal = assert.deepEqual, repeat = 1000, other = 'TypeScript'},
) {
	equal(ours(), theirs());
	time(ours, repeat);
	time(theirs, repeat);
	const figures = {ours: [], theirs: []};
	for (let round = 0; round < ROUNDS; round++) {
		figures.ours.push(time(ours, repeat));
		figures.theirs.push(time(theirs, repeat));
	}
	const mine = median(figures.ours);
	const yours = median(figures.theirs);
	const ratio = (yours / mine).toFixed(2);
	console.log(
		`${name.padEnd(46)} equal  ${format(mine).padStart(9)}  ${other} ${format(yours).padStart(9)}  ${ratio.padStart(7)} times as fast`,
	);
	return yours / mine;
}
