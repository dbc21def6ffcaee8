'use strict';

// A tab whose answers are wrong: each time the frame's assets are fetched as
// Remotion fetches them, and nothing is allocated for what was only announced.

const {essence, removeBundles, render} = require('./harness');

const LENGTH = 'reply.fresh[fresh++] = src.length;';
const NUMBER = 'reply.fresh[fresh++] = number;';
const INDEX = 'reply.refs[refs++] = i;';
const says = (value) => [[LENGTH, LENGTH.replace('src.length', value)]];

/** What is said -> [what is changed, what we say of it]. */
const LIES = {
	'2^50 characters': [says('2 ** 50'), 'a payload has an impossible length'],
	'a length of 0': [says('0'), 'a payload has an impossible length'],
	'a negative length': [says('-5'), 'a payload has an impossible length'],
	'half a character': [says('src.length + 0.5'), 'a payload has an impossible length'],
	'a length that is no number': [says("'9'"), 'a payload has an impossible length'],
	'one character too many': [says('src.length + 1'), 'a piece has another length'],
	'one character too few': [
		[
			[LENGTH, LENGTH.replace('src.length', 'src.length - 1')],
			['src.length <= room', 'true'],
		],
		'a piece has another length',
	],
	'a number again': [[[NUMBER, NUMBER.replace('number', '1')]], 'a number came twice'],
	'a number that is none': [[[NUMBER, NUMBER.replace('number', '{}')]], 'a number came twice'],
	'a place that is none': [[[INDEX, INDEX.replace('i;', '2 ** 40;')]], 'a number is unknown'],
	'no pieces': [[['entry === undefined ?', 'true ?']], 'a piece has another length'],
	'fewer pieces': [[['return pieces;', 'return {};']], 'pieces are missing'],
	'an error while pulling': [
		[['const pieces =', 'throw 1; const pieces =']],
		'the tab threw an error',
	],
	'an error in the middle': [
		[['let room =', 'throw new Error(); let room =']],
		'the tab threw an error',
	],
	'no answer': [
		[['return reply;\n\t};\n\n\t/** Pieces', 'return 7;\n\t};\n\n\t/** Pieces']],
		'the tab sent no assets',
	],
	'no assets': [[['assets: {__proto__: null}', 'assets: 3']], 'the tab sent no list'],
	'fewer assets': [[['i < assets.length', 'i < assets.length - 1']], 'assets are missing'],
	'a side that does not start': [
		[['const sliceOf', 'throw 1; const sliceOf']],
		'the tab threw an error',
	],
};

afterAll(removeBundles);

test('lies', async () => {
	// A text that comes along, and one that is pulled: of each render its own, since
	// what another one has sent is not sent again.
	const names = Object.keys(LIES);
	const honest = names.map((_, i) => ({
		id: 'changing',
		inputProps: {bytes: 30_000 + 300 * i, durationInFrames: 3},
		options: {concurrency: 1},
	}));
	const renders = honest.map((one, i) => ({...one, lies: LIES[names[i]][0]}));
	const stock = essence(await render({activated: false, renders: honest}));
	const lying = await render({activated: true, renders});
	for (const [i, outcome] of essence(lying).entries()) {
		expect(stock[i].error).toBeUndefined();
		expect({[names[i]]: outcome}).toEqual({[names[i]]: stock[i]});
		expect(lying.stderr).toContain(`as Remotion does, because ${LIES[names[i]][1]}.`);
	}
}, 400_000);
