/** How much is logged: each level includes the ones behind it. */
export type LogLevel = 'trace' | 'verbose' | 'info' | 'warn' | 'error';

/**
 * What the drop-ins need of an audio or video asset. Remotion's
 * `AudioOrVideoAsset`, of any version, has it.
 */
export interface MediaAsset {
	/** URL, data URL or reference. */
	src: string;
	/** Identifies the track over its frames. */
	id: string;
	/** The frame the asset belongs to. */
	frame: number;
}

/**
 * Memory that can still be used, in bytes: the smallest of what the machine
 * has free, what the container's cgroup leaves, and what AWS Lambda grants.
 * Never NaN, never negative.
 *
 * Sources, each read once: `/proc/meminfo` (elsewhere `os.freemem()`),
 * `/sys/fs/cgroup/memory.max` and `memory.current` (cgroup v2) or
 * `/sys/fs/cgroup/memory/memory.limit_in_bytes` and `memory.usage_in_bytes`
 * (v1), `AWS_LAMBDA_FUNCTION_MEMORY_SIZE` (MiB).
 *
 * Warns through `console.warn`, once per process and cause, at `warn` and
 * below: where meminfo can't be used, and where the container's limit is
 * larger than the machine.
 *
 * @param logLevel `'error'` is silent.
 * @throws TypeError where `logLevel` is not a log level.
 */
export function getAvailableMemory(logLevel: LogLevel): number;

/**
 * Bytes left below the limit of the cgroup at the fixed paths named at
 * {@link getAvailableMemory}. `Infinity` where no limit is set (`max`, or a v1
 * limit above 2^60), `0` where usage exceeds it, `null` where there is no such
 * cgroup.
 */
export function getAvailableMemoryFromCgroup(): number | null;

/**
 * `MemAvailable` of `/proc/meminfo` in bytes; `null` where the system has no
 * such file, or it says nothing usable (then with a warning).
 *
 * @throws TypeError where `logLevel` is not a log level.
 */
export function getFreeMemoryFromProcMeminfo(logLevel: LogLevel): number | null;

/**
 * Memory of the AWS Lambda function in bytes, from
 * `AWS_LAMBDA_FUNCTION_MEMORY_SIZE` (MiB); `null` unless that is a positive
 * number.
 */
export function getMaxLambdaMemory(): number | null;

/**
 * Whether encoding may run beside rendering: whether more than 2,000,000,000
 * bytes stay free beside an encoder that is estimated to take 1,000 bytes a
 * pixel (the rule of `@remotion/renderer` 4.0.529).
 *
 * @throws TypeError where `width` or `height` is not a finite number of pixels,
 * zero or more, or `logLevel` is not a log level.
 */
export function shouldUseParallelEncoding(options: {
	/** Width of a frame in pixels. */
	width: number;
	/** Height of a frame in pixels. */
	height: number;
	/** See {@link getAvailableMemory}. */
	logLevel: LogLevel;
}): {
	hasEnoughMemory: boolean;
	/** {@link getAvailableMemory}, in bytes. */
	freeMemory: number;
	/** What the encoder is estimated to take, in bytes. */
	estimatedUsage: number;
};

/**
 * Whether `freeMemory` exceeds `estimatedUsage` by more than 2,000,000,000.
 *
 * @throws TypeError where either is not a number.
 */
export function hasEnoughMemoryForParallelEncoding(options: {
	/** Bytes. */
	freeMemory: number;
	/** Bytes. */
	estimatedUsage: number;
}): boolean;

/**
 * Whether frames of this codec can go to the encoder while rendering: `h264`,
 * `h264-mkv` and `h265`, unless `REMOTION_PARTITIONED_RENDERING` is `true`.
 *
 * @throws TypeError where `codec` is not a string.
 */
export function canUseParallelEncoding(codec: string): boolean;

/**
 * Replaces a payload that an earlier asset carries by a reference to it.
 *
 * A `src` of 400 characters or more that one of `previousRenderAssets` has too
 * gives a copy of the asset with `src: "same-as-<id>-<frame>"`, naming the
 * first of them. Otherwise `newRenderAsset` itself is returned. Its payload is
 * then held in Rust memory: its `src` is replaced by an equal external string,
 * unless the asset is frozen, a proxy, or `src` is an accessor.
 *
 * @throws TypeError where `previousRenderAssets` is not an array,
 * `newRenderAsset` not an object, or its `src` not a string.
 */
export function compressAsset<Asset extends MediaAsset>(
	previousRenderAssets: readonly Asset[],
	newRenderAsset: Asset,
): Asset;

/**
 * Whether `src` is a reference made by {@link compressAsset}: whether it
 * starts with `same-as`.
 *
 * @throws TypeError where `src` is not a string.
 */
export function isAssetCompressed(src: string): boolean;

/**
 * Undoes {@link compressAsset}: a copy of the asset with the `src` of the first
 * of `allRenderAssets` that has the id and frame referred to and is not a
 * reference itself. An asset that is no reference comes back as it is.
 *
 * @throws TypeError where the reference leads nowhere, or for arguments as at
 * {@link compressAsset}.
 */
export function uncompressMediaAsset<Asset extends MediaAsset>(
	allRenderAssets: readonly Asset[],
	assetToUncompress: Asset,
): Asset;

/** What {@link getAssetStoreStats} tells. */
export interface AssetStoreStats {
	/** Payloads alive, of the whole process. */
	payloads: number;
	/** Their characters' bytes in Rust memory. */
	bytes: number;
	/** How often a payload was already known. */
	hits: number;
	/** How often it was new. */
	misses: number;
	/**
	 * Whether the Rust binary is in use. Without one for this machine, plain
	 * JavaScript stands in: every drop-in answers the same, payloads stay in
	 * V8's heap, and `payloads`, `bytes` and `misses` are 0.
	 */
	native: boolean;
}

/** What the payload store holds now, and how often it helped since the start. */
export function getAssetStoreStats(): AssetStoreStats;
