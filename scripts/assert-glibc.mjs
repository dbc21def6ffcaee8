// Asserts what a binary may need and weigh: no symbol newer than glibc 2.17 in
// the gnu ones and none of glibc in the musl ones, stripped, below 1 MiB.
//   node scripts/assert-glibc.mjs [FILE...]      default: artifacts/*.node
import {strict as assert} from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';
import {main, root, run} from './tools.mjs';

const BASELINE = [2, 17];
const LARGEST = 2 ** 20;
/** Libraries that every system of its kind has. */
const LIBRARIES = {
	gnu: /^(lib(c|dl|m|pthread|rt)\.so\.\d+|ld-linux.*\.so\.\d+)$/,
	musl: /^(libc\.so|libc\.musl-.*)$/,
};

const newer = ([major, minor]) =>
	major > BASELINE[0] || (major === BASELINE[0] && minor > BASELINE[1]);

function inspect(file) {
	const {size} = fs.statSync(file);
	assert(size < LARGEST, `${file} has ${size} bytes, ${LARGEST} or more`);
	const libc = /linux-[^-]+-(gnu|musl)\.node$/.exec(file)?.[1];
	if (libc === undefined) {
		return `${path.basename(file)}: ${size} bytes`;
	}
	const symbols = run('objdump', ['-T', file]);
	// Each line that asks for a version: "... *UND* 0000 (GLIBC_2.14) memcpy".
	const versions = [...symbols.matchAll(/GLIBC_(\d+)\.(\d+)/g)].map(([, major, minor]) => [
		Number(major),
		Number(minor),
	]);
	if (libc === 'musl') {
		assert.equal(versions.length, 0, `${file} asks for glibc`);
	} else {
		assert(versions.length > 0, `${file}: objdump lists no glibc symbol at all`);
		const offending = symbols
			.split('\n')
			.filter((line) =>
				[...line.matchAll(/GLIBC_(\d+)\.(\d+)/g)].some(([, a, b]) => newer([+a, +b])),
			);
		assert.deepEqual(offending, [], `${file} needs a glibc newer than ${BASELINE.join('.')}`);
	}
	const needed = [...run('objdump', ['-p', file]).matchAll(/NEEDED\s+(\S+)/g)].map(
		([, name]) => name,
	);
	const strange = needed.filter((name) => !LIBRARIES[libc].test(name));
	assert.deepEqual(strange, [], `${file} needs libraries that a slim image may lack`);
	assert(
		!/\s\.(symtab|debug_info)\s/.test(run('objdump', ['-h', file])),
		`${file} is not stripped`,
	);
	const most = versions.sort(([a, b], [c, d]) => a - c || b - d).at(-1);
	return `${path.basename(file)}: ${size} bytes, glibc ${most?.join('.') ?? 'none'}, ${needed.join(' ')}`;
}

main(() => {
	const artifacts = path.join(root, 'artifacts');
	const files =
		process.argv.length > 2
			? process.argv.slice(2)
			: fs
					.readdirSync(artifacts)
					.filter((name) => name.endsWith('.node'))
					.map((name) => path.join(artifacts, name));
	assert(files.length > 0, 'There is no binary to inspect.');
	for (const file of files) {
		console.log(inspect(file));
	}
});
