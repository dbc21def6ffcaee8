/** What {@link getAssetStoreStats} returns. All of this process, worker threads included. */
export interface AssetStoreStats {
	/** Distinct payloads alive. */
	payloads: number;
	/** Bytes of their characters, outside V8's heap. */
	bytes: number;
	/** Times a payload was already known. Never falls. */
	hits: number;
	/** Times a payload was new and was copied into Rust memory. Never falls. */
	misses: number;
}

/** What the off-heap asset store holds at this moment, and how often it helped. */
export function getAssetStoreStats(): AssetStoreStats;
