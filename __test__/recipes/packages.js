'use strict';

// What the recipes install: our packages as they would be published, served by
// HTTP from this machine, beside those of the registry.

const {spawn} = require('node:child_process');
const {once} = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const {root, run} = require('../../scripts/tools');
const {devDependencies: versions} = require('../../package.json');

const ofRemotion = ['@remotion/bundler', '@remotion/cli', '@remotion/renderer', 'remotion'];

const SERVER = `
const fs = require('node:fs');
const path = require('node:path');
const folder = process.argv[1];
const server = require('node:http').createServer((request, response) => {
	const name = path.basename(request.url);
	if (!fs.readdirSync(folder).includes(name)) {
		return response.writeHead(404).end();
	}
	response.end(fs.readFileSync(path.join(folder, name)));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/** Packs ours into `folder` and serves it: `{dependencies, close}`. */
async function servePackages(folder) {
	run(process.execPath, [path.join(root, 'scripts', 'packages.js'), 'local', folder]);
	const files = fs.readdirSync(folder);
	// A process of its own: tests wait for npm, and would answer nothing meanwhile.
	const server = spawn(process.execPath, ['-e', SERVER, folder], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const [port] = await once(server.stdout.setEncoding('utf8'), 'data');
	const address = `http://127.0.0.1:${port.trim()}`;
	const names = ['react', 'react-dom', ...ofRemotion];
	return {
		dependencies: {
			...Object.fromEntries(names.map((name) => [name, versions[name]])),
			// The published main package lists the platform's itself.
			...Object.fromEntries(
				files.map((file) => [file.replace(/-\d+\.\d+\.\d+.*$/, ''), `${address}/${file}`]),
			),
		},
		close: () => server.kill(),
	};
}

module.exports = {servePackages};
