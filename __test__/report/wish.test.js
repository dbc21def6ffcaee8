'use strict';

// Where a report is wanted, and under what name.

const {fileOf} = require('../../lib/recording/render');

const VARIABLE = 'REMOTION_HEADROOM_REPORT';
const before = process.env[VARIABLE];
afterAll(() => {
	if (before === undefined) {
		delete process.env[VARIABLE];
	} else {
		process.env[VARIABLE] = before;
	}
});

/** What comes of the variable's value, and what is said; each time as in a process that is new. */
function wish(value, option, logLevel) {
	const said = jest.spyOn(console, 'warn').mockImplementation(() => {});
	let wanted;
	jest.isolateModules(() => {
		process.env[VARIABLE] = value;
		wanted = require('../../lib/switch').reportWish(option, logLevel);
	});
	const lines = said.mock.calls.map(([line]) => line);
	said.mockRestore();
	return [wanted, lines];
}

test.each([
	['', 'a.html', 'a.html'],
	['  ', null, null],
	['b.html', 'a.html', 'b.html'],
	[' b c/ü-{id}.JSONL ', null, 'b c/ü-{id}.JSONL'],
	['off', 'a.html', null],
	['No', 'a.html', null],
	['0', 'a.html', null],
])('%j over %j is %j', (value, option, expected) => {
	expect(wish(value, option)).toEqual([expected, []]);
});

test.each([['b.png'], ['yes'], ['.html'], ['b.html/'], ['html'], ['b.html.gz'], ['\u0000']])(
	'%j is said to be no report, and what the code wants stays',
	(value) => {
		const [wanted, lines] = wish(value, 'a.html');
		expect(wanted).toBe('a.html');
		expect(lines).toEqual([
			expect.stringMatching(/REMOTION_HEADROOM_REPORT is .*, and a report ends in \.html or/),
		]);
		expect(wish(value, 'a.html', 'error')).toEqual(['a.html', []]);
	},
);

test.each([
	['a.html', 1, 'a.html'],
	['a.html', 2, 'a-2.html'],
	['x.y/a.b.jsonl', 12, 'x.y/a.b-12.jsonl'],
	['a-{id}.html', 1, 'a-1.html'],
	['{id}/{id}.html', 3, '3/3.html'],
	['a-{pid}.html', 1, `a-${process.pid}.html`],
	['a-{pid}.html', 2, `a-${process.pid}-2.html`],
	['a-{other}.html', 1, 'a-{other}.html'],
])('%j of render %d is %j', (file, number, expected) => {
	expect(fileOf(file, number)).toBe(expected);
});
