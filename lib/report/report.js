'use strict';

// A report: what the page shows, as schema/report-1.json has it. Made from
// recordings, thinned to what a page can hold.

const {version} = require('../../package.json');
const {native} = require('../native');
const {advise} = require('./advise');
const {thin} = require('./thin');
const {MIB, called, compare, judge, shareOf, sizeOf} = require('./verdict');

/** How much of one recording is kept; of two, each gets half. */
const MOST = {moments: 600, processes: 40, values: 16_000, v8: 240, frames: 480, marks: 120};

const mib = (bytes) => (bytes === null ? null : Math.round((bytes / MIB) * 10) / 10);
const whole = (ms) => Math.round(ms);
const pick = (list, indices) => indices.map((i) => list[i]);

function marksOf(recording, kills, most) {
	const counted = kills.filter(({text}) => text === null).map(markOf);
	const marks = [...recording.marks, ...counted].sort((a, b) => a.t - b.t);
	const words = marks.map(({t, kind, text, render, figures}) => ({
		t: whole(t),
		kind,
		text: sayAction(kind, text, figures),
		render,
	}));
	const rare = words.filter(({kind}) => kind !== 'action');
	const room = Math.max(0, most - rare.length);
	// Of very many the first: later ones repeat them.
	const actions = words.filter(({kind}) => kind === 'action').slice(0, room);
	const kept = new Set([...rare.slice(0, most), ...actions]);
	return words.filter((mark) => kept.has(mark));
}

/** The mark of a kill that only the kernel's count tells of. */
function markOf({t, process}) {
	const victim = process === null ? 'a process' : called(process);
	const text = `the kernel killed ${victim}, by its own count`;
	return {t, kind: 'kill', text, render: process?.render ?? null, figures: {}};
}

/** An action that is told by its code is put in words. */
function sayAction(kind, text, figures) {
	if (kind !== 'action') {
		return text;
	}
	const numbers = Object.entries(figures).filter(([, value]) => Number.isFinite(value));
	const names = numbers.map(([name]) => name);
	return (
		native.describeAction(
			text,
			names,
			numbers.map(([, value]) => value),
		) ?? text
	);
}

/** Each process's memory at the moments, the largest ones by name. */
function seriesOf(processes, moments, most) {
	const ranked = [...processes].sort((a, b) => b.peak - a.peak);
	const own = [];
	let values = 0;
	const rest = [];
	for (const one of ranked) {
		const measured = moments.filter((look) => look.values.has(one)).length;
		if (own.length < most.processes && values + measured <= most.values) {
			values += measured;
			own.push(one);
		} else {
			rest.push(one);
		}
	}
	const series = own.map((one) => ({
		...trim(moments.map((look) => look.values.get(one) ?? null)),
		name: one.name,
		role: one.role,
		render: one.render,
		pid: one.pid,
		count: 1,
		peak: one.peak,
		peakAt: whole(one.peakAt),
	}));
	for (const role of new Set(rest.map((one) => one.role))) {
		series.push(fold(role, new Set(rest.filter((one) => one.role === role)), moments));
	}
	return series;
}

/** Many small processes of a role as one. */
function fold(role, members, moments) {
	let peak = 0;
	let peakAt = 0;
	const sums = moments.map(({t, values}) => {
		let sum = null;
		for (const [one, bytes] of values) {
			sum = members.has(one) ? (sum ?? 0) + bytes : sum;
		}
		if (sum > peak) {
			peak = sum;
			peakAt = whole(t);
		}
		return sum;
	});
	const name = `${members.size} smaller ones`;
	return {...trim(sums), name, role, render: null, pid: null, count: members.size, peak, peakAt};
}

/** Values from the first that there is to the last. */
function trim(values) {
	const from = Math.max(
		0,
		values.findIndex((value) => value !== null),
	);
	const last = values.findLastIndex((value) => value !== null);
	return {from, values: values.slice(from, last + 1).map(mib)};
}

