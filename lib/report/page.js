'use strict';

// A report as one HTML file that asks nobody for anything, and as an SVG file.

const fs = require('node:fs');
const path = require('node:path');
const {
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
} = require('./draw');

const MIB = 1024 * 1024;
/** What a page without JavaScript, and an SVG, are drawn for. */
const WIDTH = 960;
/** A table has so many moments, and the largest one. */
const ROWS = 24;

// Each written out, so that tracers copy it.
const OWN = {
	'draw.js': path.join(__dirname, 'draw.js'),
	'client.js': path.join(__dirname, 'client.js'),
	'colours.css': path.join(__dirname, 'colours.css'),
	'picture.css': path.join(__dirname, 'picture.css'),
	'page.css': path.join(__dirname, 'page.css'),
};
const readOwn = (name) => fs.readFileSync(OWN[name], 'utf8');
const mib = (bytes) => grouped(bytes / MIB);

const rolesOf = (recording) => {
	const stack = stackOf(recording);
	return ROLES.filter((role) => stack[role] !== undefined);
};

const nearestIndex = (times, t) =>
	times.reduce((best, time, i) => (Math.abs(time - t) < Math.abs(times[best] - t) ? i : best), 0);

/** Some indices of `count`, evenly, with `always` among them. */
function someOf(count, always) {
	const rows = new Set([always]);
	for (let i = 0; i < ROWS; i++) {
		rows.add(Math.round((i * (count - 1)) / Math.max(1, ROWS - 1)));
	}
	return [...rows].sort((a, b) => a - b);
}

function table(caption, heads, rows, most) {
	const cell = (value, i) =>
		i === 0 ? `<th scope="row">${escapeText(value)}</th>` : `<td>${escapeText(value)}</td>`;
	const body = rows.map(
		(row, i) => `<tr${i === most ? ' class="most"' : ''}>${row.map(cell).join('')}</tr>`,
	);
	const head = heads.map((one) => `<th scope="col">${escapeText(one)}</th>`).join('');
	return (
		`<details><summary>${escapeText(caption)}</summary>` +
		`<div class="scroll" role="region" tabindex="0" aria-label="${escapeText(caption)}">` +
		`<table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table>` +
		'</div></details>'
	);
}

const orDash = (value) => (value === null ? '–' : grouped(value));

function tablesOf(recording, suffix) {
	const {moments, v8, frames, processes, peak} = recording;
	const stack = stackOf(recording);
	const sums = sumsOf(recording, stack);
	const roles = rolesOf(recording);
	const top = nearestIndex(moments.t, peak.t);
	const rows = someOf(moments.t.length, top);
	const tables = [
		table(
			`Memory as a table, in MiB${suffix}`,
			['Time', 'Kernel’s count', 'Processes', ...roles.map((role) => LABELS[role]), 'Limit'],
			rows.map((i) => [
				clock(moments.t[i]),
				orDash(moments.used[i]),
				grouped(sums[i]),
				...roles.map((role) => grouped(stack[role][i])),
				orDash(limitAt(recording, moments.t[i])),
			]),
			rows.indexOf(top),
		),
		table(
			`Processes as a table${suffix}`,
			['Process', 'Role', 'Largest, in MiB', 'at'],
			processes.map((one) => [
				nameOf(recording, one),
				LABELS[one.role],
				mib(one.peak),
				clock(one.peakAt),
			]),
			-1,
		),
	];
	if (v8 !== null) {
		const most = nearestIndex(v8.t, v8.peak.t);
		const some = someOf(v8.t.length, most);
		const heads = ['Time', 'Used', 'Limit', 'Outside the heap', 'Event loop delay, in ms'];
		const cells = some.map((i) => [
			clock(v8.t[i]),
			grouped(v8.used[i]),
			...[v8.limit[i], v8.external[i], v8.delay[i]].map(orDash),
		]);
		tables.push(table(`V8’s heap as a table, in MiB${suffix}`, heads, cells, some.indexOf(most)));
	}
	if (frames !== null) {
		const most = nearestIndex(frames.t, frames.slowest.t);
		const some = someOf(frames.t.length, most);
		const cells = some.map((i) => [String(frames.n[i]), grouped(frames.ms[i]), clock(frames.t[i])]);
		const heads = ['Frame', 'Took, in ms', 'Done at'];
		tables.push(table(`Frames as a table${suffix}`, heads, cells, some.indexOf(most)));
	}
	return tables.join('');
}

