'use strict';

// Collects all garbage, in a process that was started without --expose-gc.

const {setFlagsFromString} = require('node:v8');
const {runInNewContext} = require('node:vm');

module.exports = function collectGarbage() {
	setFlagsFromString('--expose-gc');
	runInNewContext('gc')();
};
