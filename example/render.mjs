// npm run example: renders a video with eight base64 audio tracks, with
// remotion-headroom activated, and prints what was decided and saved.
import fs from 'node:fs';
import path from 'node:path';
import {
	getAvailableMemory,
	getAvailableMemoryFromCgroup,
	getFreeMemoryFromProcMeminfo,
	getMaxLambdaMemory,
	register,
} from 'remotion-headroom';
import {renderChord} from './render-chord.mjs';

const mib = (bytes) =>
	Number.isFinite(bytes) ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : 'no limit';
const say = (label, value) => console.log(`  ${label.padEnd(22)} ${value}`);

const outputLocation = path.resolve('out', 'chord.mp4');
const {remotionVersion, applied, skipped} = register();

console.log('Memory');
const sources = {
	'AWS Lambda': getMaxLambdaMemory(),
	'cgroup limit': getAvailableMemoryFromCgroup(),
	'host (MemAvailable)': getFreeMemoryFromProcMeminfo('warn'),
};
const available = getAvailableMemory('warn');
for (const [source, bytes] of Object.entries(sources)) {
	say(source, bytes === null ? 'not here' : mib(bytes));
}
const known = Object.entries(sources).filter(([, bytes]) => bytes !== null);
const [limiting] = known.sort(([, a], [, b]) => a - b)[0] ?? ['the operating system'];
say('available', `${mib(available)}, set by: ${limiting}`);

console.log(`Activated in Remotion ${remotionVersion}`);
say('replaced', applied.join(', '));
for (const {part, reason} of skipped) {
	say('left alone', `${part}: ${reason}`);
}

let shown = -1;
const started = performance.now();
const {composition, parallel, held, stats} = await renderChord({
	outputLocation,
	onProgress: ({progress}) => {
		const percent = Math.floor(progress * 10) * 10;
		if (percent > shown) {
			shown = percent;
			console.log(`Rendering ${String(percent).padStart(3)} %`);
		}
	},
});

console.log('Decided');
say(
	'parallel encoding',
	`${parallel.hasEnoughMemory ? 'yes' : 'no'}: ${mib(parallel.freeMemory)} free, ` +
		`${mib(parallel.estimatedUsage)} estimated for ${composition.width} x ${composition.height}, ` +
		'1907.3 MiB to stay free',
);
console.log('Saved');
say('payloads in Rust', `${held.payloads}, ${mib(held.bytes)}, each held once`);
say('recognised', `${stats.hits} of ${stats.hits + stats.misses} times that one came up`);
// Every frame of the chord plays every track.
say(
	'without us',
	`${mib(held.bytes * composition.durationInFrames)} would have come from the browser through V8`,
);
console.log(
	`${outputLocation}  ${mib(fs.statSync(outputLocation).size)} in ${((performance.now() - started) / 1000).toFixed(1)} s`,
);
