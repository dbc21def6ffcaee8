'use strict';

// The zip that is deployed: Remotion's files, ours, and nothing that depends on when
// or where it was made.

const fs = require('node:fs');
const path = require('node:path');
const {randomBytes} = require('node:crypto');
const {buildFunction} = require('../../lib/lambda/function-zip');
const {NotAZip, makeEntry, readZip, writeZip} = require('../../lib/lambda/zip');
const {root, run} = require('../../scripts/tools');
const {binary, home, newest, versions, zipOf} = require('./functions');

const stock = zipOf(newest);
const python = process.platform === 'win32' ? 'python' : 'python3';

/** This machine's binary, whose header says arm64: its size is what counts. */
const sized = fs.readFileSync(path.join(root, binary));
sized.write('\x7fELF\x02', 0, 'latin1');
sized.writeUInt16LE(183, 18);

/** An ELF header for arm64, and `bytes` behind it. */
const elf = (bytes) => Buffer.concat([sized.subarray(0, 64), bytes]);

const build = (options) => buildFunction(stock, {version: newest, ...options});

test.each(versions)(
	'%s: the same bytes each time, and every file of it is as it was',
	(version) => {
		const before = zipOf(version);
		const {zip, unknown} = buildFunction(before, {version, binary: sized});
		expect(buildFunction(before, {version, binary: sized}).zip.equals(zip)).toBe(true);
		expect(unknown).toEqual([]);
		const made = new Map(readZip(zip).map((entry) => [entry.name, entry]));
		for (const {name, mode, packed, time, day} of readZip(before)) {
			const its = made.get(name);
			expect({name, mode: its.mode, time: its.time, day: its.day}).toEqual({name, mode, time, day});
			if (name !== 'index.js') {
				expect(its.packed.equals(packed)).toBe(true);
			}
		}
		const added = [...made.keys()].slice(readZip(before).length);
		expect(added.every((name) => name.startsWith('node_modules/remotion-headroom/'))).toBe(true);
		for (const name of ['package.json', 'LICENSE', 'lib/core.wasm', 'lib/lambda/activate.js']) {
			expect(added).toContain(`node_modules/remotion-headroom/${name}`);
		}
		expect(added.filter((name) => name.endsWith('.node'))).toEqual([
			'node_modules/remotion-headroom/remotion-headroom.linux-arm64-gnu.node',
		]);
	},
);

test('another program reads it', () => {
	const file = path.join(home, 'function.zip');
	const {zip} = build({binary: sized});
	fs.writeFileSync(file, zip);
	expect(run(python, ['-m', 'zipfile', '-t', file])).toContain('Done testing');
	const listed = run(python, ['-m', 'zipfile', '-l', file]);
	for (const {name, size} of readZip(zip)) {
		expect(listed).toMatch(new RegExp(`^${name.replaceAll('.', '\\.')} .* ${size}\\r?$`, 'm'));
	}
});

test('our share is below 1 MB, with a binary', () => {
	const {ownBytes} = build({binary: sized});
	expect(ownBytes).toBeLessThan(1_000_000);
	expect(ownBytes).toBeGreaterThan(300_000);
});

test('it fits beside the layers that Remotion publishes', () => {
	expect(() => build({binary: sized})).not.toThrow();
	expect(() => build({preference: 'apple-emojis'})).not.toThrow();
});

test('what AWS would refuse is refused', () => {
	expect(() => build({binary: elf(randomBytes(46_000_000))})).toThrow(/zip would have \d{8} bytes/);
	const room = elf(Buffer.alloc(30_000_000));
	expect(() => build({binary: room})).toThrow(/layers of "default", it would have \d{9} bytes/);
	expect(() => build({binary: elf(Buffer.alloc(5_000_000)), preference: 'apple-emojis'})).toThrow(
		/layers of "apple-emojis"/,
	);
});

test('a zip of something else, for another machine or of another version is refused', () => {
	const entries = readZip(stock);
	const without = (name) => writeZip(entries.filter((entry) => entry.name !== name));
	const x64 = Buffer.from(entries.find(({name}) => name === 'remotion').read());
	x64.writeUInt16LE(62, 18);
	const refused = (zip, options = {}) => {
		try {
			buildFunction(zip, {version: newest, ...options});
		} catch (error) {
			return error.message;
		}
		return null;
	};
	expect(refused(without('index.js'))).toMatch(/not the zip of Remotion's function/);
	expect(refused(without('remotion'))).toMatch(/not the zip of Remotion's function/);
	expect(
		refused(
			writeZip(entries.map((one) => (one.name === 'remotion' ? makeEntry('remotion', x64) : one))),
		),
	).toMatch(/another architecture/);
	expect(refused(stock, {version: '4.0.1'})).toMatch(/not of version 4\.0\.1/);
	expect(refused(stock, {binary: x64})).toMatch(/binary is not one for Linux on arm64/);
	expect(refused(stock, {binary: Buffer.alloc(0)})).toMatch(/binary is not one/);
	expect(refused(build({}).zip)).toMatch(/patched before/);
});

describe('the format', () => {
	const small = writeZip([
		makeEntry('a.txt', Buffer.from('a'.repeat(1000))),
		makeEntry('b/ü.txt', Buffer.from('b')),
		makeEntry('empty', Buffer.alloc(0)),
	]);
	const readAll = (bytes) => readZip(bytes).map((entry) => [entry.name, entry.read().toString()]);

	test('what was written is read', () => {
		expect(readAll(small)).toEqual([
			['a.txt', 'a'.repeat(1000)],
			['b/ü.txt', 'b'],
			['empty', ''],
		]);
	});

	test('cut off anywhere it is refused', () => {
		for (let length = 0; length < small.length; length++) {
			expect(() => readAll(small.subarray(0, length))).toThrow(NotAZip);
		}
	});

	test('with any byte changed it is refused, or a file in it is the same', () => {
		const names = ['a.txt', 'b/ü.txt', 'empty'];
		for (let at = 0; at < small.length; at++) {
			const changed = Buffer.from(small);
			changed[at] ^= 0x55;
			let all = [];
			try {
				all = readAll(changed);
			} catch (error) {
				expect(error).toBeInstanceOf(NotAZip);
			}
			const expected = new Map(readAll(small));
			for (const [name, text] of all.filter(([one]) => names.includes(one))) {
				expect(text).toBe(expected.get(name));
			}
		}
	});
});
