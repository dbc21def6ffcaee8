'use strict';

// Reads a recording: JSON lines, as schema/recording-1.json has them. Whoever
// wrote it may have been killed at any byte, so only a file that holds nothing
// to show is an error; what is left out is told in `notes`.

const fs = require('node:fs');

const FORMAT = 1;
const ROLES = ['node', 'tab', 'gpu', 'utility', 'browser', 'compositor', 'encoder', 'other'];
const MARKS = ['phase', 'action', 'kill', 'aside', 'end'];

/** Lines of several writers may come out of order by so much; more is a clock that was set back. */
const DISORDER_MS = 1000;
/** A process that looks have missed for so long has ended: who has its pid next is another one. */
const ENDED_MS = 2000;
/** A look that began before the end was told may come after it. */
const LATE_MS = 500;

/** No render takes 100 days: such a time is damaged. */
const LONGEST_MS = 100 * 24 * 3600 * 1000;
const LONGEST_TEXT = 300;
const LONGEST_ID = 40;

/** What is said to whoever asked for a report that can't be made. */
class RecordingError extends Error {}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const amount = (value) =>
	typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : null;
const time = (value) => (amount(value) === null || value > LONGEST_MS ? null : value);
/** Texts end up in a page, which has to stay small. */
const text = (value, most = LONGEST_TEXT) =>
	typeof value === 'string' ? value.slice(0, most) : null;
const renderId = (value) => text(value, LONGEST_ID);

function parseLine(line) {
	try {
		const value = JSON.parse(line);
		return isObject(value) ? value : null;
	} catch {
		return null;
	}
}

class Reader {
	constructor(header) {
		this.header = header;
		this.looks = [];
		this.processes = [];
		this.marks = [];
		this.v8 = [];
		this.frames = [];
		this.limits = [];
		this.unread = 0;
		this.setBack = 0;
		/** The process that has a pid now. */
		this.current = new Map();
		this.latest = 0;
		this.shift = 0;
		this.begin(header, 0);
	}

	/** A header: the first, or that of a render appended to the file. */
	begin(header, at) {
		this.shift = at;
		this.latest = Math.max(this.latest, at);
		this.current.clear();
		this.changeLimit(at, amount(header.limit));
	}

	changeLimit(t, limit) {
		if (this.limits.at(-1)?.limit !== limit) {
			this.limits.push({t, limit});
		}
	}

	/** The line's time, on a clock that never goes back. */
	time(t) {
		const shifted = t + this.shift;
		if (shifted < this.latest - DISORDER_MS) {
			this.shift = this.latest - t;
			this.setBack += 1;
		}
		this.latest = Math.max(this.latest, t + this.shift);
		return this.latest;
	}

	/** Whether a look has missed it since it was last heard of. */
	missed({last}) {
		return last < (this.looks.at(-1)?.t ?? 0);
	}

	hasEnded(one, t) {
		return one.gone === undefined
			? this.missed(one) && t - one.last > ENDED_MS
			: t - one.gone > LATE_MS;
	}

	process(pid, t) {
		const known = this.current.get(pid);
		if (known !== undefined && !this.hasEnded(known, t)) {
			return known;
		}
		const one = {pid, role: 'other', name: `process ${pid}`, render: null, first: t, last: t};
		one.peak = 0;
		one.peakAt = t;
		this.processes.push(one);
		this.current.set(pid, one);
		return one;
	}

	name(line, t) {
		const {pid, role, name, render, gone} = line;
		if (!Number.isSafeInteger(pid) || pid < 0) {
			this.unread += 1;
			return;
		}
		const known = this.current.get(pid);
		if (gone === true) {
			if (known !== undefined) {
				known.gone = t;
			}
			return;
		}
		// A name after its end, or of another role after it was missed, is somebody else's.
		const other = ROLES.includes(role) && role !== known?.role;
		if (known !== undefined && (known.gone !== undefined || (other && this.missed(known)))) {
			this.current.delete(pid);
		}
		const one = this.process(pid, t);
		one.role = ROLES.includes(role) ? role : one.role;
		one.name = text(name) ?? one.name;
		one.render = renderId(render) ?? one.render;
	}

