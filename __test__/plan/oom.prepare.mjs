// Bundles the composition into <directory>/bundle and puts a video beside it.

import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {bundle} from '@remotion/bundler';
import {renderMedia, selectComposition} from '@remotion/renderer';

const outDir = path.join(process.argv[2], 'bundle');
const here = path.dirname(fileURLToPath(import.meta.url));
const serveUrl = await bundle({
	entryPoint: path.join(here, '../../benchmark/plan-composition.jsx'),
	outDir,
});
const common = {
	serveUrl,
	inputProps: {width: 1920, height: 1080, durationInFrames: 150, video: null},
	browserExecutable: process.env.REMOTION_BROWSER ?? null,
	logLevel: 'error',
};
const composition = await selectComposition({...common, id: 'scene'});
mkdirSync(path.join(outDir, 'public'), {recursive: true});
await renderMedia({
	...common,
	composition,
	codec: 'h264',
	concurrency: '100%',
	outputLocation: path.join(outDir, 'public', 'heavy.mp4'),
});
process.exit();
