'use strict';

// The licences of what is linked into a binary, as THIRD-PARTY.md of its package.
// Not run by itself: scripts/packages.js. Which licences may be linked in at all
// is deny.toml's. A crate without its text is an error, where cargo-about would put
// the SPDX template, which names no copyright holder, in its place.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {root, run} = require('./tools');

/** By which words a text is told, in the order in which we choose. */
const WORDS = {
	MIT: /to permit\s+persons\s+to\s+whom\s+the\s+Software\s+is\s+furnished/,
	ISC: /Permission to use, copy, modify, and\/or distribute this software/,
	Zlib: /This software is provided 'as-is'/,
	'BSL-1.0': /Boost Software License - Version 1\.0/,
	'Unicode-3.0': /UNICODE LICENSE V3/,
	'Apache-2.0': /Apache License\s+Version 2\.0/,
};
/** What stands in a template, in place of a name. */
const TEMPLATE = /<(year|copyright holders|owner)>/i;
/** Texts of repositories whose crates bring none, by the repository's name. */
const KEPT = path.join(root, 'licences');

let packages;

/** All that Cargo.lock has, by "name version". */
function lockedPackages() {
	if (packages === undefined) {
		const answer = run('cargo', ['metadata', '--locked', '--format-version', '1']);
		const all = JSON.parse(answer).packages;
		packages = new Map(all.map((one) => [`${one.name} v${one.version}`, one]));
	}
	return packages;
}

/** Crates that are linked in or wrote some of the code: not build scripts, not tests. */
function linkedCrates(crate, target) {
	const how = ['--edges', 'normal', '--prefix', 'none', '--format', '{p}'];
	const tree = run('cargo', ['tree', '--locked', '--package', crate, '--target', target, ...how]);
	const names = tree.split('\n').map((line) => line.split(' ').slice(0, 2).join(' '));
	const crates = [...new Set(names)].filter(Boolean).map((name) => lockedPackages().get(name));
	return crates.filter(({source}) => source !== null);
}

/** One licence for each part of an expression: [["MIT", "Apache-2.0"], ["Unicode-3.0"]]. */
const alternatives = (expression) =>
	expression.split(' AND ').map((part) =>
		part
			.replace(/[()]/g, '')
			.replace(/ WITH \S+/g, '')
			.split(/ OR |\//)
			.map((id) => id.trim()),
	);

/** The texts under which we hand a crate on: `[{id, text}]`. */
function licencesOf({name, version, license, repository, manifest_path}, kept = KEPT) {
	const folder = path.dirname(manifest_path);
	const own = fs.readdirSync(folder).filter((file) => /^(un)?licen[cs]e|^copying/i.test(file));
	const files = own.map((file) => path.join(folder, file));
	if (files.length === 0) {
		files.push(path.join(kept, `${path.basename(repository ?? name, '.git')}.txt`));
	}
	const texts = files
		.filter((file) => fs.statSync(file, {throwIfNoEntry: false})?.isFile())
		.map((file) => fs.readFileSync(file, 'utf8').replaceAll('\r\n', '\n').trim())
		.filter((text) => !TEMPLATE.test(text));
	return alternatives(license).flatMap((ids) => {
		const may = Object.keys(WORDS).filter((id) => ids.includes(id));
		const id = may.find((one) => texts.some((text) => WORDS[one].test(text)));
		const missing = `${name} ${version} brings no text of ${ids.join(' or ')}: take it from ${repository} into licences/`;
		assert(id !== undefined, missing);
		return texts.filter((text) => WORDS[id].test(text)).map((text) => ({id, text}));
	});
}

/** THIRD-PARTY.md of what `crate` is built into for a target of Rust's. */
function thirdParty(crate, target, kept = KEPT) {
	const lines = [];
	const rust = fs.readFileSync(path.join(kept, 'rust.txt'), 'utf8').trim();
	// By text: many crates share one.
	const texts = new Map([[rust, {id: 'MIT', names: ['the Rust standard library']}]]);
	for (const one of linkedCrates(crate, target)) {
		const {name, version, license, repository} = one;
		lines.push(`- ${name} ${version}: ${license}${repository ? `, ${repository}` : ''}`);
		for (const {id, text} of licencesOf(one, kept)) {
			const entry = texts.get(text) ?? {id, names: []};
			entry.names.push(name);
			texts.set(text, entry);
		}
	}
	const blocks = [...texts].map(
		([text, {id, names}]) => `## ${id}: ${names.join(', ')}\n\n\`\`\`text\n${text}\n\`\`\`\n`,
	);
	return `# Third-party code in this package's binary

Besides the Rust standard library (MIT or Apache-2.0; what it has from others is in
https://doc.rust-lang.org/stable/COPYRIGHT-library.html), these crates are linked in, or wrote some of its code:

${lines.sort().join('\n')}

${blocks.join('\n')}`;
}

module.exports = {KEPT, licencesOf, linkedCrates, thirdParty};
