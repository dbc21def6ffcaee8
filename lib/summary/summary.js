'use strict';

// A render's figures in words, and as what onRenderEnd() tells.

const {native} = require('../native');

/** A line of a summary: `values` are its numbers, and its texts. */
function line(code, values = {}) {
	const of = (type) => Object.entries(values).filter(([, value]) => typeof value === type);
	const [numbers, texts] = [of('number'), of('string')];
	const text = native.describeSummary(
		code,
		numbers.map(([name]) => name),
		numbers.map(([, value]) => value),
		texts.map(([name]) => name),
		texts.map(([, value]) => value),
	);
	return {code, text};
}

function ofPayloads(payloads) {
	const {count, offHeap} = payloads;
	return count === 0
		? line('no-payloads')
		: line(offHeap ? 'payloads' : 'payloads-on-heap', {...payloads, payloads: count});
}

function ofMemory({memory}) {
	if (memory === null) {
		return [line('memory-unseen')];
	}
	const {contained, kernelPeakBytes} = memory;
	return [
		line(contained ? 'memory' : 'memory-of-machine', memory),
		...(kernelPeakBytes === null ? [] : [line('kernel-peak', {kernelPeakBytes})]),
	];
}

function ofGovernor({governed, actions, sharedActions}) {
	const said = [actions, sharedActions]
		.flatMap((counts) => Object.entries(counts))
		.map(([type, times]) => `${type} ${times}`);
	return said.length > 0
		? line('governor', {actions: said.join(', ')})
		: line(governed ? 'governor-idle' : 'not-governed');
}

/** Every line, the outcome first. */
function linesOf(figures) {
	const {call, outcome, milliseconds, parts, payloads, steppedAside, oomKills} = figures;
	const others = figures.rendersAtOnce - 1;
	const collects = call !== 'stitchFramesToVideo';
	return [
		line(outcome, {call, seconds: Math.round(milliseconds / 100) / 10}),
		parts.length > 0 ? line('parts', {parts: parts.join(', ')}) : line('no-parts'),
		...(payloads !== null ? [ofPayloads(payloads)] : []),
		...(payloads === null && collects ? [line('payloads-unknown')] : []),
		line('heap', figures),
		...ofMemory(figures),
		ofGovernor(figures),
		...steppedAside.map((step) => line('stepped-aside', step)),
		...(oomKills > 0 ? [line('kills', {oomKills})] : []),
		...(others > 0 ? [line('shared', {others})] : []),
	];
}

/** `figures` with their words. */
function inWords(figures) {
	const lines = linesOf(figures);
	// Which parts there are is long, and the same each time.
	const short = lines.filter(({code}) => code !== 'parts');
	return {...figures, lines, message: `${short.map(({text}) => text).join('; ')}.`};
}

module.exports = {inWords, line};
