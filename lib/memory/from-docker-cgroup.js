'use strict';

const {native} = require('../native');

function getAvailableMemoryFromCgroup() {
	return native.readCgroupAvailable();
}

module.exports = {getAvailableMemoryFromCgroup};
