'use strict';

// Around a whole render: counts what it did, and tells when it has ended.

const {version} = require('../../package.json');
const {worksOffHeap} = require('../assets/store');
const {fail, isRevoked} = require('../check');
const {wantsSummary} = require('../switch');
const {isVerbose} = require('../governor/actions');
const {native} = require('../native');
const {Figures, current, renders, underWay} = require('./current');
const looks = require('./looks');
const {print, printLater} = require('./print');
const {inWords, line} = require('./summary');

/** Summaries that are kept. */
const KEPT = 100;

const listeners = new Set();
const summaries = [];

/** Outcome -> how many renders. */
const outcomes = new Map([
	['ended', 0],
	['failed', 0],
	['cancelled', 0],
]);

/** It has been said that we are active. */
let saidActive = false;

const kindly = (counts) => Object.fromEntries(counts);

class Render extends Figures {
	constructor(copy, call, options) {
		super();
		this.copy = copy;
		this.call = call;
		this.logLevel = options?.logLevel;
		this.isCancelled = false;
		this.startedAt = Date.now();
		this.started = performance.now();
	}

	begin(cancelSignal) {
		for (const other of underWay) {
			other.others++;
		}
		this.others = underWay.size;
		this.mark = looks.highWater();
		this.span = native.beginSpan();
		underWay.add(this);
		looks.start();
		cancelSignal?.(() => {
			this.isCancelled = true;
		});
	}

	end(failed) {
		looks.look();
		looks.noteHeap();
		underWay.delete(this);
		if (underWay.size === 0) {
			looks.stop();
		}
		const outcome = failed ? (this.isCancelled ? 'cancelled' : 'failed') : 'ended';
		outcomes.set(outcome, outcomes.get(outcome) + 1);
		return inWords(this.summary(outcome));
	}

	summary(outcome) {
		const {copy} = this;
		const span = native.endSpan(this.span) ?? {looks: 0, oomKills: 0};
		const mark = looks.highWater();
		// Where it has not risen, the peak was before this render.
		const hasRisen = mark !== null && this.mark !== null && mark > this.mark;
		const collects =
			this.call !== 'stitchFramesToVideo' && copy.applied().includes('collect-assets');
		return {
			call: this.call,
			outcome,
			version,
			remotionVersion: copy.version,
			startedAt: this.startedAt,
			milliseconds: Math.round(performance.now() - this.started),
			parts: copy.applied().filter((part) => this.parts.has(part)),
			steppedAside: [...copy.aside(), ...this.aside.values()],
			payloads: collects
				? {
						count: this.marks.size,
						offHeap: worksOffHeap,
						heldBytes: this.heldBytes,
						sentBytes: this.sentBytes,
						stockBytes: this.stockBytes,
					}
				: null,
			peakHeapBytes: this.peakHeapBytes,
			memory:
				span.looks === 0
					? null
					: {
							looks: span.looks,
							peakBytes: span.peak,
							limitBytes: span.limit,
							contained: span.contained,
							kernelPeakBytes: hasRisen ? mark : null,
						},
			governed: this.isGoverned,
			actions: kindly(this.actions),
			sharedActions: kindly(this.sharedActions),
			oomKills: span.oomKills,
			rendersAtOnce: this.others + 1,
		};
	}
}

/** Runs `what`; nothing of ours may fail a render. */
function safely(what) {
	try {
		return what();
	} catch {
		return null;
	}
}

function tell(summary, render) {
	summaries.push(summary);
	summaries.splice(0, summaries.length - KEPT);
	for (const listener of [...listeners]) {
		try {
			listener(summary);
		} catch (error) {
			// A listener's fault is its own.
			console.error('[remotion-headroom] A listener of onRenderEnd() threw:', error);
		}
	}
	if (isVerbose(render.logLevel)) {
		printLater(summary.lines);
	} else if (render.copy.settings.summary || wantsSummary()) {
		printLater([{code: summary.outcome, text: summary.message}]);
	}
}

/** Runs `stock`, a whole render of `copy`, with its arguments. */
function during(copy, call, stock, args) {
	const [options] = args;
	const begin = () => {
		if (copy.applied().length === 0) {
			return null;
		}
		return safely(() => {
			const made = new Render(copy, call, options);
			made.begin(typeof options?.cancelSignal === 'function' ? options.cancelSignal : null);
			return made;
		});
	};
	const end = (render, failed) => {
		const summary = safely(() => render.end(failed));
		underWay.delete(render);
		if (summary !== null) {
			tell(summary, render);
		}
	};
	return renders.during(() => stock(...args), begin, end);
}

/** A frame comes by one of our parts. */
function onFrame(copy) {
	looks.noteHeap();
	if (saidActive || !isVerbose(current()?.logLevel)) {
		return;
	}
	saidActive = true;
	const parts = copy.applied().join(', ');
	print(line('started', {version, remotionVersion: copy.version, parts}));
}

function onRenderEnd(listener) {
	if (typeof listener !== 'function' || isRevoked(listener)) {
		fail('listener', 'a function', listener);
	}
	// Each call gets an entry of its own, also for one function twice.
	const entry = (summary) => listener(summary);
	listeners.add(entry);
	return () => {
		listeners.delete(entry);
	};
}

/** The last of them, the oldest first. */
const getRenderSummaries = () => [...summaries];

module.exports = {KEPT, during, getRenderSummaries, onFrame, onRenderEnd, outcomes};
