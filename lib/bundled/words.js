'use strict';

// What is said where remotion-headroom is in a bundle. It requires nothing, so
// that it can be said there.

const BUNDLED =
	'remotion-headroom is in a bundle, where it has neither its binary nor the modules of Remotion ' +
	'to activate: mark remotion-headroom and @remotion/renderer as external (serverExternalPackages ' +
	'in Next.js, ssr.external in Vite, externals in webpack and Rspack, external in esbuild, Rolldown, ' +
	'Rollup and Bun), and have them in node_modules where it runs.';

function fail() {
	const error = new Error(BUNDLED);
	error.code = 'HEADROOM_BUNDLED';
	throw error;
}

module.exports = {BUNDLED, fail};
