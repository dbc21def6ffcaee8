'use strict';

// Explains why a render failed. The rules are in Rust; here an error of any
// shape is taken apart without ever throwing.

const {native} = require('./native');
const {oomKillsSinceStart} = require('./oom-kills');

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

const isObject = (value) =>
	(typeof value === 'object' && value !== null) || typeof value === 'function';

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

/** The messages and stacks of `err` and of everything that caused it. */
function takeApart(err) {
	const messages = [];
	const stacks = [];
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
		for (const name of ['code', 'signal']) {
			const value = read(error, name);
			if (typeof value === 'string') {
				messages.push(name === 'signal' ? `signal ${clip(value)}` : clip(value));
			}
		}
		const stack = read(error, 'stack');
		if (typeof stack === 'string') {
			stacks.push(clip(stack));
		}
		queue.push(...causesOf(error));
	}
	return {message: messages.join('\n'), stack: stacks.join('\n')};
}

function explainRenderError(err) {
	const {message, stack} = takeApart(err);
	const lambda = Boolean(process.env.AWS_LAMBDA_FUNCTION_NAME);
	try {
		return native.explainFailure(message, stack, oomKillsSinceStart(), lambda);
	} catch {
		// There may be no memory for the texts; the error itself still stands.
		return [];
	}
}

module.exports = {CLIP, explainRenderError, isObject, read};
