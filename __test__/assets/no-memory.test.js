'use strict';

// Where memory ends. The process's address space is limited for real, while
// payloads are held that no second copy of fits into what is left.

const {spawnSync} = require('node:child_process');
const path = require('node:path');
const {needs} = require('../needs');

const root = path.join(__dirname, '../..');
const withPrlimit = needs(
	'prlimit',
	process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0
		? null
		: 'it is not there',
);

/** What `prepare` and then `act`, with 128 MiB to spare, return in a child. */
function withoutMemory(prepare, act) {
	const code = `
		const headroom = require(${JSON.stringify(root)});
		const {native} = require(${JSON.stringify(path.join(root, 'lib', 'native'))});
		const {execFileSync} = require('node:child_process');
		const fs = require('node:fs');
		// One byte a character, and flat: V8 itself has nothing to copy.
		const text = (length, ...marks) => {
			const bytes = Buffer.alloc(length, 'A');
			for (const [at, mark] of marks) bytes.write(mark, at, 'latin1');
			return bytes.toString('latin1');
		};
		const attempt = (call) => {
			try {
				return call();
			} catch (error) {
				return error.message;
			}
		};
		const held = (${prepare})();
		const end = () => {
			const pages = Number(fs.readFileSync('/proc/self/statm', 'latin1').split(' ')[0]);
			execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + (pages * 4096 + 2 ** 27)]);
		};
		// Buffers that go later would leave more to spare.
		for (let i = 0; i < 3; i++) {
			globalThis.gc();
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
		}
		end();
		const result = (${act})(held);
		process.stdout.write(JSON.stringify(result));
	`;
	const {status, signal, stdout, stderr} = spawnSync(
		process.execPath,
		['--expose-gc', '-e', code],
		{
			encoding: 'utf8',
			timeout: 60_000,
			// Else the first thread that allocates takes 64 MiB of that for an arena.
			env: {...process.env, MALLOC_ARENA_MAX: '1'},
		},
	);
	expect({status, signal, stderr}).toEqual({status: 0, signal: null, stderr: ''});
	return JSON.parse(stdout);
}

withPrlimit('compressAsset leaves a payload where it is, and goes on', () => {
	const result = withoutMemory(
		() => ({id: 'a', frame: 0, src: text(4e8)}),
		(asset) => {
			const {src} = asset;
			const same = headroom.compressAsset([], asset) === asset && asset.src === src;
			const history = [asset];
			const again = headroom.compressAsset(history, {...asset, frame: 1, src});
			const small = {id: 'b', frame: 2, src: text(5000)};
			headroom.compressAsset(history, small);
			return [same, again.src, small.src.length, headroom.getAssetStoreStats().bytes];
		},
	);
	expect(result).toEqual([true, 'same-as-a-0', 5000, 5000]);
});

withPrlimit('wide payloads stay as well', () => {
	const result = withoutMemory(
		() => {
			const bytes = Buffer.alloc(2e8, 'A');
			bytes.writeUInt16LE(0x141, 0);
			return {id: 'a', frame: 0, src: bytes.toString('utf16le')};
		},
		(asset) => [headroom.compressAsset([], asset) === asset, asset.src.length],
	);
	expect(result).toEqual([true, 1e8]);
});

withPrlimit('payloads that can only be told apart by their content are still told apart', () => {
	const result = withoutMemory(
		// They differ where no fingerprint looks.
		() => [0, 1, 2].map((i) => ({id: `c${i}`, frame: i, src: text(1.5e8, [3e6 + 1, String(i)])})),
		(assets) => {
			const history = [];
			return [...assets, ...assets, ...assets].map(({src}, frame) => {
				const asset = headroom.compressAsset(history, {id: 'c', frame, src});
				history.push(asset);
				// Every frame brings an array of its own, as Remotion does.
				history.splice(0, history.length, ...history);
				return asset.src.length > 100 ? 'itself' : asset.src;
			});
		},
	);
	const references = ['same-as-c-0', 'same-as-c-1', 'same-as-c-2'];
	expect(result).toEqual(['itself', 'itself', 'itself', ...references, ...references]);
});

withPrlimit('PayloadBuilder says so before it begins, and when the store can’t grow', () => {
	const result = withoutMemory(
		() => 'x'.repeat(1000),
		(piece) => {
			const large = attempt(() => new native.PayloadBuilder(4e8));
			const builder = new native.PayloadBuilder(1000);
			builder.append(piece);
			return [large, builder.finish() === piece];
		},
	);
	expect(result).toEqual(['there is no memory for the payload', true]);
});

withPrlimit('a reference too long to be copied is read all the same', () => {
	const result = withoutMemory(
		() => text(2e8, [0, 'same-as-'], [2e8 - 2, '-7']),
		(src) => {
			const original = {id: src.slice(8, -2), frame: 7, src: 'original'};
			return headroom.uncompressMediaAsset([original], {id: 'b', frame: 9, src}).src;
		},
	);
	expect(result).toBe('original');
});

withPrlimit('MediaCache throws, stores nothing, and keeps what it has', () => {
	const result = withoutMemory(
		() => {
			const cache = new headroom.MediaCache({maxSizeInBytes: 2 ** 40});
			cache.set('small', Buffer.from('small'));
			return {cache, data: Buffer.alloc(4e8), key: text(4e8)};
		},
		({cache, data, key}) => [
			attempt(() => cache.set('large', data)),
			attempt(() => cache.set(key, Buffer.from('x'))),
			attempt(() => cache.get(key)),
			[cache.has('large'), cache.count, cache.size],
			[cache.set('next', Buffer.from('next')), cache.get('next').toString()],
			cache.get('small').toString(),
		],
	);
	expect(result).toEqual([
		'there is no memory for 400000000 bytes',
		'there is no memory for 400000000 characters',
		'there is no memory for 400000000 characters',
		[false, 1, 5],
		[true, 'next'],
		'small',
	]);
});

withPrlimit('an error of any length is explained, or not', () => {
	const result = withoutMemory(
		() => text(3e8, [5, ' Target closed ']),
		(message) => headroom.explainRenderError({message}).length,
	);
	expect(result).toBeLessThan(2);
});
