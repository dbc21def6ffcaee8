'use strict';

const headroom = require('..');

const asset = {id: 'a', frame: 0, src: 'x', type: 'audio'};

/** Call, and what its message must name. */
const cases = [
	[() => headroom.getAvailableMemory('loud'), 'logLevel'],
	[() => headroom.getAvailableMemory(), 'logLevel'],
	[() => headroom.getFreeMemoryFromProcMeminfo(3), 'logLevel'],
	[() => headroom.shouldUseParallelEncoding(), 'shouldUseParallelEncoding'],
	[() => headroom.shouldUseParallelEncoding(null), 'shouldUseParallelEncoding'],
	[() => headroom.shouldUseParallelEncoding({height: 1, logLevel: 'info'}), 'width'],
	[() => headroom.shouldUseParallelEncoding({width: -1, height: 1, logLevel: 'info'}), 'width'],
	[
		() => headroom.shouldUseParallelEncoding({width: 1, height: Number.NaN, logLevel: 'info'}),
		'height',
	],
	[() => headroom.shouldUseParallelEncoding({width: 1, height: 1 / 0, logLevel: 'info'}), 'height'],
	[() => headroom.shouldUseParallelEncoding({width: '1', height: 1, logLevel: 'info'}), 'width'],
	[() => headroom.shouldUseParallelEncoding({width: 1, height: 1}), 'logLevel'],
	[() => headroom.hasEnoughMemoryForParallelEncoding(), 'hasEnoughMemoryForParallelEncoding'],
	[() => headroom.hasEnoughMemoryForParallelEncoding({estimatedUsage: 1}), 'freeMemory'],
	[
		() => headroom.hasEnoughMemoryForParallelEncoding({freeMemory: 1, estimatedUsage: Number.NaN}),
		'estimatedUsage',
	],
	[() => headroom.canUseParallelEncoding(), 'codec'],
	[() => headroom.compressAsset(null, asset), 'previousRenderAssets'],
	[() => headroom.compressAsset({}, asset), 'previousRenderAssets'],
	[() => headroom.compressAsset([], null), 'newRenderAsset'],
	[() => headroom.compressAsset([], {id: 'a', frame: 0}), 'newRenderAsset.src'],
	[() => headroom.compressAsset([], {...asset, src: 5n}), 'newRenderAsset.src'],
	[() => headroom.isAssetCompressed(Symbol('s')), 'src'],
	[() => headroom.uncompressMediaAsset(undefined, asset), 'allRenderAssets'],
	[() => headroom.uncompressMediaAsset([], 'asset'), 'assetToUncompress'],
	[() => headroom.uncompressMediaAsset([], {}), 'assetToUncompress.src'],
	[
		() => headroom.uncompressMediaAsset([], {...asset, src: 'same-as-b-1'}),
		'assetToUncompress.src',
	],
];

test.each(cases)('%s names what was wrong', (call, name) => {
	let thrown;
	try {
		call();
	} catch (error) {
		thrown = error;
	}
	expect(thrown).toBeInstanceOf(TypeError);
	expect(thrown.message).toContain(name);
});

test('a broken asset in the history fails as upstream fails, and nothing is lost', () => {
	const {compressAsset} = require('./oracle');
	const long = {...asset, src: 'x'.repeat(500)};
	for (const history of [[null], [undefined], [asset, null]]) {
		expect(() => compressAsset(history, {...long})).toThrow(/src/);
		expect(() => headroom.compressAsset(history, {...long})).toThrow(/src/);
	}
	expect(headroom.compressAsset([long], {...long})).toEqual(compressAsset([long], {...long}));
});
