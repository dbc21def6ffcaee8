'use strict';

// A script that renders, in CommonJS. argv[2]: {options, render, output}.

const {renderMedia, selectComposition} = require('@remotion/renderer');

globalThis.headroomLoaded();
const {options, render, output} = JSON.parse(process.argv[2]);

async function main() {
	if (render) {
		const composition = await selectComposition({...options, id: 'nothing'});
		const outputLocation = output;
		await renderMedia({...options, composition, codec: 'h264', concurrency: 1, outputLocation});
	}
	process.exit(0);
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
