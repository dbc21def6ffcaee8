'use strict';

// Which entries of frames are our short ones, whose lists are made when they are read:
// by what reads them, so that nothing is kept for each.

const LIST = 'audioAndVideoAssets';

const readers = new WeakSet();

const readerOf = (entry) => Object.getOwnPropertyDescriptor(entry, LIST)?.get;

module.exports = {
	isShort: (entry) => readers.has(readerOf(entry)),
	noteReader: (entry) => readers.add(readerOf(entry)),
};
