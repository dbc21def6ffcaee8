'use strict';

// Stands for `collect-assets`: fetches a frame's assets from the tab.
//
// The tab sends a payload once and a number from then on. Node pulls a new
// payload in pieces, straight into Rust memory, and puts the resulting string
// into the assets. Where artifacts are among them, they then go through
// Remotion's own collectAssets, in place of the tab's answer, so that those are
// treated as this version does; it leaves the other kinds as they are.
//
// What the tab says is checked against what arrives. Where it does not fit, the
// frame's assets are fetched again as Remotion fetches them.

const {randomBytes} = require('node:crypto');
const {native} = require('../native');
const {warnOnce} = require('../log');
const {markOffHeap, worksOffHeap} = require('../assets/store');
const {COMPRESSIBLE} = require('../assets/history');
const tab = require('./tab');

const FILE = 'collect-assets';
const HELPER = 'puppeteer-evaluate';

/** Characters of a piece. */
const PIECE = 1024 * 1024;
/** Pieces on their way at a time: the tab makes the next ones while Node takes one in. */
const AHEAD = 3;
/** Characters of new payloads that come along with a frame. */
const ALONGSIDE = 64 * 1024;
/** Characters of payloads not in use that a tab remembers. */
const KEEP = 64 * 1024 * 1024;

class Mismatch extends Error {}

function must(condition, what) {
	if (!condition) {
		throw new Mismatch(what);
	}
}

const isIndex = (value, length) => Number.isInteger(value) && value >= 0 && value < length;

/** What Node knows of a tab. */
class Session {
	constructor() {
		// Unguessable, so that no page happens to use the name.
		this.key = `__remotion_headroom_${randomBytes(12).toString('hex')}`;
		this.epoch = null;
		/** Number -> payload. */
		this.payloads = new Map();
	}

	begin(epoch) {
		must(typeof epoch === 'string', 'no epoch');
		if (epoch !== this.epoch) {
			// The page was reloaded; it counts from one again.
			this.epoch = epoch;
			this.payloads.clear();
		}
	}
}

/** Stands for the page when assets that have been fetched go through stock code. */
class Fetched {
	constructor(assets, page) {
		this.assets = assets;
		this.page = page;
	}
}

/** Where Rust can't hold the text. */
class PlainBuilder {
	constructor() {
		this.text = '';
	}

	append(piece) {
		this.text += piece;
	}

	finish() {
		return this.text;
	}
}

/** `[number, start, end]` of each piece of a payload. */
function piecesOf([number, length]) {
	return Array.from({length: Math.ceil(length / PIECE)}, (_, i) => [
		number,
		i * PIECE,
		Math.min((i + 1) * PIECE, length),
	]);
}

/** Builds a payload of `length` characters from pieces, of which each `next()` brings one. */
async function build(length, next) {
	const builder = worksOffHeap ? new native.PayloadBuilder(length) : new PlainBuilder();
	for (let start = 0; start < length; start += PIECE) {
		const end = Math.min(start + PIECE, length);
		const piece = await next();
		must(
			typeof piece === 'string' && piece.length === end - start,
			'a piece of a payload has another length than announced',
		);
		builder.append(piece);
	}
	const payload = builder.finish();
	must(payload !== null, 'strings outside the heap do not work');
	return payload;
}

/** Asks for `pieces` in their order; each call of the result awaits the next one. */
function pullAhead(pieces, ask) {
	const onTheWay = [];
	let asked = 0;
	return () => {
		while (asked < pieces.length && onTheWay.length < AHEAD) {
			const piece = ask(...pieces[asked++]);
			// What fails is told when its turn comes.
			piece.catch(() => {});
			onTheWay.push(piece);
		}
		return onTheWay.shift();
	};
}

function decodeSamples(count, text) {
	must(typeof text === 'string', 'audio is not text');
	const bytes = Buffer.from(text, 'base64');
	must(bytes.length === count * 2, 'audio has another length than announced');
	const samples = new Int16Array(count);
	bytes.copy(Buffer.from(samples.buffer));
	return samples;
}

class Collector {
	constructor(stock, evaluate, settings) {
		this.settings = settings;
		this.stock = stock;
		this.evaluate = evaluate;
		this.sessions = new WeakMap();
	}

