'use strict';

// JavaScript without what doesn't count: comments and white space. Two texts
// that normalise alike are the same program.

const TOKEN = new RegExp(
	[
		// 1: white space and comments.
		String.raw`(\s+|//.*|/\*[^]*?\*/)`,
		// 2: words, also private names. None with an escape in it.
		String.raw`(#?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*)`,
		// Numbers.
		String.raw`0[xXbBoO][\da-fA-F_]+n?|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?n?`,
		// Strings.
		String.raw`'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"`,
		// 3: everything else; the longest first, so that "+ +" stays apart from "++".
		String.raw`(>>>=|\.\.\.|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|\+\+|--|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|<<|>>|\*\*|[{}()[\];,<>+\-*/%&|^!~?:=.${'`'}])`,
	].join('|'),
	'uy',
);
const TEMPLATE = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y;
const REGEXP = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/([\w$]*)/y;

// What a slash means depends on what comes before it.
const DIVISION = 0;
const PATTERN = 1;
const UNSURE = 2;

const BEFORE_PATTERN = new Set(
	'return typeof case in delete void throw new instanceof do else'.split(' '),
);
const BEFORE_EITHER = new Set('of yield await async let'.split(' '));
const BEFORE_CONDITION = new Set('if while for with'.split(' '));

/** A line break after these, or before ++ and --, ends a statement. */
const ENDED_BY_BREAK = new Set('return throw break continue yield async using'.split(' '));

function slashAfterWord(word) {
	return BEFORE_PATTERN.has(word) ? PATTERN : BEFORE_EITHER.has(word) ? UNSURE : DIVISION;
}

/**
 * Its tokens, each behind what stands for the white space before it; null where
 * it can't be told for certain what a text means.
 */
function tokensOf(source) {
	const text = source.replaceAll('\r\n', '\n');
	const tokens = [];
	/** What was opened: for a parenthesis, what a slash means behind it; for a brace, its template. */
	const open = [];
	let slash = PATTERN;
	let previous = '';
	let broken = false;
	let at = 0;

	const add = (token) => {
		const counts = broken && (ENDED_BY_BREAK.has(previous) || token === '++' || token === '--');
		tokens.push(counts ? '\n' : ' ', token);
		previous = token;
		broken = false;
	};
	/** Reads a token that another expression describes. */
	const take = (expression) => {
		expression.lastIndex = at;
		const match = expression.exec(text);
		if (match !== null) {
			add(match[0]);
			at = expression.lastIndex;
		}
		return match;
	};

	while (at < text.length) {
		TOKEN.lastIndex = at;
		const match = TOKEN.exec(text);
		if (match === null) {
			return null;
		}
		const [token, space, word, sign] = match;
		if (space !== undefined) {
			broken ||= /[\n\r\u2028\u2029]/.test(space);
		} else if (word !== undefined) {
			const property = previous === '.' || previous === '?.';
			add(token);
			slash = property ? DIVISION : slashAfterWord(word);
			if (property) {
				previous = '';
			}
		} else if (sign === undefined) {
			add(token);
			slash = DIVISION;
		} else if (sign.startsWith('/') && slash !== DIVISION) {
			const pattern = slash === PATTERN ? take(REGEXP) : null;
			// With the flag v, classes nest.
			if (pattern === null || pattern[1].includes('v')) {
				return null;
			}
			slash = DIVISION;
			continue;
		} else if (sign === '`' || (sign === '}' && open.at(-1) === '`')) {
			if (sign === '}') {
				open.pop();
			}
			TEMPLATE.lastIndex = at + 1;
			const rest = TEMPLATE.exec(text);
			if (rest === null) {
				return null;
			}
			add(sign + rest[0]);
			at = TEMPLATE.lastIndex;
			slash = DIVISION;
			if (rest[0].endsWith('${')) {
				open.push('`');
				slash = PATTERN;
			}
			continue;
		} else {
			if (sign === '(') {
				open.push(
					BEFORE_CONDITION.has(previous) ? PATTERN : previous === 'await' ? UNSURE : DIVISION,
				);
				slash = PATTERN;
			} else if (sign === '[' || sign === '{') {
				open.push(sign === '[' ? DIVISION : UNSURE);
				slash = PATTERN;
			} else if (sign === ')' || sign === ']' || sign === '}') {
				slash = open.pop() ?? UNSURE;
			} else {
				slash = sign === '++' || sign === '--' ? UNSURE : PATTERN;
			}
			add(token);
		}
		at = TOKEN.lastIndex;
	}
	return open.length === 0 ? tokens : null;
}

const normalise = (source) => tokensOf(source)?.join('') ?? null;

module.exports = {normalise, tokensOf};