/** Who had how much at the peak, as a bar whose end is the limit. */
function gauge(recording) {
	const {moments, peak} = recording;
	const i = nearestIndex(moments.t, peak.t);
	const stack = stackOf(recording);
	const total = Math.max(peak.bytes, peak.limit ?? 0) / MIB;
	let x = 0;
	const bars = rolesOf(recording).map((role) => {
		const width = (stack[role][i] / total) * 1000;
		const bar = `<rect x="${x.toFixed(1)}" width="${Math.max(0, width - 1.5).toFixed(1)}" height="22" style="fill:var(--${role})"/>`;
		x += width;
		return bar;
	});
	const limit = peak.limit === null ? '' : '<path class="end" d="M998.5 0V22"/>';
	const words = rolesOf(recording)
		.filter((role) => stack[role][i] > 0)
		.map((role) => `${LABELS[role]} ${grouped(stack[role][i])} MiB`);
	return (
		`<div class="gauge"><svg viewBox="0 0 1000 22" preserveAspectRatio="none" role="img" aria-label="At the peak: ${escapeText(words.join(', '))}">` +
		`<rect class="room" width="1000" height="22"/>${bars.join('')}${limit}</svg></div>`
	);
}

/** What lines there are, beside the limit, which has its name in the picture: `{text, line}`. */
function linesOf({moments, frames}, ghost) {
	const ids = [...new Set(frames?.render ?? [])];
	return [
		...(moments.used.some((used) => used !== null)
			? [{text: 'the kernel’s count', line: 'kernel'}]
			: []),
		...(ids.length > 1 ? ids : []).map((id, i) => ({
			text: `frames of ${id === null ? 'no render' : `render ${id}`}`,
			line: i % 2 === 1 ? 'frames second' : 'frames',
		})),
		...(ghost ? [{text: 'processes before', line: 'ghost'}] : []),
	];
}

function legend(recording, ghost) {
	const {moments, peak} = recording;
	const i = nearestIndex(moments.t, peak.t);
	const stack = stackOf(recording);
	const items = rolesOf(recording).map(
		(role) =>
			`<li><span class="swatch" style="background:var(--${role})"></span>${LABELS[role]}${stack[role][i] > 0 ? `<b>${grouped(stack[role][i])}</b>` : ''}</li>`,
	);
	for (const {text, line} of linesOf(recording, ghost)) {
		const used = line === 'kernel' ? `<b>${orDash(moments.used[i])}</b>` : '';
		items.push(`<li><span class="swatch line ${line}"></span>${escapeText(text)}${used}</li>`);
	}
	return `<ul class="legend" aria-label="Colours, and MiB at the peak">${items.join('')}</ul>`;
}

const plural = (count, one) => `${grouped(count)} ${one}${count === 1 ? '' : 's'}`;

