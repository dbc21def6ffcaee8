// A browser to render with, wherever this runs.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {ensureBrowser} from '@remotion/renderer';

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

function installWithApt() {
	if (process.getuid?.() !== 0 || !fs.existsSync('/usr/bin/apt-get')) {
		throw new Error('not root on Debian');
	}
	console.log('Installing Chromium with apt ...');
	const env = {...process.env, DEBIAN_FRONTEND: 'noninteractive'};
	execFileSync('apt-get', ['update', '-qq'], {stdio: 'ignore', env});
	execFileSync('apt-get', ['install', '-y', '-qq', 'chromium'], {stdio: 'ignore', env});
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
	try {
		await ensureBrowser({logLevel: 'error'});
		return {};
	} catch (error) {
		causes.push(`Remotion's download: ${error.message}`);
	}
	try {
		return use(installWithApt());
	} catch (error) {
		causes.push(`apt: ${error.message}`);
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
