'use strict';

// What the Rust addon does, in plain JavaScript, for machines without a binary:
// same names, arguments and results as src/binding, and nothing off-heap.
// Functions that are not here need the binary.

module.exports = {
	...require('./memory'),
	...require('./budget'),
	...require('./assets'),
};
