'use strict';

// Lists of assets, one for each frame in order, in little memory.
//
// A track that goes on brings an object each frame that is the one before, but for
// its numbers: those of a frame and of a place in the media grow by the same step, a
// volume may be anything. Such objects are kept as one, with what its numbers do, and
// made again when a frame's list is read: equal, not identical.

/** Numbers that don't follow a step, one for each frame. */
class Column {
	constructor(values) {
		this.values = values;
		this.length = values.length;
	}

	push(value) {
		if (this.length === this.values.length) {
			const larger = new Float64Array(Math.max(8, this.length * 2));
			larger.set(this.values);
			this.values = larger;
		}
		this.values[this.length++] = value;
	}

	at(i) {
		return this.values[i];
	}
}

/** Numbers that grow by the same step, such as 0. */
class Line {
	constructor(start, step) {
		this.start = start;
		this.step = step;
	}

	at(i) {
		// Not so for -0, nor for infinite numbers.
		return i === 0 || this.step === 0 ? this.start : this.start + i * this.step;
	}
}

const isPlain = (value) =>
	typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Whether both have the same keys in the same order. */
function haveSameKeys(a, b) {
	const keys = Object.keys(a);
	const others = Object.keys(b);
	return keys.length === others.length && keys.every((key, i) => key === others[i]);
}

/** One asset through frames that follow each other. */
class Run {
	constructor(first, asset) {
		/** Index of the frame that it begins with. */
		this.first = first;
		this.length = 1;
		this.asset = asset;
		/** Key -> Line or Column, of numbers that have changed. */
		this.numbers = null;
	}

	get end() {
		return this.first + this.length;
	}

	/** Takes in what the next frame has, where it goes on so. */
	extend(asset) {
		const {asset: model, length} = this;
		if (!(isPlain(asset) && isPlain(model) && haveSameKeys(asset, model))) {
			return false;
		}
		const changed = [];
		for (const key of Object.keys(asset)) {
			const value = asset[key];
			if (this.numbers?.[key] === undefined && Object.is(value, model[key])) {
				continue;
			}
			if (typeof value !== 'number' || typeof model[key] !== 'number') {
				return false;
			}
			changed.push(key);
		}
		for (const key of changed) {
			this.take(key, asset[key], length);
		}
		this.length++;
		return true;
	}

	take(key, value, i) {
		this.numbers ??= {};
		let numbers = this.numbers[key];
		if (numbers === undefined) {
			const start = this.asset[key];
			// Until now it was the same each time.
			numbers = new Line(start, i === 1 ? value - start : 0);
		}
		if (numbers instanceof Line && !Object.is(numbers.at(i), value)) {
			numbers = new Column(Float64Array.from({length: i}, (_, one) => numbers.at(one)));
		}
		if (numbers instanceof Column) {
			numbers.push(value);
		}
		this.numbers[key] = numbers;
	}

	at(i) {
		const {asset, numbers} = this;
		// What is no plain object stays what it is.
		if (this.length === 1) {
			return asset;
		}
		const made = {...asset};
		for (const key in numbers) {
			made[key] = numbers[key].at(i);
		}
		return made;
	}
}

/** Lists of frames that have the same runs. */
class Stretch {
	constructor(first, runs) {
		this.first = first;
		this.runs = runs;
	}
}

class Runs {
	constructor() {
		this.length = 0;
		this.stretches = [];
	}

	/** Appends the next frame's list. */
	push(assets) {
		const index = this.length++;
		const last = this.stretches.at(-1);
		const before = last?.runs ?? [];
		const runs = assets.map((asset, place) => {
			const run =
				before[place]?.asset?.id === asset?.id
					? before[place]
					: before.find((one) => one.asset?.id === asset?.id);
			// One that is in the list twice has gone on already.
			return run?.end === index && run.extend(asset) ? run : new Run(index, asset);
		});
		if (
			last === undefined ||
			runs.length !== before.length ||
			runs.some((run, i) => run !== before[i])
		) {
			this.stretches.push(new Stretch(index, runs));
		}
	}

	/** The list of a frame, made anew. */
	at(index) {
		let low = 0;
		let high = this.stretches.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (this.stretches[middle].first <= index) {
				low = middle;
			} else {
				high = middle - 1;
			}
		}
		return this.stretches[low].runs.map((run) => run.at(index - run.first));
	}
}

module.exports = {Runs};
