'use strict';

// Next.js, whose `output: 'standalone'` traces what a server needs: the server is built in
// a project that has our packages, moved away from it, and started there. With our packages
// marked as external it renders, activated (Remotion's own binaries no tracer sees); else
// the build ends with the one sentence that says what to do.

const {spawn, spawnSync} = require('node:child_process');
const {once} = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {BUNDLED} = require('../../lib/bundled/words');
const {npmTools, root, run} = require('../../scripts/tools');
const {browser, bundle, removeBundles} = require('../activation/harness');
const {freePort} = require('../free-port');

const home = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'headroom-next-'));
const packed = path.join(home, 'packed');
/** What activation prints of a render. */
const ACTIVATED = /\[remotion-headroom\] renderMedia\(\) ended after/;
let serveUrl;

jest.setTimeout(900_000);

const FILES = {
	'app/layout.jsx':
		'export default ({children}) => <html lang="en"><body>{children}</body></html>;\n',
	'app/render/route.js': `
import {renderMedia, selectComposition} from '@remotion/renderer';
import {getAssetStoreStats, measureMemory} from 'remotion-headroom';

export const dynamic = 'force-dynamic';

export async function POST(request) {
	const {id, outputLocation, ...common} = await request.json();
	try {
		const composition = await selectComposition({...common, id});
		await renderMedia({...common, composition, codec: 'h264', outputLocation});
	} catch ({stack}) {
		return new Response(stack, {status: 500});
	}
	const {native} = getAssetStoreStats();
	return Response.json({native, measured: measureMemory().available > 0});
}
`,
	'next.config.mjs': `
export default {
	output: 'standalone',
	outputFileTracingRoot: import.meta.dirname,
	outputFileTracingIncludes: {'/*': ['./node_modules/@remotion/compositor-*/**/*']},
	serverExternalPackages: ['remotion-headroom', '@remotion/renderer'],
};
`,
};
/** What imports us alone: Remotion's renderer, in a bundle, stops Next.js by itself. */
const ALONE = {
	'app/layout.jsx': FILES['app/layout.jsx'],
	'app/memory/route.js': `
import {measureMemory} from 'remotion-headroom';

export const dynamic = 'force-dynamic';
export const GET = () => Response.json(measureMemory());
`,
	'next.config.mjs': "export default {output: 'standalone'};\n",
};

/** Version -> how it builds -> arguments of `next build`. */
const BUILDS = [
	['15', 'webpack', []],
	['16', 'Turbopack', []],
	['16', 'webpack', ['--webpack']],
];

beforeAll(async () => {
	run(process.execPath, [path.join(root, 'scripts', 'packages.js'), 'local', packed]);
	serveUrl = await bundle();
});

afterAll(async () => {
	await removeBundles();
	fs.rmSync(home, {recursive: true, force: true});
});

/** A project with that Next.js, our packages and `files`. */
function makeProject(version, files) {
	const project = fs.mkdtempSync(path.join(home, 'project-'));
	// Its bundlers follow no link that leads out of the project.
	const modules = path.join(npmTools(`next-${version}`), 'node_modules');
	fs.cpSync(modules, path.join(project, 'node_modules'), {
		recursive: true,
		verbatimSymlinks: true,
	});
	for (const file of fs.readdirSync(packed)) {
		const folder = path.join(project, 'node_modules', file.replace(/-\d+\.\d+\.\d+.*$/, ''));
		fs.mkdirSync(folder);
		run('tar', ['-xzf', path.join(packed, file), '-C', folder, '--strip-components=1']);
	}
	for (const [name, text] of Object.entries({...files, 'package.json': '{"private": true}'})) {
		fs.mkdirSync(path.dirname(path.join(project, name)), {recursive: true});
		fs.writeFileSync(path.join(project, name), text);
	}
	return project;
}

function build(project, args) {
	const next = path.join('node_modules', 'next', 'dist', 'bin', 'next');
	return spawnSync(process.execPath, [next, 'build', ...args], {
		cwd: project,
		encoding: 'utf8',
		env: {...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1'},
		timeout: 600_000,
	});
}

/** Asks the server until it answers; what it said, and what it answered. */
async function askOf(folder, body) {
	const port = await freePort();
	const server = spawn(process.execPath, ['server.js'], {
		cwd: folder,
		env: {
			...process.env,
			NODE_ENV: 'production',
			PORT: String(port),
			HOSTNAME: '127.0.0.1',
			NODE_OPTIONS: '--require remotion-headroom/register',
			REMOTION_HEADROOM: 'verbose',
		},
	});
	let said = '';
	for (const stream of [server.stdout, server.stderr]) {
		stream.setEncoding('utf8').on('data', (text) => {
			said += text;
		});
	}
	try {
		while (!said.includes('Ready')) {
			expect([server.exitCode, said]).toEqual([null, said]);
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		const response = await fetch(`http://127.0.0.1:${port}/render`, {
			method: 'POST',
			body: JSON.stringify(body),
		});
		const answer = await response.text();
		// What it says goes another way, and may come later.
		for (let i = 0; i < 50 && !ACTIVATED.test(said); i++) {
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		return {status: response.status, answer, said};
	} finally {
		const gone = once(server, 'exit');
		server.kill('SIGKILL');
		await gone;
	}
}

test.each(BUILDS)(
	'Next.js %s, %s: what is marked as external renders',
	async (version, _, args) => {
		const project = makeProject(version, FILES);
		const built = build(project, args);
		expect([built.status, built.stdout + built.stderr]).toEqual([0, expect.any(String)]);
		const moved = path.join(home, `moved-${path.basename(project)}`);
		fs.renameSync(path.join(project, '.next', 'standalone'), moved);
		fs.rmSync(project, {recursive: true});
		const outputLocation = path.join(moved, 'out.mp4');
		const common = {...browser, serveUrl, inputProps: {durationInFrames: 5}, logLevel: 'error'};
		const {status, answer, said} = await askOf(moved, {id: 'nothing', outputLocation, ...common});
		expect([status, answer, said]).toEqual([200, '{"native":true,"measured":true}', said]);
		expect(fs.readFileSync(outputLocation).toString('latin1', 4, 8)).toBe('ftyp');
		expect(said).toMatch(ACTIVATED);
		expect(said).not.toMatch(/No binary loads|Cannot find module/);
	},
);

test.each(BUILDS)('Next.js %s, %s: what is bundled says what to do', (version, _, args) => {
	const {status, stdout, stderr} = build(makeProject(version, ALONE), args);
	expect([status, stdout + stderr]).toEqual([1, expect.stringContaining(BUNDLED)]);
	expect(stdout + stderr).not.toMatch(/No binary loads|Cannot find module/);
});
