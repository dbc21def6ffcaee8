'use strict';

// Stands for `make-page`: of the tabs that a render opens at its begin, those for
// which there may be no room are opened later. Each renders its first frame while
// it opens, so holding back frames would be too late.
//
// What stands for such a tab until then never reaches Remotion: the pool of
// render-frame-and-retry-target-close takes it out.

const {StepAside} = require('../copies/copy');
const {governorFor} = require('../governor/governor');
const {Placeholder} = require('../governor/tab-pool');
const {stepAside} = require('../summary/current');

const FILE = 'make-page';
const NAME = 'makePage';
const FRAGMENTS = ['.newPage({', 'pagesArray.push(page)', 'pageIndex', 'return page;'];

/** Frames belong to tabs there, and can't be given back. */
const isPartitioned = () => process.env.REMOTION_PARTITIONED_RENDERING === 'true';

/** What a render is known by -> its governor, and the tabs it has asked for. */
const openings = new WeakMap();

function openingOf(browserReplacer, settings) {
	let opening = openings.get(browserReplacer);
	if (opening === undefined) {
		const governor = isPartitioned() ? null : governorFor(settings);
		governor?.look();
		opening = {governor, asked: new Set()};
		openings.set(browserReplacer, opening);
	}
	return opening;
}

function mayOpen({browserReplacer, pageIndex}, settings) {
	const {governor, asked} = openingOf(browserReplacer, settings);
	if (governor === null || asked.has(pageIndex)) {
		return true;
	}
	asked.add(pageIndex);
	return governor.policy.mayOpen(pageIndex);
}

module.exports = {
	FILE,
	FRAGMENTS,
	NAME,
	openings,

	apply(copy, settings) {
		const stock = copy.function(FILE, NAME, FRAGMENTS, settings);
		if (!copy.governsTabs) {
			throw new StepAside('it goes with render-frame-and-retry-target-close', true);
		}
		copy.swap(
			FILE,
			NAME,
			(args) => {
				let may = true;
				try {
					may = mayOpen(args, settings);
				} catch (error) {
					// Stock code opens it.
					stepAside('make-page', error.message);
				}
				return may ? stock(args) : Promise.resolve(new Placeholder(args.pageIndex));
			},
			{tokensOf: ({browserReplacer}) => [browserReplacer], begins: false},
		);
	},
};
