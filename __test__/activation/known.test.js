'use strict';

// Which Remotion we recognise: real copies, each changed in one way, must make
// exactly the parts step aside that stand for what was changed.

const {execFile} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {promisify} = require('node:util');
const {NEWEST, rootOf} = require('./harness');
const {FORMATS, MUTATIONS, OPENINGS} = require('./mutations');
const table = require('../../lib/copies/known.json');

const VERSIONS = [NEWEST, '4.0.500', '4.0.443', '4.0.382', '4.0.300'];
const PARTS = [
	'get-available-memory',
	'prestitcher-memory-usage',
	'compress-assets',
	'collect-assets',
	'render-frame-with-option-to-reject/frame-ledger',
	'render-frame-with-option-to-reject/frame-index',
	'render-frame-with-option-to-reject/inline-audio',
	'render-frame-with-option-to-reject/asset-runs',
	'render-frame-with-option-to-reject/outcome',
	'inline-audio-mixing',
	'calculate-asset-positions',
	'next-frame-to-render',
	'render-frame-and-retry-target-close',
	'render-frame-and-retry-target-close/in-turn',
	'make-page',
	'symbolicate-stacktrace',
	'compositor',
	'prespawn-ffmpeg',
	'download-and-map-assets-to-file',
	'download-and-map-assets-to-file/download-asset',
	'screenshot-task',
	'make-streamer',
	'render-media',
	'render-frames',
];

/** Older versions have a rule of their own for parallel encoding, and nothing is said. */
const OWN_RULE = 'prestitcher-memory-usage';
const hasOwnRule = (version) => Number(version.split('.')[2]) < 515;

/** Older versions have none, and nothing is said. */
const INLINE_AUDIO = ['render-frame-with-option-to-reject/inline-audio', 'inline-audio-mixing'];
const hasInlineAudio = (version) => Number(version.split('.')[2]) >= 345;

/** Newer versions wait for the encoder by themselves, and nothing is said. */
const ENCODER = 'prespawn-ffmpeg';
const waitsByItself = (version) => Number(version.split('.')[2]) > 500;

/** Newer versions take linear time by themselves, and nothing is said. */
const POSITIONS = 'calculate-asset-positions';
const isLinear = (version) => Number(version.split('.')[2]) >= 500;

