'use strict';

// Stands for `collect-assets`: fetches a frame's assets from the tab.
//
// Remotion's own function runs as it is, with a page that answers its one
// question to the tab in our way: the question is put to the tab as Remotion
// wrote it, but the answer stays there, and payloads in it travel once (see
// ../tab/session.js). So errors, artifacts and odd answers are treated as this
// version treats them.
//
// Where anything of ours fails, the answer is fetched as Remotion would have
// fetched it.

const {COMPRESSIBLE} = require('../assets/history');
const {warnOnce} = require('../log');
const {current, stepAside} = require('../summary/current');
const {FRAME, TabSession, byValue, isPlainList, release} = require('../tab/session');

const FILE = 'collect-assets';
const HELPER = 'puppeteer-evaluate';

const QUESTION = 'Runtime.callFunctionOn';

/** Counts what a frame brings that is fetched as Remotion does: `handed` is DevTools' answer. */
function noteWhole(handed) {
	const figures = current();
	const assets = handed?.value?.result?.value;
	if (figures === null || !Array.isArray(assets)) {
		return;
	}
	for (const {src} of assets.filter(Boolean)) {
		if (typeof src === 'string' && src.length >= COMPRESSIBLE) {
			const bytes = Buffer.byteLength(src);
			figures.sent(src, bytes);
			figures.carried(bytes);
		}
	}
}

/** The tab is gone, which Remotion treats itself. */
const isClosed = ({message}) => /Target closed|Session closed/.test(message);
/** The page is gone, and with it what was held there, in the words of DevTools. */
const isGone = ({message}) =>
	/context (with specified id|was destroyed)|navigated or closed|find object|remote object id/i.test(
		message,
	);

class Collector {
	constructor(stock, settings) {
		this.stock = stock;
		this.settings = settings;
		/** Page -> TabSession. */
		this.sessions = new WeakMap();
	}

	async collect(options) {
		const {freePage, frame} = options;
		const asked = {frame, lost: false};
		const client = {
			send: (method, params) =>
				method === QUESTION
					? this.answer(freePage, params, asked)
					: freePage._client().send(method, params),
		};
		const page = {
			mainFrame: () => freePage.mainFrame(),
			close: () => freePage.close(),
			_client: () => client,
		};
		try {
			return await this.stock({...options, freePage: page});
		} catch (error) {
			if (asked.lost) {
				// The page was reloaded meanwhile, and must be asked again.
				return this.stock(options);
			}
			throw error;
		}
	}

	/** Puts stock's question to the tab, and gives the answer as DevTools gives it. */
	async answer(page, params, asked) {
		const client = page._client();
		const handed = await client.send(QUESTION, {
			...params,
			returnByValue: false,
			generatePreview: true,
			objectGroup: FRAME,
		});
		const {exceptionDetails, result} = handed.value;
		if (exceptionDetails === undefined && result.objectId === undefined) {
			return handed;
		}
		try {
			if (exceptionDetails !== undefined) {
				return handed;
			}
			const value = await this.assetsOf(page, client, params.executionContextId, result, asked);
			if (value === null) {
				const whole = await byValue(client, result.objectId);
				noteWhole(whole);
				return whole;
			}
			return {...handed, value: {result: {type: 'object', subtype: 'array', value}}};
		} catch (error) {
			asked.lost = !isClosed(error) && isGone(error);
			throw error;
		} finally {
			release(client);
		}
	}

	/** The assets that `result` stands for; null where they must be fetched by value. */
	async assetsOf(page, client, contextId, result, {frame}) {
		if (result.description === 'Array(0)' && result.subtype === 'array') {
			return [];
		}
		let session = this.sessions.get(page);
		try {
			if (session?.contextId !== contextId) {
				session = new TabSession(contextId);
				this.sessions.set(page, session);
				await session.open(client);
			}
			if (session.refused) {
				stepAside(FILE, session.refused.message);
				return null;
			}
			if (await isPlainList(client, result)) {
				return await session.collect(client, result);
			}
			this.say(frame, 'they are not plain objects');
		} catch (error) {
			if (isClosed(error)) {
				throw error;
			}
			session.refused = session.handle === null ? error : null;
			if (session.refused === null) {
				// Start afresh: who knows what the tab takes for sent.
				session.close(client);
				this.sessions.delete(page);
			}
			this.say(frame, error.message);
		}
		return null;
	}

	say(frame, reason) {
		stepAside(FILE, reason);
		warnOnce(
			`collect-assets: ${reason}`,
			this.settings.logLevel,
			`Frame ${frame}: assets are fetched as Remotion does, because ${reason}.`,
		);
	}
}

module.exports = {
	apply(copy, settings) {
		const stock = copy.function(
			FILE,
			'collectAssets',
			[
				'page: freePage',
				'return window.remotion_collectAssets();',
				'puppeteerEvaluateWithCatch)(',
				"value.map((asset) => { if (asset.type !== 'artifact') { return asset; }",
			],
			settings,
		);
		// It reads DevTools' answer, and does no more with the page than we let it.
		copy.function(
			HELPER,
			'puppeteerEvaluateWithCatch',
			['pageFunction.toString()', 'returnByValue: true', 'return { size, value:'],
			settings,
		);
		const collector = new Collector(stock, settings);
		copy.swap(FILE, 'collectAssets', (options) => collector.collect(options), {
			tokensOf: ({freePage}) => [freePage],
		});
	},
};
