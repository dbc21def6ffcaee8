'use strict';

// Large payloads that tabs of this process have sent, or are sending: another tab that
// has the same one need not send it again. A tab names what it has by length and
// SHA-256; that of what arrived is taken here, so that a tab can only be wrong about
// its own.

const {createHash} = require('node:crypto');

/** A tab that has sent nothing for so long is not waited for. */
const STALLED = 5000;

/** Length -> what has that length. */
const byLength = new Map();

function remove(one) {
	const same = byLength.get(one.length);
	same?.delete(one);
	if (same?.size === 0) {
		byLength.delete(one.length);
	}
}

const forgotten = new FinalizationRegistry(remove);

/** One payload on its way to us, and as long as somebody holds it. */
class Sent {
	/** @param sender who sends it: a session, whose `lastPiece` says when something came last */
	constructor(sender, length) {
		this.sender = new WeakRef(sender);
		this.length = length;
		this.digest = null;
		this.payload = null;
		this.arrived = new Promise((resolve) => {
			this.arrive = resolve;
		});
		const same = byLength.get(length) ?? new Set();
		byLength.set(length, same.add(this));
	}

	/** It is there: whoever waits takes it, and later ones while it is held. */
	keep(payload) {
		// Others have more bytes than characters, and texts that differ may have the same.
		if (payload.bytes !== this.length) {
			this.drop();
			return;
		}
		this.payload = new WeakRef(payload);
		forgotten.register(payload, this);
		this.end(payload);
	}

	/** It won't come. */
	drop() {
		remove(this);
		this.end(null);
	}

	/** A promise that is kept would hold the payload. */
	end(payload) {
		this.arrive?.(payload);
		this.arrive = null;
		this.arrived = null;
	}

	/** The payload when it is there; null where it doesn't come. */
	async wait() {
		if (this.arrived === null) {
			return this.payload?.deref() ?? null;
		}
		let timer;
		const stalls = new Promise((resolve) => {
			timer = setInterval(() => {
				const lastPiece = this.sender.deref()?.lastPiece ?? 0;
				if (performance.now() - lastPiece > STALLED) {
					resolve(null);
				}
			}, STALLED / 5);
		});
		try {
			return await Promise.race([this.arrived, stalls]);
		} finally {
			clearInterval(timer);
		}
	}

	digestOf({text}) {
		this.digest ??= createHash('sha256').update(text, 'latin1').digest('hex');
		return this.digest;
	}
}

const others = (sender, length) =>
	[...(byLength.get(length) ?? [])].filter((one) => one.sender.deref() !== sender);

module.exports = {
	Sent,

	/** Whether a payload of this length may be another tab's, too. */
	mayBeKnown: (sender, length) => others(sender, length).length > 0,

	/** The payload of another tab that has this length and this SHA-256, in hex; null where there is none. */
	async find(sender, length, digest) {
		for (const one of others(sender, length)) {
			const payload = await one.wait();
			if (payload !== null && one.digestOf(payload) === digest) {
				return payload;
			}
		}
		return null;
	},
};
