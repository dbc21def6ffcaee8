'use strict';

// What index.js exports and what the core can say are the lists; index.d.ts is
// held against both by the compiler.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {native} = require('../lib/native');
const {run} = require('../scripts/tools');

const root = path.join(__dirname, '..');
const exported = Object.keys(require('../index.js'));

/** What the compiler says of `text`, which has index.d.ts as `ours`. */
function compile(text) {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-exports-'));
	const file = path.join(folder, 'check.cts');
	const index = path.join(root, 'index.js').replaceAll(path.sep, '/');
	fs.writeFileSync(file, `import ours = require(${JSON.stringify(index)});\n${text}`);
	const tsc = path.join(path.dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
	const how = ['--noEmit', '--strict', '--module', 'node16', '--target', 'es2022'];
	try {
		return run(process.execPath, [tsc, ...how, '--ignoreConfig', file], {cwd: folder});
	} catch (error) {
		return error.message;
	} finally {
		fs.rmSync(folder, {recursive: true});
	}
}

/** Compiles where `names` are those of the union `type`, no more and no less. */
const same = (type, names) =>
	`export const check: Record<${type}, 0> = {${names.map((name) => `'${name}': 0`).join(', ')}};`;

describe.each([
	['the exports', 'keyof typeof ours', exported],
	['HintCode', 'ours.HintCode', native.codes().hints],
	['PlanReasonCode', 'ours.PlanReasonCode', native.codes().planReasons],
	['DoctorAdviceCode', 'ours.DoctorAdviceCode', native.codes().doctorAdvice],
	['DoctorLineCode', 'ours.DoctorLineCode', native.codes().doctorLines],
	['RenderSummaryCode', 'ours.RenderSummaryCode', native.codes().renderSummary],
	['GovernorAction', "ours.GovernorAction['type']", native.codes().governorActions],
])('%s', (_name, type, names) => {
	test('are declared', () => {
		expect(compile(same(type, names))).toBe('');
	});

	test('one more, and one less, would be noticed', () => {
		expect(compile(same(type, [...names, 'brand-new']))).toContain("'brand-new'");
		expect(compile(same(type, names.slice(1)))).toContain(names[0]);
	});
});

test('every declaration of an export is documented', () => {
	const text = fs.readFileSync(path.join(root, 'index.d.ts'), 'utf8');
	const undocumented = [...text.matchAll(/^(.*)\nexport \w+ (\w+)/gm)]
		.filter(([, before]) => !before.endsWith('*/'))
		.map(([, , name]) => name);
	expect(undocumented).toEqual([]);
});

test('the parts of a report are named like the files that stand for them', () => {
	const folder = path.join(root, 'lib', 'remotion');
	const files = fs
		.readdirSync(folder, {recursive: true})
		.filter((file) => file.endsWith('.js'))
		.map((file) => file.split(path.sep).join('/').slice(0, -'.js'.length));
	const [, union] = fs
		.readFileSync(path.join(root, 'index.d.ts'), 'utf8')
		.match(/^export type RegisteredPart =\n(.*?);$/ms);
	const declared = [...union.matchAll(/^\t\| '(.+)'/gm)].map(([, name]) => name);
	expect(Object.keys(require('../lib/copies/activation').PARTS).sort()).toEqual(files.sort());
	expect(declared.sort()).toEqual([...files, 'esm'].sort());
});

test('every export is in a document', () => {
	const documents = ['README.md', ...fs.readdirSync(path.join(root, 'docs'))]
		.filter((name) => name.endsWith('.md'))
		.map((name) => path.join(root, name === 'README.md' ? '' : 'docs', name))
		.map((file) => fs.readFileSync(file, 'utf8'))
		.join('\n');
	expect(exported.filter((name) => !new RegExp(`\\b${name}\\b`).test(documents))).toEqual([]);
});
