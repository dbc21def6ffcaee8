// Run it with what somebody sent of measureMemory({capture: true}): makes a fixture
// of it, which __test__/memory/replay.test.js replays.
//   node scripts/unpack-capture.mjs REPORT.json core/tests/fixtures/NAME "where it is from"
import fs from 'node:fs';
import path from 'node:path';

const [file, directory, note] = process.argv.slice(2);
if (note === undefined) {
	throw new Error('Usage: unpack-capture.mjs REPORT.json DIRECTORY NOTE');
}
const {capture, ...expected} = JSON.parse(fs.readFileSync(file, 'utf8'));
fs.mkdirSync(directory, {recursive: true});
for (const {path: name, content} of capture.files) {
	if (content !== null) {
		const target = path.join(directory, 'root', name);
		fs.mkdirSync(path.dirname(target), {recursive: true});
		fs.writeFileSync(target, Buffer.from(content, 'base64'));
	}
}
const {kernel, variables} = capture;
fs.writeFileSync(
	path.join(directory, 'fixture.json'),
	`${JSON.stringify({note, kernel, variables, expected}, null, '\t')}\n`,
);
