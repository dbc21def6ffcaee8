'use strict';

// A payload that several tabs have travels from one of them, once.

const {createHash} = require('node:crypto');
const collectGarbage = require('./collect-garbage');
const {essence, removeBundles, render} = require('./harness');
const {Sent, find, mayBeKnown} = require('../../lib/tab/sent');

afterAll(removeBundles);

describe('what other tabs have sent', () => {
	const hashOf = (text) => createHash('sha256').update(text).digest('hex');
	const payloadOf = (text) => ({text, bytes: Buffer.byteLength(text)});
	const one = {lastPiece: performance.now()};
	const another = {lastPiece: performance.now()};
	/** Lengths of their own, since this process has one list of them. */
	let length = 1000;
	const newText = () => 'a'.repeat(++length);

	test('while it is on its way, and later', async () => {
		const text = newText();
		const payload = payloadOf(text);
		expect(mayBeKnown(another, text.length)).toBe(false);
		const sent = new Sent(one, text.length);
		expect(mayBeKnown(another, text.length)).toBe(true);
		const found = find(another, text.length, hashOf(text));
		sent.keep(payload);
		expect(await found).toBe(payload);
		expect(await find(another, text.length, hashOf(text))).toBe(payload);
	});

	test('its own is none: a tab knows what it has sent', async () => {
		const text = newText();
		new Sent(one, text.length).keep(payloadOf(text));
		expect(mayBeKnown(one, text.length)).toBe(false);
		expect(await find(one, text.length, hashOf(text))).toBe(null);
	});

	test('others of the same length are told apart', async () => {
		const text = newText();
		const last = payloadOf(`${text.slice(1)}c`);
		for (const payload of [payloadOf(text), payloadOf(`b${text.slice(1)}`), last]) {
			new Sent(one, text.length).keep(payload);
		}
		expect(await find(another, text.length, hashOf(last.text))).toBe(last);
		expect(await find(another, text.length, hashOf('else'))).toBe(null);
	});

	test('what does not come is not waited for', async () => {
		const text = newText();
		const sent = new Sent(one, text.length);
		const found = find(another, text.length, hashOf(text));
		sent.drop();
		expect(await found).toBe(null);
		expect(mayBeKnown(another, text.length)).toBe(false);
		// From a tab that has sent nothing for long.
		new Sent({lastPiece: -60_000}, ++length);
		expect(await find(another, length, hashOf(text))).toBe(null);
	});

	test('texts that are not ASCII stay with their tab', () => {
		const text = `${newText().slice(1)}\u00e9`;
		new Sent(one, text.length).keep(payloadOf(text));
		expect(mayBeKnown(another, text.length)).toBe(false);
	});

	test('it is found as long as somebody holds it', async () => {
		const kept = payloadOf(newText());
		new Sent(one, kept.text.length).keep(kept);
		const lost = newText().length;
		(() => new Sent(one, lost).keep(payloadOf('a'.repeat(lost))))();
		for (let i = 0; i < 50 && mayBeKnown(another, lost); i++) {
			await new Promise((resolve) => setTimeout(resolve, 10));
			collectGarbage();
		}
		expect(mayBeKnown(another, lost)).toBe(false);
		expect(mayBeKnown(another, kept.text.length)).toBe(true);
	});
});

const of = (bytes) => ({id: 'payloads', inputProps: {count: 3, bytes, durationInFrames: 8}});
const common = of(150_000);
const larger = of(170_000);
// As many as the least of machines has cores for.
const options = {concurrency: 2};
const HASH = 'reply[i] = text;';

const RENDERS = [
	{name: 'a tab that hashes wrong', ...common, options, lies: [[HASH, "reply[i] = 'text';"]]},
	{name: 'a tab that can not hash', ...common, options, lies: [[HASH, 'throw text;']]},
	// Others than before, which may be held still.
	{name: 'at once', ...larger, kind: 'twoAtOnce', other: larger},
	{name: 'shared', ...common, options},
];

test('renders', async () => {
	const stock = await render({renders: RENDERS, activated: false});
	const activated = await render({renders: RENDERS, activated: true});
	expect(stock.outcomes.map(({error}) => error)).toEqual(RENDERS.map(() => undefined));
	expect(essence(activated)).toEqual(essence(stock));
	expect(activated.stderr).not.toContain('remotion-headroom');
	const payloadsOf = (name) =>
		activated.outcomes[RENDERS.findIndex((one) => one.name === name)].summaries.map(
			({payloads}) => payloads,
		);
	for (const name of ['a tab that hashes wrong', 'a tab that can not hash']) {
		const [{count, sentBytes, heldBytes}] = payloadsOf(name);
		expect(count).toBe(3);
		// All tabs that had a frame sent them.
		expect(sentBytes % heldBytes).toBe(0);
		expect(sentBytes).toBeGreaterThan(heldBytes);
	}
	const [shared] = payloadsOf('shared');
	expect(shared.count).toBe(3);
	// Of those that came last nobody need hold any still.
	expect([0, shared.heldBytes]).toContain(shared.sentBytes);
	const both = payloadsOf('at once');
	const sent = both.reduce((sum, {sentBytes}) => sum + sentBytes, 0);
	expect(both[0].heldBytes).toBe(both[1].heldBytes);
	expect(both[0].heldBytes).toBeGreaterThan(0);
	expect(sent).toBe(both[0].heldBytes);
}, 600_000);
