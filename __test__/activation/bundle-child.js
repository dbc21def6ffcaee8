'use strict';

// Bundles the fixture with one copy of @remotion/bundler. argv: its root, the
// entry (in the fixture, or an absolute path), the output folder, and the root of
// its @remotion/media, where there is one.

const {createRequire} = require('node:module');
const Module = require('node:module');
const path = require('node:path');

const [root, entry, outDir, media] = process.argv.slice(2);
const load = createRequire(path.join(root, 'package.json'));

// Older bundlers ask TypeScript for a tsconfig, which TypeScript 7 has no API for.
const typescript = new Module(load.resolve('typescript'));
typescript.loaded = true;
typescript.exports = {readConfigFile: () => ({config: {}}), sys: {readFile() {}}};
require.cache[typescript.id] = typescript;

const aliases = media === undefined ? {} : {'@remotion/media$': media};

load(root)
	.bundle({
		entryPoint: path.resolve(__dirname, 'fixture', entry),
		outDir,
		enableCaching: false,
		webpackOverride: (config) => ({
			...config,
			resolve: {
				...config.resolve,
				alias: {...config.resolve?.alias, ...aliases},
			},
		}),
		publicDir: path.join(__dirname, 'fixture'),
	})
	.then(() => process.exit(0))
	.catch((error) => {
		console.error(error);
		process.exit(1);
	});
