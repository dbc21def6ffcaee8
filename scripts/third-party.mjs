// Licences of the crates that are linked into the binary for a target.
import fs from 'node:fs';
import path from 'node:path';
import {run} from './tools.mjs';

const LICENCE_FILE = /^(licen[cs]e|copying|notice|unlicense)/i;

/** `{name, version, license, repository, texts}` of each linked crate, by name. */
function linkedCrates(target) {
	const tree = run('cargo', [
		'tree',
		'--locked',
		'--target',
		target,
		// Build scripts, procedural macros and tests leave nothing in the binary.
		'--edges',
		'normal,no-proc-macro',
		'--prefix',
		'none',
		'--format',
		'{p}',
	]);
	const linked = new Set(tree.split('\n').map((line) => line.split(' ').slice(0, 2).join(' ')));
	const {packages} = JSON.parse(run('cargo', ['metadata', '--locked', '--format-version', '1']));
	return packages
		.filter(({name, version, source}) => source !== null && linked.has(`${name} v${version}`))
		.map(({name, version, license, repository, manifest_path: manifest}) => {
			const folder = path.dirname(manifest);
			const texts = fs
				.readdirSync(folder)
				.filter((file) => LICENCE_FILE.test(file) && fs.statSync(path.join(folder, file)).isFile())
				.sort()
				.map((file) => fs.readFileSync(path.join(folder, file), 'utf8').trim());
			return {name, version, license, repository, texts};
		})
		.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The text of THIRD-PARTY.md. The same licence text is printed once. */
export function thirdParty(target) {
	const crates = linkedCrates(target);
	if (crates.length === 0 || crates.some(({license}) => !license)) {
		throw new Error(`A crate linked for ${target} states no licence, or none is linked.`);
	}
	const users = new Map();
	for (const {name, texts} of crates) {
		for (const text of texts) {
			users.set(text, [...(users.get(text) ?? []), name]);
		}
	}
	return [
		'# Third-party code in this binary',
		'',
		'Besides the Rust standard library (MIT or Apache-2.0), these crates are linked in:',
		'',
		...crates.map(
			({name, version, license, repository}) =>
				`- ${name} ${version}: ${license}${repository ? `, ${repository}` : ''}`,
		),
		...[...users].flatMap(([text, names]) => [
			'',
			`## ${names.join(', ')}`,
			'',
			'```text',
			text,
			'```',
		]),
		'',
	].join('\n');
}
