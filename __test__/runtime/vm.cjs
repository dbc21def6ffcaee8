'use strict';

// Assets made in another context: their strings and objects are of another realm.
const assert = require('node:assert');
const vm = require('node:vm');
const {compressAsset, uncompressMediaAsset} = require('../..');
const {check} = require('./drop-ins.cjs');

const [first, second] = vm.runInNewContext(`[0, 1].map((frame) => ({
	type: 'audio', id: 'a', frame, src: 'data:,' + 'x'.repeat(5000),
}))`);
const {src} = first;
assert.strictEqual(compressAsset([], first), first);
assert.strictEqual(first.src, src);
const reference = compressAsset([first], second);
assert.strictEqual(reference.src, 'same-as-a-0');
assert.strictEqual(uncompressMediaAsset([first], reference).src, src);
check();
