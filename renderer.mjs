// The project's @remotion/renderer, activated, for ESM importers.
//
// The names are written out because ESM must know them before it runs. A name
// that the installed version does not have is undefined.
import renderer from './renderer.js';

export default renderer;
export const {
	ErrorWithStackFrame,
	RenderInternals,
	combineChunks,
	customEditorColumnNumberPlaceholder,
	customEditorLineNumberPlaceholder,
	customEditorTargetPathPlaceholder,
	defaultCodingAgentIds,
	defaultEditorIds,
	ensureBrowser,
	extractAudio,
	getCompositions,
	getSilentParts,
	getVideoMetadata,
	makeCancelSignal,
	openBrowser,
	renderFrames,
	renderMedia,
	renderStill,
	selectComposition,
	stitchFramesToVideo,
	validateOutputFilename,
	validateSelectedPixelFormatAndImageFormatCombination,
} = renderer;
