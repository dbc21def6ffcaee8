'use strict';

// Stands for `symbolicate-stacktrace`: the source map of a bundle, which names where
// a page's console messages come from.
//
// Stock code reads and parses it before each render, and holds it on V8's heap to
// the end, though most renders print nothing. A local one is read at the first
// message, one of a URL is fetched as before, and both are held by Rust. Errors are
// symbolicated by Remotion itself, with maps of its own.

const {createHash} = require('node:crypto');
const fs = require('node:fs');
const {createRequire} = require('node:module');
const path = require('node:path');
const {binaryError, native} = require('../native');
const {StepAside} = require('../copies/copy');
const {stepAside} = require('../summary/current');

const FILE = 'symbolicate-stacktrace';
const LOCAL = 'getSourceMapFromLocalFile';
const REMOTE = 'getSourceMapFromRemoteUrl';
const OF_SCRIPT = 'getSourceMapFromRemoteFile';
const SERVER = 'prepare-server';

const FRAGMENTS = {
	[LOCAL]: ["readFileSync)(fileName, 'utf8')", "getSourceMap(fileName, fileContents, 'local')"],
	[REMOTE]: ["url.endsWith('.js.map')", 'await fetchUrl(url)', 'SourceMapConsumer(obj)'],
	[OF_SCRIPT]: ['await fetchUrl(fileName)', "getSourceMap(fileName, fileContents, 'remote')"],
};
const SERVES = [
	'sourceMap: () => localSourceMap',
	'sourceMap: () => remoteSourceMap',
	'localSourceMap = s;',
	'remoteSourceMap = s;',
];

/** What decides an answer in `source-map`: hash of it -> whether the last of equal mappings is meant. */
const READERS = ['lib/source-map-consumer.js', 'lib/util.js', 'lib/mappings.wasm'];
const KNOWN_READERS = new Map([
	// 0.8.0-beta.0
	['8e89a37869e31332', true],
	// 0.8.0
	['ef6803b5112af67a', false],
]);

