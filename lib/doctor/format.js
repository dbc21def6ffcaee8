'use strict';

// The doctor's findings for people, worst first: in as many columns as there are.

const {native} = require('../native');

const LEAST = 60;
const MOST = 160;
const USUAL = 80;
const LABEL = 18;

const {mib} = native;

/** Columns of a terminal, within what can be read; of anything else what is usual. */
const widthOf = ({isTTY, columns}) =>
	isTTY && columns > 0 ? Math.min(MOST, Math.max(LEAST, columns)) : USUAL;

/** Breaks `text` at spaces; what has none is cut, a path behind a slash. */
function wrap(text, width) {
	const lines = [];
	let line = '';
	for (const word of text.split(/\s+/)) {
		let rest = word;
		if (line !== '' && line.length + 1 + rest.length > width) {
			lines.push(line);
			line = '';
		}
		while (rest.length > width) {
			const end = rest.lastIndexOf('/', width - 1) + 1 || width;
			lines.push(rest.slice(0, end));
			rest = rest.slice(end);
		}
		line = line === '' ? rest : `${line} ${rest}`;
	}
	return [...lines, line];
}

/** Flags that can be pasted, in a shell's way of going on in the next line. */
function wrapFlags(flags, width) {
	const lines = [];
	for (const flag of flags) {
		const last = lines.at(-1);
		// Two columns for the backslash.
		if (last !== undefined && last.length + 1 + flag.length <= width - 2) {
			lines[lines.length - 1] = `${last} ${flag}`;
		} else {
			lines.push(flag);
		}
	}
	return lines.map((line, i) => (i === lines.length - 1 ? line : `${line} \\`));
}

/** The forms of a page that is `width` columns wide. */
function page(width) {
	/** `text` behind `head`, further lines indented as far. */
	const hang = (head, text) =>
		wrap(text, width - head.length)
			.map((line, i) => `${i === 0 ? head : ' '.repeat(head.length)}${line}`.trimEnd())
			.join('\n');
	const row = (label, text) =>
		label.length < LABEL
			? hang(`  ${label.padEnd(LABEL)}`, text)
			: `${hang(`  ${/^ */.exec(label)[0]}`, label.trimStart())}\n${hang(' '.repeat(LABEL + 2), text)}`;
	/** To paste as it is; the terminal breaks what is too long. */
	const paste = (indent, flags) =>
		wrapFlags(flags, width - indent)
			.map((line) => `${' '.repeat(indent)}${line}`)
			.join('\n');
	return {hang, row, paste};
}

const LIMITS = {
	host: 'the machine',
	cgroup: 'the cgroup',
	lambda: 'the Lambda function',
	override: 'REMOTION_HEADROOM_MEMORY_LIMIT',
};

function formatMemory(memory, {row}) {
	const lines = [
		row(
			'Available',
			`${mib(memory.available)} of ${mib(memory.total)}, by ${LIMITS[memory.limitedBy]}`,
		),
		row('Environment', [memory.environment, memory.runtime].filter(Boolean).join(', ')),
		row('Machine', `${mib(memory.host.available)} of ${mib(memory.host.total)} available`),
	];
	if (memory.cgroup === null) {
		lines.push(row('Cgroup', 'none'));
	} else {
		lines.push(row(`Cgroup v${memory.cgroup.version}`, 'from the process up:'));
		for (const level of memory.cgroup.levels) {
			lines.push(row(`  ${level.path}`, formatLevel(level)));
		}
	}
	if (memory.lambda !== null) {
		lines.push(row('Lambda', `${mib(memory.lambda)} for the function`));
	}
	if (memory.override !== null) {
		lines.push(row('Override', `${mib(memory.override)} (REMOTION_HEADROOM_MEMORY_LIMIT)`));
	}
	if (memory.oomKills !== null) {
		lines.push(row('OOM kills', `${memory.oomKills} in this cgroup`));
	}
	return lines;
}

function formatLevel({limit, hierarchicalLimit, high, usage, reclaimable, headroom}) {
	const smallest = [limit, hierarchicalLimit]
		.filter((bytes) => bytes !== null)
		.reduce((a, b) => (a === null ? b : Math.min(a, b)), null);
	return [
		smallest === null ? 'no limit' : `limit ${mib(smallest)}`,
		usage === null ? null : `used ${mib(usage)}`,
		// Not asked of a cgroup that limits nothing.
		reclaimable === null ? null : `of that reclaimable ${mib(reclaimable)}`,
		high === null ? null : `slowed down from ${mib(high)}`,
		headroom === null ? null : `left ${mib(headroom)}`,
	]
		.filter((part) => part !== null)
		.join(', ');
}

const NAMES = {byItself: 'by itself', activated: 'activated', planned: 'planned'};

const TOO_MUCH = {
	byItself: ': more than there is',
	activated: ': more than there is, so tabs and caches are held back in time',
	planned: ': does not fit',
};

function formatOutcome(key, {concurrency, encoding, expectedPeakBytes, fits}) {
	return [
		`${concurrency} ${concurrency === 1 ? 'tab' : 'tabs'}`,
		`encoding ${encoding.replace('-', ' ')}`,
		`up to ${mib(expectedPeakBytes)}${fits ? '' : TOO_MUCH[key]}`,
	].join(', ');
}

