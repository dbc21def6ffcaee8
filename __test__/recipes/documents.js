'use strict';

// The recipes of docs/deploy.md: blocks that say which file they are.

const fs = require('node:fs');
const path = require('node:path');

const file = path.join(__dirname, '..', '..', 'docs', 'deploy.md');

/** `{section, language, recipe, code}` of each block, in its order. */
function blocksOfRecipes() {
	const blocks = [];
	let section = '';
	const part = /^#+ (.+)$|^```(\w+)(?: recipe=(\S+))?\n([\s\S]*?)^```$/gm;
	for (const [, heading, language, recipe, code] of fs.readFileSync(file, 'utf8').matchAll(part)) {
		if (heading !== undefined) {
			section = heading;
		} else {
			blocks.push({section, language, recipe, code});
		}
	}
	return blocks;
}

/** The text of the file that a reader makes of the block of that name. */
function recipe(name) {
	const found = blocksOfRecipes().filter((block) => block.recipe === name);
	if (found.length !== 1) {
		throw new Error(`docs/deploy.md has ${found.length} recipes named ${name}`);
	}
	return found[0].code;
}

/** Lines of the shell blocks of a section. */
const commandsOf = (section) =>
	blocksOfRecipes()
		.filter((block) => block.section === section && block.language === 'sh')
		.flatMap(({code}) => code.trim().split('\n'));

/** What `docker run` was told, by name; a flag that isn't known here is an error. */
function parseDockerRun(line) {
	const words = line.split(/\s+/);
	if (words.slice(0, 2).join(' ') !== 'docker run') {
		throw new Error(`not docker run: ${line}`);
	}
	const run = {volumes: [], tmpfs: [], readOnly: false};
	let i = 2;
	for (; words[i].startsWith('-'); i++) {
		const [name, value = words[++i]] = /^--(?:rm|read-only)$/.test(words[i])
			? [words[i], '']
			: words[i].split('=');
		const size = (text) => Number.parseInt(text, 10) * 2 ** (10 * ('kmg'.indexOf(text.at(-1)) + 1));
		switch (name) {
			case '--rm':
				break;
			case '--memory':
				run.memory = size(value);
				break;
			case '--memory-swap':
				run.swap = size(value);
				break;
			case '--read-only':
				run.readOnly = true;
				break;
			case '--tmpfs':
				run.tmpfs.push(value);
				break;
			case '--volume':
				run.volumes.push(value);
				break;
			default:
				throw new Error(`${name} of ${line} is not known here`);
		}
	}
	run.image = words[i];
	run.args = words.slice(i + 1);
	return run;
}

module.exports = {blocksOfRecipes, commandsOf, parseDockerRun, recipe};
