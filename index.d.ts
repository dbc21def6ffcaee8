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
	 * here up, also of cgroups that can't be seen from inside a container.
	 */
	hierarchicalLimit: number | null;
	/** v2: `memory.high`, above which the kernel slows down and doesn't kill. */
	high: number | null;
	/** `memory.current` (v2), `memory.usage_in_bytes` (v1), page cache included. */
	usage: number | null;
	/**
	 * `inactive_file` (v2), `total_inactive_file` (v1) of `memory.stat`: the part
	 * of `usage` that the kernel drops before it kills. `null` where the kernel
	 * doesn't say, and above the own cgroup where nothing limits: it isn't asked.
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
 * `REMOTION_HEADROOM_MEMORY_LIMIT` of the user (bytes, or with a unit of 1,024
 * such as `512m` or `4g`). Sources that can't be read are left out; an override
 * that is no size is ignored with one warning.
 *
 * The rules are in docs/memory.md.
 *
 * @throws TypeError where `options` is no object, `capture` no boolean or
 * `logLevel` none of the five.
 */
export function measureMemory(options?: MeasureMemoryOptions): MemoryReport;

/** Options of {@link planRender}. A composition of Remotion can be spread in. */
export interface PlanOptions {
	/** Width of a frame in pixels, above zero. */
	width: number;
	/** Height of a frame in pixels, above zero. */
	height: number;
	/** Frames a second, above zero. Taken so that a composition fits; nothing depends on it. */
	fps?: number | null;
	/** Frames to render, above zero. Fewer frames than tabs need fewer tabs. */
	durationInFrames?: number | null;
	/** Codec of the output, as `renderMedia()` takes it. Default `'h264'`. */
	codec?: string | null;
	/** Tabs, or a share of the CPUs such as `'50%'`. Kept as it is. */
	concurrency?: number | string | null;
	/** What there is: a report of {@link measureMemory}, or bytes. Default: measured now. */
	memory?: MemoryReport | number;
	/** Kept as it is. */
	disallowParallelEncoding?: boolean | null;
	/** Bytes a tab, from 240 MiB to 20,000 MiB. Kept as it is. */
	mediaCacheSizeInBytes?: number | null;
	/** Bytes, a whole number above zero. Kept as it is. */
	offthreadVideoCacheSizeInBytes?: number | null;
}

/** Options of `renderMedia()` that decide how much memory a render takes. */
export interface PlannedOptions {
	/** Whether encoding has to wait until all frames are rendered. */
	disallowParallelEncoding: boolean;
	/** Tabs. */
	concurrency: number;
	/** Media cache of each tab, in bytes. */
	mediaCacheSizeInBytes: number;
	/** Cache of the compositor for `<OffthreadVideo>`, in bytes. */
	offthreadVideoCacheSizeInBytes: number;
}

/** What {@link planRender} chose. Sizes in bytes. */
export interface RenderPlan extends PlannedOptions {
	/** The four choices, to spread into the options of `renderMedia()`. */
	options: PlannedOptions;
	/** Whether the peak is within the budget. */
	fits: boolean;
	/** Memory that was there to plan with. */
	availableBytes: number;
	/** The part of it that was planned with; the rest is a margin. */
	budgetBytes: number;
	/** What the processes take at the peak, all caches full. */
	expectedPeakBytes: number;
	/** Each decision in words. */
	reasons: string[];
}

/**
 * Chooses the options of a render that decide how much memory it takes, so that
 * all of its processes stay within what {@link measureMemory} finds. Values
 * that are given are kept, and planned with.
 *
 * What processes take is measured on real renders: docs/plan.md.
 *
 * @throws TypeError for an argument of the wrong type, RangeError for
 * `mediaCacheSizeInBytes` outside [240 MiB, 20,000 MiB] and for a `concurrency`
 * that does not come to 1 to the number of CPUs. Each names the argument.
 */
export function planRender(options: PlanOptions): RenderPlan;

/**
 * The size in bytes of the media cache that `@remotion/media` takes: what
 * `window.remotion_mediaCacheSizeInBytes` says, else half of the available
 * memory, within 500 MiB and 20,000 MiB. On a page that is the memory Remotion
 * put there, else 1,000,000,000 is the answer; in Node it is
 * {@link getAvailableMemory}. Found out once per process.
 *
 * @throws TypeError where `logLevel` is not a log level, RangeError where the
 * page's explicit size is outside [240 MiB, 20,000 MiB].
 */
export function getMaxVideoCacheSize(logLevel: LogLevel): number;

/** Options of {@link MediaCache}. */
export interface MediaCacheOptions {
	/** Budget in bytes, a whole number above zero. Default `getMaxVideoCacheSize('error')`. */
	maxSizeInBytes?: number;
}

