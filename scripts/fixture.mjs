// Unpacks a capture into a fixture, so that a user's report becomes a test:
//
//   node -p 'JSON.stringify(require("remotion-headroom").measureMemory({capture: true}))' > report.json
//   node scripts/fixture.mjs NAME report.json "where it is from"
//
// writes tests/fixtures/NAME/: the files below root/, and fixture.json with the
// origin, the variables and the report that is expected from them.
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const [name, file, origin] = process.argv.slice(2);
if (origin === undefined) {
	console.error('Usage: node scripts/fixture.mjs NAME REPORT.json "where it is from"');
	process.exit(2);
}
const {capture, ...expected} = JSON.parse(fs.readFileSync(file, 'utf8'));
const dir = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'tests/fixtures', name);
const root = path.join(dir, 'root');
fs.mkdirSync(root, {recursive: true});
for (const {path: at, content} of capture.files) {
	const to = path.join(root, at);
	if (!to.startsWith(root + path.sep)) {
		throw new Error(`${at} leaves the fixture`);
	}
	if (content !== null) {
		fs.mkdirSync(path.dirname(to), {recursive: true});
		fs.writeFileSync(to, Buffer.from(content, 'base64'));
	}
}
const {variables, kernel} = capture;
fs.writeFileSync(
	path.join(dir, 'fixture.json'),
	`${JSON.stringify({origin, kernel, variables, expected}, null, '\t')}\n`,
);
