// A render in the cgroup that it is started in. Prints what came of it.
//
//   node oom.render.mjs <bundle> <stock|plan> <output>

import {renderMedia, selectComposition} from '@remotion/renderer';
import headroom from '../../index.js';

const [serveUrl, mode, outputLocation] = process.argv.slice(2);
const {explainRenderError, measureMemory, planRender} = headroom;

const common = {
	serveUrl,
	inputProps: {width: 1920, height: 1080, durationInFrames: 150, video: 'heavy.mp4'},
	browserExecutable: process.env.REMOTION_BROWSER ?? null,
	logLevel: 'error',
};
const result = {mode, finished: false};
try {
	const composition = await selectComposition({...common, id: 'scene'});
	const plan = planRender(composition);
	result.plan = plan;
	result.limitedBy = measureMemory().limitedBy;
	await renderMedia({
		...common,
		composition,
		codec: 'h264',
		outputLocation,
		...(mode === 'plan' ? plan.options : {}),
	});
	result.finished = true;
} catch (err) {
	result.message = String(err?.message).slice(0, 300);
	result.codes = explainRenderError(err).map((hint) => hint.code);
}
result.oomKills = measureMemory().oomKills;
process.stdout.write(`\n${JSON.stringify(result)}`);
process.exit();
