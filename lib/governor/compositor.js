'use strict';

// A process of Remotion's that keeps decoded frames: where memory is short, its cache
// becomes smaller or is emptied, and where the kernel kills it, another one takes its
// place.
//
// Where a part of what it has decoded is not in the cache any more, it may answer with
// a neighbour of the missing frame, without an error (`npm run bench -- compositor`).
// So frames are dropped all at once, and only while none is being extracted; and the
// cache is never smaller than the videos in use need. Each of its threads has the same
// share of the cache, for the videos that it decodes. Neither can be changed, so a
// cache of another size is another process.

const {pause} = require('./governor');
const {Places} = require('./places');

/** A cache that grows gets this many times what is needed now. */
const SPARE = 1.25;

/** Milliseconds in which frames under way have to arrive, or the cache is left alone. */
const ARRIVING = 1000;

/** Milliseconds for which the end of a process is waited for. */
const GONE = 1000;

/** Codes of a frame that was asked for when the process had just ended. */
const WRITING = new Set(['EPIPE', 'EOF', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);

/** Restarts without a frame in between. */
const RESTARTS = 5;

/** Bytes that a frame takes in the cache; a PNG's answer is smaller. */
function sizeOf(answer) {
	const isPng = answer.byteLength > 24 && answer[0] === 0x89 && answer[1] === 0x50;
	if (!isPng) {
		return answer.byteLength;
	}
	const header = new DataView(answer.buffer, answer.byteOffset + 16, 8);
	return header.getUint32(0) * header.getUint32(4) * 4;
}

class Compositor {
	/**
	 * @param governor null where nobody governs: then it only sees to the size of the cache
	 * @param start starts a process with a cache of so many bytes (null: of the size
	 *   that was asked for, or that it takes by itself) and so many threads (nothing:
	 *   as at first), and gives Remotion's handle
	 * @param cacheBytes what it is given at first; null where that is not ours to say
	 * @param threads how many it is given at first
	 */
	constructor(governor, start, {cacheBytes, threads, survives, tell, noteVideos}) {
		this.cacheBytes = cacheBytes;
		/** What it had at first, or has come to need. */
		this.fullBytes = cacheBytes;
		this.threads = threads;
		this.fullThreads = threads;
		this.places = new Places();
		this.governor = governor;
		this.start = start;
		this.survives = survives;
		this.tell = tell;
		this.noteVideos = noteVideos;
		this.inner = start(cacheBytes);
		this.frameBytes = 0;
		/** Frames that are being extracted. */
		this.underWay = new Set();
		this.pausing = null;
		this.isClosing = false;
		this.restarts = 0;
		governor?.compositors.add(this);
	}

	/** What stands for Remotion's handle. */
	handle() {
		const ours = this;
		const ending = (name) => () => {
			ours.isClosing = true;
			ours.governor?.compositors.delete(ours);
			return ours.inner[name]();
		};
		const ends = ['finishCommands', 'shutDownOrKill'].filter((name) => name in this.inner);
		return {
			...this.inner,
			...Object.fromEntries(ends.map((name) => [name, ending(name)])),
			waitForDone: () => ours.inner.waitForDone(),
			executeCommand: (type, payload) =>
				type === 'ExtractFrame' ? ours.extract(payload) : ours.inner.executeCommand(type, payload),
			get pid() {
				return ours.inner.pid;
			},
		};
	}

	async extract(payload) {
		this.places.ask(payload.src, payload.time);
		while (this.pausing !== null || this.isTooSmall()) {
			await (this.pausing ?? this.grow());
		}
		const used = this.inner;
		const answer = used.executeCommand('ExtractFrame', payload);
		this.underWay.add(answer);
		try {
			const frame = await answer;
			this.restarts = 0;
			this.frameBytes = Math.max(this.frameBytes, sizeOf(frame));
			this.noteVideos?.(this.places.sources, this.frameBytes);
			return frame;
		} catch (error) {
			if (!(await this.startAnew(used, error))) {
				throw error;
			}
		} finally {
			this.underWay.delete(answer);
		}
		return this.extract(payload);
	}

	/** Whether another process stands in for `used`, which the kernel has killed. */
	async startAnew(used, error) {
		if (!this.survives || !(await wasKilled(used, error)) || this.isClosing) {
			return false;
		}
		if (this.inner === used) {
			this.governor.look();
			if (this.governor.view().oomKills === 0 || this.restarts >= RESTARTS) {
				return false;
			}
			this.restarts++;
			this.places.refresh();
			const {cacheBytes} = this;
			const {sources} = this.places;
			if (cacheBytes !== null && this.canBeSmall()) {
				this.replace(this.least());
			} else {
				// Two videos on one thread do not get on from the middle.
				this.replace({cacheBytes, threads: Math.max(this.threads, sources)});
			}
			this.tell({type: 'compositor-restarted'});
		}
		return true;
	}

	/** Bytes that the videos in use need, with so many threads. */
	needed(threads) {
		const {sources, frames} = this.places;
		return threads * Math.ceil(sources / threads) * frames * this.frameBytes;
	}

	/** The smallest cache for the videos in use, each on a thread of its own. */
	least() {
		const threads = this.places.sources;
		return {threads, cacheBytes: this.needed(threads)};
	}

	/** Whether all that is known of what is asked for will go on like this. */
	canBeSmall() {
		return this.places.areSteady && this.places.sources > 0 && this.frameBytes > 0;
	}

	isTooSmall() {
		if (this.cacheBytes === null || this.isClosing) {
			return false;
		}
		this.places.refresh();
		const {areSteady, sources} = this.places;
		const isSmaller = this.cacheBytes < this.fullBytes;
		return (
			this.needed(this.threads) > this.cacheBytes ||
			(isSmaller && (!areSteady || sources > this.threads))
		);
	}

	/** Has another process take over, with a larger cache, once no frame is being extracted. */
	grow() {
		const take = async () => {
			await Promise.allSettled(this.underWay);
			if (this.isClosing) {
				// Nobody would end another process.
				return;
			}
			const {sources} = this.places;
			const many = Math.max(this.fullThreads, sources);
			const threads = this.needed(many) <= this.fullBytes ? many : sources;
			this.fullBytes = Math.max(this.fullBytes, Math.ceil(this.needed(threads) * SPARE));
			const before = this.replace({cacheBytes: this.fullBytes, threads});
			this.tell({type: 'cache-grown', cacheBytes: this.cacheBytes});
			end(before).catch(() => undefined);
		};
		this.pausing = take()
			// Then it is as it was.
			.catch(() => {
				this.cacheBytes = null;
			})
			.finally(() => {
				this.pausing = null;
			});
		return this.pausing;
	}

	/** Starts a process with a cache of that size. Gives the one before. */
	replace({cacheBytes, threads}) {
		const before = this.inner;
		this.inner = this.start(cacheBytes, threads);
		this.cacheBytes = cacheBytes;
		this.threads = threads;
		return before;
	}

	/** Does something while no frame is being extracted; null where that can't be had soon. */
	async inBetween(what) {
		if (this.pausing !== null || this.isClosing) {
			return null;
		}
		const {promise, resolve} = defer();
		this.pausing = promise;
		try {
			await Promise.race([Promise.allSettled(this.underWay), pause(ARRIVING)]);
			return this.underWay.size > 0 ? null : await what();
		} catch {
			// It has ended meanwhile: whoever asks next hears of it.
			return null;
		} finally {
			this.pausing = null;
			resolve();
		}
	}

	/**
	 * Gives back memory of the cache: what is told of it, or null where it has none.
	 * At first it becomes as small as it can be, where that is for us to say. Then it
	 * is emptied; but not where two videos share a thread: from then on they would
	 * drive each other's frames out.
	 */
	giveBack() {
		return this.inBetween(async () => {
			const stats = await this.inner.executeCommand('GetOpenVideoStats', {});
			const {frames_in_cache: frames} = JSON.parse(Buffer.from(stats).toString());
			const cachedBytes = frames * this.frameBytes;
			if (cachedBytes === 0) {
				return null;
			}
			this.places.refresh();
			const least = this.least();
			if (this.isClosing) {
				return null;
			}
			if (this.cacheBytes > least.cacheBytes && this.canBeSmall()) {
				const before = this.replace(least);
				await Promise.race([end(before).catch(() => undefined), pause(GONE)]);
				return {type: 'cache-shrunk', cachedBytes, cacheBytes: least.cacheBytes};
			}
			if (this.places.sources > this.threads) {
				return null;
			}
			await this.inner.executeCommand('FreeUpMemory', {remaining_bytes: 0});
			return {type: 'cache-emptied', cachedBytes};
		});
	}

	/** Frames under way have arrived, or failed. */
	async settled() {
		await Promise.allSettled(this.underWay);
	}
}

/** Process -> why it ended. */
const reasons = new WeakMap();

/** Whether a process was killed, by the error of a frame that it was asked for. */
async function wasKilled(inner, error) {
	let told = error;
	if (WRITING.has(error?.code)) {
		// The pipe is closed before anybody hears why; and only the last who asks hears it.
		if (!reasons.has(inner)) {
			const ended = inner.waitForDone().catch((reason) => reason);
			reasons.set(inner, Promise.race([ended, pause(GONE)]));
		}
		told = await reasons.get(inner);
	}
	return /\bsignal SIGKILL\b/.test(String(told?.message));
}

/** Ends a process that has nothing to do any more. */
async function end(inner) {
	if (inner.shutDownOrKill) {
		await inner.shutDownOrKill();
		return;
	}
	const done = inner.waitForDone();
	await inner.finishCommands();
	await done;
}

function defer() {
	let resolve;
	const promise = new Promise((yes) => {
		resolve = yes;
	});
	return {promise, resolve};
}

module.exports = {Compositor};
