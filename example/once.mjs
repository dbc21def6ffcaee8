// One render of the example in a process of its own, and what it took.
//
// argv[2]: {serveUrl, outputLocation, resultFile}
import {createHash} from 'node:crypto';
import fs from 'node:fs';
import v8 from 'node:v8';
import * as renderer from '@remotion/renderer';
import {getRenderSummaries} from 'remotion-headroom';
import {renderChord} from './render-chord.mjs';

const {serveUrl, outputLocation, resultFile} = JSON.parse(process.argv[2]);

let peakHeapBytes = 0;
const looking = setInterval(() => {
	peakHeapBytes = Math.max(peakHeapBytes, v8.getHeapStatistics().used_heap_size);
}, 20);
let shown = -1;
const started = performance.now();
await renderChord(renderer, {
	serveUrl,
	outputLocation,
	logLevel: 'error',
	inputProps: {frames: 60},
	onProgress: ({progress}) => {
		const percent = Math.floor(progress * 4) * 25;
		if (percent > shown) {
			shown = percent;
			console.log(`  ${String(percent).padStart(3)} %`);
		}
	},
});
clearInterval(looking);
const result = {
	seconds: (performance.now() - started) / 1000,
	peakHeapBytes,
	sha256: createHash('sha256').update(fs.readFileSync(outputLocation)).digest('hex'),
	// What we did, as far as anything is activated.
	summary: getRenderSummaries().at(-1) ?? null,
};
fs.writeFileSync(resultFile, JSON.stringify(result));
