'use strict';

// Renders with several copies of Remotion in one process, all at once.
//
// argv[2]: {jobs: [{root, serveUrl}], activated, browser, inputProps, folder, resultFile}

const {createHash} = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const {jobs, activated, browser, inputProps, folder, resultFile} = JSON.parse(process.argv[2]);
const headroom = require('../..');

for (const {root} of activated ? jobs : []) {
	headroom.register({from: root});
}

async function render({root, serveUrl}, i) {
	const renderer = require(path.join(root, 'dist', 'index.js'));
	const options = {serveUrl, ...browser, inputProps, logLevel: 'error'};
	const composition = await renderer.selectComposition({...options, id: 'payloads'});
	const outputLocation = path.join(folder, `${i}-${activated}.mp4`);
	const how = {codec: 'h264', concurrency: 2, outputLocation};
	await renderer.renderMedia({...options, ...how, composition});
	return createHash('sha256').update(fs.readFileSync(outputLocation)).digest('hex');
}

(async () => {
	const digests = await Promise.all(jobs.map(render));
	const copies = activated ? headroom.register().copies : [];
	const summaries = headroom.getRenderSummaries();
	fs.writeFileSync(resultFile, JSON.stringify({digests, copies, summaries}));
	process.exit(0);
})();
