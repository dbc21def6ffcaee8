// The loader thread's half of esm.js, for Node without module.registerHooks.

import {createRequire} from 'node:module';

const {targetOf} = createRequire(import.meta.url)('./esm-target.js');

let on;

export function initialize(data) {
	on = data.on;
}

export async function resolve(specifier, context, nextResolve) {
	const resolved = await nextResolve(specifier, context);
	const found = Atomics.load(on, 0) === 0 ? null : targetOf(resolved.url);
	return found === null ? resolved : {...resolved, url: found.target, format: 'commonjs'};
}
