// The render of the example: what a user's own render script would hold.
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {bundle} from '@remotion/bundler';
import {getAssetStoreStats, shouldUseParallelEncoding} from 'remotion-headroom';
import {renderMedia, selectComposition} from 'remotion-headroom/renderer';
import {findBrowser} from './browser.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

/**
 * Renders the chord to `outputLocation` and tells what was decided and what
 * came of it. `inputProps`: frames, width, height, trackSeconds.
 */
export async function renderChord({
	outputLocation,
	inputProps = {},
	onProgress,
	logLevel = 'warn',
}) {
	const browser = await findBrowser();
	const serveUrl = await bundle({entryPoint: path.join(here, 'src', 'index.jsx')});
	const options = {...browser, serveUrl, inputProps, logLevel};
	const composition = await selectComposition({...options, id: 'chord'});

	const parallel = shouldUseParallelEncoding({
		width: composition.width,
		height: composition.height,
		logLevel,
	});

	// The store lets go of payloads when the render is done, so look while it runs.
	let held = getAssetStoreStats();
	await renderMedia({
		...options,
		composition,
		codec: 'h264',
		outputLocation,
		disallowParallelEncoding: !parallel.hasEnoughMemory,
		onProgress: (progress) => {
			const now = getAssetStoreStats();
			held = now.bytes >= held.bytes ? now : held;
			onProgress?.(progress);
		},
	});
	return {composition, parallel, held, stats: getAssetStoreStats()};
}
