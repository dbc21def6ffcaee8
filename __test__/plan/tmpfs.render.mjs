// Renders grain in the container that it is started in. Writes what came of it to `resultFile`.
//
//   node tmpfs.render.mjs '{serveUrl, browser, imageFormat, mode, outputLocation, resultFile}'
//
// mode: registered (a render with register({plan: true})) or told (nothing is
// activated, and the plan is all).

import fs from 'node:fs';
import headroom from '../../index.js';

const {browser, resultFile, mode, ...job} = JSON.parse(process.argv[2]);
const {measureMemory, planRender, register} = headroom;
const result = {finished: false, limitedBy: measureMemory().limitedBy};
// Who is killed writes no more.
const tell = () => fs.writeFileSync(resultFile, JSON.stringify(result));

if (mode !== 'told') {
	register({plan: true});
}
// After that: what was imported before is not activated.
const {renderMedia, selectComposition} = await import('@remotion/renderer');
const common = {...job, ...browser, logLevel: 'error'};
try {
	const composition = await selectComposition({...common, id: 'grain'});
	result.plan = planRender({...composition, imageFormat: job.imageFormat});
	tell();
	if (mode !== 'told') {
		await renderMedia({
			...common,
			composition,
			codec: 'h264',
			x264Preset: 'ultrafast',
			onStart: ({parallelEncoding}) => {
				result.parallelEncoding = parallelEncoding;
			},
			onProgress: ({renderedFrames, encodedFrames}) => {
				Object.assign(result, {renderedFrames, encodedFrames});
				if (renderedFrames % 10 === 0) {
					tell();
				}
			},
		});
		result.finished = true;
	}
} catch (error) {
	result.error = String(error?.message).slice(0, 300);
}
tell();
process.exit();
