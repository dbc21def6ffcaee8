// The same as an ES module.
import {renderMedia, selectComposition} from '@remotion/renderer';

globalThis.headroomLoaded();
const {options, render, output} = JSON.parse(process.argv[2]);
if (render) {
	const composition = await selectComposition({...options, id: 'nothing'});
	const outputLocation = output;
	await renderMedia({...options, composition, codec: 'h264', concurrency: 1, outputLocation});
}
process.exit(0);
