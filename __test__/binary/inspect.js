'use strict';

// What a binary may need and weigh: no symbol newer than glibc 2.17 in the gnu
// ones and none of glibc in the musl ones, stripped, below 1.5 MiB.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const {run} = require('../../scripts/tools');

const BASELINE = [2, 17];
const LARGEST = 1.5 * 2 ** 20;
/** Libraries that every system of its kind has. */
const LIBRARIES = {
	gnu: /^(lib(c|dl|m|pthread|rt)\.so\.\d+|ld-linux.*\.so\.\d+)$/,
	musl: /^(libc\.so|libc\.musl-.*)$/,
};
/** Each line that asks for a version: "... *UND* 0000 (GLIBC_2.14) memcpy". */
const GLIBC = /GLIBC_(\d+)\.(\d+)/g;
const isNewer = ([, major, minor]) =>
	+major > BASELINE[0] || (+major === BASELINE[0] && +minor > BASELINE[1]);

module.exports = (file) => {
	const {size} = fs.statSync(file);
	assert(size < LARGEST, `${file} has ${size} bytes, ${LARGEST} or more`);
	const libc = /linux-[^-]+-(gnu|musl)\.node$/.exec(file)?.[1];
	if (libc === undefined) {
		return;
	}
	const symbols = run('objdump', ['-T', file]);
	if (libc === 'musl') {
		assert.equal([...symbols.matchAll(GLIBC)].length, 0, `${file} asks for glibc`);
	} else {
		assert.match(symbols, GLIBC, `${file}: objdump lists no glibc symbol at all`);
		const newer = symbols.split('\n').filter((line) => [...line.matchAll(GLIBC)].some(isNewer));
		assert.deepEqual(newer, [], `${file} needs a glibc newer than ${BASELINE.join('.')}`);
	}
	const needed = [...run('objdump', ['-p', file]).matchAll(/NEEDED\s+(\S+)/g)];
	const strange = needed.map(([, name]) => name).filter((name) => !LIBRARIES[libc].test(name));
	assert.deepEqual(strange, [], `${file} needs libraries that a slim image may lack`);
	assert.doesNotMatch(run('objdump', ['-h', file]), /\s\.(symtab|debug_info)\s/, 'not stripped');
};
