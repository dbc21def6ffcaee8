'use strict';

// What executes workflows, on small ones.

const {spawn} = require('node:child_process');
const {once} = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {run} = require('../../scripts/tools');
const {Executor, makeHome} = require('./executor');
const {elsewhere, jobsIn, jobsOf} = require('./workflow');

const onBash = process.platform === 'win32' ? test.skip : test;

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-executor-'));
const source = path.join(home, 'source');
let homes = 0;

const git = (...args) => run('git', args, {cwd: source});
const commit = (...args) =>
	git(
		...['-c', 'user.name=test', '-c', 'user.email=test@localhost'],
		...['commit', '--quiet', '--message', 'one', ...args],
	);

beforeAll(() => {
	fs.mkdirSync(source);
	git('init', '--quiet');
	fs.writeFileSync(path.join(source, 'file'), 'committed');
	git('add', 'file');
	commit();
	fs.writeFileSync(path.join(source, 'file'), 'not committed');
});

afterAll(() => fs.rmSync(home, {recursive: true, force: true}));

const HEAD = 'on: push\njobs:\n';
const CHECKOUT = '      - uses: actions/checkout@0\n';

/** A job of these lines, which run on Linux. */
const jobOf = (name, steps, more = '') =>
	`  ${name}:\n    runs-on: ubuntu-latest\n${more}    steps:\n${steps}`;

function executorOf(text, kept) {
	const jobs = jobsOf('w.yml', text);
	const said = [];
	const own = path.join(home, `home-${homes++}`);
	const how = {
		home: own,
		kept,
		source,
		jobs,
		lacking: elsewhere,
		say: (line) => said.push(line),
	};
	return {executor: new Executor(how), jobs, said};
}

onBash(
	'each command in order, in a clone of what is committed, with the values of its row',
	async () => {
		const steps = `${CHECKOUT}      - run: test "$(cat file)" = committed
      - run: echo "\${{ matrix.word }} $OF_JOB" >file
      - run: test "$(cat file)" = "$WANTED of the job"
        env: { WANTED: "\${{ matrix.word }}" }
`;
		const more =
			'    strategy: { matrix: { word: [one, two] } }\n    env: { OF_JOB: of the job }\n';
		const {executor, jobs, said} = executorOf(HEAD + jobOf('test', steps, more));
		expect(jobs.map(({id}) => id)).toEqual(['w.yml: test (one)', 'w.yml: test (two)']);
		for (const job of jobs) {
			expect(await executor.execute(job)).toEqual(job.steps.slice(1).map(({run}) => run));
		}
		expect(said.filter((line) => line.includes(': 0, '))).toHaveLength(6);
	},
);

onBash('a command that fails ends its job', async () => {
	const steps = '      - run: "true"\n      - run: echo why; exit 3\n      - run: "true"\n';
	const {executor, jobs} = executorOf(HEAD + jobOf('test', steps));
	const error = await executor.execute(jobs[0]).catch((thrown) => thrown);
	expect(error.message).toBe('w.yml: test: echo why; exit 3 ended with 3:\nwhy\n');
	expect(error.ran).toEqual(['true']);
});

const MAKER = jobOf(
	'make',
	`      - run: mkdir out; echo \${{ matrix.word }} >out/\${{ matrix.word }}.txt; touch out/other
      - uses: actions/upload-artifact@0
        with: { name: "made-\${{ matrix.word }}", path: out/*.txt }
`,
	'    strategy: { matrix: { word: [one, two] } }\n',
);
const user = (inputs, needs, test) =>
	HEAD +
	MAKER +
	jobOf(
		'use',
		`      - uses: actions/download-artifact@0\n        with: ${inputs}\n      - run: ${test}\n`,
		needs,
	);

onBash.each([
	['{ name: made-two }', '"ls | grep -qx two.txt"'],
	[
		'{ pattern: made-*, path: in, merge-multiple: true }',
		'\'test "$(ls in | xargs)" = "one.txt two.txt"\'',
	],
])('artifacts come from the jobs that make them: %s', async (inputs, test) => {
	const {executor, jobs} = executorOf(user(inputs, '    needs: make\n', test));
	expect(await executor.execute(jobs.at(-1))).toHaveLength(1);
});