function v8Of({v8}, most) {
	const known = v8.filter(({used}) => used !== null);
	if (known.length === 0) {
		return null;
	}
	const kept = pick(known, thin(known, most, [({used}) => used]));
	const peak = known.reduce((best, one) => (one.used > best.used ? one : best));
	return {
		t: kept.map(({t}) => whole(t)),
		used: kept.map(({used}) => mib(used)),
		limit: kept.map(({limit}) => mib(limit)),
		external: kept.map(({external}) => mib(external)),
		delay: kept.map(({delay}) => delay),
		peak: {t: whole(peak.t), bytes: peak.used, limit: peak.limit},
	};
}

function framesOf({frames}, most) {
	if (frames.length === 0) {
		return null;
	}
	const kept = pick(frames, thin(frames, most, [({ms}) => ms]));
	const times = frames.map(({ms}) => ms).sort((a, b) => a - b);
	const slowest = frames.reduce((best, one) => (one.ms > best.ms ? one : best));
	return {
		count: frames.length,
		median: times[Math.floor(times.length / 2)],
		slowest: {n: slowest.n, ms: slowest.ms, t: whole(slowest.t)},
		t: kept.map(({t}) => whole(t)),
		n: kept.map(({n}) => n),
		ms: kept.map(({ms}) => ms),
		render: kept.map(({render}) => render),
	};
}

/** When each render was at work, and the largest usage then. */
function rendersOf({looks, marks, frames, processes}) {
	const ids = new Set([...marks, ...frames, ...processes].map(({render}) => render));
	ids.delete(null);
	return [...ids].map((id) => {
		const times = [...marks, ...frames, ...processes]
			.filter(({render}) => render === id)
			.flatMap(({t, first = t, last = t}) => [first, last]);
		const from = times.reduce((a, b) => Math.min(a, b));
		const to = times.reduce((a, b) => Math.max(a, b));
		const during = looks.filter(({t}) => t >= from && t <= to);
		const peak = during.reduce((most, look) => Math.max(most, sizeOf(look)), 0);
		const count = frames.filter(({render}) => render === id).length;
		return {id, from: whole(from), to: whole(to), peak, frames: count};
	});
}

function describe(recording, judged, label, most) {
	const {about, looks, limits, duration, notes} = recording;
	const {peak, tightest, kills, tooSmall, verdict} = judged;
	const always = [peak, tightest, ...kills.map(({look}) => look)].map((look) =>
		looks.indexOf(look),
	);
	const moments = pick(
		looks,
		thin(looks, most.moments, [({sum}) => sum, ({used}) => used], always.slice(0, most.moments)),
	);
	return {
		label,
		...about,
		duration: whole(duration),
		verdict,
		peak: {
			t: whole(peak.t),
			bytes: sizeOf(peak),
			source: peak.used === null ? 'processes' : 'kernel',
			limit: peak.limit,
			share: shareOf(peak),
			highestShare: shareOf(tightest),
		},
		tooSmall: tooSmall && {limit: tooSmall.limit, process: tooSmall.process.name},
		kills: kills.map(({t, process, look}) => ({
			t: whole(t),
			process: process?.name ?? null,
			bytes: sizeOf(look),
			limit: look.limit,
		})),
		moments: {t: moments.map(({t}) => whole(t)), used: moments.map(({used}) => mib(used))},
		limits: limits.slice(0, most.marks).map(({t, limit}) => ({t: whole(t), mib: mib(limit)})),
		processes: seriesOf(recording.processes, moments, most),
		v8: v8Of(recording, most.v8),
		frames: framesOf(recording, most.frames),
		marks: marksOf(recording, kills, most.marks),
		renders: rendersOf(recording).slice(0, most.marks),
		...advise(recording, judged),
		notes,
	};
}

/** The report over one recording, or over two: before and after. */
function makeReport(recordings, labels) {
	const share = recordings.length;
	const most = Object.fromEntries(
		Object.entries(MOST).map(([name, count]) => [name, Math.floor(count / share)]),
	);
	const judged = recordings.map(judge);
	return {
		report: 1,
		version,
		verdict: share === 1 ? judged[0].verdict : compare(...judged),
		recordings: recordings.map((one, i) => describe(one, judged[i], labels[i], most)),
	};
}

module.exports = {makeReport};
