'use strict';

// A heavy render in a real cgroup with a tight limit: stock defaults against
// the plan. Needs root, Linux and a Chrome (REMOTION_BROWSER); takes minutes.

const {execFileSync, spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const LIMIT = 1600 * 1024 * 1024;
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-oom-'));
const v1 = fs.existsSync('/sys/fs/cgroup/memory/memory.limit_in_bytes');
const cgroup = path.join(
	v1 ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup',
	`headroom-oom-${process.pid}`,
);

beforeAll(() => {
	fs.mkdirSync(cgroup);
	fs.writeFileSync(path.join(cgroup, v1 ? 'memory.limit_in_bytes' : 'memory.max'), String(LIMIT));
	// The composition, and a video for it: made by rendering it without one.
	execFileSync(process.execPath, [path.join(__dirname, 'oom.prepare.mjs'), home], {
		stdio: ['ignore', 'ignore', 'inherit'],
	});
}, 400_000);

afterAll(async () => {
	fs.rmSync(home, {recursive: true, force: true});
	// A last process of the browser may still be on its way out.
	for (let attempt = 0; fs.existsSync(cgroup); attempt++) {
		try {
			fs.rmdirSync(cgroup);
		} catch (error) {
			if (attempt === 100) {
				throw error;
			}
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
	}
});

/** Renders within the limit; what came of it. */
function render(mode) {
	const output = path.join(home, `${mode}.mp4`);
	const script = path.join(__dirname, 'oom.render.mjs');
	const {stdout, status, signal} = spawnSync(
		'sh',
		[
			'-c',
			'echo $$ > "$1" && shift && exec "$@"',
			'sh',
			path.join(cgroup, 'cgroup.procs'),
			process.execPath,
			script,
			path.join(home, 'bundle'),
			mode,
			output,
		],
		{encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit']},
	);
	const said = stdout.slice(stdout.lastIndexOf('\n') + 1);
	return {status, signal, output, ...(said.startsWith('{') ? JSON.parse(said) : {killed: true})};
}

test('stock defaults run into the OOM killer, and the plan finishes', () => {
	const before = render('plan');
	expect(before).toMatchObject({status: 0, limitedBy: 'cgroup', finished: true, oomKills: 0});
	expect(fs.statSync(before.output).size).toBeGreaterThan(10_000);

	const stock = render('stock');
	// Node itself may be among those killed; otherwise the error is explained.
	if (stock.signal === null && !stock.killed) {
		expect(stock.oomKills).toBeGreaterThan(0);
		expect(stock.finished).toBe(false);
		expect(stock.codes).toContain('oom-killed');
	} else {
		expect(stock.finished).not.toBe(true);
	}
}, 600_000);
