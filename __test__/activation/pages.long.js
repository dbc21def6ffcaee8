'use strict';

// Pages that watch or disturb their tab: what comes out is what stock Remotion
// makes of them, and they see no more of us than of it. HEADROOM_PAGE=text: only
// those with the text in their name.

const {both, bundle, essence, removeBundles, rootOf, NEWEST} = require('./harness');

afterAll(removeBundles);

/** The names that the fixture has, asked of the page itself. */
async function tricksOf(folder) {
	const {getCompositions, openBrowser} = require(rootOf('renderer', NEWEST));
	const {browser} = require('./harness');
	const options = {...browser, logLevel: 'error'};
	const puppeteerInstance = await openBrowser('chrome', options);
	const [{defaultProps}] = await getCompositions(folder, {...options, puppeteerInstance});
	await puppeteerInstance.close({silent: true});
	return defaultProps.tricks;
}

test('every page', async () => {
	const entry = 'pages.js';
	const folder = await bundle(NEWEST, entry);
	const only = process.env.HEADROOM_PAGE ?? '';
	const all = await tricksOf(folder);
	const tricks = all.filter((name) => name.includes(only));
	// A later render finds payloads that an earlier one's tab has sent, and asks for them otherwise.
	if (tricks[0] !== all[0]) {
		tricks.unshift(all[0]);
	}
	expect(tricks.length).toBeGreaterThanOrEqual(only === '' ? 60 : 1);
	const renders = tricks.map((trick) => ({
		id: 'page',
		kind: 'ledger',
		inputProps: {trick},
		// How often a page is asked depends on its tab.
		options: {concurrency: 1},
	}));
	const {stock, activated} = await both({entry, renders, common: {timeoutInMilliseconds: 7500}});
	const named = (run) => Object.fromEntries(essence(run).map((one, i) => [tricks[i], one]));
	expect(named(activated)).toEqual(named(stock));
	if (only === '') {
		// Most pages render, so that there is something to compare.
		const failed = stock.outcomes.filter(({error}) => error !== undefined);
		expect(failed.length).toBeLessThan(tricks.length / 2);
	}
}, 1_800_000);
