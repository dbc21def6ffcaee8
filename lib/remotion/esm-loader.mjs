// The loader thread's half of esm.js, for Node without module.registerHooks.

const copies = [];

/** Called for each copy of Remotion. */
export function initialize({on, redirects}) {
	copies.push({on, redirects: new Map(redirects)});
}

export async function resolve(specifier, context, nextResolve) {
	const resolved = await nextResolve(specifier, context);
	const copy = copies.find((one) => one.redirects.has(resolved.url));
	return copy === undefined || Atomics.load(copy.on, 0) === 0
		? resolved
		: {...resolved, url: copy.redirects.get(resolved.url), format: 'commonjs'};
}
