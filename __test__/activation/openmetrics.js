'use strict';

// Reads OpenMetrics text as strictly as its grammar says (OpenMetrics 1.0, "ABNF"),
// for what we use of it: gauges and counters, without timestamps and exemplars.
// No parser of OpenMetrics on npm is kept up; those for Prometheus' older format
// take what this one must refuse.

const METADATA = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([^}]*)\})? (\S+)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function must(condition, line) {
	if (!condition) {
		throw new Error(`no OpenMetrics: ${JSON.stringify(line)}`);
	}
}

/** Name -> {type, unit, help, samples: labels as they stand -> number}. */
function parse(text) {
	must(text.endsWith('\n# EOF\n'), 'the end');
	const families = new Map();
	let current = null;
	for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
		if (line.startsWith('#')) {
			const [, keyword, name, value] = line.match(METADATA) ?? [];
			must(keyword !== undefined, line);
			if (current?.name !== name) {
				// A family stands together, and once.
				must(!families.has(name), line);
				current = {name, samples: new Map()};
				families.set(name, current);
			}
			const field = keyword.toLowerCase();
			must(!(field in current) && current.samples.size === 0, line);
			must(field !== 'type' || ['gauge', 'counter'].includes(value), line);
			must(field !== 'unit' || name.endsWith(`_${value}`), line);
			must(field !== 'help' || !/\\(?![\\n"])/.test(value), line);
			current[field] = value;
			continue;
		}
		const [, name, labels = '', number] = line.match(SAMPLE) ?? [];
		must(name !== undefined && current !== null && NUMBER.test(number), line);
		must(name === current.name + (current.type === 'counter' ? '_total' : ''), line);
		for (const label of labels === '' ? [] : labels.split(',')) {
			must(LABEL.test(label), line);
		}
		must(!current.samples.has(labels), line);
		must(current.type !== 'counter' || Number(number) >= 0, line);
		current.samples.set(labels, Number(number));
	}
	for (const family of families.values()) {
		must(family.type !== undefined && family.samples.size > 0, family.name);
	}
	return families;
}

module.exports = {parse};
