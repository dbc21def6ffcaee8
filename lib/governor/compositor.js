'use strict';

// A process of Remotion's that keeps decoded frames: its cache is emptied where
// memory is short, and another process takes its place where the kernel kills it.
//
// It decodes some frames ahead, and where a part of these is not in the cache any
// more it answers with a neighbour of the missing one, without an error
// (`npm run bench -- compositor`). So the cache is emptied whole or not at all, and
// only while no frame is being extracted; and it is never smaller than the videos in
// use need.

const {pause} = require('./governor');

/** Milliseconds for which a source counts as in use. */
const IN_USE = 30_000;

/** Frames of each source in use: with fewer, answers are slow, and with far fewer wrong. */
const FRAMES_OF_A_SOURCE = 8;

/** A cache that has to grow gets this many times what is needed now. */
const SPARE = 1.25;

/** Milliseconds in which frames under way have to arrive, or the cache is left alone. */
const ARRIVING = 1000;

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
	 * @param start starts a process with a cache of so many bytes (null: of the size
	 *   that was asked for, or that it takes by itself), and gives Remotion's handle
	 * @param cacheBytes what it is given at first; null where that is not ours to say
	 * @param threads how many videos have a part of the cache of their own
	 */
	constructor(governor, start, {cacheBytes, threads, survives, tell}) {
		this.cacheBytes = cacheBytes;
		this.threads = threads;
		/** Source -> when it was asked for. */
		this.sources = new Map();
		this.governor = governor;
		this.start = start;
		this.survives = survives;
		this.tell = tell;
		this.inner = start(cacheBytes);
		this.frameBytes = 0;
		/** Frames that are being extracted. */
		this.underWay = new Set();
		this.pausing = null;
		this.isClosing = false;
		this.restarts = 0;
		governor.compositors.add(this);
	}

	/** What stands for Remotion's handle. */
	handle() {
		const ours = this;
		const ending = (name) => () => {
			ours.isClosing = true;
			ours.governor.compositors.delete(ours);
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
		this.sources.set(payload.src, Date.now());
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
			return frame;
		} catch (error) {
			if (!this.startAnew(used, error)) {
				throw error;
			}
		} finally {
			this.underWay.delete(answer);
		}
		return this.extract(payload);
	}

	/** Whether another process stands in for `used`, which the kernel has killed. */
	startAnew(used, error) {
		const wasKilled = /\bsignal SIGKILL\b/.test(String(error?.message));
		if (!this.survives || this.isClosing || !wasKilled) {
			return false;
		}
		if (this.inner === used) {
			this.governor.look();
			if (this.governor.view().oomKills === 0 || this.restarts >= RESTARTS) {
				return false;
			}
			this.restarts++;
			this.inner = this.start(this.cacheBytes);
			this.tell({type: 'compositor-restarted'});
		}
		return true;
	}

	/** Bytes that the videos in use need. */
	needed() {
		const since = Date.now() - IN_USE;
		for (const [source, at] of this.sources) {
			if (at < since) {
				this.sources.delete(source);
			}
		}
		return this.sources.size * FRAMES_OF_A_SOURCE * this.frameBytes;
	}

	isTooSmall() {
		return this.cacheBytes !== null && !this.isClosing && this.needed() > this.cacheBytes;
	}

	/** Has another process take over, with a larger cache, once no frame is being extracted. */
	grow() {
		const take = async () => {
			await Promise.allSettled(this.underWay);
			this.cacheBytes = Math.ceil(this.needed() * SPARE);
			const before = this.inner;
			this.inner = this.start(this.cacheBytes);
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
	 * Drops all frames that are kept. How many bytes they had. Not where two videos
	 * share a thread: from then on they would drive each other's frames out.
	 */
	async empty() {
		if (this.sources.size > this.threads) {
			return 0;
		}
		const cachedBytes = await this.inBetween(async () => {
			const {inner} = this;
			const stats = await inner.executeCommand('GetOpenVideoStats', {});
			const {frames_in_cache: frames} = JSON.parse(Buffer.from(stats).toString());
			await inner.executeCommand('FreeUpMemory', {remaining_bytes: 0});
			return frames * this.frameBytes;
		});
		return cachedBytes ?? 0;
	}

	/** Frames under way have arrived, or failed. */
	async settled() {
		await Promise.allSettled(this.underWay);
	}
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
