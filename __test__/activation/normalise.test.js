// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are texts of programs

'use strict';

const {normalise} = require('../../lib/copies/normalise');

test.each([
	['a = b;', 'a=b ;'],
	['f(x)', 'f ( x /* why */ ) // because'],
	['return x', 'return /* one line */ x'],
	['a = {\n}', 'a = {}'],
	['`a${b}c`', '`a${ b /* } */ }c`'],
	['`a${`b${c}`}`', '`a${ `b${ c }` }`'],
	["'a' + b", "'a'\n+\nb"],
	['a / b / c', 'a/b/c'],
	['(a) / b', '(a)/ b //'],
	['if (a) /b c/.test(d)', 'if(a)/b c/.test ( d )'],
	['a.return / 2', 'a . return/2'],
	['x = /[/]"\'/; y', 'x=/[/]"\'/;\ty'],
	['a\r\nb', 'a\nb'],
	['1..x', '1. . x'],
	['a ?.5 : b', 'a?.5:b'],
	['a /= 2', 'a/=2'],
])('alike: %j and %j', (one, other) => {
	expect(normalise(one)).not.toBeNull();
	expect(normalise(other)).toBe(normalise(one));
});

test.each([
	['return x', 'returnx'],
	['return x', 'return\nx'],
	['return x', 'return /* two\nlines */ x'],
	['a\n++b', 'a++\nb'],
	['a + +b', 'a ++b'],
	['a - -b', 'a--b'],
	["'a b'", "'a  b'"],
	["'//'", "'//a'"],
	["'/* a */'", "'/**/'"],
	['"\\" // b"', '"\\" // c"'],
	['`a b`', '`a  b`'],
	['`a // ${b}`', '`a //${b}`'],
	['`\\${a }`', '`\\${a}`'],
	['`${a}` // b', '`${a} // b`'],
	['/a b/', '/ab/'],
	['x = /\\/ /', 'x = /\\//'],
	['x = /[/] /', 'x = /[/]/'],
	['return /a  b/', 'return /a b/'],
	['if (a) /b  c/.test(d)', 'if (a) /b c/.test(d)'],
	['x = {} / 1', 'x = {} + 1'],
	["'a'", '"a"'],
	['1 .x', '1. x'],
	['a >> >b', 'a >>> b'],
	['async\nfunction f() {}', 'async function f() {}'],
])('different: %j and %j', (one, other) => {
	expect(normalise(one)).not.toBe(normalise(other));
});

test.each([
	['what a slash is behind a brace', 'if (a) {} /b c/.test(d)'],
	['what a slash is behind ++', 'a++ /b/ c'],
	['classes that nest', 'x = /[[a]/]/v'],
	['a string without an end', "'a"],
	['a template without an end', '`a${b'],
	['a bracket without an end', '(a'],
	['a name with an escape', '\\u0061 = 1'],
	['#!', '#!/usr/bin/env node\na'],
])('undecided: %s', (_, text) => {
	expect(normalise(text)).toBeNull();
});