function metaOf({start, duration, versions, frames, memory}) {
	const parts = [
		start === null ? null : `${new Date(start).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
		`${clock(duration)} long`,
		frames && plural(frames.count, 'frame'),
		versions.remotion && `Remotion ${versions.remotion}`,
		versions.node && `Node ${versions.node.replace(/^v/, '')}`,
		memory === 'rss' ? 'shared pages count for every process' : null,
	];
	return parts.filter(Boolean).map(escapeText).join(' · ');
}

function picture(recording, index, {domain, ghost, name}) {
	const {svg, height} = draw(recording, {width: WIDTH, domain, ghost});
	const label = `Memory over time${name}: ${recording.verdict.text}`;
	// As high as it gets, so that nothing below moves with the cursor.
	const rows = Math.max(...recording.moments.t.map((_, i) => processesAt(recording, i).length));
	return (
		`<div class="views"><div class="picture" data-recording="${index}" role="img" aria-label="${escapeText(label)}">` +
		`<svg class="drawing" viewBox="0 0 ${WIDTH} ${height}" aria-hidden="true">${svg}</svg></div>` +
		`<div class="readout" id="readout-${index}" style="min-height:${rows * 29 + 110}px"></div></div>` +
		'<p class="hint" hidden>Point at a moment, or focus the picture and use ' +
		'<kbd class="key">←</kbd> <kbd class="key">→</kbd>; <kbd class="key">P</kbd> leads to the peak.</p>'
	);
}

function happened(recording) {
	const {marks} = recording;
	if (marks.length === 0) {
		return '';
	}
	const numbers = new Map(numberedMarks(recording).map((mark, i) => [mark, i + 1]));
	const items = marks.map((mark) => {
		const number = numbers.has(mark) ? `<span class="number">${numbers.get(mark)}</span>` : '';
		const render = mark.render === null ? '' : ` (${escapeText(mark.render)})`;
		return `<li class="${mark.kind}"><span>${number}</span><span class="time">${clock(mark.t)}</span><span>${escapeText(mark.text)}${render}</span></li>`;
	});
	return `<ol class="happened">${items.join('')}</ol>`;
}

function rendersTable({renders}, suffix) {
	if (renders.length < 2) {
		return '';
	}
	const rows = renders.map(({id, from, to, peak, frames}) => [
		id,
		clock(from),
		clock(to),
		mib(peak),
		grouped(frames),
	]);
	const heads = ['Render', 'From', 'To', 'Peak while it ran, in MiB', 'Frames'];
	return table(`Renders as a table${suffix}`, heads, rows, -1);
}

/** The plan's options as Remotion's script and its command take them. */
function optionsOf({concurrency, disallowParallelEncoding, ...sizes}) {
	const script = Object.entries({concurrency, disallowParallelEncoding, ...sizes})
		.map(([name, value]) => `${name}: ${value},`)
		.join('\n');
	const flags = [
		`--concurrency=${concurrency}`,
		disallowParallelEncoding ? '--disallow-parallel-encoding' : '',
		`--media-cache-size-in-bytes=${sizes.mediaCacheSizeInBytes}`,
		`--offthreadvideo-cache-size-in-bytes=${sizes.offthreadVideoCacheSizeInBytes}`,
	];
	return {script, flags: flags.filter(Boolean)};
}

function adviceOf({advice, plan, notes, renders}) {
	const parts = advice.map(({title, text, url}) => {
		const link = url === null ? '' : ` <a href="${escapeText(url)}">Read on</a>.`;
		return `<h3>${escapeText(title)}</h3><p>${escapeText(text)}${link}</p>`;
	});
	if (plan !== null) {
		const {script, flags} = optionsOf(plan.options);
		const size = plan.size ?? '1920x1080, as the recording does not tell the size';
		parts.push(
			`<h3>A plan for this limit${renders.length > 1 ? ' and one render at a time' : ''}, at ${escapeText(size)}</h3>`,
			`<ul>${plan.reasons.map(({text}) => `<li>${escapeText(text)}</li>`).join('')}</ul>`,
			`<p>For renderMedia():</p><pre>${escapeText(script)}</pre>`,
			`<p>For npx remotion render:</p><pre>${escapeText(flags.join(' \\\n'))}</pre>`,
		);
	}
	if (parts.length === 0) {
		parts.push('<p>Nothing to do: the render stayed clear of its limits.</p>');
	}
	return parts.join('') + notes.map((note) => `<p class="meta">${escapeText(note)}</p>`).join('');
}

const NAMES = ['before', 'after'];

function sectionsOf(report) {
	const two = report.recordings.length > 1;
	const domain = domainOf(report.recordings);
	return report.recordings.map((recording, i) => {
		const ghost = i === 1 ? report.recordings[0] : null;
		const name = two ? `, ${NAMES[i]}` : '';
		const id = `picture-${i}`;
		const title = two
			? `<h2 id="${id}">${i === 0 ? 'Before' : 'After'}: ${escapeText(recording.label)}</h2><p>${escapeText(recording.verdict.text)}</p>${gauge(recording)}`
			: `<h2 id="${id}" class="visually-hidden">Over time</h2>`;
		const own = two ? `${legend(recording, ghost)}<p class="meta">${metaOf(recording)}</p>` : '';
		return (
			`<section aria-labelledby="${id}">${title}${own}` +
			`<div class="card" style="margin-top:16px">${picture(recording, i, {domain, ghost, name})}</div></section>` +
			`<section class="pair"><div class="card"><h2>What happened${name}</h2>${happened(recording) || '<p>No marks were recorded.</p>'}</div>` +
			`<div class="card advice"><h2>Advice${name}</h2>${adviceOf(recording)}</div></section>` +
			`<section aria-label="Tables${name}">${rendersTable(recording, name)}${tablesOf(recording, name)}</section>`
		);
	});
}

const POLICY =
	"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

function toHtml(report) {
	const [first] = report.recordings;
	const two = report.recordings.length > 1;
	const killed = report.recordings.at(-1).kills.length > 0;
	const top = two ? '' : `${gauge(first)}${legend(first)}<p class="meta">${metaOf(first)}</p>`;
	const labels = report.recordings.map(({label}) => label).join(' and ');
	// Neither the end of the script nor the begin of a comment.
	const data = JSON.stringify(report).replace(/</g, '\\u003c');
	const drawing = `const drawing = (() => {\nconst module = {};\n${readOwn('draw.js')}\nreturn module.exports;\n})();`;
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<title>${escapeText(report.verdict.text)}</title>
<link rel="icon" href="data:,">
<style>
${readOwn('colours.css')}${readOwn('picture.css')}${readOwn('page.css')}</style>
</head>
<body>
<main>
<header>
<p class="eyebrow">Memory of a render · ${escapeText(labels)}</p>
<h1${killed ? ' class="killed"' : ''}>${escapeText(report.verdict.text)}</h1>
${top}
</header>
${sectionsOf(report).join('\n')}
<footer>remotion-headroom ${escapeText(report.version)}. 1 MiB is 1,048,576 bytes.</footer>
</main>
<script type="application/json" id="report">${data}</script>
<script>
${drawing}
(() => {
${readOwn('client.js')}
})();
</script>
</body>
</html>
`;
}

/** Breaks a sentence into lines of so many letters. */
function wrap(text, most) {
	const lines = [''];
	for (const word of text.split(' ')) {
		const line = lines.at(-1);
		if (line !== '' && line.length + 1 + word.length > most) {
			lines.push(word);
		} else {
			lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
		}
	}
	return lines;
}

/** The colours of the roles and the lines, with their names, in as many rows as they need. */
function svgLegend(recording, ghost, x, y) {
	let [left, top] = [x, y];
	const entries = [
		...rolesOf(recording).map((role) => ({text: LABELS[role], role})),
		...linesOf(recording, ghost),
	];
	const items = entries.map(({text, role, line}) => {
		const width = 26 + text.length * 7;
		if (left + width > WIDTH - 24) {
			[left, top] = [x, top + 20];
		}
		const sign =
			role === undefined
				? `<path class="${line}" d="M${left - 1} ${top - 4}h14"/>`
				: `<rect class="${role}" x="${left}" y="${top - 10}" width="11" height="11" rx="3"/>`;
		const item = `${sign}<text x="${left + 17}" y="${top}">${escapeText(text)}</text>`;
		left += width + 10;
		return item;
	});
	return {svg: items.join(''), bottom: top};
}

function toSvg(report) {
	const domain = domainOf(report.recordings);
	const inner = WIDTH - 48;
	const parts = [];
	let y = 44;
	for (const line of wrap(report.verdict.text, 84)) {
		parts.push(`<text class="headline" x="24" y="${y}">${escapeText(line)}</text>`);
		y += 30;
	}
	report.recordings.forEach((recording, i) => {
		if (report.recordings.length > 1) {
			const words = `${i === 0 ? 'Before' : 'After'}: ${recording.verdict.text}`;
			parts.push(`<text class="panel" x="24" y="${y + 10}">${escapeText(words)}</text>`);
			y += 34;
		}
		const ghost = i === 1 ? report.recordings[0] : null;
		const colours = svgLegend(recording, ghost, 24, y);
		y = colours.bottom + 24;
		const {svg, height} = draw(recording, {width: inner, domain, ghost});
		parts.push(colours.svg, `<g transform="translate(24 ${y})">${svg}</g>`);
		y += height + 24;
	});
	const title = escapeText(report.verdict.text);
	const style = `${readOwn('colours.css')}${readOwn('picture.css')}.drawing .back{fill:var(--card)}.drawing text.headline{font-size:19px;font-weight:680;fill:var(--ink)}`;
	return `<svg xmlns="http://www.w3.org/2000/svg" class="drawing" width="${WIDTH}" height="${Math.ceil(y)}" viewBox="0 0 ${WIDTH} ${Math.ceil(y)}" role="img" aria-labelledby="title"><title id="title">${title}</title><style>${style}</style><rect class="back" width="100%" height="100%" rx="12"/>${parts.join('')}</svg>\n`;
}

module.exports = {optionsOf, toHtml, toSvg};
