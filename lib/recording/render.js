'use strict';

// What a render tells of itself to whoever records it: where it is, how long each
// frame took, which process is which tab, and V8's heap. Nothing here throws: a
// recording that fails is left, and the render goes on.

const path = require('node:path');
const v8 = require('node:v8');
const {onGovernorAction} = require('../governor/actions');
const {warnOnce} = require('../log');
const {Renders} = require('../observe');
const {Recording, clock} = require('./recording');
const {sideFile} = require('./side-file');
const {processesOf} = require('./tabs');

/** Milliseconds between two looks at V8's heap. */
const V8_EVERY = 250;
/** Milliseconds between two attempts to find out which process is which tab, and how many at most. */
const TABS_EVERY = 1000;
const TABS_MOST = 60;

const renders = new Renders();

/** Renders that are recorded now. */
const live = new Set();
/** Process -> page, of all renders. */
const tabs = new Map();

let count = 0;
let stopListening = null;
let timer = null;

function safely(logLevel, what) {
	try {
		return what();
	} catch (error) {
		warnOnce('recording', logLevel, `The recording is incomplete: ${error.message}.`);
		return undefined;
	}
}

/** The file of the `number`th render: `{id}` is that, `{pid}` the process's. */
function fileOf(file, number) {
	const named = file.replaceAll('{id}', String(number)).replaceAll('{pid}', String(process.pid));
	if (number === 1 || file.includes('{id}')) {
		return named;
	}
	const {dir, name, ext} = path.parse(named);
	return path.join(dir, `${name}-${number}${ext}`);
}

/** Where a render's lines go to. */
function sinksFor({report, logLevel, remotion}, number) {
	const sinks = [sideFile()];
	if (report !== null) {
		const file = fileOf(report, number);
		try {
			sinks.push(new Recording(file, {pid: process.pid, remotion}));
		} catch (error) {
			const why = error.code ?? error.message;
			warnOnce(`report:${file}`, logLevel, `There will be no report ${file}: ${why}.`);
		}
	}
	return sinks.filter((sink) => sink !== null);
}

const isSize = (value) => Number.isFinite(value) && value > 0;

/** What is known of the frames' size, for advice. */
function figuresOf({composition, scale}) {
	const factor = isSize(scale) ? scale : 1;
	const {countCpus} = require('../plan');
	const figures = {cpus: countCpus()};
	for (const side of ['width', 'height']) {
		if (isSize(composition?.[side])) {
			figures[side] = Math.round(composition[side] * factor);
		}
	}
	return figures;
}

const NO_VIDEOS = {videos: 0, videoFrameBytes: 0};

class RecordedRender {
	constructor(about, sinks, number) {
		this.logLevel = about.logLevel;
		this.sinks = sinks;
		this.id = String(number);
		this.figures = safely(about.logLevel, () => figuresOf(about.options ?? {})) ?? {};
		this.ended = false;
		this.phases = new Set();
		/** Page -> its process, null where that is not known. */
		this.pages = new Map();
		this.asked = Number.NEGATIVE_INFINITY;
		this.attempts = 0;
		/** What videos there were, and what of that is written. */
		this.seen = NO_VIDEOS;
		this.told = NO_VIDEOS;
	}

	write(line) {
		for (const sink of this.sinks) {
			safely(this.logLevel, () => sink.write(line));
		}
	}

	mark(kind, text, figures = {}) {
		this.write({mark: {kind, text, render: this.id, figures}});
	}

	/** Once each. */
	phase(text) {
		if (!this.phases.has(text)) {
			this.phases.add(text);
			this.mark('phase', text, this.figures);
		}
	}

	/** How many videos the compositor keeps frames of, and the bytes of the largest. */
	videos(count, frameBytes) {
		const {videos, videoFrameBytes} = this.seen;
		if (count > videos || frameBytes > videoFrameBytes) {
			this.seen = {
				videos: Math.max(count, videos),
				videoFrameBytes: Math.max(frameBytes, videoFrameBytes),
			};
		}
	}

	frame(n, ms) {
		if (this.seen !== this.told) {
			// Not one by one: all videos of a frame are known when it ends.
			this.told = this.seen;
			const {videos} = this.seen;
			const text = videos === 1 ? 'frames of a video' : `frames of ${videos} videos`;
			this.mark('phase', text, this.seen);
		}
		this.write({frame: {n, ms: Math.round(ms * 10) / 10, render: this.id}});
	}

	name(pid, role, name) {
		this.write({process: {pid, role, name, render: this.id}});
	}

	opened(page) {
		// Not what stands for a tab that is opened later.
		if (typeof page?._client === 'function' && !this.pages.has(page)) {
			this.pages.set(page, null);
		}
	}

	/** A page has rendered something: its process can be told by its CPU time. */
	saw(page) {
		this.opened(page);
		const now = clock();
		const isDue = now - this.asked > TABS_EVERY && this.attempts < TABS_MOST;
		if (isDue && [...this.pages.values()].includes(null)) {
			this.asked = now;
			this.attempts++;
			// A tab that is closed meanwhile does not answer.
			this.nameTabs().catch(() => {});
		}
	}