onBash('artifacts that are kept are not made again, but for another commit', async () => {
	const kept = path.join(home, 'kept');
	const text = user('{ name: made-two }', '    needs: make\n', '"ls | grep -qx two.txt"');
	const [first, second] = [executorOf(text, kept), executorOf(text, kept)];
	await first.executor.execute(first.jobs.at(-1));
	expect(first.said.map((line) => line.split(':')[1])).toEqual([' make (two)', ' use']);
	await second.executor.execute(second.jobs.at(-1));
	expect(second.said[0]).toBe('w.yml: use: made-two is from an earlier run');
	expect(second.said).toHaveLength(2);
	// Those of a job that is itself asked for are its own.
	const [, two] = second.jobs;
	expect(await second.executor.execute(two)).toHaveLength(1);
	commit('--allow-empty');
	const third = executorOf(text, kept);
	await third.executor.execute(third.jobs.at(-1));
	expect(third.said.map((line) => line.split(':')[1])).toEqual([' make (two)', ' use']);
});

onBash('what a job prints is kept in a file, of its last run alone', async () => {
	const kept = path.join(home, 'kept-logs');
	const steps = '      - run: echo one; echo two >&2\n      - run: echo three; exit 3\n';
	for (const _ of ['a run', 'and another']) {
		const {executor, jobs} = executorOf(HEAD + jobOf('test', steps), kept);
		await expect(executor.execute(jobs[0])).rejects.toThrow('ended with 3');
	}
	const commit = git('rev-parse', 'HEAD').trim();
	const log = fs.readFileSync(path.join(kept, commit, 'logs', 'w.yml_test.log'), 'utf8');
	expect(log.split('\n').sort()).toEqual(
		['', '$ echo one; echo two >&2', '$ echo three; exit 3', 'one', 'three', 'two'].sort(),
	);
});

onBash('artifacts of a job that is not waited for are an error', async () => {
	const {executor, jobs} = executorOf(user('{ name: made-two }', '', '"true"'));
	await expect(executor.execute(jobs.at(-1))).rejects.toThrow(
		'no job that use needs makes made-two',
	);
});

onBash("a job finds neither this checkout's tools nor its settings", async () => {
	process.env.HEADROOM_OF_EXECUTOR = '1';
	const steps = '      - run: "! env | grep -e HEADROOM_ -e ^NODE_ENV= -e node_modules"\n';
	const {executor, jobs} = executorOf(HEAD + jobOf('test', steps));
	delete process.env.HEADROOM_OF_EXECUTOR;
	expect(await executor.execute(jobs[0])).toHaveLength(1);
});

test('a home goes when its process has been killed and another one starts', async () => {
	const folder = path.join(home, 'homes');
	fs.mkdirSync(path.join(folder, 'headroom-jobs-of-others'), {recursive: true});
	const script = `
const {makeHome} = require(${JSON.stringify(require.resolve('./executor'))});
const own = makeHome(${JSON.stringify(folder)});
require('node:fs').writeFileSync(own + '/file', '');
console.log(own);
setInterval(() => {}, 1000);
`;
	const child = spawn(process.execPath, ['-e', script], {stdio: ['ignore', 'pipe', 'inherit']});
	const ended = once(child, 'exit');
	const [printed] = await once(child.stdout.setEncoding('utf8'), 'data');
	const its = path.basename(printed.trim());
	const beside = path.basename(makeHome(folder));
	expect(fs.readdirSync(folder)).toContain(its);
	child.kill('SIGKILL');
	await ended;
	const ours = [beside, path.basename(makeHome(folder))];
	expect(fs.readdirSync(folder).sort()).toEqual([...ours, 'headroom-jobs-of-others'].sort());
});

onBash(
	'what a job installs with cargo is found by its next command, and goes with the home',
	async () => {
		const steps = `      - run: mkdir -p "$CARGO_INSTALL_ROOT/bin"; install -m 755 /bin/true "$CARGO_INSTALL_ROOT/bin/of-job"
      - run: of-job
`;
		const {executor, jobs} = executorOf(HEAD + jobOf('test', steps));
		expect(await executor.execute(jobs[0])).toHaveLength(2);
		expect(fs.existsSync(path.join(executor.home, 'cargo', 'bin', 'of-job'))).toBe(true);
	},
);

test.each([
	['    if: always()\n', '', 'job: if is not known'],
	['    container: { image: a, volumes: [b] }\n', '', 'container: volumes is not known'],
	['    strategy: { matrix: { exclude: [] } }\n', '', 'is not known'],
	['', '        working-directory: lib\n', 'step: working-directory is not known'],
	['', `        env: { A: "$\{{ secrets.A }}" }\n`, '{{ secrets.A }} is not known'],
])('what is not known is an error: %j %j', (more, ofStep, message) => {
	const text = HEAD + jobOf('test', `      - run: "true"\n${ofStep}`, more);
	expect(() => jobsOf('w.yml', text)).toThrow(message);
});

test('our workflows are known, each job by a name of its own', () => {
	const jobs = jobsIn(path.join(__dirname, '..', '..', '.github', 'workflows'));
	expect(new Set(jobs.map(({id}) => id)).size).toBe(jobs.length);
});