	async collect(options) {
		const {freePage} = options;
		let session = this.sessions.get(freePage);
		if (session === undefined) {
			session = new Session();
			this.sessions.set(freePage, session);
		}
		// What fails here fails in stock code too: the page threw, or is gone.
		const reply =
			(await this.ask(options, tab.collect, [session.key])) ??
			(await this.ask(options, tab.install, [session.key, COMPRESSIBLE, ALONGSIDE, KEEP]));
		let assets;
		try {
			assets = await this.complete(options, session, reply);
		} catch (error) {
			assets = await this.fallBack(options, session, error);
		}
		if (assets === null) {
			// The page was reloaded meanwhile, and stock code must ask it again.
			return this.stock(options);
		}
		return assets.some(({type}) => type === 'artifact')
			? this.stock({...options, freePage: new Fetched(assets, options.freePage)})
			: assets;
	}

	async ask({frame, freePage, timeoutInMilliseconds}, pageFunction, args) {
		const {value} = await this.evaluate({
			pageFunction,
			args,
			frame,
			page: freePage,
			timeoutInMilliseconds,
		});
		return value;
	}

	async fallBack(options, session, error) {
		this.sessions.delete(options.freePage);
		// Where the tab is gone this throws, as it does in stock code.
		const {assets} = await this.ask(options, tab.startOver, [session.key]);
		warnOnce(
			'collect-assets',
			this.settings.logLevel,
			`Frame ${options.frame}: assets are fetched as Remotion does, because ${error.message}.`,
		);
		return assets;
	}

	/** The assets with their payloads and audio put back. */
	async complete(options, session, reply) {
		must(typeof reply === 'object' && reply !== null, 'the tab sent no assets');
		if (Array.isArray(reply.plain)) {
			return reply.plain;
		}
		const {epoch, assets, refs, fresh, gone, audio} = reply;
		must([assets, refs, fresh, gone, audio].every(Array.isArray), 'the tab sent no assets');
		session.begin(epoch);
		for (const [number, length] of fresh) {
			must(Number.isInteger(number), 'a payload has no number');
			must(Number.isInteger(length) && length > 0, 'a payload has no length');
		}
		const pull = pullAhead(
			fresh.filter(([, , text]) => text === null).flatMap(piecesOf),
			(...piece) => this.ask(options, tab.pull, [session.key, epoch, ...piece]),
		);
		for (const [number, length, text] of fresh) {
			must(!session.payloads.has(number), 'a number came twice');
			session.payloads.set(number, await build(length, text === null ? pull : () => text));
		}
		for (const [index, number] of refs) {
			const payload = session.payloads.get(number);
			must(isIndex(index, assets.length) && payload !== undefined, 'a number is unknown');
			must(assets[index].src === '', 'a payload came twice');
			assets[index].src = payload;
			if (worksOffHeap) {
				markOffHeap(assets[index]);
			}
		}
		for (const [index, count, text] of audio) {
			must(isIndex(index, assets.length) && assets[index].audio === null, 'audio came twice');
			assets[index].audio = decodeSamples(count, text);
		}
		for (const number of gone) {
			session.payloads.delete(number);
		}
		return assets;
	}
}

module.exports = {
	part: 'collect-assets',

	apply(copy, settings) {
		const stock = copy.function(FILE, 'collectAssets', [
			'page: freePage',
			'return window.remotion_collectAssets();',
			'puppeteerEvaluateWithCatch)(',
			"value.map((asset) => { if (asset.type !== 'artifact') { return asset; }",
		]);
		const evaluate = copy.function(HELPER, 'puppeteerEvaluateWithCatch', [
			'pageFunction.toString()',
			'returnByValue: true',
			'return { size, value:',
		]);
		const collector = new Collector(stock, evaluate, settings);
		copy.swap(
			HELPER,
			'puppeteerEvaluateWithCatch',
			(options) =>
				options.page instanceof Fetched
					? Promise.resolve({value: options.page.assets, size: 0})
					: evaluate(options),
			{tokensOf: ({page}) => (page instanceof Fetched ? [page.page] : []), begins: false},
		);
		copy.swap(FILE, 'collectAssets', (options) => collector.collect(options), {
			tokensOf: ({freePage}) => [freePage],
		});
	},
};
