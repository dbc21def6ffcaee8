// The render of the example: what a user's own render script would hold.
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {bundle} from '@remotion/bundler';
import {findBrowser} from './browser.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

/** The bundle, to be rendered more than once. */
export const bundleChord = () => bundle({entryPoint: path.join(here, 'src', 'index.jsx')});

/**
 * Renders the chord to `outputLocation` by `renderer`, which is `@remotion/renderer`
 * or has all of it. `inputProps`: frames, width, height, trackSeconds.
 */
export async function renderChord(
	{renderMedia, selectComposition},
	{serveUrl, outputLocation, inputProps = {}, onProgress, logLevel = 'warn'},
) {
	const options = {...(await findBrowser()), serveUrl, inputProps, logLevel};
	await renderMedia({
		...options,
		composition: await selectComposition({...options, id: 'chord'}),
		codec: 'h264',
		outputLocation,
		// Encoded the same way however much memory there is: else the files may differ.
		disallowParallelEncoding: true,
		onProgress,
	});
}
