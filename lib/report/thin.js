'use strict';

// Fewer points for a picture: each that stays was measured so, and the largest
// of every stretch of time stay.

/**
 * Indices of `points` to keep: for each measure of `by` the largest of each
 * stretch, the first, the last, and those of `always`. Neither more than
 * `most`, but for `always`, nor in another order.
 */
function thin(points, most, by, always = []) {
	if (points.length <= most) {
		return points.map((_, i) => i);
	}
	const kept = new Set([0, points.length - 1, ...always]);
	const stretches = Math.max(1, Math.floor((most - 2) / by.length));
	const from = points[0].t;
	const length = (points.at(-1).t - from) / stretches;
	for (const measure of by) {
		let stretch = -1;
		let best = -1;
		let largest = Number.NEGATIVE_INFINITY;
		points.forEach((point, i) => {
			const its = length > 0 ? Math.min(stretches - 1, Math.floor((point.t - from) / length)) : 0;
			const value = measure(point) ?? 0;
			if (its === stretch && value <= largest) {
				return;
			}
			if (its !== stretch && best >= 0) {
				kept.add(best);
			}
			stretch = its;
			best = i;
			largest = value;
		});
		kept.add(best);
	}
	return [...kept].sort((a, b) => a - b);
}

module.exports = {thin};