	async nameTabs() {
		const pages = [...this.pages.keys()].filter((page) => !(page.closed ?? page.isClosed?.()));
		for (const page of this.pages.keys()) {
			if (!pages.includes(page)) {
				this.pages.delete(page);
			}
		}
		if (pages.length === 0) {
			return;
		}
		const {pids, all} = await processesOf(pages);
		if (this.ended) {
			return;
		}
		pages.forEach((page, i) => {
			if (pids[i] !== null && this.pages.get(page) === null) {
				this.pages.set(page, pids[i]);
				tabs.set(pids[i], page);
				this.name(pids[i], 'tab', `tab ${page.pageIndex + 1}`);
			}
		});
		// Chrome keeps a renderer ready for the next page.
		if (live.size === 1 && !pids.includes(null)) {
			for (const pid of all.filter((one) => !tabs.has(one))) {
				this.name(pid, 'utility', 'renderer without a page');
			}
		}
	}

	end(succeeded) {
		if (this.ended) {
			return;
		}
		this.ended = true;
		this.mark('end', succeeded ? 'done' : 'failed');
		live.delete(this);
		for (const pid of this.pages.values()) {
			tabs.delete(pid);
		}
		if (live.size === 0) {
			unlisten();
		}
		for (const sink of this.sinks) {
			safely(this.logLevel, () => sink.finish());
		}
	}
}

/** What concerns all renders goes to each file once. */
function writeToAll(line) {
	const sinks = new Map([...live].flatMap((one) => one.sinks.map((sink) => [sink, one])));
	for (const [sink, {logLevel}] of sinks) {
		safely(logLevel, () => sink.write(line));
	}
}

function onAction({type, message, ...rest}) {
	const numbers = Object.entries(rest).filter(([, value]) => Number.isFinite(value));
	writeToAll({mark: {kind: 'action', text: type, figures: Object.fromEntries(numbers)}});
}

function lookAtV8(due) {
	const {used_heap_size, heap_size_limit, external_memory} = v8.getHeapStatistics();
	const delay = Math.round(Math.max(0, clock() - due) * 10) / 10;
	const v8Line = {used: used_heap_size, limit: heap_size_limit, external: external_memory, delay};
	writeToAll({v8: v8Line});
}

function endAll() {
	for (const render of [...live]) {
		render.end(false);
	}
}

function listen() {
	stopListening = onGovernorAction(onAction);
	process.on('exit', endAll);
	const again = () => {
		const due = clock() + V8_EVERY;
		timer = setTimeout(() => {
			lookAtV8(due);
			again();
		}, V8_EVERY).unref();
	};
	lookAtV8(clock());
	again();
}

function unlisten() {
	stopListening?.();
	stopListening = null;
	clearTimeout(timer);
	process.off('exit', endAll);
}

function begin(about) {
	const number = count + 1;
	const sinks = sinksFor(about, number);
	if (sinks.length === 0) {
		return null;
	}
	count = number;
	const render = new RecordedRender(about, sinks, number);
	live.add(render);
	render.name(process.pid, 'node', 'Node');
	render.phase('opening the browser');
	for (const {part, reason} of about.asides()) {
		render.mark('aside', `${part}: ${reason}`);
	}
	if (live.size === 1) {
		listen();
	}
	return render;
}

/**
 * Runs a render, and records it where that is wanted.
 *
 * @param {{options: object, report: string | null, logLevel: string, remotion: string, asides: () => {part: string, reason: string}[]}} about
 * @param {() => unknown} run
 */
function during(about, run) {
	return renders.during(
		run,
		() => safely(about.logLevel, () => begin(about)) ?? null,
		(render, failed) => safely(about.logLevel, () => render.end(!failed)),
	);
}

/** The render around us, if it is recorded. */
const current = () => renders.current();

const phase = (text) => current()?.phase(text);

/** Notes for the render around us what videos its compositor is asked for; see RecordedRender. */
function videosOf() {
	const render = current();
	return (count, frameBytes) => render?.videos(count, frameBytes);
}

/** Notes how long a frame takes, in milliseconds until `rendered` is kept. */
function noteFrame({frame, page}, rendered) {
	const render = current();
	if (render === null || !(rendered instanceof Promise)) {
		return;
	}
	const begun = clock();
	rendered.then(
		() =>
			safely(render.logLevel, () => {
				render.frame(frame, clock() - begun);
				render.saw(page);
			}),
		() => {},
	);
}

/** Notes a tab once it is open. */
function notePage(opening) {
	const render = current();
	if (render !== null && opening instanceof Promise) {
		opening.then(
			(page) => safely(render.logLevel, () => render.opened(page)),
			() => {},
		);
	}
}

module.exports = {during, fileOf, noteFrame, notePage, phase, videosOf};