/** What {@link MediaCache.stats} tells. */
export interface MediaCacheStats {
	/** Entries. */
	count: number;
	/** Their bytes. */
	size: number;
	/** The budget in bytes. */
	maxSizeInBytes: number;
	/** How often `get` found an entry. */
	hits: number;
	/** How often it did not. */
	misses: number;
	/** Entries that went to make room. */
	evictions: number;
	/** Values that `set` refused because they exceed the budget. */
	refusals: number;
}

/**
 * A cache with a budget in bytes, which are held in Rust memory and not in V8's
 * heap. What was used least lately goes first. Needs the Rust binary.
 */
export class MediaCache {
	/** @throws TypeError where `maxSizeInBytes` is not a whole number above zero. */
	constructor(options?: MediaCacheOptions);
	/**
	 * Stores a copy. `false` where the value exceeds the whole budget, or the
	 * cache is disposed of: then no value is under this key.
	 *
	 * @throws TypeError where `key` is not a string or `data` not a `Uint8Array`.
	 */
	set(key: string, data: Uint8Array): boolean;
	/**
	 * The value, as a view of the cache's own memory: to be read, not written
	 * to. It stays valid after the entry has gone.
	 *
	 * @throws TypeError where `key` is not a string.
	 */
	get(key: string): Buffer | undefined;
	/** Whether there is a value. Does not count as a use. */
	has(key: string): boolean;
	/** Removes a value; whether there was one. */
	delete(key: string): boolean;
	/** Removes every value. */
	clear(): void;
	/** Removes every value for good: afterwards `set` returns `false`. Also `[Symbol.dispose]`. */
	dispose(): void;
	/** Bytes of all values. */
	readonly size: number;
	/** Number of values. */
	readonly count: number;
	/** The budget in bytes. */
	readonly maxSizeInBytes: number;
	/** Figures as of now. */
	stats(): MediaCacheStats;
}

/** Something that is known about an error. */
export interface RenderErrorHint {
	/** Stable name of the cause: the table in docs/diagnostics.md. */
	code: string;
	/** One line. */
	title: string;
	/** What to do about it. */
	detail: string;
	/** Where more is said. */
	url?: string;
	/** How much it matters: also the level at which it is printed. */
	severity: 'error' | 'warn' | 'info';
}

/**
 * What is known about an error of a render, the worst first; nothing for an
 * unknown one. Takes anything that can be thrown, and never throws: causes and
 * the parts of an `AggregateError` are read too.
 */
export function explainRenderError(err: unknown): RenderErrorHint[];

/**
 * Prints what {@link explainRenderError} knows, each hint at its severity where
 * `logLevel` lets that through. An error whose stack was among the last ten is
 * not explained again.
 *
 * @param indent whether lines begin with a bar, as in Remotion's own output.
 * @throws TypeError where `logLevel` is not a log level.
 */
export function printUsefulErrorMessage(err: unknown, logLevel: LogLevel, indent: boolean): void;

/** What {@link register} replaces in Remotion, one name for each part. */
export type RegisteredPart =
	/** How much memory is available, by {@link measureMemory}. */
	| 'get-available-memory'
	/** Whether encoding runs beside rendering. Versions with another rule keep theirs. */
	| 'prestitcher-memory-usage'
	/** {@link compressAsset}: each payload is held once, outside V8's heap. */
	| 'compress-assets'
	/** A tab sends each payload once; inline audio travels compactly. */
	| 'collect-assets'
	/** A frame costs the same, however many came before; written samples are released. */
	| 'frame-ledger'
	/** Options left unset come from {@link planRender}. Only with `plan: true`. */
	| 'plan-options'
	/** ESM importers of `@remotion/renderer` are led to its CJS build. */
	| 'esm';

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
	 * them unset. What was chosen is logged at `verbose`. Default `false`.
	 */
	plan?: boolean;
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
	/** Parts that run in place of Remotion's. */
	applied: RegisteredPart[];
	/** Parts that are left to Remotion, and why. `'all'` where nothing was done. */
	skipped: {part: RegisteredPart | 'all'; reason: string}[];
}

/**
 * Activates remotion-headroom in the project's `@remotion/renderer`, from
 * 4.0.300 on: renders of this process, unchanged otherwise, then collect,
 * compress and keep assets outside V8's heap. Output stays byte-identical.
 *
 * Each part first checks that the module it stands for looks as expected. Where
 * it does not, that part is skipped, with one warning, and Remotion's own code
 * runs. Calling it again does nothing twice. `REMOTION_HEADROOM=off` in the
 * environment makes it do nothing.
 *
 * ESM: call it before `@remotion/renderer` is imported, so by a dynamic import,
 * or import from `remotion-headroom/renderer` instead.
 *
 * @throws TypeError where an option is not what is documented.
 */
export function register(options?: RegisterOptions): RegisterReport;

/**
 * Puts Remotion's own functions back, in every copy that was activated, and
 * options back to their defaults. Renders that run keep working. An ESM
 * importer that was led to the CJS build keeps it.
 */
export function unregister(): void;
