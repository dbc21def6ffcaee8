'use strict';

// The runtimes of tools/nodes, and tables of what was run on them: those of
// docs/matrix.md, which HEADROOM_WRITE renews.

const fs = require('node:fs');
const path = require('node:path');
const {root} = require('../../scripts/tools');

const versions = require('../../tools/nodes/package.json').optionalDependencies;
const COLUMNS = Object.keys(versions)
	.sort((a, b) => (a === 'bun') - (b === 'bun') || (a < b ? -1 : 1))
	.map((tool) => ({
		name: `${tool === 'bun' ? 'Bun' : 'Node'} ${versions[tool].split('@').at(-1)}`,
		major: Number(versions[tool].split('@').at(-1).split('.')[0]),
		command: path.join(
			...[root, 'tools', 'nodes', 'node_modules', tool, 'bin'],
			tool === 'bun' ? 'bun' : 'node',
		),
		bun: tool === 'bun',
	}));

/** @param {Map<string, string>} cells by "row on column" */
function table(heading, rows, cells, columns = COLUMNS) {
	const lines = rows.map(({name}) => [
		name,
		...columns.map((column) => cells.get(`${name} on ${column.name}`) ?? ''),
	]);
	const all = [[heading, ...columns.map(({name}) => name)], ...lines];
	const widths = all[0].map((_, i) => Math.max(...all.map((line) => line[i].length)));
	const format = (line) => `| ${line.map((text, i) => text.padEnd(widths[i])).join(' | ')} |`;
	const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
	return [format(all[0]), rule, ...lines.map(format)].join('\n');
}

/**
 * The same table with cells that say "yes, without ..." as "yes [1]", and what they are
 * without below it.
 */
function withNotes(heading, rows, cells, columns = COLUMNS) {
	const notes = [];
	const short = new Map(cells);
	// In the table's order, which the numbers have.
	for (const {name} of rows) {
		for (const column of columns) {
			const key = `${name} on ${column.name}`;
			const [, lacking] = /^yes, without (.*)$/.exec(cells.get(key) ?? '') ?? [];
			if (lacking !== undefined) {
				const number = notes.indexOf(lacking) + 1 || notes.push(lacking);
				short.set(key, `yes [${number}]`);
			}
		}
	}
	const below = notes.map((lacking, i) => {
		const parts = lacking.split(', ').map((part) => `\`${part}\``);
		return `- [${i + 1}] without ${parts.join(', ')}`;
	});
	const lines = table(heading, rows, short, columns);
	return below.length === 0 ? lines : `${lines}\n\n${below.join('\n')}`;
}

/** Prints tables, by their marks in the document; writes them where asked to, if they are `whole`. */
function publish(tables, whole) {
	process.stdout.write(`${Object.values(tables).join('\n\n')}\n`);
	if (!process.env.HEADROOM_WRITE || !whole) {
		return;
	}
	const file = path.join(root, 'docs', 'matrix.md');
	let text = fs.readFileSync(file, 'utf8');
	for (const [mark, lines] of Object.entries(tables)) {
		const between = new RegExp(`(<!-- ${mark} -->\n)[^]*?(<!-- end -->)`);
		text = text.replace(between, (_, start, end) => `${start}\n${lines}\n\n${end}`);
	}
	fs.writeFileSync(file, text);
}

module.exports = {COLUMNS, publish, table, withNotes};
