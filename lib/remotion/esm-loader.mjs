// The loader thread's half of esm.js, for Node without module.registerHooks.

let redirects = new Map();

export function initialize({port, redirects: initial}) {
	redirects = new Map(initial);
	port.on('message', (entries) => {
		redirects = new Map(entries);
	});
	port.unref();
}

export async function resolve(specifier, context, nextResolve) {
	const resolved = await nextResolve(specifier, context);
	const url = redirects.get(resolved.url);
	return url === undefined ? resolved : {...resolved, url, format: 'commonjs'};
}
