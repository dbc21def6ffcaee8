'use strict';

// The doctor's findings for people: no line is over 80 columns.

const {native} = require('../native');

const WIDTH = 80;
const LABEL = 18;

const {mib} = native;

/** Breaks `text` at spaces; what has none is cut. */
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
			lines.push(rest.slice(0, width));
			rest = rest.slice(width);
		}
		line = line === '' ? rest : `${line} ${rest}`;
	}
	return [...lines, line];
}

/** `text` behind `head`, further lines indented as far. */
const hang = (head, text) =>
	wrap(text, WIDTH - head.length)
		.map((line, i) => `${i === 0 ? head : ' '.repeat(head.length)}${line}`.trimEnd())
		.join('\n');

const row = (label, text) =>
	label.length < LABEL
		? hang(`  ${label.padEnd(LABEL)}`, text)
		: `${hang(`  ${/^ */.exec(label)[0]}`, label.trimStart())}\n${hang(' '.repeat(LABEL + 2), text)}`;

const LIMITS = {
	host: 'the machine',
	cgroup: 'the cgroup',
	lambda: 'the Lambda function',
	override: 'REMOTION_HEADROOM_MEMORY_LIMIT',
};

function formatMemory(memory) {
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

function formatRenders(renders, bold) {
	const lines = [row('Planned with', renders[0].plan.reasons[0])];
	for (const {name, plan} of renders) {
		lines.push('', `  ${bold(name)}`);
		lines.push(
			row('  Encoding', plan.disallowParallelEncoding ? 'after rendering' : 'while rendering'),
			row('  Tabs', String(plan.concurrency)),
			row('  Media cache', `${mib(plan.mediaCacheSizeInBytes)} a tab`),
			row('  OffthreadVideo', `${mib(plan.offthreadVideoCacheSizeInBytes)} of cache`),
			row('  Peak', `${mib(plan.expectedPeakBytes)}${plan.fits ? '' : ': does not fit'}`),
		);
		for (const reason of plan.reasons.slice(1)) {
			lines.push(hang('    - ', reason));
		}
	}
	return lines;
}

function formatActivation({remotionVersion, path, applied, skipped}) {
	if (remotionVersion === null) {
		return [row('Remotion', skipped[0]?.reason ?? 'not found')];
	}
	return [
		row('Remotion', remotionVersion),
		row('Found at', path),
		row('Would apply', applied.join(', ') || 'nothing'),
		...skipped.map(({part, reason}) => row('Would skip', `${part}: ${reason}`)),
	];
}

/** A quota may be no whole number; more digits say nothing. */
function formatCpus({usable, counted}) {
	const count = Number(usable.toFixed(3));
	return count < counted ? `${count} of ${counted}, by a quota` : String(count);
}

function format({versions, memory, cpus, disk, renders, activation, advice}, {coloured}) {
	const paint = (code) => (text) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
	const bold = paint('1');
	const marks = {error: paint('31')('fail'), warn: paint('33')('warn'), info: paint('36')('note')};
	const lines = [
		bold(`remotion-headroom ${versions.headroom}`),
		'',
		bold('Memory'),
		...formatMemory(memory),
		row('CPUs', formatCpus(cpus)),
		row(
			'Temporary files',
			`${disk.free === null ? 'unknown' : mib(disk.free)} free in ${disk.directory}`,
		),
		'',
		bold('Renders'),
		...formatRenders(renders, bold),
		'',
		bold('Activation'),
		...formatActivation(activation),
		'',
		bold('Versions'),
		row('Node', `${versions.node} on ${versions.platform}`),
		row('V8 heap limit', mib(versions.heapLimit)),
		row('Binary', versions.binary === null ? 'loads' : versions.binary.split('\n')[0]),
		row('Off-heap strings', versions.externalStrings ? 'work' : 'do not work'),
		'',
		bold('Advice'),
	];
	if (advice.length === 0) {
		lines.push('  none');
	}
	for (const {severity, text} of advice) {
		// The mark is four characters wide, whatever its colour.
		const hung = hang('  .... ', text);
		lines.push(hung.replace('....', marks[severity]));
	}
	return `${lines.join('\n')}\n`;
}

module.exports = {format};