describe.each(VERSIONS)('Remotion %s', (version) => {
	const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'headroom-known-'));
	let results;
	beforeAll(async () => {
		const {stdout} = await promisify(execFile)(
			process.execPath,
			[path.join(__dirname, 'mutations-child.js'), rootOf('renderer', version), scratch],
			{maxBuffer: 2 ** 27, env: {...process.env, REMOTION_HEADROOM: ''}},
		);
		({results} = JSON.parse(stdout));
	}, 300_000);
	afterAll(() => fs.rmSync(scratch, {recursive: true, force: true}));

	const silent = [
		...(hasOwnRule(version) ? [OWN_RULE] : []),
		...(hasInlineAudio(version) ? [] : INLINE_AUDIO),
		...(waitsByItself(version) ? [ENCODER] : []),
		...(isLinear(version) ? [POSITIONS] : []),
	];
	const withOwnRule = (parts) =>
		PARTS.filter((part) => parts.includes(part) || silent.includes(part));
	const skippedOf = ({skipped}) => skipped.map(({part}) => part);
	const patch = Number(version.split('.')[2]);
	const changes = MUTATIONS.filter(({since, until}) => since <= patch && patch <= until);
	const isTrusted = (file, line) =>
		line.includes(` of module ${file} in Remotion ${version} is not one we know, and is trusted`);
	const left = (part, why) => `[remotion-headroom] ${part} is left to Remotion ${version}: ${why}.`;

	test.each(changes)('$label', ({label, file, name, parts}) => {
		const {skipped, applied, said, errors} = results[label];
		expect(skipped.map(({part}) => part)).toEqual(withOwnRule(parts));
		expect(applied).toEqual([...PARTS.filter((part) => !withOwnRule(parts).includes(part)), 'esm']);
		const why = `${name} of module ${file} is not one we know: a patch or another tool changed it; take that out, or set REMOTION_HEADROOM=try-unknown to replace it nevertheless`;
		expect(errors).toEqual([why]);
		expect(said).toEqual(
			PARTS.filter((part) => parts.includes(part))
				.filter((part) => !INLINE_AUDIO.includes(part) || hasInlineAudio(version))
				// It goes with the tabs, and the cause is said once.
				.filter((part) => part !== 'make-page' || file === part)
				.map((part) => left(part, why)),
		);
	});

	test.each(changes.filter(({parts}) => parts.length > 0))(
		'try-unknown, $label',
		({label, file, name, parts, breaksFragment, failsProbe}) => {
			const {skipped, said} = results[`try ${label}`];
			const about = `${name} of module ${file}`;
			if (breaksFragment) {
				expect(skipped.filter(({part}) => parts.includes(part)).length).toBeGreaterThan(0);
				expect(said).toContain(
					left(parts[0], `${about} is not one we know, and looks too different to be tried`),
				);
				return;
			}
			expect(said).toContain(
				`[remotion-headroom] ${about} in Remotion ${version} is not one we know, and is trusted because of REMOTION_HEADROOM=try-unknown.`,
			);
			// Where a part also tries what the function does, that decides; the first one does.
			expect(skippedOf({skipped})).toEqual(withOwnRule(failsProbe ? parts.slice(0, 1) : []));
			// Functions whose text is the whole module's are each said.
			const others = said.filter((line) => !isTrusted(file, line));
			expect(others.length).toBeLessThanOrEqual(failsProbe ? 1 : 0);
		},
	);

	test.each(
		OPENINGS.flatMap(({label, ...rest}) => [label, `try ${label}`].map((how) => ({how, ...rest}))),
	)('$how', ({how, file, parts}) => {
		const {skipped, said} = results[how];
		expect(skippedOf({skipped})).toEqual(withOwnRule(parts));
		expect(said).toEqual([left(parts[0], `module ${file} does not look as we know it`)]);
	});

	test.each([...FORMATS.map(([how]) => how), 'stock', 'stock, newer', 'beside renderMedia'])(
		'known: %s',
		(how) => {
			const {skipped, said, errors} = results[how];
			expect(errors.filter((error) => error !== null)).toEqual([]);
			expect(said).toEqual([]);
			expect(skippedOf({skipped})).toEqual(withOwnRule([]));
		},
	);

	test.each([
		['newer', '4.0.9999', `this version is newer than ${NEWEST}, the newest we know`],
		['a nightly', '4.1.0-alpha.1', `this version is newer than ${NEWEST}, the newest we know`],
		['between', '4.0.1', `this version is none of those we know, up to ${NEWEST}`],
	])('changed in a version that is %s', (how, itsVersion, why) => {
		const {said} = results[how];
		expect(said).toEqual(
			['compress-assets', 'render-frame-with-option-to-reject/frame-ledger'].map(
				(part) =>
					`[remotion-headroom] ${part} is left to Remotion ${itsVersion}: compressAsset of module compress-assets is not one we know: ${why}; upgrade remotion-headroom, or set REMOTION_HEADROOM=try-unknown to replace it nevertheless.`,
			),
		);
	});

	test('exports that somebody wrapped before us', () => {
		const {skipped, errors} = results.wrapped;
		expect(skippedOf({skipped})).toEqual(PARTS);
		expect(errors).not.toContain(null);
	});

	test('an export that is another function of its module', () => {
		expect(skippedOf(results.swapped)).toEqual(
			withOwnRule(['compress-assets', 'render-frame-with-option-to-reject/frame-ledger']),
		);
	});
});

test('the parts are those of register(), in its order', () => {
	expect(Object.keys(require('../../lib/copies/activation').PARTS)).toEqual(PARTS);
});

test('the table has the newest version, and is small', () => {
	expect(table.read.split(' ').at(-1)).toBe(NEWEST);
	const file = path.join(__dirname, '..', '..', 'lib', 'copies', 'known.json');
	expect(fs.statSync(file).size).toBeLessThan(16 * 1024);
});
