'use strict';

// A minified module without the names that the minifier gave: each is replaced by
// a number, in the order in which they appear. Two modules that come out alike are
// the same program over the same globals, the names of variables aside.
//
// Where it can't be told whether a name is a variable's, it counts as it is: then
// a text that is the same may count as another, and never the other way round.

const {tokensOf} = require('../copies/normalise');

/** The minifier's names have no more characters. */
const LONGEST = 3;

/** Words of the language and globals that are as short. */
const KEPT = new Set('as do for get if in let new NaN Map of set Set try URL var'.split(' '));

const WORD = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const BEFORE_BLOCK = new Set(') => ; { } else try do finally'.split(' '));

const isShort = (token) =>
	token !== undefined && token.length <= LONGEST && WORD.test(token) && !KEPT.has(token);

/** Index -> index of the bracket that closes it; and where each token is: the `{` around it, or -1. */
function brackets(tokens) {
	const closing = new Map();
	const around = [];
	const open = [];
	tokens.forEach((token, i) => {
		const isTemplate = token.length > 1 && /^[`}]/.test(token);
		const closes = /^[)\]}]/.test(token);
		const opens = /^[([{]$/.test(token) || (isTemplate && token.endsWith('${'));
		if (closes) {
			closing.set(open.pop(), i);
		}
		around.push(open.at(-1) ?? -1);
		if (opens) {
			open.push(i);
		}
	});
	return {closing, around};
}

/** Whether the brace at `i` opens a block; else an object, a pattern or a class. */
const opensBlock = (tokens, i) => i > 0 && tokens[i] === '{' && BEFORE_BLOCK.has(tokens[i - 1]);

/**
 * @param {Map<string, string>} modules name of a wrapper -> the module in it, so
 *   that one which requires another module is another text
 * @returns the text, or null where it can't be told what it means
 */
function withoutNames(source, modules) {
	const spaced = tokensOf(source);
	if (spaced === null) {
		return null;
	}
	const tokens = spaced.filter((_, i) => i % 2 === 1);
	const {closing, around} = brackets(tokens);
	const numbers = new Map();
	const number = (name) => {
		if (!numbers.has(name)) {
			numbers.set(name, modules.has(name) ? `@${modules.get(name)}` : `@${numbers.size}`);
		}
		return numbers.get(name);
	};
	const renamed = tokens.map((token, i) => {
		const [before, after] = [tokens[i - 1], tokens[i + 1]];
		if (!isShort(token) || before === '.' || before === '?.') {
			return token;
		}
		const inList = before === '{' || before === ',';
		if (inList && after === ':') {
			return token;
		}
		const isMethod = after === '(' && tokens[closing.get(i + 1) + 1] === '{';
		if (isMethod && before !== 'function' && before !== '*') {
			return `${token}${number(token)}`;
		}
		const isProperty = inList && (after === ',' || after === '}' || after === '=');
		if (isProperty && tokens[around[i]] === '{' && !opensBlock(tokens, around[i])) {
			return `${token}${number(token)}`;
		}
		return number(token);
	});
	return renamed.map((token, i) => spaced[2 * i] + token).join('');
}

module.exports = {withoutNames};
