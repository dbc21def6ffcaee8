// ESM importers get every name, and the same functions.
import {strict as assert} from 'node:assert';
import {createRequire} from 'node:module';
import * as namespace from 'remotion-headroom';

const headroom = {...namespace};
const required = createRequire(import.meta.url)('remotion-headroom');
for (const [name, value] of Object.entries(required)) {
	assert.equal(headroom[name], value, name);
}
