'use strict';

// What a module in the function's file is known by: its text without the minifier's
// names. That takes longer than all else, so it is found out when a function is built.

const {sha256} = require('../copies/known');
const {withoutNames} = require('./names');

/** Of `{module: text}` the hashes, in which names of variables don't count. */
function hashesOf(texts) {
	const modules = new Map(
		Object.entries(texts).map(([module, text]) => [text.slice(0, text.indexOf('=')), module]),
	);
	const hashes = Object.entries(texts).map(([module, text]) => {
		const normalised = withoutNames(text, modules);
		return [module, normalised === null ? null : sha256(normalised)];
	});
	return Object.fromEntries(hashes);
}

module.exports = {hashesOf};
