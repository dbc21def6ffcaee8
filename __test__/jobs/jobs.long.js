'use strict';

// The workflows, executed: every job that can be is a test, run as executor.js says.
// What can't be is listed below by name. A toolchain that a job would have to fetch
// skips it, and says so; HEADROOM_REQUIRE=rust makes that fail.
//   npm run test:long -- jobs                  all of it: hours
//   npm run test:long -- jobs -t "rust-musl"   one job, and those whose artifacts it needs
// HEADROOM_ARTIFACTS=DIR before it keeps artifacts there, and what each job printed, in
// COMMIT/logs. Artifacts that are there of the same commit are taken: a job that others
// need is then not executed for each of them.

const {execFileSync, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {Cgroup, ownCgroup} = require('../memory/cgroups');
const {needs} = require('../needs');
const image = require('../recipes/image');
const {lacksTarget, npmTools, root: checkout} = require('../../scripts/tools');
const {Executor, makeHome} = require('./executor');
const {UNREACHABLE} = require('../supply-chain/unreachable');
const {elsewhere, jobsIn} = require('./workflow');

// Not in the checkout, whose node_modules and .cargo a clone in there would find, and on
// a disk, which /tmp often is not.
const home = makeHome('/var/tmp');
const jobs = jobsIn(path.join(checkout, '.github', 'workflows'));

/** Not executed here, and why. A job that is in neither list fails this test. */
const ELSEWHERE = {
	'ci.yml: rust (macos-latest)': 'runs on macos-latest',
	'ci.yml: rust (windows-latest)': 'runs on windows-latest',
	'ci.yml: rust (ubuntu-24.04-arm)': 'runs on ubuntu-24.04-arm',
	'ci.yml: build (x86_64-apple-darwin, macos-latest)': 'runs on macos-latest',
	'ci.yml: build (aarch64-apple-darwin, macos-latest)': 'runs on macos-latest',
	'ci.yml: build (x86_64-pc-windows-msvc, windows-latest)': 'runs on windows-latest',
	'ci.yml: run (aarch64-unknown-linux-gnu, ubuntu-24.04-arm, 22)': 'runs on ubuntu-24.04-arm',
	'ci.yml: run (x86_64-apple-darwin, macos-15-intel, 22)': 'runs on macos-15-intel',
	'ci.yml: run (aarch64-apple-darwin, macos-latest, 22)': 'runs on macos-latest',
	'ci.yml: run (x86_64-pc-windows-msvc, windows-latest, 22)': 'runs on windows-latest',
	'ci.yml: run-in-image (x86_64-unknown-linux-gnu, ubuntu-latest, node:18-slim)':
		'starts images of a registry',
	'ci.yml: run-in-image (x86_64-unknown-linux-gnu, ubuntu-latest, node:22-slim)':
		'starts images of a registry',
	'ci.yml: run-in-image (x86_64-unknown-linux-gnu, ubuntu-latest, public.ecr.aws/lambda/nodejs:18)':
		'starts images of a registry',
	'ci.yml: run-in-image (aarch64-unknown-linux-gnu, ubuntu-24.04-arm, node:22-slim)':
		'runs on ubuntu-24.04-arm',
	'ci.yml: run-in-image (x86_64-unknown-linux-musl, ubuntu-latest, node:22-alpine)':
		'starts images of a registry',
	'ci.yml: run-in-image (aarch64-unknown-linux-musl, ubuntu-24.04-arm, node:22-alpine)':
		'runs on ubuntu-24.04-arm',
	'release.yml: ci': 'calls ./.github/workflows/ci.yml, whose jobs are listed there',
	'release.yml: publish': 'publishes',
	'release.yml: sbom': 'publishes',
	'weekly.yml: renders (macos-latest)': 'runs on macos-latest',
	'weekly.yml: renders (windows-latest)': 'runs on windows-latest',
};

/** The commands of GitHub's images that ours stand for, as packages of Debian. */
const PACKAGES = ['build-essential', 'ca-certificates', 'curl', 'git', 'procps', 'python3'];

/**
 * Commands at which a job has to stop, saying what is missing: artifacts that can't be made
 * here, databases of vulnerabilities that this machine does not reach.
 */
const STOPS = {
	'ci.yml: pack': {
		at: 'node scripts/packages.js release tarballs',
		missing: (job) => executor.absentFor(job).map((name) => name.replace(/^binary-/, '')),
	},
	'ci.yml: test': {
		at: 'npm run test:long -- __test__/supply-chain/advisories.long.js',
		missing() {
			const {stderr} = spawnSync('npm', ['audit'], {cwd: checkout, encoding: 'utf8'});
			return UNREACHABLE.exec(stderr) ?? [];
		},
	},
};

const listed = spawnSync('rustup', ['toolchain', 'list'], {encoding: 'utf8', cwd: checkout});
const toolchains = (listed.stdout ?? '').split('\n');

/** What of Rust a job fetches and this machine doesn't have. */
function lacksOfRust({steps}) {
	for (const {run = ''} of steps) {
		const [, added] = /^rustup target add (.+)/.exec(run) ?? [];
		const lacks = added?.split(' ').map(lacksTarget) ?? [];
		const reason = lacks.find((one) => one !== null);
		const [, toolchain] = /^rustup toolchain install (\S+)/.exec(run) ?? [];
		if (reason !== undefined) {
			return reason;
		}
		if (toolchain !== undefined && !toolchains.some((one) => one.startsWith(`${toolchain}-`))) {
			return `there is no Rust ${toolchain}: rustup toolchain install ${toolchain}`;
		}
	}
	return null;
}

const lacksOfImage = ({container}) => (container === undefined ? null : image.reasonToSkip());

const roots = [];
const cgroups = [];

/** Root file systems by image, made where a job first asks for one; a job gets a copy. */
const bases = new Map();
function imageOf(name) {
	if (name !== 'node:22-bookworm') {
		throw new Error(`${name} can't be made here`);
	}
	if (!bases.has(name)) {
		const base = image.makeBase(path.join(home, 'base'), npmTools('recipes'));
		const where = {user: '0:0', directory: '/'};
		const script = `apt-get update && apt-get install --yes --no-install-recommends ${PACKAGES.join(' ')}`;
		const [command, ...args] = image.entering(base, where, ['sh', '-ec', script]);
		const env = {...image.SHELL_ENV, DEBIAN_FRONTEND: 'noninteractive'};
		execFileSync(command, args, {env, stdio: 'pipe', maxBuffer: 2 ** 28});
		bases.set(name, base);
	}
	const root = path.join(home, `root-${roots.length}`);
	roots.push(root);
	execFileSync('cp', ['-a', '--reflink=auto', bases.get(name), root]);
	return {
		env: (env) => ({
			...image.SHELL_ENV,
			...image.CERTIFICATES,
			CI: env.CI,
			GITHUB_ACTIONS: env.GITHUB_ACTIONS,
		}),
		entering: (place, words) => enter(root, place, words),
	};
}

/** As the runner starts a job's container; a privileged one has cgroups. */
function enter(root, {folder, privileged, shmSize = '64m'}, words) {
	const cache = path.join(checkout, 'target', 'recipes', 'npm-cache');
	fs.mkdirSync(cache, {recursive: true});
	const setup = [
		`mkdir -p "$root/__w"; mount --bind '${folder}' "$root/__w"`,
		image.downloads(cache),
		`mount -o remount,size=${shmSize} "$root/dev/shm"`,
	];
	let cgroup;
	if (privileged) {
		const own = ownCgroup();
		cgroup = new Cgroup(own.directory, `headroom-job-${process.pid}-${cgroups.length}`);
		cgroups.push(cgroup);
		if (own.version === 1) {
			// Of its own only the one for memory; the one for CPU time is the machine's.
			setup.push(
				'mkdir "$root/sys/fs/cgroup/cpu"; mount --bind /sys/fs/cgroup/cpu "$root/sys/fs/cgroup/cpu"',
			);
		}
	}
	const where = {user: '0:0', directory: '/__w', cgroup, setup: setup.join('\n')};
	return image.entering(root, where, words);
}

const reasons = new Map(jobs.map((job) => [job.id, elsewhere(job)]));
const lacking = (job) => reasons.get(job.id) ?? lacksOfRust(job) ?? lacksOfImage(job);

let executor;

jest.setTimeout(4 * 3_600_000);

beforeAll(() => {
	const say = (line) => process.stderr.write(`${line}\n`);
	const kept = process.env.HEADROOM_ARTIFACTS;
	executor = new Executor({home, kept, jobs, lacking, imageOf, say});
});

afterAll(() => {
	for (const cgroup of cgroups) {
		cgroup.endAll();
		cgroup.remove();
	}
	fs.rmSync(home, {recursive: true, force: true});
});

test('what is not executed here is what is listed', () => {
	const found = [...reasons].filter(([, why]) => why !== null);
	expect(Object.fromEntries(found)).toEqual(ELSEWHERE);
});

for (const job of jobs.filter(({id}) => reasons.get(id) === null)) {
	const rust = lacksOfRust(job);
	const run = rust === null ? needs('images', lacksOfImage(job)) : needs('rust', rust);
	run(job.id, async () => {
		const commands = job.steps.flatMap(({run}) => run ?? []);
		const ran = executor.execute(job);
		const stop = STOPS[job.id];
		const error = await ran.catch((thrown) => thrown);
		const missing = stop?.missing(job) ?? [];
		if (missing.length === 0) {
			expect(await ran).toEqual(commands);
			return;
		}
		expect(error.ran).toEqual(commands.slice(0, commands.indexOf(stop.at)));
		for (const what of missing) {
			expect(error.message).toContain(what);
		}
	});
}
