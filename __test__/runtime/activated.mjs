// Activation as ESM importers get it: with a flag before this file
// (`--import remotion-headroom/register`), or by the entry alone.
import {strict as assert} from 'node:assert';
import {createRequire} from 'node:module';
import path from 'node:path';
import * as ours from 'remotion-headroom/renderer';

const require = createRequire(import.meta.url);
const required = require('@remotion/renderer');
assert.equal(ours.renderMedia, required.renderMedia);
assert.equal(require('remotion-headroom/renderer'), required);

const dist = path.join(path.dirname(require.resolve('@remotion/renderer/package.json')), 'dist');
const {compressAsset} = require(path.join(dist, 'compress-assets.js'));
const {getAssetStoreStats, register, unregister} = require('remotion-headroom');
const {misses} = getAssetStoreStats();
compressAsset([], {type: 'audio', id: 'a', frame: 0, src: 'x'.repeat(500)});
assert.equal(getAssetStoreStats().misses, misses + 1);

const {skipped} = register();
if (process.argv[2] === 'flag' && skipped.every(({part}) => part !== 'esm')) {
	const imported = await import('@remotion/renderer');
	assert.equal(imported.renderMedia, required.renderMedia, 'importers get another build');
} else if (process.argv[2] === 'flag') {
	assert.equal(typeof process.versions.bun, 'string');
}

unregister();
assert.notEqual(require(path.join(dist, 'compress-assets.js')).compressAsset, compressAsset);
