'use strict';

// What a project would deploy: the function that its @remotion/lambda brings with this
// package in it, or a layer with this package for that function.

const fs = require('node:fs');
const {findBinary} = require('./binary');
const {NotAZip, NotPatched, buildFunction} = require('./function-zip');
const {buildLayer} = require('./layer-zip');
const {NotReady} = require('./project');

/**
 * What `make` makes of the project's zip; that it can't be used is said with its name.
 *
 * @param {{root: string, version: string, zip: string}} lambda the project's @remotion/lambda
 * @param {{folder: string, binary?: string, preference?: string}} options the project,
 *   a file that is our binary for arm64, and whose layers there will be
 */
function buildFor(make, lambda, {folder, binary: file, preference}) {
	const binary = findBinary(file, folder);
	const {version} = lambda;
	try {
		const built = make(fs.readFileSync(lambda.zip), {version, binary, preference});
		return {...built, hasBinary: binary !== null};
	} catch (error) {
		if (error instanceof NotAZip || error instanceof NotPatched) {
			const what = `@remotion/lambda ${version} can't be used (${lambda.zip})`;
			throw new NotReady(`${what}: ${error.message}`, {cause: error});
		}
		throw error;
	}
}

const buildProjectFunction = (lambda, options) => buildFor(buildFunction, lambda, options);

const buildProjectLayer = (lambda, options) => buildFor(buildLayer, lambda, options);

/** What may surprise, in lines. */
function remarks({unknown, hasBinary}, version) {
	return [
		...(hasBinary
			? []
			: ["There is no binary for arm64 in it: payloads will stay in V8's heap (see --binary)."]),
		...unknown.map(
			(module) =>
				`Module ${module} of ${version} is not one we know: what replaces it will step aside.`,
		),
	];
}

/** What is said where Remotion left a function as it is. */
const LEFT_AS_IT_IS =
	'Nothing was deployed: a function with this version, memory, disk and timeout exists, and ' +
	'Remotion leaves it as it is. To put remotion-headroom in it, remove it ' +
	'("npx remotion lambda functions rm NAME") and deploy again.';

module.exports = {LEFT_AS_IT_IS, buildProjectFunction, buildProjectLayer, remarks};
