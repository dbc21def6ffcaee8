'use strict';

// How a process ends that has rendered, on each Node: looks at memory have begun in it.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {npmTools} = require('../../scripts/tools');

const repo = path.join(__dirname, '..', '..');
const renderer = path.dirname(require.resolve('@remotion/renderer/package.json'));
/** What goes wrong at an end does so by chance, if often. */
const TIMES = 3;

/** The render itself is over at once: what is around it is ours. */
const script = (milliseconds) => `
	const {register} = require(${JSON.stringify(repo)});
	const load = (file) => require(${JSON.stringify(renderer)} + '/dist/' + file + '.js');
	const {renderMedia} = load('index');
	load('render-media').internalRenderMedia = () =>
		new Promise((resolve) => setTimeout(resolve, ${milliseconds}));
	register({from: ${JSON.stringify(renderer)}, logLevel: 'error'});
	const composition = {id: 'a', width: 64, height: 64, fps: 30, durationInFrames: 9, props: {}};
	renderMedia({composition, codec: 'h264', serveUrl: 'x', inputProps: {}})
		.then(() => console.log('rendered'));
`;

/** Where npm has no such binaries, this one. */
function nodes() {
	const installed = path.join(npmTools('nodes'), 'node_modules');
	const found = fs
		.readdirSync(installed)
		.map((name) => path.join(installed, name, 'bin', 'node'))
		.filter((file) => fs.existsSync(file));
	return found.length > 0 ? found : [process.execPath];
}

describe.each(nodes())('%s', (node) => {
	test.each([0, 400])('a render of %s ms: the process ends well', (milliseconds) => {
		for (let time = 0; time < TIMES; time++) {
			const how = spawnSync(node, ['-e', script(milliseconds)], {cwd: repo, encoding: 'utf8'});
			expect(how).toMatchObject({status: 0, signal: null, stdout: 'rendered\n'});
		}
	});
});
