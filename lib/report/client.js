'use strict';

// Runs in the page: draws each picture as wide as there is room, and moves a
// cursor over it that names every process of its moment. `drawing` is draw.js.

/* global drawing */

const report = JSON.parse(document.getElementById('report').textContent);
const {clock, domainOf, draw, escapeText, grouped, limitAt, numberedMarks, processesAt} = drawing;
const {LABELS} = drawing;

const domain = domainOf(report.recordings);
/** A mark so near to the cursor, in pixels, is told with it. */
const NEAR = 8;

/** The index of the value of `times` that is nearest to `t`. */
function nearest(times, t) {
	let low = 0;
	let high = times.length - 1;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (times[middle] < t) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low > 0 && t - times[low - 1] < times[low] - t ? low - 1 : low;
}

function start(element) {
	const index = Number(element.dataset.recording);
	const recording = report.recordings[index];
	const ghost = index === 1 ? report.recordings[0] : null;
	const svg = element.querySelector('svg');
	const readout = document.getElementById(`readout-${index}`);
	const times = recording.moments.t;
	const last = times.length - 1;
	let layout;
	let at = nearest(times, recording.peak.t);

	const xOf = (t) => layout.left + (t / domain.t) * (layout.right - layout.left);

	/** What else there is to tell at the moment, as sentences. */
	function besides(t) {
		const {v8, frames} = recording;
		const told = [];
		if (v8 !== null) {
			told.push(`V8’s heap ${grouped(v8.used[nearest(v8.t, t)])} MiB`);
		}
		if (frames !== null && t >= frames.t[0] - frames.ms[0] && t <= frames.t[frames.t.length - 1]) {
			const i = nearest(frames.t, t);
			told.push(`frame ${frames.n[i]} took ${grouped(frames.ms[i])} ms`);
		}
		const span = (NEAR / (layout.right - layout.left)) * domain.t;
		const marks = numberedMarks(recording)
			.map((mark, i) => ({...mark, number: i + 1}))
			.filter((mark) => Math.abs(mark.t - t) <= span)
			.map(({number, text}) => `${number}: ${text}`);
		return [told.join(', '), ...marks].filter((one) => one !== '');
	}

	function show() {
		const t = times[at];
		const x = xOf(t).toFixed(1);
		const cursor = svg.querySelector('.cursor');
		cursor.setAttribute('d', `M${x} ${layout.top}V${layout.bottom}`);
		const processes = processesAt(recording, at);
		const sum = processes.reduce((all, {mib}) => all + mib, 0);
		const used = recording.moments.used[at];
		const limit = limitAt(recording, t);
		const of = limit === null ? 'MiB' : `of ${grouped(limit)} MiB`;
		const total =
			used === null ? `${grouped(sum)} ${of}` : `${grouped(used)} ${of}; processes ${grouped(sum)}`;
		const list = processes.map(
			({name, role, mib}) =>
				`<li><span class="swatch" style="background:var(--${role})"></span><span>${escapeText(name)}</span><span>${grouped(mib)}</span></li>`,
		);
		const more = besides(t).map((one) => `<p class="then">${escapeText(one)}</p>`);
		readout.innerHTML = `<p class="when">${clock(t)}</p><p class="sum">${total}</p><ol>${list.join('')}</ol>${more.join('')}`;
		element.setAttribute('aria-valuenow', String(t));
		const spoken = processes.map(
			({name, role, mib}) => `${name}, ${LABELS[role]}: ${grouped(mib)}`,
		);
		element.setAttribute('aria-valuetext', [clock(t), total, ...spoken, ...besides(t)].join('; '));
	}

	function redraw() {
		const width = Math.max(300, Math.floor(element.clientWidth));
		layout = draw(recording, {width, domain, ghost});
		svg.setAttribute('viewBox', `0 0 ${width} ${layout.height}`);
		svg.innerHTML = `${layout.svg}<path class="cursor"/>`;
		show();
	}

	function move(to) {
		at = Math.min(last, Math.max(0, to));
		show();
	}

	const follow = (event) => {
		const box = svg.getBoundingClientRect();
		const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
		move(nearest(times, ((x - layout.left) / (layout.right - layout.left)) * domain.t));
	};
	const page = Math.max(1, Math.round(times.length / 12));
	/** Steps by key; to an end they are as many as there are. */
	const steps = new Map([
		['ArrowLeft', -1],
		['ArrowDown', -1],
		['ArrowRight', 1],
		['ArrowUp', 1],
		['PageDown', -page],
		['PageUp', page],
		['Home', -last],
		['End', last],
	]);
	const target = (key) =>
		key === 'p' ? nearest(times, recording.peak.t) : at + (steps.get(key) ?? Number.NaN);

	const attributes = {
		role: 'slider',
		tabindex: '0',
		'aria-valuemin': '0',
		'aria-valuemax': String(recording.duration),
		'aria-orientation': 'horizontal',
	};
	for (const [name, value] of Object.entries(attributes)) {
		element.setAttribute(name, value);
	}
	element.addEventListener('pointermove', follow);
	element.addEventListener('pointerdown', follow);
	element.addEventListener('keydown', (event) => {
		const to = target(event.key);
		if (!Number.isNaN(to) && !event.ctrlKey && !event.metaKey && !event.altKey) {
			event.preventDefault();
			move(to);
		}
	});
	// The height follows from the width, so only another width is a reason.
	let width = -1;
	new ResizeObserver(() => {
		if (element.clientWidth !== width) {
			width = element.clientWidth;
			redraw();
		}
	}).observe(element);
}

for (const element of document.querySelectorAll('.picture')) {
	start(element);
}
for (const hint of document.querySelectorAll('.hint')) {
	hint.hidden = false;
}
