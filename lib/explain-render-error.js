'use strict';

// Explains why a render failed. The rules are in Rust; here an error of any
// shape is taken apart without ever throwing.

const {native} = require('./native');
const {checkOptions, fail} = require('./check');
const {isObject, oomKillsSince, watch} = require('./oom-kills');

// FFmpeg's whole output can be in a message. Both ends of a huge one are read.
const CLIP = 1024 * 1024;
const MOST_CAUSES = 32;

const clip = (text) =>
	text.length > 2 * CLIP ? `${text.slice(0, CLIP)}\n${text.slice(-CLIP)}` : text;

/** `value[name]`, or undefined where reading it throws. */
function read(value, name) {
	try {
		return value[name];
	} catch {
		return undefined;
	}
}

/** The text of anything that can be thrown, or an empty string. */
function textOf(value) {
	if (typeof value === 'string') {
		return clip(value);
	}
	try {
		return clip(String(value));
	} catch {
		return '';
	}
}

/** Errors that led to this one: its cause, and the parts of an AggregateError. */
function causesOf(error) {
	const causes = [read(error, 'cause')];
	const parts = read(error, 'errors');
	try {
		if (Array.isArray(parts)) {
			causes.push(...parts.slice(0, MOST_CAUSES));
		}
	} catch {
		// A revoked proxy, or an array that does not let itself be read.
	}
	return causes.filter((cause) => cause !== undefined && cause !== null);
}

/** Whether Remotion is activated; register() sets it. */
const state = {activated: false};

/** What an error says of itself beside its text. */
function factsOf(error) {
	const facts = [];
	for (const [name, fact] of [
		['code', 'code'],
		['signal', 'signal'],
		['code', 'exit'],
		['exitCode', 'exit'],
	]) {
		const value = read(error, name);
		const type = fact === 'exit' ? 'number' : 'string';
		if (typeof value === type && !/\s/.test(clip(String(value)))) {
			facts.push(`${fact} ${clip(String(value))}`);
		}
	}
	return facts;
}

/** The messages and stacks of `err` and of everything that caused it. */
function takeApart(err) {
	const messages = [];
	const stacks = [];
	const facts = [];
	const seen = new Set();
	const queue = [err];
	while (queue.length > 0 && seen.size < MOST_CAUSES) {
		const error = queue.shift();
		if (seen.has(error)) {
			continue;
		}
		seen.add(error);
		if (!isObject(error)) {
			messages.push(textOf(error));
			continue;
		}
		const message = read(error, 'message');
		messages.push(typeof message === 'string' ? clip(message) : textOf(error));
		facts.push(...factsOf(error));
		const stack = read(error, 'stack');
		if (typeof stack === 'string') {
			stacks.push(clip(stack));
		}
		queue.push(...causesOf(error));
	}
	return {
		message: messages.join('\n'),
		stack: stacks.join('\n'),
		facts: facts.join('\n'),
		errors: [...seen],
	};
}

const isLambda = () => Boolean(process.env.AWS_LAMBDA_FUNCTION_NAME);

/** Hints with the line that decided. Throws where there is no memory for the texts. */
const hintsOf = ({message, stack, facts}, oomKills) =>
	native.explainFailure(message, stack, facts, oomKills, isLambda(), state.activated);

function explainRenderError(err, options = {}) {
	checkOptions(options, 'explainRenderError');
	const {oomKillsBefore} = options;
	if (
		oomKillsBefore !== undefined &&
		oomKillsBefore !== null &&
		!(Number.isSafeInteger(oomKillsBefore) && oomKillsBefore >= 0)
	) {
		fail('oomKillsBefore', 'a whole number or null', oomKillsBefore);
	}
	try {
		const failure = takeApart(err);
		const kills =
			oomKillsBefore === undefined
				? watch.count(failure.errors)
				: oomKillsBefore === null
					? 0
					: oomKillsSince(oomKillsBefore);
		return hintsOf(failure, kills).map(({line, ...hint}) => hint);
	} catch {
		// There may be no memory for the texts; the error itself still stands.
		return [];
	}
}

/** What a saved log tells, each with the line that decided. */
function explainLog(text) {
	return hintsOf({message: text, stack: '', facts: ''}, 0);
}

module.exports = {CLIP, explainLog, explainRenderError, isObject, read, state};
