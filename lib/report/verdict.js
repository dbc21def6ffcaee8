'use strict';

// What a recording comes to: its peak, who was killed, and that in a sentence.

const {native} = require('../native');
const {clock} = require('./draw');

const MIB = 1024 * 1024;

/** A kill's mark and the look that counts it are at most so far apart. */
const SAME_KILL_MS = 1500;
/** The usage that led to a kill is the largest of so long before. */
const BEFORE_KILL_MS = 1000;

const number = (bytes) => native.mib(bytes).replace(' MiB', '');
const percent = (share) => `${Math.round(share * 100)} %`;

const CALLED = {
	browser: 'the browser',
	compositor: 'the compositor',
	encoder: 'the encoder',
	gpu: "the browser's GPU process",
	node: 'Node',
};

/** A process as a part of a sentence. */
const called = ({role, name}) => CALLED[role] ?? name;

const sizeOf = (look) => look.used ?? look.sum;

function largest(items, measure) {
	return items.reduce(
		(best, item) => (best === null || measure(item) > measure(best) ? item : best),
		null,
	);
}

/** Who of `look` was largest: `{process, bytes}`, or null where it saw nobody. */
function largestOf(look) {
	const entry = largest([...look.values], ([, bytes]) => bytes);
	return entry === null ? null : {process: entry[0], bytes: entry[1]};
}

const shareOf = (look) => (look.limit > 0 ? sizeOf(look) / look.limit : null);

/** Who had `pid` at `t`. */
function holderOf(processes, pid, t) {
	return processes.filter((one) => one.pid === pid && one.first <= t).at(-1) ?? null;
}

/** The largest of those last seen shortly before `t`, and not since. */
function vanishedAt({looks, processes}, t) {
	const gone = processes.filter(
		({first, last}) => first <= t && last <= t && last >= t - SAME_KILL_MS && last < looks.at(-1).t,
	);
	return largest(gone, ({peak}) => peak);
}

/** The look that led to what happened at `at`. */
function lookBefore(looks, at) {
	const before = looks.filter(({t}) => t <= at && t >= at - BEFORE_KILL_MS);
	return largest(before.length > 0 ? before : looks.slice(0, 1), sizeOf);
}

/** What the kernel killed: by the marks, and by its count where none tells. */
function killsOf(recording) {
	const {looks, marks, processes} = recording;
	const kills = marks
		.filter(({kind}) => kind === 'kill')
		.map(({t, figures, text}) => ({
			t,
			text,
			process: holderOf(processes, figures.pid, t) ?? vanishedAt(recording, t),
		}));
	for (let i = 1; i < looks.length; i++) {
		const {t} = looks[i];
		const counted = looks[i].kills - looks[i - 1].kills;
		const told = kills.filter((kill) => Math.abs(kill.t - t) <= SAME_KILL_MS).length;
		if (counted > 0 && told === 0) {
			kills.push({t, text: null, process: vanishedAt(recording, t)});
		}
	}
	kills.sort((a, b) => a.t - b.t);
	return kills.map((kill) => ({...kill, look: lookBefore(looks, kill.t)}));
}

/**
 * Where a recording ends that was not ended, as by who records itself and is killed:
 * a render of it has not ended, nor has its Node. Null otherwise.
 */
function brokenOff({looks, marks, processes}) {
	const renders = (wanted) => marks.filter(({kind}) => kind === wanted).map(({render}) => render);
	const ended = renders('end');
	const open = renders('phase').filter((render) => !ended.includes(render));
	const goesOn = processes.some(
		({role, gone, render}) => role === 'node' && gone === undefined && open.includes(render),
	);
	const {t} = looks.at(-1);
	return goesOn ? {t, look: lookBefore(looks, t)} : null;
}

/** The next round number of MiB below `bytes`, in bytes; 0 where there is none. */
function roundBelow(bytes) {
	const mib = bytes / MIB;
	const step = mib > 500 ? 100 : mib > 100 ? 50 : 10;
	return (Math.ceil(mib / step) - 1) * step * MIB;
}

/**
 * A round limit that the render would not have had room in, and who was
 * largest when it ran out. What the kernel counts beyond the processes may be
 * cache that it gives up, so the processes have to be above the limit alone.
 * Where shared pages count several times, nothing is said without its count.
 */
function tooSmall({about, looks}) {
	const needed = ({used, sum}) => (used === null ? sum : Math.min(sum, used));
	const look = largest(looks, needed);
	if (about.memory === 'rss' && look.used === null) {
		return null;
	}
	const limit = roundBelow(needed(look));
	const victim = largestOf(look);
	return limit > 0 && victim !== null ? {limit, process: victim.process} : null;
}

/** All that is known of a recording's peak. */
function judge(recording) {
	const {looks} = recording;
	const peak = largest(looks, sizeOf);
	const tightest = largest(looks, (look) => shareOf(look) ?? -1);
	const kills = killsOf(recording);
	const small = kills.length === 0 ? tooSmall(recording) : null;
	const broken = kills.length === 0 ? brokenOff(recording) : null;
	const verdict = broken === null ? sayVerdict(peak, kills, small) : sayBrokenOff(broken);
	return {peak, tightest, kills, tooSmall: small, verdict};
}

/** "951 of 1,000 MiB", or without a limit "951 MiB". */
const ofLimit = (look) =>
	look.limit === null
		? native.mib(sizeOf(look))
		: `${number(sizeOf(look))} of ${native.mib(look.limit)}`;

const sayBrokenOff = ({t, look}) => ({
	code: 'broken-off',
	text: `The recording breaks off at ${clock(t)}: Node was killed, or goes on; in use were ${ofLimit(look)}.`,
});

function sayVerdict(peak, kills, small) {
	if (kills.length > 0) {
		const [{t, process, look}] = kills;
		const victim = process === null ? 'a process' : called(process);
		const more = kills.length > 1 ? `, and ${kills.length - 1} more later` : '';
		return {
			code: 'killed',
			text: `The kernel killed ${victim} at ${clock(t)}${more}; in use were ${ofLimit(look)}.`,
		};
	}
	const share = shareOf(peak);
	const below =
		small === null
			? ''
			: `; a limit of ${number(small.limit)} would have killed ${called(small.process)}`;
	return share === null
		? {code: 'peak-unlimited', text: `Peak ${ofLimit(peak)}, without a limit${below}.`}
		: {code: 'peak', text: `Peak ${ofLimit(peak)}, ${percent(share)}${below}.`};
}

/** What changed from one recording to another. */
function compare(before, after) {
	const [was, is] = [before, after].map(({peak}) => sizeOf(peak));
	const apart = Math.abs(is - was);
	const killed = [before, after].map(({kills}) => kills.length > 0);
	const change =
		Math.round(apart / MIB) === 0
			? `The same peak, ${native.mib(is)}`
			: `${native.mib(apart)} ${is < was ? 'less' : 'more'} at the peak: ${number(is)} instead of ${native.mib(was)}`;
	const kills = {
		'true,false': '; nothing is killed any more',
		'false,true': '; now the kernel kills',
		'true,true': '; the kernel kills as before',
		'false,false': '',
	}[String(killed)];
	return {code: 'compared', text: `${change}${kills}.`};
}

module.exports = {MIB, called, clock, compare, judge, largest, largestOf, percent, shareOf, sizeOf};