/** Where a bundle names its map. */
const TAIL = 4096;
const NAMES_MAP = /\/\/[#@] ?sourceMappingURL=([^\s'"]+)\s*$/gm;

/** How bundlers begin a map. Others are left to Remotion before a message needs them. */
const HEAD = /^\{"version":3,"(?:file|mappings|names|sourceRoot|sources|sourcesContent)":/;

/** The decoder's words for its numbers. */
const MAPPINGS_ERRORS = {
	1: 'the mappings contained a negative line, column, source index, or name index',
	2: 'the mappings contained a number larger than 2**32',
	3: 'reached EOF while in the middle of parsing a VLQ',
	4: 'invalid base 64 character while parsing a VLQ',
};

/** `length` bytes of a file, from its end where `fromEnd`. */
function part(file, length, fromEnd) {
	const fd = fs.openSync(file, 'r');
	try {
		const start = fromEnd ? Math.max(0, fs.fstatSync(fd).size - length) : 0;
		const bytes = Buffer.alloc(length);
		return bytes.toString('utf8', 0, fs.readSync(fd, bytes, 0, length, start));
	} finally {
		fs.closeSync(fd);
	}
}

/** The file of a bundle's map; null where stock code must find out. */
function mapOf(bundle) {
	const tail = part(bundle, TAIL, true);
	const last = [...tail.matchAll(NAMES_MAP)].at(-1);
	// Behind white space, else it may be the end of a longer one.
	if (last === undefined || !/\s/.test(tail.slice(0, last.index)) || last[1].startsWith('data:')) {
		return null;
	}
	const file = path.join(path.dirname(bundle), last[1]);
	return fs.statSync(file).isFile() && HEAD.test(part(file, 100, false)) ? file : null;
}

/** `source-map` as a copy of Remotion has it. */
function readerOf(copy) {
	const theirs = createRequire(path.join(copy.dist, `${FILE}.js`));
	try {
		const folder = path.dirname(theirs.resolve('source-map/package.json'));
		const hash = createHash('sha256');
		for (const file of READERS) {
			hash.update(fs.readFileSync(path.join(folder, file)));
		}
		const last = KNOWN_READERS.get(hash.digest('hex').slice(0, 16));
		if (last !== undefined) {
			return {last, computeSourceURL: theirs('source-map/lib/util').computeSourceURL};
		}
	} catch {
		// Not there, or not as we know it.
	}
	throw new StepAside('its source-map is none of those we know');
}

/** What Remotion uses of a SourceMapConsumer. */
class OffHeapSourceMap {
	constructor(reader, map) {
		this.reader = reader;
		this.map = map;
	}

	originalPositionFor({line, column}) {
		const {map, reader} = this;
		if (line < 1) {
			throw new Error('Line numbers must be >= 1');
		}
		if (column < 0) {
			throw new Error('Column numbers must be >= 0');
		}
		const found = map.original(line - 1, column);
		if (found.error !== 0) {
			const why = MAPPINGS_ERRORS[found.error] ?? 'unknown error code';
			throw new Error(`Error parsing mappings (code ${found.error}): ${why}`);
		}
		if (found.source === -1) {
			return {source: null, line: null, column: null, name: null};
		}
		const at = (index, text) => {
			if (text === null) {
				throw new Error(`No element indexed by ${index}`);
			}
			return text;
		};
		const source = at(found.source, map.source(found.source));
		return {
			source: reader.computeSourceURL(map.sourceRoot(), source),
			line: found.line + 1,
			column: found.column,
			name: found.name === -1 ? null : at(found.name, map.name(found.name)),
		};
	}

	destroy() {
		// The collector takes the map when Remotion lets go of this.
	}
}

/** The map of a local bundle, read when it is needed. */
class LaterSourceMap {
	/** @param stock loads it in Remotion's own way */
	constructor(reader, file, stock) {
		this.reader = reader;
		this.file = file;
		this.stock = stock;
		this.map = undefined;
	}

	/** Null until there is one, as with Remotion's own. */
	get() {
		if (this.map === undefined) {
			this.map = null;
			try {
				const map = native.readSourceMap(fs.readFileSync(this.file), this.reader.last);
				if (map === null) {
					throw new Error('the source map is not as bundlers write it');
				}
				this.map = new OffHeapSourceMap(this.reader, map);
			} catch (error) {
				this.load(error.message);
			}
		}
		return this.map;
	}

	async load(reason) {
		stepAside(FILE, reason);
		try {
			this.map = await this.stock();
		} catch {
			// Then Remotion has none either.
		}
	}

	destroy() {
		this.map?.destroy();
	}
}

/** The bytes of a URL. */
async function download(readFile, url) {
	const {request, response} = await readFile(url);
	try {
		const chunks = [];
		for await (const chunk of response) {
			chunks.push(chunk);
		}
		return Buffer.concat(chunks);
	} finally {
		request.destroy();
		response.destroy();
	}
}

module.exports = {
	LaterSourceMap,
	OffHeapSourceMap,
	readerOf,

	apply(copy, settings) {
		const [local, remote, ofScript] = [LOCAL, REMOTE, OF_SCRIPT].map((name) =>
			copy.function(FILE, name, FRAGMENTS[name], settings),
		);
		const server = copy.function(SERVER, 'prepareServer', SERVES, settings);
		if (binaryError !== null) {
			throw new StepAside('it needs the binary', true);
		}
		const reader = readerOf(copy);
		/** Whether stock code is at the one place that asks for a bundle's own map. */
		let serving = false;
		/** Scripts that Remotion symbolicates an error of. */
		let scripts = 0;

		copy.swap(FILE, LOCAL, (bundle) => {
			let file = null;
			try {
				file = serving ? mapOf(bundle) : null;
			} catch {
				// Stock code says what is wrong.
			}
			return file === null
				? local(bundle)
				: Promise.resolve(new LaterSourceMap(reader, file, () => local(bundle)));
		});
		copy.swap(FILE, REMOTE, async (url) => {
			if (scripts > 0 || !url.endsWith('.js.map')) {
				return remote(url);
			}
			const map = native.readSourceMap(
				await download(copy.module('assets/read-file').readFile, url),
				reader.last,
			);
			return map === null ? remote(url) : new OffHeapSourceMap(reader, map);
		});
		copy.swap(FILE, OF_SCRIPT, async (script) => {
			scripts++;
			try {
				return await ofScript(script);
			} finally {
				scripts--;
			}
		});
		const serve = async (options) => {
			serving = true;
			const preparing = server(options);
			// A local map has been asked for by now.
			serving = false;
			const prepared = await preparing;
			const {sourceMap} = prepared;
			return {
				...prepared,
				sourceMap: () => {
					const map = sourceMap();
					return map instanceof LaterSourceMap ? map.get() : map;
				},
			};
		};
		copy.swap(SERVER, 'prepareServer', serve);
		// Remotion's command has it from there, and hands it to its renders.
		const {RenderInternals} = copy.module('index');
		if (RenderInternals?.prepareServer === server) {
			copy.swapIn(RenderInternals, 'prepareServer', serve);
		}
	},
};
