'use strict';

// Draws a recording of a report as SVG. Pure, and needs no module: the command
// runs it for files, and the page has a copy of it and draws itself anew when
// its width changes.

/** From the bottom of the stack up. */
const ROLES = ['node', 'browser', 'gpu', 'utility', 'tab', 'compositor', 'encoder', 'other'];

const LABELS = {
	node: 'Node',
	browser: 'browser',
	gpu: 'GPU process',
	utility: 'browser helpers',
	tab: 'tabs',
	compositor: 'compositor',
	encoder: 'encoder',
	other: 'others',
};

/** A limit so many times the peak is told and not drawn: the stack would be flat. */
const FAR = 3;

const MARGIN = {left: 52, right: 16};
const LANE = 46;
const SMALL = 92;
const GAP = 52;
const AXIS = 26;

const ENTITIES = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'};
const escapeText = (text) =>
	String(text)
		// What XML can't hold, escaped or not.
		.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, '\ufffd')
		.replace(/[&<>"']/g, (one) => ENTITIES[one]);

const grouped = (number, digits = 0) =>
	number.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** `0:12.3`: minutes, seconds and, if wanted, tenths. */
const clock = (ms, tenths = true) => {
	const whole = Math.floor(ms / 100);
	const text = `${Math.floor(whole / 600)}:${String(Math.floor(whole / 10) % 60).padStart(2, '0')}`;
	return tenths ? `${text}.${whole % 10}` : text;
};

/** Round numbers from 0 to `most`, about `count`. */
function ticksTo(most, count) {
	const rough = most / count;
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = [1, 2, 2.5, 5, 10].find((one) => one * power >= rough) * power;
	const ticks = [];
	for (let value = 0; value <= most * 1.0001; value += step) {
		ticks.push(value);
	}
	return ticks;
}

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 86400];

function timeTicks(duration, count) {
	const rough = duration / 1000 / count;
	const step = (TIME_STEPS.find((one) => one >= rough) || Math.ceil(rough)) * 1000;
	const ticks = [];
	for (let t = 0; t <= duration; t += step) {
		ticks.push(t);
	}
	return ticks;
}

/** What a process had at moment `i`, in MiB; null where it was not there. */
const valueAt = ({from, values}, i) => {
	const value = values[i - from];
	return value === undefined ? null : value;
};

/** MiB by role, for each moment. */
function stackOf(recording) {
	const count = recording.moments.t.length;
	const stack = {};
	for (const process of recording.processes) {
		stack[process.role] = stack[process.role] || new Array(count).fill(0);
		for (let i = 0; i < process.values.length; i++) {
			stack[process.role][process.from + i] += process.values[i] || 0;
		}
	}
	return stack;
}

function sumsOf(recording, stack = stackOf(recording)) {
	return recording.moments.t.map((_, i) =>
		Object.keys(stack).reduce((sum, role) => sum + stack[role][i], 0),
	);
}

/** The limit at time `t`, in MiB, or null. */
function limitAt(recording, t) {
	let limit = null;
	for (const one of recording.limits) {
		limit = one.t <= t ? one.mib : limit;
	}
	return limit;
}

/** How far the axes have to go; for two pictures side by side, one domain for both. */
function domainOf(recordings) {
	const peaks = recordings.map((one) =>
		Math.max(1, ...sumsOf(one), ...one.moments.used.map((used) => used || 0)),
	);
	const peak = Math.max(...peaks);
	const limits = recordings.flatMap(({limits}) => limits.map(({mib}) => mib));
	const near = limits.filter((limit) => limit !== null && limit < peak * FAR);
	return {
		t: Math.max(1, ...recordings.map(({duration}) => duration)),
		mib: Math.max(peak, ...near) * 1.06,
	};
}

const f = (number) => String(Math.round(number * 10) / 10);

function linePath(points) {
	let path = '';
	let pen = false;
	for (const [x, y] of points) {
		if (y === null) {
			pen = false;
			continue;
		}
		path += `${pen ? 'L' : 'M'}${f(x)} ${f(y)}`;
		pen = true;
	}
	return path;
}

/** The area between two edges, where there is one. */
function areaPath(xs, low, high) {
	let path = '';
	const there = (i) => i >= 0 && i < xs.length && Math.abs(high[i] - low[i]) > 0.01;
	for (let i = 0; i < xs.length; i++) {
		if (!there(i)) {
			continue;
		}
		// From where it is nothing yet to where it is nothing again.
		const start = Math.max(0, i - 1);
		while (there(i + 1)) {
			i++;
		}
		const end = Math.min(xs.length - 1, i + 1);
		const edge = [];
		for (let j = start; j <= end; j++) {
			edge.push(`${f(xs[j])} ${f(high[j])}`);
		}
		for (let j = end; j >= start; j--) {
			edge.push(`${f(xs[j])} ${f(low[j])}`);
		}
		path += `M${edge.join('L')}Z`;
	}
	return path;
}

const textTag = (x, y, content, attributes = '') =>
	`<text x="${f(x)}" y="${f(y)}"${attributes}>${escapeText(content)}</text>`;

/** Marks that people look up by number, in the order of their numbers. */
const numberedMarks = ({marks}) => marks.filter(({kind}) => kind !== 'phase' && kind !== 'end');

class Drawing {
	constructor(recording, {width, domain, ghost}) {
		this.recording = recording;
		this.width = width;
		this.domain = domain || domainOf([recording]);
		this.ghost = ghost;
		this.left = MARGIN.left;
		this.right = width - MARGIN.right;
		this.parts = [];
		this.bottom = 0;
	}

	x(t) {
		return this.left + (t / this.domain.t) * (this.right - this.left);
	}

	add(...parts) {
		this.parts.push(...parts);
	}

	/** The grid of a panel, with its numbers. */
	grid(top, height, most, count) {
		const y = (value) => top + height - (value / most) * height;
		for (const tick of ticksTo(most, count)) {
			const at = f(y(tick));
			this.add(`<path class="grid" d="M${this.left} ${at}H${this.right}"/>`);
			this.add(textTag(this.left - 8, y(tick) + 4, grouped(tick), ' class="tick end"'));
		}
		return y;
	}

	title(top, name, unit, note = '') {
		const small = `<tspan class="unit" dx="6">${escapeText(unit)}</tspan>`;
		const more =
			note === '' || this.width < 560 ? '' : textTag(this.right, top, note, ' class="note end"');
		this.add(`<text class="panel" x="0" y="${top}">${escapeText(name)}${small}</text>`, more);
	}

	memory() {
		const {recording, domain} = this;
		const top = 24 + LANE;
		const height = Math.round(Math.min(400, Math.max(220, this.width * 0.36)));
		this.title(14, 'Memory', 'MiB');
		const y = this.grid(top, height, domain.mib, height / 56);
		this.phases(top, height);
		const stack = stackOf(recording);
		const xs = recording.moments.t.map((t) => this.x(t));
		let low = xs.map(() => 0);
		for (const role of ROLES.filter((one) => stack[one])) {
			const high = low.map((value, i) => value + stack[role][i]);
			const path = areaPath(xs, low.map(y), high.map(y));
			this.add(`<path class="area ${role}" d="${path}"/>`);
			low = high;
		}
		if (this.ghost) {
			const points = sumsOf(this.ghost).map((sum, i) => [this.x(this.ghost.moments.t[i]), y(sum)]);
			this.add(`<path class="ghost" d="${linePath(points)}"/>`);
		}
		const kernel = recording.moments.used.map((used, i) => [xs[i], used === null ? null : y(used)]);
		this.add(`<path class="kernel" d="${linePath(kernel)}"/>`);
		this.limit(y);
		this.peak(y);
		this.marks(top, height);
		this.bottom = top + height;
	}

	limit(y) {
		const {limits, duration} = this.recording;
		const far = limits.filter(({mib}) => mib !== null && mib > this.domain.mib);
		let path = '';
		let drawn = false;
		limits.forEach(({t, mib}, i) => {
			const until = limits[i + 1] ? limits[i + 1].t : duration;
			const inside = mib !== null && mib <= this.domain.mib;
			if (inside) {
				path += `${drawn ? 'L' : 'M'}${f(this.x(t))} ${f(y(mib))}H${f(this.x(until))}`;
			}
			drawn = inside;
		});
		if (path !== '') {
			const last = limits.filter(({mib}) => mib !== null && mib <= this.domain.mib).pop();
			const words = `limit ${grouped(last.mib)}`;
			this.add(`<path class="limit" d="${path}"/>`);
			this.add(textTag(this.left + 6, y(last.mib) - 6, words, ' class="limit-text halo"'));
		} else if (far.length > 0) {
			const words = `limit ${grouped(far[far.length - 1].mib)}, above this picture`;
			this.add(textTag(this.left + 6, y(this.domain.mib) + 14, words, ' class="limit-text halo"'));
		}
	}

	peak(y) {
		const {peak} = this.recording;
		const mib = peak.bytes / 1024 / 1024;
		const x = this.x(peak.t);
		const before = x > this.left + (this.right - this.left) * 0.6;
		const place = ` class="peak-text halo${before ? ' end' : ''}"`;
		// Above it, where the limit's line leaves room.
		const limit = limitAt(this.recording, peak.t);
		const crowded = limit !== null && Math.abs(y(limit) - y(mib)) < 28;
		this.add(`<circle class="peak" cx="${f(x)}" cy="${f(y(mib))}" r="4"/>`);
		if (limit !== null && Math.abs(y(limit) - y(mib)) < 6) {
			// The limit's line says it.
			return;
		}
		this.add(
			textTag(x + (before ? -8 : 8), y(mib) + (crowded ? 18 : -8), `peak ${grouped(mib)}`, place),
		);
	}

	phases(top, height) {
		const phases = this.recording.marks.filter(({kind}) => kind === 'phase');
		phases.forEach(({t, text}, i) => {
			const x = this.x(t);
			const until = phases[i + 1] ? this.x(phases[i + 1].t) : this.right;
			this.add(`<path class="phase" d="M${f(x)} ${top - LANE + 10}V${top + height}"/>`);
			// About 6.2 pixels a letter; what has no room is in the table.
			const room = Math.floor((until - x - 10) / 6.2);
			if (room >= text.length) {
				this.add(textTag(x + 5, top - LANE + 20, text, ' class="phase-text"'));
			}
		});
	}

	marks(top, height) {
		let free = Number.NEGATIVE_INFINITY;
		numberedMarks(this.recording).forEach((mark, i) => {
			const x = this.x(mark.t);
			const y = top - 12;
			const kind = mark.kind === 'kill' ? 'kill' : 'action';
			this.add(`<path class="mark ${kind}" d="M${f(x)} ${y + 8}V${top + height}"/>`);
			if (x < free && kind !== 'kill') {
				return;
			}
			free = x + 19;
			this.add(
				`<circle class="dot ${kind}" cx="${f(x)}" cy="${y}" r="8.5"/>`,
				textTag(x, y + 3.8, i + 1, ' class="dot-text middle"'),
			);
		});
	}

	v8() {
		const {v8} = this.recording;
		if (v8 === null) {
			return;
		}
		const top = this.bottom + GAP;
		const peak = Math.max(1, ...v8.used, ...v8.external.map((value) => value || 0));
		const limit = Math.max(...v8.limit.map((value) => value || 0));
		const near = limit > 0 && limit < peak * FAR;
		const note = `peak ${grouped(peak)}${limit > 0 ? ` of ${grouped(limit)}` : ''}`;
		this.title(top - 14, 'V8’s heap', 'MiB', note);
		const y = this.grid(top, SMALL, (near ? limit : peak) * 1.08, 3);
		const xs = v8.t.map((t) => this.x(t));
		const base = xs.map(() => y(0));
		this.add(`<path class="area v8" d="${areaPath(xs, base, v8.used.map(y))}"/>`);
		this.add(`<path class="v8-line" d="${linePath(xs.map((x, i) => [x, y(v8.used[i])]))}"/>`);
		const external = xs.map((x, i) => [x, v8.external[i] === null ? null : y(v8.external[i])]);
		this.add(`<path class="external" d="${linePath(external)}"/>`);
		if (near) {
			this.add(`<path class="limit" d="M${this.left} ${f(y(limit))}H${this.right}"/>`);
		}
		this.bottom = top + SMALL;
	}

	frames() {
		const {frames} = this.recording;
		if (frames === null) {
			return;
		}
		const top = this.bottom + GAP;
		const {count, median, slowest} = frames;
		const note = `${grouped(count)} frames, median ${grouped(median)} ms, slowest ${grouped(slowest.ms)} ms`;
		this.title(top - 14, 'Time of each frame', 'ms', note);
		const y = this.grid(top, SMALL, Math.max(1, slowest.ms) * 1.08, 3);
		const renders = [...new Set(frames.render)];
		renders.forEach((render, i) => {
			let path = '';
			frames.ms.forEach((ms, j) => {
				if (frames.render[j] === render) {
					path += `M${f(this.x(frames.t[j]))} ${f(y(0))}V${f(y(ms))}`;
				}
			});
			this.add(`<path class="frames${i % 2 === 1 ? ' second' : ''}" d="${path}"/>`);
		});
		this.add(`<path class="median" d="M${this.left} ${f(y(median))}H${this.right}"/>`);
		this.bottom = top + SMALL;
	}

	axis() {
		const ticks = timeTicks(this.domain.t, Math.max(3, (this.right - this.left) / 110));
		for (const t of ticks) {
			const x = this.x(t);
			const place = x > this.right - 12 ? ' end' : ' middle';
			this.add(textTag(x, this.bottom + 18, clock(t, false), ` class="tick${place}"`));
		}
		this.add(`<path class="base" d="M${this.left} ${f(this.bottom)}H${this.right}"/>`);
	}
}

/** `{svg, left, right, top, bottom, height}`: the inside of an svg element, and where the axes are. */
function draw(recording, options) {
	const drawing = new Drawing(recording, options);
	drawing.memory();
	drawing.v8();
	drawing.frames();
	drawing.axis();
	const {left, right, bottom, domain} = drawing;
	return {
		svg: drawing.parts.join(''),
		left,
		right,
		top: 24 + LANE,
		bottom,
		height: bottom + AXIS,
		domain,
	};
}

/** A process's name, and its render where there are several. */
const nameOf = ({renders}, {name, render}) =>
	renders.length > 1 && render !== null ? `${name} (${render})` : name;

/** Who was there at moment `i`, the largest first; those that are summed up last. */
function processesAt(recording, i) {
	return recording.processes
		.map((process) => ({...process, name: nameOf(recording, process), mib: valueAt(process, i)}))
		.filter(({mib}) => mib !== null)
		.sort((a, b) => (a.count > 1) - (b.count > 1) || b.mib - a.mib);
}

module.exports = {
	LABELS,
	ROLES,
	clock,
	domainOf,
	draw,
	escapeText,
	grouped,
	limitAt,
	nameOf,
	numberedMarks,
	processesAt,
	stackOf,
	sumsOf,
};
