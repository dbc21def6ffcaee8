'use strict';

// What may be wrong with a recording, and what is made of it.

const {ROLES, parseRecording} = require('../../lib/report/read');
const {MIB, makeRecording, toText} = require('./recordings');

const HEADER = {headroom: 1, start: 0, version: '0.1.0', limit: 1000 * MIB, memory: 'pss-like'};
const look = (t, p, more = {}) => ({t, used: null, hits: 0, oomKills: 0, p, ...more});
const read = (...lines) => parseRecording(toText([HEADER, ...lines]), 'r.jsonl');
const names = ({processes}) => processes.map(({name}) => name);

test('a whole recording is read whole', () => {
	const lines = makeRecording();
	const {looks, frames, v8, marks, notes, duration} = parseRecording(toText(lines), 'r.jsonl');
	expect(looks.length).toBe(lines.filter((line) => line.p).length);
	expect(frames.length).toBe(lines.filter((line) => line.frame).length);
	expect(v8.length).toBe(lines.filter((line) => line.v8).length);
	expect(marks.length).toBe(lines.filter((line) => line.mark).length);
	expect(duration).toBe(40_000);
	expect(notes).toEqual([]);
});

test.each([
	['nothing', '', /^r\.jsonl is empty: nothing was recorded$/],
	['empty lines', '\n\n', /^r\.jsonl is empty/],
	['a header alone', toText([HEADER]), /^r\.jsonl ends before the first look at memory$/],
	['half a header', '{"headroom":1,"st', /^r\.jsonl is no recording/],
	['something else', '{"name": "package"}\n', /^r\.jsonl is no recording/],
	['an array', '[1]\n', /^r\.jsonl is no recording/],
	[
		'a newer format',
		'{"headroom":2}\n',
		/^r\.jsonl has format 2, and this version reads format 1$/,
	],
])('%s is one sentence', (_what, content, message) => {
	expect(() => parseRecording(content, 'r.jsonl')).toThrow(message);
});

test('cut off at any byte it is read up to there', () => {
	const lines = [HEADER, look(0, {1: MIB}), look(100, {1: 2 * MIB}), look(200, {1: 3 * MIB})];
	const text = toText(lines);
	const second = toText(lines.slice(0, 2)).length;
	for (let length = second; length < text.length; length++) {
		const whole = text.slice(0, length).split('\n').length - 2;
		const {looks, notes} = parseRecording(text.slice(0, length), 'r.jsonl');
		// The last line may be whole without its line feed.
		expect([whole, whole + 1]).toContain(looks.length);
		const rest = text.slice(0, length).split('\n').at(-1);
		const cut = rest !== '' && looks.length === whole;
		expect(notes).toEqual(cut ? ['The last line is cut off: whoever wrote it was ended.'] : []);
	}
});

test('lines that are damaged, or of a newer writer, are left out', () => {
	const text = [HEADER, look(0, {1: MIB})].map((line) => JSON.stringify(line)).join('\n');
	const damaged = `${text}\n{"t":5,\nnull\n{"no":"time"}\n{"t":7,"gpu":{"used":1}}\n`;
	const {looks, notes} = parseRecording(damaged + toText([look(9, {1: MIB})]), 'r.jsonl');
	expect(looks.map(({t}) => t)).toEqual([0, 9]);
	expect(notes).toEqual(['3 lines could not be read and were left out.']);
});

test('values that are no sizes are left out', () => {
	const {looks} = read(look(0, {1: -5, 2: 'much', 3: null, 4: MIB}, {used: Number.NaN}));
	expect(looks[0].sum).toBe(MIB);
	expect(looks[0].used).toBe(null);
});

test('a clock that is set back goes on from there, and is told', () => {
	const {looks, notes, duration} = read(
		look(10_000, {1: MIB}),
		look(2000, {1: 2 * MIB}),
		look(2100, {1: MIB}),
	);
	expect(looks.map(({t}) => t)).toEqual([10_000, 10_000, 10_100]);
	expect(duration).toBe(10_100);
	expect(notes).toEqual(['The clock was set back once: time goes on from there.']);
});

test('lines a little out of order are no such clock', () => {
	const {looks, notes} = read(look(500, {1: MIB}), look(400, {1: MIB}), look(600, {1: MIB}));
	expect(looks.map(({t}) => t)).toEqual([500, 500, 600]);
	expect(notes).toEqual([]);
});

const named = (t, pid, role, name) => ({t, process: {pid, role, name}});

test('a pid that comes again is another process', () => {
	const recording = read(
		named(0, 7, 'tab', 'tab 1'),
		look(0, {7: 5 * MIB}),
		{t: 50, process: {pid: 7, gone: true}},
		named(60, 7, 'encoder', 'FFmpeg'),
		look(100, {7: 9 * MIB}),
	);
	expect(names(recording)).toEqual(['tab 1', 'FFmpeg']);
	expect(recording.processes.map(({peak}) => peak / MIB)).toEqual([5, 9]);
});

test('also where its end was never told', () => {
	const recording = read(
		named(0, 7, 'tab', 'tab 1'),
		look(0, {7: MIB, 8: MIB}),
		look(100, {8: MIB}),
		named(150, 7, 'encoder', 'FFmpeg'),
		look(200, {7: MIB, 8: MIB}),
		look(5000, {8: MIB}),
		look(5100, {7: MIB, 8: MIB}),
	);
	expect(names(recording)).toEqual(['tab 1', 'process 8', 'FFmpeg', 'process 7']);
});

test('a process that one look missed is the same one', () => {
	const recording = read(
		named(0, 7, 'tab', 'tab 1'),
		look(0, {7: MIB}),
		look(100, {}),
		look(200, {7: MIB}),
	);
	expect(names(recording)).toEqual(['tab 1']);
});

test('a look that comes after the end belongs to the one that ended', () => {
	const gone = {t: 50, process: {pid: 7, gone: true}};
	const recording = read(named(0, 7, 'tab', 'tab 1'), look(0, {7: MIB}), gone, look(60, {7: MIB}));
	expect(names(recording)).toEqual(['tab 1']);
});

test('named later and renamed, it is one process under its last name', () => {
	const recording = read(
		look(0, {7: MIB}),
		named(50, 7, 'tab', 'tab 1'),
		look(100, {7: MIB}),
		named(150, 7, 'tab', 'tab 1, frame 3'),
	);
	expect(names(recording)).toEqual(['tab 1, frame 3']);
	expect(recording.processes[0]).toMatchObject({role: 'tab', first: 0, last: 100});
});

test('a limit counts from where it changes', () => {
	const {looks, limits} = read(
		look(0, {1: MIB}),
		look(100, {1: MIB}, {limit: 500 * MIB}),
		look(200, {1: MIB}),
		look(300, {1: MIB}, {limit: null}),
	);
	expect(looks.map(({limit}) => limit && limit / MIB)).toEqual([1000, 500, 500, null]);
	expect(limits.length).toBe(3);
});

test('a recording that is appended follows in time, with processes of its own', () => {
	const second = {...HEADER, start: 60_000, limit: 700 * MIB};
	const {looks, processes} = read(
		named(0, 7, 'node', 'Node'),
		look(0, {7: MIB}),
		second,
		look(0, {7: MIB}),
	);
	expect(looks.map(({t, limit}) => [t, limit / MIB])).toEqual([
		[0, 1000],
		[60_000, 700],
	]);
	expect(processes.map(({name}) => name)).toEqual(['Node', 'process 7']);
});

test('the schema has the same roles', () => {
	const {definitions} = require('../../schema/recording-1.json');
	expect(definitions.process.properties.process.properties.role.enum).toEqual(ROLES);
});
