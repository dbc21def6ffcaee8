// A browser to render with, wherever this runs.
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const COMMANDS = [
	'chromium',
	'chromium-browser',
	'google-chrome-stable',
	'google-chrome',
	'chrome',
];
const APPLICATIONS = [
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

function systemBrowser() {
	const folders = (process.env.PATH ?? '').split(path.delimiter);
	return [
		process.env.CHROME_PATH,
		...folders.flatMap((folder) => COMMANDS.map((command) => path.join(folder, command))),
		...APPLICATIONS,
	].find((file) => file && fs.statSync(file, {throwIfNoEntry: false})?.isFile());
}

/** Milliseconds: a download of 150 MB on a slow line, or packages. */
const PATIENCE = 10 * 60_000;

/** Runs a command; where it fails, throws the last line that it said. */
function execute(command, args, env = process.env) {
	const {error, status, stderr} = spawnSync(command, args, {
		env,
		encoding: 'utf8',
		stdio: ['ignore', 'ignore', 'pipe'],
		timeout: PATIENCE,
		killSignal: 'SIGKILL',
	});
	if (error?.code === 'ETIMEDOUT') {
		throw new Error(`not done in ${PATIENCE / 60_000} minutes`);
	}
	if (error !== undefined || status !== 0) {
		const lines = (stderr ?? '').split('\n').map((line) => line.trim());
		const told = lines.find((line) => /^(\w*Error|E): /.test(line)) ?? lines.find(Boolean);
		throw new Error(error?.message ?? told ?? `ended with ${status}`);
	}
}

/** Remotion's own, in a process of its own: where there is no network, it ends that. */
function download() {
	console.log("Looking for Remotion's own browser, or downloading it ...");
	const ensure = "await (await import('@remotion/renderer')).ensureBrowser({logLevel: 'error'})";
	execute(process.execPath, ['--input-type=module', '--eval', ensure]);
}

function installWithApt() {
	if (process.getuid?.() !== 0 || !fs.existsSync('/usr/bin/apt-get')) {
		throw new Error('not root on Debian');
	}
	console.log('Installing Chromium with apt ...');
	const env = {...process.env, DEBIAN_FRONTEND: 'noninteractive'};
	const patient = ['-o', 'Acquire::http::Timeout=20', '-qq'];
	execute('apt-get', [...patient, 'update'], env);
	execute('apt-get', [...patient, '-y', 'install', 'chromium'], env);
	return systemBrowser();
}

/** What to spread into Remotion's options: nothing where Remotion has its own browser. */
export async function findBrowser() {
	// A full Chrome knows only the new headless mode.
	const use = (file) => ({browserExecutable: file, chromeMode: 'chrome-for-testing'});
	const installed = systemBrowser();
	if (installed) {
		return use(installed);
	}
	const causes = [];
	for (const [name, get] of [
		["Remotion's download", download],
		['apt', installWithApt],
	]) {
		try {
			const file = get();
			return file === undefined ? {} : use(file);
		} catch (error) {
			causes.push(`${name}: ${error.message}`);
		}
	}
	throw new Error(
		[
			'No browser to render with. One of these three helps:',
			'  - let Remotion download one: npx remotion browser ensure',
			'  - install Chrome or Chromium, or point CHROME_PATH to one',
			'  - on Debian or Ubuntu, as root: apt-get install chromium',
			...causes,
		].join('\n'),
	);
}
