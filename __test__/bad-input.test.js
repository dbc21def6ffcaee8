'use strict';

const headroom = require('..');

const asset = {id: 'a', frame: 0, src: 'x', type: 'audio'};

/** Call, and what its message must name. */
const cases = [
	[() => headroom.getAvailableMemory('loud'), 'logLevel'],
	[() => headroom.explainRenderError(new Error('a'), null), 'explainRenderError'],
	[() => headroom.explainRenderError(new Error('a'), {oomKillsBefore: -1}), 'oomKillsBefore'],
	[() => headroom.explainRenderError(new Error('a'), {oomKillsBefore: '1'}), 'oomKillsBefore'],
	[() => headroom.getAvailableMemory(), 'logLevel'],
	[() => headroom.getFreeMemoryFromProcMeminfo(3), 'logLevel'],
	[() => headroom.getAvailableMemoryFromProcMeminfo(3), 'logLevel'],
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
	[() => headroom.onGovernorAction(5), 'listener'],
	[() => headroom.onGovernorAction(), 'listener'],
	[() => headroom.onGovernorAction({handleEvent() {}}), 'listener'],
	...['on', 5, null, true, []].map((govern) => [() => headroom.register({govern}), 'govern']),
	...[undefined, null, 0, -1, 1.5, Number.NaN, 1 / 0, 2 ** 53, 5n, '1g', [5]].map(
		(reserveBytes) => [() => headroom.register({govern: {reserveBytes}}), 'govern.reserveBytes'],
	),
	[() => headroom.register({govern: {}}), 'govern.reserveBytes'],
];

const revoked = (target = {}) => {
	const {proxy, revoke} = Proxy.revocable(target, {});
	revoke();
	return proxy;
};
/** A proxy of a revoked one throws as that does. */
const wrapped = (target) => new Proxy(revoked(target), {});
const payload = {...asset, src: 'x'.repeat(500)};
const reference = {...asset, src: 'same-as-b-1'};
const noBinary = process.env.REMOTION_HEADROOM_BINARY === 'off';

for (const broken of [revoked, wrapped]) {
	cases.push(
		[() => headroom.getAvailableMemory(broken()), 'logLevel'],
		[() => headroom.getFreeMemoryFromProcMeminfo(broken()), 'logLevel'],
		[() => headroom.getMaxVideoCacheSize(broken()), 'logLevel'],
		[() => headroom.measureMemory(broken()), 'measureMemory'],
		[() => headroom.measureMemory({capture: broken()}), 'capture'],
		[() => headroom.measureMemory({logLevel: broken()}), 'logLevel'],
		[() => headroom.shouldUseParallelEncoding(broken()), 'shouldUseParallelEncoding'],
		[() => headroom.shouldUseParallelEncoding({width: broken(), height: 1}), 'width'],
		[() => headroom.hasEnoughMemoryForParallelEncoding(broken()), 'hasEnoughMemory'],
		[() => headroom.hasEnoughMemoryForParallelEncoding({freeMemory: broken()}), 'freeMemory'],
		[() => headroom.canUseParallelEncoding(broken()), 'codec'],
		[() => headroom.compressAsset(broken([]), asset), 'previousRenderAssets'],
		[() => headroom.compressAsset(broken([]), payload), 'previousRenderAssets'],
		[() => headroom.compressAsset([], broken()), 'newRenderAsset'],
		[() => headroom.compressAsset([], {...asset, src: broken()}), 'newRenderAsset.src'],
		[() => headroom.compressAsset([asset, broken()], payload), 'previousRenderAssets[1]'],
		[() => headroom.isAssetCompressed(broken()), 'src'],
		[() => headroom.uncompressMediaAsset(broken([]), reference), 'allRenderAssets'],
		[() => headroom.uncompressMediaAsset([], broken()), 'assetToUncompress'],
		[() => headroom.uncompressMediaAsset([broken()], reference), 'allRenderAssets[0]'],
		[() => headroom.planRender(broken()), 'planRender'],
		[() => headroom.planRender({width: broken(), height: 1}), 'width'],
		[() => headroom.planRender({width: 1, height: 1, memory: broken()}), 'memory'],
		[() => headroom.planRender({width: 1, height: 1, concurrency: broken()}), 'concurrency'],
		[() => headroom.planRender({width: 1, height: 1, codec: broken()}), 'codec'],
		[() => headroom.printUsefulErrorMessage(new Error('x'), broken(), false), 'logLevel'],
		[() => headroom.register(broken()), 'register'],
		[() => headroom.register({memory: broken()}), 'memory'],
		[() => headroom.register({from: broken()}), 'from'],
		[() => headroom.register({govern: broken()}), 'govern'],
		[() => headroom.register({govern: {reserveBytes: broken()}}), 'govern.reserveBytes'],
		[() => headroom.onGovernorAction(broken()), 'listener'],
		[() => new headroom.MediaCache(broken()), 'MediaCache'],
		[() => new headroom.MediaCache({maxSizeInBytes: broken()}), 'maxSizeInBytes'],
	);
	if (!noBinary) {
		cases.push(
			[() => new headroom.MediaCache({maxSizeInBytes: 9}).get(broken()), 'key'],
			[
				() => new headroom.MediaCache({maxSizeInBytes: 9}).set('a', broken(Buffer.alloc(1))),
				'data',
			],
		);
	}
}

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

test('what is a revoked proxy inside of a media cache size is named too', () => {
	const mediaCacheSizeInBytes = revoked();
	expect(() => headroom.planRender({width: 1, height: 1, mediaCacheSizeInBytes})).toThrow(
		/^mediaCacheSizeInBytes must be .* a revoked proxy/,
	);
});

test('looking for revoked proxies asks nothing of those that work', () => {
	const asked = [];
	const handler = new Proxy({}, {get: (_, trap) => void asked.push(trap)});
	expect(() => headroom.canUseParallelEncoding(new Proxy({}, handler))).toThrow(/codec/);
	expect(asked).toEqual([]);
	expect(headroom.explainRenderError(revoked())).toEqual([]);
	const own = new Error('of the getter');
	const thrower = {
		get src() {
			throw own;
		},
	};
	expect(() => headroom.compressAsset([], thrower)).toThrow(own);
	expect(() => headroom.compressAsset([thrower], {...payload})).toThrow(own);
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
