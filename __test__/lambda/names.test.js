'use strict';

// Which minified texts count as the same program.

const {withoutNames} = require('../../lib/lambda/names');

const same = (one, other, modules = new Map()) =>
	withoutNames(one, modules) !== null &&
	withoutNames(one, modules) === withoutNames(other, modules);

/** In a template of the text. */
const hole = (expression) => `$\u007b${expression}}`;

test.each([
	['variables', 'var a=(b,c)=>b+c', 'var x=(y,z)=>y+z'],
	['a list of them', 'function f(){var a,b=1;return a,b}', 'function g(){var c,d=1;return c,d}'],
	['the last of a sequence', 'try{throw 1}catch(e){a(),e}', 'try{throw 1}catch(t){n(),t}'],
	['a name in a template', `a=>\`${hole('a.id')}-x\``, `b=>\`${hole('b.id')}-x\``],
	['what is behind a question mark', 'a=>a?b:c', 'd=>d?e:f'],
	['a default', '({id:a=1})=>a', '({id:b=1})=>b'],
])('the same: %s', (_, one, other) => {
	expect(same(one, other)).toBe(true);
});

test.each([
	['two variables changed places', '(a,b)=>a-b', '(a,b)=>b-a'],
	['a variable that is another', '(a,b)=>a+a', '(a,b)=>a+b'],
	['a property', 'a=>a.id', 'a=>a.ix'],
	['an optional property', 'a=>a?.id', 'a=>a?.ix'],
	['a key', 'a=>({id:a})', 'a=>({ix:a})'],
	['a key of a pattern', '({id:a})=>a', '({ix:a})=>a'],
	['a short property', 'id=>({id})', 'ix=>({ix})'],
	['one with a default', '({id=1})=>id', '({ix=1})=>ix'],
	['a method', 'a=({id(){return 1}})', 'a=({ix(){return 1}})'],
	['an async method', 'a=({async id(){return 1}})', 'a=({async ix(){return 1}})'],
	['a getter', 'a=({get id(){return 1}})', 'a=({get ix(){return 1}})'],
	['a method of a class', 'class a{id(){}}', 'class a{ix(){}}'],
	['a global', 'a=>window.b(a)', 'a=>globalThis.b(a)'],
	['a short global', 'a=>new Map(a)', 'a=>new Set(a)'],
	['a string', '"a"', '"b"'],
	['a number', 'a=>a.flat(2)', 'a=>a.flat(3)'],
	['a word of the language', 'for(var a of b);', 'for(var a in b);'],
	['text of a template', `a=>\`${hole('a')}-x\``, `a=>\`${hole('a')}-y\``],
])('different: %s', (_, one, other) => {
	expect(same(one, other)).toBe(false);
	expect(same(one, one)).toBe(true);
});

test('a module that is required counts by what is in it', () => {
	const modules = new Map([
		['aaa', 'truthy'],
		['bbb', 'pool'],
	]);
	expect(same('var x=aaa()', 'var x=ccc()', modules)).toBe(false);
	expect(same('var x=aaa()', 'var x=bbb()', modules)).toBe(false);
	expect(withoutNames('var x=aaa()', modules)).toBe(
		withoutNames('var x=ddd()', new Map([['ddd', 'truthy']])),
	);
});

test('null where it can not be told what a text means', () => {
	expect(withoutNames('a=>{', new Map())).toBe(null);
	expect(withoutNames('"', new Map())).toBe(null);
});
