'use strict';

// The workflows: each step that runs commands runs one of our scripts or a tool
// as it is, so that it runs here too; every action is pinned; nothing may be
// written that a job doesn't ask for. actionlint: workflows.long.js.

const fs = require('node:fs');
const path = require('node:path');
const YAML = require('yaml');

const root = path.join(__dirname, '..');
const folder = path.join(root, '.github', 'workflows');
const workflows = fs.readdirSync(folder).map((name) => {
	const text = fs.readFileSync(path.join(folder, name), 'utf8');
	return {name, text, workflow: YAML.parse(text)};
});

/** Commands that a step may consist of. */
const PLAIN =
	/^(npm (ci|test|run \S+)|rustup |cargo |(sudo )?apt-get |docker run |gh release create |node scripts\/)[^;&|]*$/;

test.each(workflows)('$name: steps are commands that run here too', ({workflow}) => {
	const steps = Object.values(workflow.jobs).flatMap((job) => job.steps ?? []);
	const commands = steps.flatMap(({run}) => (run === undefined ? [] : [run]));
	expect(commands.filter((command) => !PLAIN.test(command))).toEqual([]);
	const {scripts} = require('../package.json');
	for (const command of commands) {
		const name = /^npm run (\S+)/.exec(command)?.[1] ?? 'test';
		expect(Object.keys(scripts)).toContain(name);
	}
});

// Jest would take "binary" for any file with that in its path, and the folder of the clone is in it.
test.each(workflows)('$name: long tests are named by their paths', ({workflow}) => {
	const steps = Object.values(workflow.jobs).flatMap((job) => job.steps ?? []);
	const named = steps.flatMap(({run = ''}) => /test:long -- (.+)/.exec(run)?.[1].split(' ') ?? []);
	expect(named.filter((one) => !one.startsWith('__test__/'))).toEqual([]);
	expect(named.filter((one) => !fs.existsSync(path.join(root, one)))).toEqual([]);
});

test.each(workflows)('$name: actions are pinned by a full hash, with their version', ({text}) => {
	const uses = [...text.matchAll(/uses: (.+)/g)].map(([, action]) => action);
	const loose = uses.filter(
		(action) => !/^(\.\/.*|.+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(action),
	);
	expect(loose).toEqual([]);
});

test.each(workflows)('$name: nothing is permitted by default', ({workflow}) => {
	expect(workflow.permissions).toEqual({});
	for (const {permissions, steps = []} of Object.values(workflow.jobs)) {
		// Only making a release writes, and that job runs nothing else.
		const releases = steps.some(({run}) => run?.startsWith('gh release create '));
		expect(permissions).toHaveProperty('contents', releases ? 'write' : 'read');
		expect(steps.filter(({run}) => run !== undefined).length === 1 || !releases).toBe(true);
	}
});

test('where the main package is put together, the core for machines without a binary is fetched', () => {
	const jobs = workflows.flatMap(({workflow}) => Object.values(workflow.jobs));
	const packs = ({run}) => /packages\.js (local|release)|test:long -- __test__\/install/.test(run);
	const packing = jobs.map(({steps = []}) => steps).filter((steps) => steps.some(packs));
	expect(packing).toHaveLength(2);
	for (const steps of packing) {
		const before = steps.slice(0, steps.findIndex(packs));
		expect(before.map((step) => step.with)).toContainEqual({name: 'wasm', path: 'lib'});
	}
});

test('the MSRV job uses the rust-version of Cargo.toml', () => {
	const [, version] = /rust-version = "(.+)"/.exec(
		fs.readFileSync(path.join(root, 'Cargo.toml'), 'utf8'),
	);
	const {text} = workflows.find(({name}) => name === 'ci.yml');
	expect([...text.matchAll(/cargo \+([\d.]+)/g)].map(([, used]) => used)).toEqual([version]);
});

test('the registry gets a proof of where a package was built, the release what is in it', () => {
	const {publish, sbom} = workflows.find(({name}) => name === 'release.yml').workflow.jobs;
	expect(publish.permissions).toHaveProperty('id-token', 'write');
	const {pack} = workflows.find(({name}) => name === 'ci.yml').workflow.jobs;
	expect(pack.steps.map(({run}) => run)).toContain('node scripts/packages.js sbom sbom');
	expect(sbom.steps.at(-1).run).toContain('sbom/remotion-headroom.cdx.json');
});