	look(line, t) {
		if (line.limit !== undefined) {
			this.changeLimit(t, amount(line.limit));
		}
		const values = new Map();
		let sum = 0;
		for (const [pid, value] of Object.entries(isObject(line.p) ? line.p : {})) {
			const bytes = amount(value);
			if (bytes === null || !/^\d{1,10}$/.test(pid)) {
				continue;
			}
			const one = this.process(Number(pid), t);
			one.last = t;
			if (bytes > one.peak) {
				one.peak = bytes;
				one.peakAt = t;
			}
			values.set(one, bytes);
			sum += bytes;
		}
		const {limit} = this.limits.at(-1);
		const kills = amount(line.oomKills) ?? this.looks.at(-1)?.kills ?? 0;
		// Without a limit, the count is of all that shares the cgroup, perhaps the whole machine.
		const used = limit === null ? null : amount(line.used);
		this.looks.push({t, used, kills, limit, sum, values});
	}

	line(line) {
		if (line.headroom !== undefined) {
			const apart = time(line.start - this.header.start);
			this.begin(line, Math.max(this.latest, apart ?? 0));
			return;
		}
		if (time(line.t) === null) {
			this.unread += 1;
			return;
		}
		const t = this.time(line.t);
		if (isObject(line.process)) {
			this.name(line.process, t);
		} else if (isObject(line.v8)) {
			const {used, limit, external, delay} = line.v8;
			const sizes = {used: amount(used), limit: amount(limit), external: amount(external)};
			this.v8.push({t, ...sizes, delay: amount(delay)});
		} else if (isObject(line.mark)) {
			const {kind, render, figures} = line.mark;
			const mark = {t, kind, text: text(line.mark.text) ?? '', render: renderId(render)};
			if (MARKS.includes(kind)) {
				this.marks.push({...mark, figures: isObject(figures) ? figures : {}});
			}
		} else if (isObject(line.frame)) {
			const {n, ms, render} = line.frame;
			if (amount(n) !== null && amount(ms) !== null) {
				this.frames.push({t, n, ms, render: renderId(render)});
			}
		} else if (isObject(line.p) || line.used !== undefined) {
			this.look(line, t);
		}
		// Anything else is of a writer newer than this, which may add kinds of lines.
	}

	notes(cutOff) {
		const lines = (count) => `${count} ${count === 1 ? 'line' : 'lines'}`;
		return [
			cutOff && 'The last line is cut off: whoever wrote it was ended.',
			this.unread > 0 && `${lines(this.unread)} could not be read and were left out.`,
			this.setBack > 0 &&
				`The clock was set back ${this.setBack === 1 ? 'once' : `${this.setBack} times`}: time goes on from there.`,
		].filter(Boolean);
	}
}

/** The recording in `content`; `name` is what it is called in messages. */
function parseRecording(content, name) {
	const lines = content.split('\n');
	while (lines.length > 0 && lines.at(-1).trim() === '') {
		lines.pop();
	}
	if (lines.length === 0) {
		throw new RecordingError(`${name} is empty: nothing was recorded`);
	}
	const header = parseLine(lines[0]);
	if (header === null || amount(header.headroom) === null) {
		throw new RecordingError(`${name} is no recording of remotion-headroom`);
	}
	if (header.headroom !== FORMAT) {
		throw new RecordingError(
			`${name} has format ${header.headroom}, and this version reads format ${FORMAT}`,
		);
	}
	const reader = new Reader(header);
	let cutOff = false;
	for (let i = 1; i < lines.length; i++) {
		const line = parseLine(lines[i]);
		if (line !== null) {
			reader.line(line);
		} else if (i === lines.length - 1) {
			cutOff = true;
		} else if (lines[i].trim() !== '') {
			reader.unread += 1;
		}
	}
	if (reader.looks.length === 0) {
		throw new RecordingError(`${name} ends before the first look at memory`);
	}
	const {looks, processes, marks, v8, frames, limits} = reader;
	const {version, remotion, node, memory} = header;
	// Dates go as far as this.
	const start = amount(header.start) === null || header.start > 8.64e15 ? null : header.start;
	const about = {
		start,
		versions: {headroom: text(version), remotion: text(remotion), node: text(node)},
		memory: memory === 'rss' ? 'rss' : 'pss-like',
	};
	const duration = reader.latest;
	return {
		about,
		looks,
		processes,
		marks,
		v8,
		frames,
		limits,
		duration,
		notes: reader.notes(cutOff),
	};
}

function readRecording(file) {
	let content;
	try {
		content = fs.readFileSync(file, 'utf8');
	} catch (err) {
		throw new RecordingError(`${file} can't be read: ${err.code ?? err.message}`);
	}
	return parseRecording(content, file);
}

module.exports = {FORMAT, MARKS, ROLES, RecordingError, parseRecording, readRecording};
