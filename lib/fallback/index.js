'use strict';

// What the Rust addon does, in plain JavaScript, for machines without a binary:
// same names, arguments and results as src/binding, and nothing off-heap.
// Functions that are not here need the binary.

const {UNLIMITED_ABOVE: _, ...memory} = require('./memory');

module.exports = {
	...memory,
	...require('./measure'),
	...require('./budget'),
	...require('./assets'),
};
