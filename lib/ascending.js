'use strict';

// Lists of frames that only ascend, as those of a render do.

/** Whether `list` is whole numbers, each larger than the one before. */
const ascends = (list) =>
	Array.isArray(list) &&
	list.every((value, i) => Number.isSafeInteger(value) && (i === 0 || value > list[i - 1]));

/** What `list.indexOf(value)` says of a list that ascends. */
function indexIn(list, value) {
	let low = 0;
	let high = list.length - 1;
	while (low <= high && value >= list[low] && value <= list[high]) {
		// Frames are evenly spaced, so this is where it is.
		const share = (value - list[low]) / (list[high] - list[low] || 1);
		const guess = low + Math.floor(share * (high - low));
		if (list[guess] === value) {
			return guess;
		}
		if (list[guess] < value) {
			low = guess + 1;
		} else {
			high = guess - 1;
		}
		// Where they are not, halving bounds the number of steps.
		const middle = low + ((high - low) >> 1);
		if (list[middle] === value) {
			return middle;
		}
		if (list[middle] < value) {
			low = middle + 1;
		} else {
			high = middle - 1;
		}
	}
	return -1;
}

module.exports = {ascends, indexIn};
