'use strict';

// A generator of recordings: what a recorder would have written of a render,
// the same at each run. No process is measured here.

const MIB = 1024 * 1024;

/** Numbers from 0 to 1, always the same (a linear congruential generator). */
function makeRandom(seed = 1) {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}

const ramp = (t, from, to) => Math.min(1, Math.max(0, (t - from) / (to - from)));

/**
 * A render with tabs, which takes more and more, then an encoder.
 *
 * @returns {object[]} lines
 */
function makeRecording({
	seconds = 40,
	every = 100,
	tabs = 2,
	limitMib = 1000,
	kill = false,
	govern = !kill,
	render = null,
	seed = 7,
	scale = 1,
	kernel = true,
	extra = 0,
} = {}) {
	const random = makeRandom(seed);
	const duration = seconds * 1000;
	const limit = limitMib === null ? null : limitMib * MIB;
	const lines = [
		{
			headroom: 1,
			start: 1_790_000_000_000,
			version: '0.1.0',
			remotion: '4.0.529',
			node: 'v20.20.2',
			limit,
			memory: 'pss-like',
			argv: ['node', 'render.mjs', '--token=secret'],
		},
	];
	const named = new Map();
	const name = (t, pid, role, text) => {
		named.set(pid, true);
		lines.push({t, process: {pid, role, name: text, render}});
	};
	name(0, 10, 'node', 'Node');
	const mark = (t, kind, text, figures = {}) =>
		lines.push({t, mark: {kind, text, render, figures}});
	mark(0, 'phase', 'opening the browser', {width: 1920, height: 1080, cpus: 8});
	const killAt = kill ? duration * 0.72 : Number.POSITIVE_INFINITY;
	const endEncode = duration * 0.96;
	let frame = 0;
	const told = new Set();
	const once = (key, act) => {
		if (!told.has(key)) {
			told.add(key);
			act();
		}
	};
	for (let t = 0; t <= duration; t += every) {
		const p = {};
		const noise = () => (random() - 0.5) * 6;
		const put = (pid, mib) => {
			p[pid] = Math.round(Math.max(1, mib * scale + noise()) * MIB);
		};
		const grown = ramp(t, 0, duration);
		const collected = 22 * ((t / 2600) % 1);
		put(10, 96 + 40 * grown + collected);
		const browser = t > 900 && t < duration * 0.82;
		if (browser) {
			if (!named.has(20)) {
				name(t, 20, 'browser', 'Chrome');
				name(t, 21, 'gpu', 'GPU process');
				name(t, 22, 'utility', 'network service');
			}
			put(20, 92 * ramp(t, 900, 2600) + 10);
			put(21, 58 * ramp(t, 1000, 3000) + 6);
			put(22, 26);
		}
		const rendering = t > 2400 && t < duration * 0.8;
		if (rendering) {
			once('rendering', () => mark(t, 'phase', 'rendering frames'));
			const second = govern ? t < duration * 0.55 || t > duration * 0.68 : true;
			for (let tab = 1; tab <= tabs; tab++) {
				if (tab === tabs && tabs > 1 && !second) {
					once('fewer', () =>
						mark(t, 'action', 'fewer-tabs', {
							from: tabs,
							to: tabs - 1,
							availableBytes: 61 * MIB,
							limitBytes: (limitMib ?? 1000) * MIB,
							expectedBytes: 88 * MIB,
						}),
					);
					continue;
				}
				// One that is opened again is another process.
				const pid = govern && tab === tabs && t > duration * 0.68 ? 60 + tab : 30 + tab;
				if (!named.has(pid)) {
					name(t, pid, 'tab', `tab ${pid > 60 ? tabs + 1 : tab}`);
				}
				put(pid, 40 + 74 * ramp(t, 2400, 7000) + 38 * grown + 14 * Math.sin(t / 900 + tab));
			}
			if (govern && tabs > 1 && t > duration * 0.68) {
				once('more', () =>
					mark(t, 'action', 'more-tabs', {
						from: tabs - 1,
						to: tabs,
						tabBytes: 150 * MIB,
						availableBytes: 210 * MIB,
						limitBytes: (limitMib ?? 1000) * MIB,
						expectedBytes: 0,
					}),
				);
			}
			if (t < killAt) {
				if (!named.has(40)) {
					name(t, 40, 'compositor', 'compositor');
				}
				const emptied = govern && t > duration * 0.5 ? 0.45 : 1;
				if (govern && t > duration * 0.5) {
					once('emptied', () =>
						mark(t, 'action', 'cache-emptied', {
							cachedBytes: 196 * MIB,
							availableBytes: 48 * MIB,
							limitBytes: (limitMib ?? 1000) * MIB,
							expectedBytes: 88 * MIB,
						}),
					);
				}
				put(40, 30 + (kill ? 420 : 330) * ramp(t, 3000, duration * 0.7) * emptied);
				if (limit !== null && kill) {
					// More than the limit is never in use.
					const others = Object.entries(p).reduce(
						(sum, [pid, one]) => sum + (pid === '40' ? 0 : one),
						0,
					);
					p[40] = Math.max(MIB, Math.min(p[40], limit - others - 20 * MIB));
				}
			} else {
				once('kill', () => {
					mark(t, 'kill', 'the kernel killed the compositor', {pid: 40});
					lines.push({t, process: {pid: 40, gone: true}});
				});
			}
			if (t % (every * 3) === 0) {
				const hard = frame % 37 === 0 ? 240 : 0;
				const ms = Math.round(90 + 60 * random() + hard + 50 * grown);
				lines.push({t, frame: {n: frame++, ms, render}});
			}
		}
		if (t >= duration * 0.83 && t < endEncode) {
			once('encoding', () => {
				mark(t, 'phase', 'encoding');
				name(t, 50, 'encoder', 'FFmpeg');
			});
			put(50, 40 + 210 * ramp(t, duration * 0.83, duration * 0.88));
		}
		for (let i = 0; i < extra; i++) {
			put(1000 + i, 0.5 + (i % 7));
		}
		if (t % 500 === 0) {
			const used = Math.round((30 + 22 * grown + collected) * MIB);
			const delay = Math.round(random() * 12);
			const v8 = {used, limit: 512 * MIB, external: Math.round((8 + 6 * grown) * MIB), delay};
			lines.push({t, v8});
		}
		const sum = Object.values(p).reduce((a, b) => a + b, 0);
		const most = limit ?? Number.POSITIVE_INFINITY;
		const used = kernel ? Math.min(most, Math.round(sum + (18 + 20 * grown) * MIB)) : null;
		lines.push({t, used, hits: 0, oomKills: t >= killAt ? 1 : 0, p});
	}
	mark(duration, 'end', 'done');
	return lines;
}

const toText = (lines) => `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;

module.exports = {MIB, makeRandom, makeRecording, toText};
