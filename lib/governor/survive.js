'use strict';

// What becomes of a frame whose tab crashed.

const {native} = require('../native');
const {pause} = require('./governor');

/** Page -> what becomes of the frame that it was last given. */
const outcomes = new WeakMap();

/** Milliseconds after which a frame that was captured counts as lost. */
const CAPTURED = 120_000;

/** The kernel's count of kills follows the crash: milliseconds to ask it for. */
const COUNTED = [0, 20, 50, 100, 200];

const isCrash = (error) => /\bPage crashed!/.test(String(error?.message));

async function wasKilled(governor) {
	for (const milliseconds of COUNTED) {
		await pause(milliseconds);
		if (governor.hasJustKilled()) {
			return true;
		}
	}
	return false;
}

function tooMuch(error, frame, verdict, {limit}) {
	const what =
		verdict === 'too-large'
			? `Frame ${frame} needs more memory than there is: its tab was killed three times while it was the only one.`
			: 'The kernel killed tab after tab, and no frame was finished in between.';
	return new Error(`${what} The limit is ${native.mib(limit)}. (${error.message})`, {cause: error});
}

/**
 * Decides on a frame that failed by `error`: 'again' where it is to be rendered
 * again, 'done' where it has been rendered all the same; else throws.
 */
async function survive(error, {args, attempt, pool, survives}) {
	const {governor} = pool;
	const {frame, page} = attempt;
	if (!survives || !isCrash(error) || page === null || pool.left || args.stoppedSignal.stopped) {
		throw error;
	}
	const outcome = attempt.outcome ?? outcomes.get(page);
	const requests = [...governor.compositors].map((compositor) => compositor.settled());
	if (outcome === undefined || !(await wasKilled(governor))) {
		throw error;
	}
	// What the frame still waits for in its tab fails when that is closed.
	await pool.drop(attempt);
	const end = await Promise.race([
		outcome.then(
			() => 'done',
			() => 'failed',
		),
		pause(CAPTURED),
	]);
	const tab = page.pageIndex;
	if (end === 'done') {
		pool.tell({type: 'frame-kept', tab, frame});
		pool.grant();
		return 'done';
	}
	if (end !== 'failed' || args.stoppedSignal.stopped) {
		throw error;
	}
	const verdict = pool.killed(frame);
	if (verdict !== 'again') {
		throw tooMuch(error, frame, verdict, governor.view());
	}
	// What the killed tab has asked for must not arrive beside what the next asks for.
	await Promise.race([Promise.all(requests), pause(CAPTURED)]);
	pool.tell({type: 'frame-again', tab, frame});
	args.nextFrameToRender.returnFrame(frame);
	pool.onFrameReturned(frame);
	return 'again';
}

module.exports = {outcomes, survive};
