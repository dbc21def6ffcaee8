'use strict';

// What HEADROOM_REQUIRE asks for must be there, and must be something that is known.

const {needs} = require('./needs');

const before = process.env.HEADROOM_REQUIRE;
const run = Object.assign(() => {}, {skip: () => {}});

beforeEach(() => jest.spyOn(console, 'warn').mockReturnValue());

afterEach(() => {
	jest.restoreAllMocks();
	if (before === undefined) {
		delete process.env.HEADROOM_REQUIRE;
	} else {
		process.env.HEADROOM_REQUIRE = before;
	}
});

test.each([
	['', 'mounts', run.skip],
	['cgroups', 'mounts', run.skip],
	['cgroups, mounts', 'mounts', null],
	['all', 'mounts', null],
])('asked for %j, without %s', (asked, what, expected) => {
	process.env.HEADROOM_REQUIRE = asked;
	const call = () => needs(what, 'it is not there', run);
	if (expected === null) {
		expect(call).toThrow(`HEADROOM_REQUIRE asks for ${what}, and it is not there`);
	} else {
		expect(call()).toBe(expected);
		expect(console.warn).toHaveBeenCalledTimes(1);
	}
	expect(needs(what, null, run)).toBe(run);
});

test('a name that nothing has is an error', () => {
	process.env.HEADROOM_REQUIRE = 'mounts,chromium';
	expect(() => needs('mounts', null, run)).toThrow('there is no chromium, but affinity, ');
});