function formatRenders({renders, cpus, switchedOff}, bold, {hang, row, paste}) {
	const lines = [row('Planned with', renders[0].plan.reasons[0]), row('Tabs', cpus.tabs)];
	for (const {name, plan, outcomes} of renders) {
		lines.push('', `  ${bold(name)}`);
		for (const [key, outcome] of Object.entries(outcomes)) {
			if (!(switchedOff && key === 'activated')) {
				lines.push(row(`  ${NAMES[key]}`, formatOutcome(key, outcome)), paste(6, outcome.flags));
			}
		}
		for (const reason of plan.reasons.slice(1)) {
			lines.push(hang('    - ', reason));
		}
	}
	return lines;
}

function formatActivation({activation, ways, switchedOff}, {hang, row}) {
	const {remotionVersion, path, applied, skipped, reason} = activation;
	if (switchedOff) {
		return [hang('  ', reason)];
	}
	if (remotionVersion === null) {
		return [row('Remotion', skipped[0]?.reason ?? 'not found')];
	}
	return [
		row('Remotion', remotionVersion),
		row('Found at', path),
		row('Would apply', applied.join(', ') || 'nothing'),
		...skipped.map(({part, reason: why}) => row('Would skip', `${part}: ${why}`)),
		...ways.flatMap(({script, text, line}) => [
			row(script === undefined ? 'Scripts' : `npm run ${script}`, `${text}${line ? ':' : ''}`),
			...(line === undefined ? [] : [`    ${line}`]),
		]),
	];
}

const BROWSERS = {
	ready: '',
	missing: ', which is not there yet',
	outdated: ', which is of another version',
	lost: ', which is not there',
};

function formatBrowser({source, path, state}) {
	const from = {config: 'as remotion.config says', download: 'as Remotion downloads it'};
	return source === 'unknown' ? 'not known' : `${path}, ${from[source]}${BROWSERS[state]}`;
}

/** Versions, each with its packages; those of the most first. */
function formatPackages(packages) {
	const byVersion = new Map();
	for (const {name, version} of packages) {
		byVersion.set(version, (byVersion.get(version) ?? new Set()).add(name));
	}
	const sorted = [...byVersion].sort(([, a], [, b]) => b.size - a.size);
	return sorted.length === 0
		? 'none'
		: sorted
				.map(([version, names], i) =>
					i === 0 ? `${version} of ${names.size}` : `${version} of ${[...names].join(', ')}`,
				)
				.join('; ');
}

/** A quota may be no whole number; more digits say nothing. */
function formatCpus({usable, counted}) {
	const count = Number(usable.toFixed(3));
	return count < counted ? `${count} of ${counted}, by a quota` : String(count);
}

function formatVersions({versions, packages, browser}, {row}) {
	const {binary, libc} = versions;
	return [
		row('Node', `${versions.node} on ${versions.platform}`),
		...(libc === undefined ? [] : [row('C library', `${libc.name} ${libc.version ?? ''}`)]),
		row('Packages', formatPackages(packages)),
		row('Browser', formatBrowser(browser)),
		row('V8 heap limit', mib(versions.heapLimit)),
		row('Binary', binary.loads ? 'loads' : binary.problem.split('\n')[0]),
		row('Off-heap strings', versions.externalStrings ? 'work' : 'do not work'),
	];
}

function formatDisk({free, directory, inMemory}) {
	const room = free === undefined ? 'unknown' : mib(free);
	return `${room} free in ${directory}${inMemory ? ', which is memory' : ''}`;
}

function formatAdvice({advice, line}, marks, {hang}) {
	return advice.length === 0
		? ['  none']
		: advice.map(({code, severity, text}) => {
				const isToPaste = code === 'activate';
				const words = isToPaste ? text.slice(0, -line.length).trimEnd() : text;
				// The mark is four characters wide, whatever its colour.
				const said = hang('  .... ', words).replace('....', marks[severity]);
				return isToPaste ? `${said}\n       ${line}` : said;
			});
}

function format(findings, {coloured, width}) {
	const {versions, memory, cpus, disk} = findings;
	const forms = page(width);
	const {row} = forms;
	const paint = (code) => (text) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
	const bold = paint('1');
	const marks = {error: paint('31')('fail'), warn: paint('33')('warn'), info: paint('36')('note')};
	const lines = [
		bold(`remotion-headroom ${versions.headroom}`),
		'',
		bold('Advice'),
		...formatAdvice(findings, marks, forms),
		'',
		bold('Memory'),
		...formatMemory(memory, forms),
		row('CPUs', formatCpus(cpus)),
		row('Temporary files', formatDisk(disk)),
		'',
		bold('Renders'),
		...formatRenders(findings, bold, forms),
		'',
		bold('Activation'),
		...formatActivation(findings, forms),
		'',
		bold('Versions'),
		...formatVersions(findings, forms),
	];
	return `${lines.join('\n')}\n`;
}

module.exports = {format, widthOf};
