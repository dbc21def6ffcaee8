'use strict';

/** First in, first out, however many there are. */
class Queue {
	#items = [];
	#head = 0;

	get length() {
		return this.#items.length - this.#head;
	}

	push(item) {
		this.#items.push(item);
	}

	/** Undefined where there is none. */
	shift() {
		if (this.length === 0) {
			return undefined;
		}
		const item = this.#items[this.#head];
		this.#items[this.#head++] = undefined;
		if (this.#head > 1000 && this.#head * 2 > this.#items.length) {
			this.#items = this.takeAll();
		}
		return item;
	}

	takeAll() {
		const items = this.#items.slice(this.#head);
		this.#items = [];
		this.#head = 0;
		return items;
	}
}

module.exports = {Queue};
