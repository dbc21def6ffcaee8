'use strict';

// Which render a call belongs to, and what parts of ours note for it. Whatever is
// noted outside of a render is left out.

const {native} = require('../native');
const {Renders} = require('../observe');

/** Of each its Figures. */
const renders = new Renders();

/** Figures of renders that have begun and not ended. */
const underWay = new Set();

/** Action -> how often the governor did it, in this process. */
const totals = new Map(native.codes().governorActions.map((code) => [code, 0]));

const current = () => renders.current();

const count = (counts, name) => counts.set(name, (counts.get(name) ?? 0) + 1);

/** What one render did. */
class Figures {
	constructor() {
		/** Parts of ours that were called. */
		this.parts = new Set();
		/** Mark -> nothing: each payload that came by. A hash is good enough to count. */
		this.marks = new Set();
		this.heldBytes = 0;
		/** What tabs have sent of payloads. */
		this.sentBytes = 0;
		/** What they would send without us: each payload in each frame that carries it. */
		this.stockBytes = 0;
		this.isGoverned = false;
		this.actions = new Map();
		/** Actions that concern all renders of the process. */
		this.sharedActions = new Map();
		/** Part and reason -> {part, reason}. */
		this.aside = new Map();
		/** Other renders that ran at some time meanwhile. */
		this.others = 0;
		this.peakHeapBytes = 0;
	}

	/** A tab has sent a payload. */
	sent(text, bytes) {
		this.sentBytes += bytes;
		this.held(text, bytes);
	}

	/** A frame has a payload that is held, which another tab may have sent. */
	held(text, bytes) {
		const mark = native.textMark(text);
		if (!this.marks.has(mark)) {
			this.marks.add(mark);
			this.heldBytes += bytes;
		}
	}

	/** A frame carries payloads of so many bytes. */
	carried(bytes) {
		this.stockBytes += bytes;
	}

	stepsAside(part, reason) {
		this.aside.set(`${part}: ${reason}`, {part, reason});
	}
}

/** A part of ours was called. */
const tookPart = (part) => current()?.parts.add(part);

/** A part of ours leaves something to Remotion, in this render or, where it is of none, in all. */
function stepAside(part, reason) {
	const figures = current();
	for (const one of figures === null ? underWay : [figures]) {
		one.stepsAside(part, reason);
	}
}

/** The governor did something, for one render or (null) for all. */
function noteAction(type, figures) {
	count(totals, type);
	if (figures !== null) {
		count(figures.actions, type);
		return;
	}
	for (const one of underWay) {
		count(one.sharedActions, type);
	}
}

module.exports = {
	Figures,
	current,
	noteAction,
	renders,
	stepAside,
	tookPart,
	totals,
	underWay,
};
