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
 * Sources, each read once: `/proc/meminfo` (on macOS sysctl, as newer sources of
 * Remotion have it:
 * {@link https://github.com/remotion-headroom/remotion-headroom/blob/main/docs/memory.md docs/memory.md}; elsewhere `os.freemem()`),
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
 * {@link getFreeMemoryFromProcMeminfo}, by the name it has in newer sources of
 * Remotion.
 */
export function getAvailableMemoryFromProcMeminfo(logLevel: LogLevel): number | null;

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
 * `previousRenderAssets` is an array of the earlier assets, or a Map from `src`
 * to the first asset that has it. The Map is only read: after each call, add
 * the result where its `src` is not a key yet.
 *
 * A `src` of 400 characters or more that one of `previousRenderAssets` has too
 * gives a copy of the asset with `src: "same-as-<id>-<frame>"`, naming the
 * first of them; of a Map, the asset that `get(src)` gives. Otherwise `newRenderAsset` itself is returned. Its payload is
 * then held in Rust memory: its `src` is replaced by an equal external string,
 * unless the asset is frozen, a proxy, or `src` is an accessor.
 *
 * @throws TypeError where `previousRenderAssets` is neither an array nor a Map
 * (a proxy of a Map is none), `newRenderAsset` not an object, or its `src` not a
 * string.
 */
export function compressAsset<Asset extends MediaAsset>(
	previousRenderAssets: readonly Asset[] | ReadonlyMap<string, Asset>,
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
 * of `allRenderAssets` (of its values, where it is a Map) that has the id and
 * frame referred to and is not a reference itself. An asset that is no reference comes back as it is.
 *
 * @throws TypeError where the reference leads nowhere, or for arguments as at
 * {@link compressAsset}.
 */
export function uncompressMediaAsset<Asset extends MediaAsset>(
	allRenderAssets: readonly Asset[] | ReadonlyMap<string, Asset>,
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
	 * Whether the Rust binary is in use. Without one for this machine,
	 * WebAssembly stands in: every drop-in answers by the same rules, payloads
	 * stay in V8's heap, and `payloads`, `bytes` and `misses` are 0.
	 */
	native: boolean;
}

/** What the payload store holds now, and how often it helped since the start. */
export function getAssetStoreStats(): AssetStoreStats;

/** Options of {@link measureMemory}. */
export interface MeasureMemoryOptions {
	/**
	 * Also return the files that the report was made from. Default: `false`.
	 */
	capture?: boolean;
	/**
	 * `'error'` silences the warning about an override that is no size.
	 * Default: `'info'`.
	 */
	logLevel?: LogLevel;
}

/** One cgroup. Bytes; `null` where there is no such limit or no such file. */
export interface CgroupLevel {
	/** The cgroup's path as `/proc/self/cgroup` names it. */
	path: string;
	/** The directory with its files. */
	directory: string;
	/**
	 * `memory.max` (v2), `memory.limit_in_bytes` (v1): above it the kernel kills.
	 * `null` also where it is at or above the machine's memory.
	 */
	limit: number | null;
	/**
	 * v1: `hierarchical_memory_limit` of `memory.stat`, the smallest limit from
	 * here up, also of cgroups that can't be seen from inside a container. `null`
	 * where there is none, and above the own cgroup where it isn't asked.
	 */
	hierarchicalLimit: number | null;
	/** v2: `memory.high`, above which the kernel slows down and doesn't kill. */
	high: number | null;
	/** `memory.current` (v2), `memory.usage_in_bytes` (v1), page cache included. */
	usage: number | null;
	/**
	 * The part of `usage` that the kernel drops before it kills: page cache,
	 * active or not, and on v2 reclaimable slab, less a reserve. Not mapped, dirty
	 * or mlocked pages, nor shmem. `null` where the kernel doesn't say, and above
	 * the own cgroup where nothing limits: it isn't asked.
	 */
	reclaimable: number | null;
	/**
	 * The smaller of both limits, less `usage`, plus `reclaimable`. Zero or more;
	 * `null` where no limit is enforced on this process at this level.
	 */
	headroom: number | null;
}

/** What {@link measureMemory} finds. All sizes in bytes, never NaN or negative. */
export interface MemoryReport {
	/** What this process can still use: the smallest of all sources. */
	available: number;
	/** The smallest of the machine's memory and all limits. */
	total: number;
	/** The source that set `available`; of equals the first in this order. */
	limitedBy: 'host' | 'cgroup' | 'lambda' | 'override';
	/** What the process runs in. */
	environment: 'lambda' | 'container' | 'host';
	/** Who runs it, where that can be told. `systemd` on a host: as a unit. */
	runtime: 'docker' | 'kubernetes' | 'podman' | 'systemd' | null;
	/** `MemTotal` and `MemAvailable` of `/proc/meminfo`; else what the system says. */
	host: {total: number; available: number};
	/** `null` where no memory cgroup can be read. */
	cgroup: {
		/** Which form the memory controller has; on a hybrid machine the one it is in. */
		version: 1 | 2;
		/** The tightest level's path; `null` where no level has a limit. */
		limitedBy: string | null;
		/** The process's own cgroup first, then each one above it that can be read. */
		levels: CgroupLevel[];
	} | null;
	/**
	 * Processes that the OOM killer ended in the process's own cgroup since that
	 * was made. `null` where the kernel doesn't say.
	 */
	oomKills: number | null;
	/**
	 * Share of the last ten seconds in which some or all tasks waited for memory,
	 * in percent: of the own cgroup (v2), else of the machine. `null` before
	 * Linux 4.20 and where PSI is off.
	 */
	pressure: {scope: 'cgroup' | 'host'; some: number; full: number} | null;
	/** `AWS_LAMBDA_FUNCTION_MEMORY_SIZE` in bytes; `null` unless a positive number. */
	lambda: number | null;
	/** `REMOTION_HEADROOM_MEMORY_LIMIT` in bytes; `null` where it isn't set or no size. */
	override: number | null;
	/**
	 * CPUs that this process may use, above zero: those that its affinity mask
	 * allows, or the smallest CPU quota from its cgroup up, where that is less. A
	 * quota is CPU time, and need not be a whole number: 2.5.
	 */
	cpus: number;
	/** Only with `capture: true`. */
	capture?: MemoryCapture;
}

/** Exactly what a report was made from, to attach to a bug report. JSON-safe. */
export interface MemoryCapture {
	/** Of this format. */
	version: 1;
	/** `process.platform`. */
	platform: string;
	/** `os.release()`. */
	kernel: string;
	/** The variables that were looked at; `null` where not set. */
	variables: Record<string, string | null>;
	/** In the order of reading, each file once. */
	files: {
		path: string;
		/** Base64, so that any bytes survive; `null` where it couldn't be read. */
		content: string | null;
		/** Why it couldn't be read. */
		error: string | null;
	}[];
}

/**
 * Measures how much memory this process can still use before something is
 * killed: the machine, every cgroup from the process's own up, Lambda, and the
 * `REMOTION_HEADROOM_MEMORY_LIMIT` of the user (a number with a unit of 1,024
 * such as `512m` or `4Gi`, or bytes). Sources that can't be read are left out; an
 * override that is no size, or a number below 1 MiB without a unit, is ignored
 * with one warning.
 *
 * The rules are in
 * {@link https://github.com/remotion-headroom/remotion-headroom/blob/main/docs/memory.md docs/memory.md}.
 *
 * @throws TypeError where `options` is no object, `capture` no boolean or
 * `logLevel` none of the five.
 */
export function measureMemory(options?: MeasureMemoryOptions): MemoryReport;

/** Options of {@link planRender}: those of a composition, and what is decided already. */
export interface PlanRenderOptions {
	/** Width of a frame in pixels, above zero. */
	width: number;
	/** Height of a frame in pixels, above zero. */
	height: number;
	/** Frames a second, above zero. */
	fps?: number | null;
	/** Frames of the composition: more tabs than that are never planned. */
	durationInFrames?: number | null;
	/** As `renderMedia` takes it. Default: `'h264'`. */
	codec?: PlannedCodec | null;
	/** Of a frame to the composition, above zero, as `renderMedia` takes it. Default: 1. */
	scale?: number | null;
	/** As `renderMedia` takes it. Default: `'jpeg'`. */
	imageFormat?: 'jpeg' | 'png' | 'none' | null;
	/** Sources of media that a tab has at once. Default: 1. */
	mediaSources?: number | null;
	/** As `renderMedia` takes it. Default: 2. */
	offthreadVideoThreads?: number | null;
	/**
	 * Whether frames that wait for their encoding take memory. Default: whether the
	 * folder of temporary files is a tmpfs; `false` with both `memory` and `cpus`.
	 */
	framesInMemory?: boolean | null;
	/**
	 * Keep this many tabs: a number, or a share such as `'50%'` of the CPUs that
	 * Remotion counts, quota or not.
	 */
	concurrency?: number | string | null;
	/** Keep this decision; `false` leaves it to Remotion's rule, as in `renderMedia`. */
	disallowParallelEncoding?: boolean | null;
	/** Keep this size, in bytes: 240 MiB to 20,000 MiB. */
	mediaCacheSizeInBytes?: number | null;
	/** Keep this size, in bytes. */
	offthreadVideoCacheSizeInBytes?: number | null;
	/** A report, or a number of bytes. Default: {@link measureMemory}, now. */
	memory?: MemoryReport | number | null;
	/**
	 * CPUs of another machine, above zero, fractions allowed: with these and
	 * `memory` this machine is not looked at, and `concurrency` is a share of them.
	 * Default: those of the report, or of this process.
	 */
	cpus?: number | null;
}

/** Remotion's codecs. */
export type PlannedCodec =
	| 'h264'
	| 'h265'
	| 'vp8'
	| 'vp9'
	| 'av1'
	| 'mp3'
	| 'aac'
	| 'wav'
	| 'prores'
	| 'h264-mkv'
	| 'h264-ts'
	| 'gif';

/** The part of a {@link RenderPlan} to spread into `renderMedia()`. */
export interface PlannedOptions {
	/** Whether encoding has to wait until all frames are rendered. */
	disallowParallelEncoding: boolean;
	/** Tabs. */
	concurrency: number;
	/** What each tab's media cache may hold, in bytes. */
	mediaCacheSizeInBytes: number;
	/** What the cache behind `<OffthreadVideo>` may hold, in bytes. */
	offthreadVideoCacheSizeInBytes: number;
}

/** What {@link planRender} decides. */
export interface RenderPlan extends PlannedOptions {
	/** The four decisions alone: `renderMedia({...plan.options, ...})`. */
	options: PlannedOptions;
	/** Whether encoding runs while rendering. */
	parallelEncoding: boolean;
	/** Whether the expected peak fits. */
	fits: boolean;
	/** What was available, in bytes. */
	availableBytes: number;
	/** What was planned with: `availableBytes` less a margin. */
	budgetBytes: number;
	/** A ceiling of what the render takes: its peak with all caches full, in bytes. */
	expectedPeakBytes: number;
	/** Every decision in words. */
	reasons: string[];
	/** The codes of `reasons`, in the same order. */
	reasonCodes: PlanReasonCode[];
}

/**
 * What a reason of {@link planRender} says, for programs:
 * {@link https://github.com/remotion-headroom/remotion-headroom/blob/main/docs/plan.md docs/plan.md} lists them.
 */
export type PlanReasonCode =
	| 'memory-given'
	| 'memory-of-host'
	| 'memory-of-cgroup'
	| 'memory-of-lambda'
	| 'memory-of-override'
	| 'encoding-beside'
	| 'encoding-beside-asked'
	| 'encoding-beside-frames'
	| 'encoding-after'
	| 'encoding-after-remotion'
	| 'encoding-after-asked'
	| 'encoding-after-partitions'
	| 'encoding-after-codec'
	| 'tabs'
	| 'tabs-asked'
	| 'tabs-fewer'
	| 'tabs-of-quota'
	| 'media-cache'
	| 'media-cache-asked'
	| 'offthread-video-cache'
	| 'offthread-video-cache-asked'
	| 'frames-in-memory'
	| 'does-not-fit';

/**
 * Chooses the options of a render that decide how much memory it takes, so that
 * it fits into what this process may use. What is given is kept. The rule and
 * what it is measured on:
 * {@link https://github.com/remotion-headroom/remotion-headroom/blob/main/docs/plan.md docs/plan.md}.
 *
 * @throws TypeError or RangeError that names the argument.
 */
export function planRender(options: PlanRenderOptions): RenderPlan;

/**
 * Bytes for a media cache, by the rule of `@remotion/media`: on a page an
 * explicit `remotion_mediaCacheSizeInBytes`, else half of the available memory
 * within 500 MiB and 20,000 MiB, else 1,000,000,000. Asked once per process.
 *
 * @throws TypeError where `logLevel` is not a log level.
 * @throws RangeError where the explicit value is not within 240 MiB and 20,000 MiB.
 */
export function getMaxVideoCacheSize(logLevel: LogLevel): number;

/** Node's `Buffer`; a `Uint8Array` to whoever has no types of Node installed. */
export type Bytes = typeof globalThis extends {Buffer: {alloc(size: number): infer Made}}
	? Made
	: Uint8Array;

/** What {@link MediaCache.stats} tells. */
export interface MediaCacheStats {
	/** Entries. */
	count: number;
	/** Bytes that count towards the budget. */
	size: number;
	/** The budget in bytes. */
	maxSizeInBytes: number;
	/** Reads that found their key. */
	hits: number;
	/** Reads that did not. */
	misses: number;
	/** Entries that went to make room. */
	evictions: number;
	/** Values that were larger than the budget. */
	refusals: number;
}

declare global {
	// TypeScript has it from 5.2 on, where its `lib` says so.
	interface SymbolConstructor {
		readonly dispose: unique symbol;
	}
}

/**
 * A cache for media data with a budget in bytes, which are outside V8's heap.
 * What was used least lately goes first.
 *
 * More in
 * {@link https://github.com/remotion-headroom/remotion-headroom/blob/main/docs/cache.md docs/cache.md}.
 */
export class MediaCache {
	/**
	 * @param options `maxSizeInBytes`: a whole number, one or more. Default:
	 * {@link getMaxVideoCacheSize}.
	 * @throws TypeError where that is something else.
	 */
	constructor(options?: {maxSizeInBytes?: number});
	/**
	 * Stores a copy of `data`. `false` where it is larger than the whole budget:
	 * then it is refused, and an older value under `key` is gone.
	 *
	 * @throws TypeError where `key` is no string or `data` no `Uint8Array` with memory;
	 * an Error where there is no memory for the copy.
	 */
	set(key: string, data: Uint8Array): boolean;
	/**
	 * The cached buffer itself; now the one used last. Treat it as read-only:
	 * whoever reads the entry has this buffer. It stays valid whatever becomes of
	 * the entry. Where its memory is transferred away, the entry is gone.
	 */
	get(key: string): Bytes | undefined;
	/** Changes neither order nor statistics. */
	has(key: string): boolean;
	/** Whether there was such an entry. */
	delete(key: string): boolean;
	/** Removes all entries. */
	clear(): void;
	/** Gives everything up; from then on `set` returns `false`. */
	dispose(): void;
	/** {@link MediaCache.dispose}, for `using`. */
	[Symbol.dispose](): void;
	/** Bytes that count towards the budget. */
	readonly size: number;
	/** Entries. */
	readonly count: number;
	/** The budget in bytes. */
	readonly maxSizeInBytes: number;
	/** All figures at once. */
	stats(): MediaCacheStats;
}

/**
 * What a hint says, for programs:
 * {@link https://github.com/remotion-headroom/remotion-headroom/blob/main/docs/diagnostics.md docs/diagnostics.md} lists them.
 */
export type HintCode =
	| 'oom-killed'
	| 'process-killed'
	| 'libraries-missing'
	| 'browser-sandbox'
	| 'browser-download-failed'
	| 'process-limit'
	| 'too-many-open-files'
	| 'read-only-file-system'
	| 'v8-heap-exhausted'
	| 'string-too-long'
	| 'file-too-large'
	| 'buffer-allocation-failed'
	| 'lambda-out-of-memory'
	| 'lambda-timeout'
	| 'lambda-crashed'
	| 'lambda-payload-too-large'
	| 'lambda-version-mismatch'
	| 'lambda-not-found'
	| 'lambda-too-large'
	| 'lambda-role'
	| 'aws-access-denied'
	| 'aws-credentials'
	| 'process-crashed'
	| 'encoder-quit'
	| 'compositor-quit'
	| 'browser-gone'
	| 'screenshot-failed'
	| 'page-crashed'
	| 'browser-resources'
	| 'infinite-duration'
	| 'file-watchers-exhausted'
	| 'lambda-disk-full'
	| 'disk-full'
	| 'lambda-memory-capped'
	| 'webgl-renderer'
	| 'media-playback'
	| 'delay-render-proxy'
	| 'delay-render-timeout'
	| 'target-closed'
	| 'page-function-timeout'
	| 'name-too-long'
	| 'lambda-rate-limit'
	| 'webgl-context'
	| 'bucket-acl'
	| 'component-undefined'
	| 'glibc-too-old'
	| 'macos-too-old'
	| 'bad-file-descriptor'
	| 'unreadable-credentials'
	| 'fetch-failed'
	| 'cloud-run-quota';

/** Why a render may have failed, and what helps. */
export interface RenderErrorHint {
	/** Stable. */
	code: HintCode;
	/** One sentence. */
	title: string;
	/** What is behind it, and what to do. */
	detail: string;
	/** Where to read more. */
	url?: string;
	/** How bad it is. */
	severity: 'error' | 'warn' | 'info';
}

/** How {@link explainRenderError} is to see an error. */
export interface ExplainOptions {
	/**
	 * `measureMemory().oomKills` from before the render, to compare with. Left out,
	 * it is the count that was taken when the render started, where Remotion is
	 * activated; else the last one that was taken. `null`: kills don't count.
	 */
	oomKillsBefore?: number | null;
}

/**
 * What is known about an error of a render, the worst first; nothing where
 * nothing is known. Takes whatever can be thrown, and fails for none of it.
 *
 * @throws TypeError where `options` are no such options.
 */
export function explainRenderError(err: unknown, options?: ExplainOptions): RenderErrorHint[];

/**
 * Prints what {@link explainRenderError} says, each hint at its own level. An
 * error whose stack was among the last ten is not explained again.
 *
 * @param indent Whether each line gets a bar before it.
 * @throws TypeError where `logLevel` is not a log level.
 */
export function printUsefulErrorMessage(err: unknown, logLevel: LogLevel, indent: boolean): void;

/**
 * What the doctor's advice says, for programs:
 * {@link https://github.com/remotion-headroom/remotion-headroom/blob/main/docs/doctor.md docs/doctor.md} lists them.
 */
export type DoctorAdviceCode =
	| 'no-binary'
	| 'no-external-strings'
	| 'limit-ignored'
	| 'render-does-not-fit'
	| 'plan-wanted'
	| 'oom-kills'
	| 'heap-above-memory'
	| 'slowed-down'
	| 'disk-nearly-full'
	| 'disk-in-memory'
	| 'glibc-too-old'
	| 'no-glibc'
	| 'no-browser'
	| 'browser-outdated'
	| 'browser-lost'
	| 'versions-differ'
	| 'switched-off'
	| 'not-installed'
	| 'no-remotion'
	| 'parts-skipped'
	| 'activate';

/**
 * What the doctor says beside its advice, for programs:
 * {@link https://github.com/remotion-headroom/remotion-headroom/blob/main/docs/doctor.md docs/doctor.md} lists them.
 */
export type DoctorLineCode =
	| 'switched-off'
	| 'tabs-of-cpus'
	| 'tabs-of-quota'
	| 'tabs-asked'
	| 'way-active'
	| 'way-cli'
	| 'way-commonjs'
	| 'way-esm'
	| 'way-typescript'
	| 'way-too-late'
	| 'way-bun'
	| 'way-next'
	| 'way-next-bundled'
	| 'way-cloud'
	| 'way-none';

/** One of `advice` in what `remotion-headroom doctor --json` prints. */
export interface DoctorAdvice {
	/** Stable. */
	code: DoctorAdviceCode;
	/** How bad it is. With an `error` the exit code is 1. */
	severity: 'error' | 'warn' | 'info';
	/** What was found, and what to do. */
	text: string;
}

/**
 * What {@link register} replaces in Remotion: each part by the module it stands
 * for, and by what it does there where a module has two.
 */
export type RegisteredPart =
	/** How much memory is available, by {@link measureMemory}. */
	| 'get-available-memory'
	/** Whether encoding runs beside rendering. Versions with another rule keep theirs. */
	| 'prestitcher-memory-usage'
	/** {@link compressAsset}: each payload is held once, outside V8's heap. */
	| 'compress-assets'
	/** A tab sends each payload once; inline audio travels compactly. */
	| 'collect-assets'
	/** A frame costs the same, however many came before. */
	| 'render-frame-with-option-to-reject/frame-ledger'
	/** Where a frame is in the lists of frames is not searched for. */
	| 'render-frame-with-option-to-reject/frame-index'
	/** Samples of inline audio are released once they are in their file. */
	| 'render-frame-with-option-to-reject/inline-audio'
	| 'render-frame-with-option-to-reject/asset-runs'
	/** What became of a frame whose tab crashed; see {@link RegisterOptions.govern}. */
	| 'render-frame-with-option-to-reject/outcome'
	/** Of the files that inline audio is written to, those used last are open. */
	| 'inline-audio-mixing'
	/** When assets are heard, in versions that take quadratic time for it. */
	| 'calculate-asset-positions'
	/** Which frame is next is not searched for. */
	| 'next-frame-to-render'
	/** Frames that wait for a tab stand in a queue. */
	/** Frames get their tabs as memory allows. */
	| 'render-frame-and-retry-target-close'
	| 'render-frame-and-retry-target-close/in-turn'
	/** Tabs are opened one by one where memory is short. */
	| 'make-page'
	/** The bundle's source map is read when a message needs it, outside V8's heap. */
	| 'symbolicate-stacktrace'
	/** The cache of `<OffthreadVideo>` goes by what the container has left. */
	| 'compositor'
	/** Frames wait for a slow encoder in their tabs, in versions that don't wait by themselves. */
	| 'prespawn-ffmpeg'
	/** The file of a data URL is named by one hash in Rust. */
	| 'download-and-map-assets-to-file'
	/** Payloads get into their files one after the other, in pieces. */
	| 'download-and-map-assets-to-file/download-asset'
	/** Screenshots are decoded in Rust, straight from what the browser sends. Needs the binary. */
	| 'screenshot-task'
	/** Frames of `<OffthreadVideo>` are put together as they come. */
	| 'make-streamer'
	/** Options of `renderMedia()` left unset come from {@link planRender}. Only with `plan: true`. */
	| 'render-media'
	/** The same for `renderFrames()`. */
	| 'render-frames'
	/** ESM importers of `@remotion/renderer` are led to its CJS build. */
	| 'esm';

/**
 * What the governor did; see {@link RegisterOptions.govern}. Bytes throughout.
 */
export type GovernorAction = {
	/** The action in one sentence, with the figures. */
	message: string;
	/** What could still be used. */
	availableBytes: number;
	/** What will be left half a second later, if it goes on like this. */
	expectedBytes: number;
	/** What is to stay free. */
	reserveBytes: number;
	/** The smallest of the machine's memory and the limits. */
	limitBytes: number;
	/** How often a limit was hit since the first look. */
	limitHits: number;
	/** Processes that the kernel has killed since the first look. */
	oomKills: number;
} & (
	| {
			/** Tabs that are opened later, when there is room. */
			type: 'tabs-later';
			tabs: number;
			of: number;
	  }
	| {
			/** As many tabs may have a frame from now on. */
			type: 'fewer-tabs' | 'fewer-tabs-after-kill' | 'more-tabs';
			from: number;
			to: number;
			/** What a tab was seen to take; 0 where that is not known. */
			tabBytes: number;
	  }
	| {
			/** A tab was opened; closed while it was idle; killed while it was idle. */
			type: 'tab-opened' | 'tab-closed' | 'tab-lost';
			tab: number;
	  }
	| {
			/** Tabs gave back what they hold without need. */
			type: 'tabs-purged';
			tabs: number;
			gainedBytes: number;
			milliseconds: number;
	  }
	| {
			/** The frames that `<OffthreadVideo>` keeps were dropped. */
			type: 'cache-emptied';
			cachedBytes: number;
			gainedBytes: number;
	  }
	| {
			/** `<OffthreadVideo>` goes on with the smallest cache that it needs. */
			type: 'cache-shrunk';
			cacheBytes: number;
			cachedBytes: number;
			gainedBytes: number;
	  }
	| {
			/** `<OffthreadVideo>` needs a larger cache than it has. */
			type: 'cache-grown';
			cacheBytes: number;
	  }
	| {
			/** A tab was closed, and another one opened in its place. */
			type: 'tab-replaced';
			tab: number;
			gainedBytes: number;
			milliseconds: number;
	  }
	| {
			/** The kernel killed a tab: its frame is rendered once more, or had been captured. */
			type: 'frame-again' | 'frame-kept';
			tab: number;
			frame: number;
	  }
	| {
			/** The kernel killed the compositor, and another one stands in. */
			type: 'compositor-restarted';
	  }
);

/**
 * Calls `listener` on each action of the governor, in all renders of the process.
 * What it throws is printed, and the render goes on.
 *
 * @returns a function that ends it.
 * @throws TypeError where `listener` is no function.
 */
export function onGovernorAction(listener: (action: GovernorAction) => void): () => void;

/**
 * A line of a {@link RenderSummary}, for programs:
 * {@link https://github.com/remotion-headroom/remotion-headroom/blob/main/docs/activation.md docs/activation.md} lists them.
 */
export type RenderSummaryCode =
	| 'started'
	| 'ended'
	| 'failed'
	| 'cancelled'
	| 'parts'
	| 'no-parts'
	| 'payloads'
	| 'payloads-on-heap'
	| 'no-payloads'
	| 'payloads-unknown'
	| 'heap'
	| 'memory'
	| 'memory-of-machine'
	| 'memory-unseen'
	| 'kernel-peak'
	| 'governor'
	| 'governor-idle'
	| 'not-governed'
	| 'stepped-aside'
	| 'kills'
	| 'shared';

/** What an activated render did. All bytes are whole numbers, zero or more. */
export interface RenderSummary {
	/** Which of Remotion's functions it was; what that calls itself is a part of it. */
	call: 'renderMedia' | 'renderFrames' | 'renderStill' | 'stitchFramesToVideo';
	/** How it ended. */
	outcome: 'ended' | 'failed' | 'cancelled';
	/** Of remotion-headroom. */
	version: string;
	/** Of the copy of `@remotion/renderer` that rendered. */
	remotionVersion: string;
	/** Milliseconds since 1970. */
	startedAt: number;
	/** How long it took. */
	milliseconds: number;
	/** Parts that were called in this render. */
	parts: RegisteredPart[];
	/** What was left to Remotion, and why: at activation, or in this render. */
	steppedAside: {part: RegisteredPart | 'governor'; reason: string}[];
	/** Payloads of 400 characters or more; `null` where Remotion collected the assets itself, or none were. */
	payloads: {
		/** How many different ones there were. */
		count: number;
		/** Whether they are outside V8's heap, each held once. */
		offHeap: boolean;
		/** Bytes of each of them once. */
		heldBytes: number;
		/** Bytes that tabs have sent over DevTools: none of what another render holds still. */
		sentBytes: number;
		/** Bytes that Remotion would have them send: each payload in each frame that carries it. */
		stockBytes: number;
	} | null;
	/** Of V8's used heap, looked at every 100 milliseconds and at each frame; the whole process's. */
	peakHeapBytes: number;
	/** Of everything that counts against the limit; `null` where no look was taken. */
	memory: {
		/** How many looks there were. */
		looks: number;
		/** The most that was in use and could not be taken back. */
		peakBytes: number;
		/** The limit at that time. */
		limitBytes: number;
		/** Whether something limits it beside the machine's memory. Else it is the whole machine's. */
		contained: boolean;
		/**
		 * The kernel's mark (`memory.peak`, `memory.max_usage_in_bytes`), page cache
		 * included; `null` where there is none, or it was as high before.
		 */
		kernelPeakBytes: number | null;
	} | null;
	/** Whether its tabs were governed. */
	governed: boolean;
	/** How often the governor did something for this render. */
	actions: {[type in GovernorAction['type']]?: number};
	/** How often it did something that concerns all renders of the process. */
	sharedActions: {[type in GovernorAction['type']]?: number};
	/** Processes of the cgroup that the kernel killed meanwhile. */
	oomKills: number;
	/** This one, and the others that ran at some time meanwhile: heap, memory and kills are shared with them. */
	rendersAtOnce: number;
	/** The same in words, the outcome first. */
	lines: {code: RenderSummaryCode; text: string}[];
	/** The lines in one, without that of the parts. */
	message: string;
}

/**
 * Calls `listener` when an activated render has ended, failed or was cancelled,
 * before its caller hears of it. What it throws is printed, and nothing else.
 *
 * @returns a function that ends it.
 * @throws TypeError where `listener` is no function.
 */
export function onRenderEnd(listener: (summary: RenderSummary) => void): () => void;

/** Summaries of the last 100 activated renders of this process, the oldest first. */
export function getRenderSummaries(): RenderSummary[];

/** What a look at memory found. Bytes, and plain counts. */
export interface MemoryLook {
	/** Milliseconds since 1970. */
	at: number;
	/** What could still be used. */
	availableBytes: number;
	/** The smallest of the machine's memory and the limits. */
	limitBytes: number;
	/** What of the limit was in use and could not be taken back. */
	usedBytes: number;
	/** How often a limit was hit, since its cgroup was made. */
	limitHits: number;
	/** Processes that the kernel has killed, likewise. */
	oomKills: number;
}

/**
 * Looks of the last five minutes in which activated renders ran, the oldest first:
 * at most 3,000. Of looks that are less than 100 milliseconds apart the one is kept
 * that found least.
 */
export function getMemoryTimeline(): MemoryLook[];

/**
 * Current figures of this process as OpenMetrics text:
 * {@link https://github.com/remotion-headroom/remotion-headroom/blob/main/docs/metrics.md docs/metrics.md}.
 */
export function metrics(): string;

/** Options of {@link register}. */
export interface RegisterOptions {
	/**
	 * Where Remotion's figure for available memory comes from: `'measured'` is
	 * `measureMemory().available`, `'parity'` what Remotion's own function
	 * returns on this machine, {@link getAvailableMemory}. Default `'measured'`.
	 * A later call changes it at once.
	 */
	memory?: 'measured' | 'parity';
	/** Which of our warnings are printed. Default `'warn'`; `'error'` prints none. */
	logLevel?: LogLevel;
	/**
	 * Whether `renderMedia()` and `renderFrames()` take `concurrency`,
	 * `mediaCacheSizeInBytes`, `offthreadVideoCacheSizeInBytes` and
	 * `disallowParallelEncoding` from {@link planRender} where their caller left
	 * them unset, also in a render of Remotion's command. What was chosen is logged
	 * at `verbose`; what does not fit is warned of, but at `error`. Default `false`.
	 */
	plan?: boolean;
	/**
	 * Whether renders are watched while they run, and act before the kernel kills:
	 * fewer tabs, caches emptied, a tab that grows replaced. `'auto'` does nothing
	 * while memory is ample; `{reserveBytes}` keeps that much free in place of an
	 * eighth of the limit (96 MiB to 1 GiB). Each action is logged at `verbose` and
	 * told to {@link onGovernorAction}. Default `'auto'`; the environment variable
	 * `REMOTION_HEADROOM_GOVERN` has the last word: `off`, or a size to keep free
	 * such as `512m`.
	 */
	govern?: 'auto' | 'off' | {reserveBytes: number};
	/**
	 * Where the report of each render's memory goes: a page (`.html`, with the
	 * recording that it is made of beside it as `.jsonl`) or the recording alone
	 * (`.jsonl`), which is written as the render goes on. `{id}` in the name is the
	 * render's number within the process and `{pid}` the process's id; without
	 * `{id}` the second render's file ends in `-2`. Files that are there are
	 * replaced. One that can't be written is warned of, and the render runs. Needs
	 * the binary. Default: none; the environment variable
	 * `REMOTION_HEADROOM_REPORT` has the last word: `off`, or a file.
	 */
	report?: string;
	/**
	 * Whether each activated render is summed up in one line when it has ended, as
	 * by `REMOTION_HEADROOM=verbose`. Renders at `verbose` print several lines in
	 * any case. The same as data: {@link onRenderEnd}. Default `false`.
	 */
	summary?: boolean;
	/**
	 * A directory of the project whose `@remotion/renderer` is meant. Default:
	 * the entry script's, then the working directory; a copy found from either
	 * is activated.
	 */
	from?: string;
}

/** What {@link register} did. */
export interface RegisterReport {
	/** Version of the `@remotion/renderer` found; `null` where none was. */
	remotionVersion: string | null;
	/** Its directory; `null` where none was found. Of several, the first. */
	path: string | null;
	/** Parts that run in place of Remotion's. None where its ESM build was loaded before. */
	applied: RegisteredPart[];
	/** Parts that are left to Remotion, and why. `'all'` where nothing was done. */
	skipped: {part: RegisteredPart | 'all'; reason: string}[];
	/** Every copy that is in use or would be, the one above first. Those that are loaded later are activated then. */
	copies: RegisteredCopy[];
}

/** One copy of `@remotion/renderer` in a {@link RegisterReport}. */
export interface RegisteredCopy {
	remotionVersion: string;
	path: string;
	applied: RegisteredPart[];
	skipped: {part: RegisteredPart | 'all'; reason: string}[];
}

/**
 * Activates remotion-headroom in the project's `@remotion/renderer`, from
 * 4.0.300 on: renders of this process, unchanged otherwise, then collect,
 * compress and keep assets outside V8's heap. Output stays byte-identical.
 *
 * Each part first checks that the module it stands for looks as expected. Where
 * it does not, that part is skipped, with one warning, and Remotion's own code
 * runs. Calling it again does nothing twice. `REMOTION_HEADROOM` as `off`, `0`,
 * `false` or `no` in the environment makes it do nothing.
 *
 * ESM: call it before `@remotion/renderer` is imported, so by a dynamic import,
 * or import from `remotion-headroom/renderer` instead. Where that was loaded
 * before, or a render goes by us, one warning says so.
 *
 * @throws TypeError where an option is not what is documented.
 */
export function register(options?: RegisterOptions): RegisterReport;

/**
 * Puts Remotion's own functions back, in every copy that was activated, and
 * options back to their defaults. A render that has begun ends with what it
 * began with. An ESM importer that was led to the CJS build keeps it.
 */
export function unregister(): void;
