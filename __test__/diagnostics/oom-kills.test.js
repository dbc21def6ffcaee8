'use strict';

// Which of the kernel's kills belong to which render. The count is a number that
// the test moves; nothing else stands for anything.

const {makeWatch} = require('../../lib/oom-kills');

function counted(start = 0) {
	const kernel = {kills: start, reads: 0};
	const watch = makeWatch(() => {
		kernel.reads++;
		return kernel.kills;
	});
	return {kernel, watch};
}

/** Fails as a render does, after what `during` does. */
async function failing(watch, during, error = new Error('failed')) {
	await watch
		.during(async () => {
			await null;
			await during();
			throw error;
		})
		.catch((thrown) => expect(thrown).toBe(error));
	return error;
}

test("a kill of the morning is none of the evening's", async () => {
	const {kernel, watch} = counted();
	kernel.kills = 1;
	const evening = await failing(watch, () => {});
	expect(watch.count([evening])).toBe(0);
	const night = await failing(watch, () => {
		kernel.kills += 2;
	});
	expect(watch.count([night])).toBe(2);
	expect(watch.count([evening])).toBe(0);
});

test('it is the same when told within the render, after it, and of what wraps the error', async () => {
	const {kernel, watch} = counted(5);
	const error = new Error('failed');
	let within;
	await failing(
		watch,
		() => {
			kernel.kills++;
			within = watch.count([error]);
		},
		error,
	);
	kernel.kills += 10;
	expect([within, watch.count([error])]).toEqual([1, 1]);
	const other = await failing(watch, () => {
		kernel.kills++;
	});
	const outer = new Error('outer', {cause: other});
	expect(watch.count([outer, other])).toBe(1);
});

test('renders that go on at once have counts of their own', async () => {
	const {kernel, watch} = counted();
	let go;
	const gate = new Promise((resolve) => {
		go = resolve;
	});
	const long = failing(watch, () => gate);
	await Promise.resolve();
	kernel.kills = 1;
	let within;
	const error = new Error('short');
	const short = await failing(
		watch,
		() => {
			within = watch.count([error]);
		},
		error,
	);
	go();
	expect(watch.isRendering()).toBe(true);
	expect([within, watch.count([short]), watch.count([await long])]).toEqual([0, 0, 1]);
	expect(watch.isRendering()).toBe(false);
});

test('a part of a render belongs to it; one that is started from what is left of another does not', async () => {
	const {kernel, watch} = counted();
	const error = new Error('part');
	await failing(
		watch,
		async () => {
			kernel.kills = 1;
			await watch.during(() => Promise.reject(error));
		},
		error,
	).catch(() => {});
	expect(watch.count([error])).toBe(1);
	let later;
	await watch.during(async () => {
		later = new Promise((resolve) => setImmediate(resolve)).then(() => failing(watch, () => {}));
	});
	kernel.kills = 2;
	expect(watch.count([await later])).toBe(0);
});

test('of no render, it is what came since the last count', () => {
	const {kernel, watch} = counted(7);
	watch.note();
	expect(watch.count([new Error('a')])).toBe(0);
	kernel.kills = 8;
	const error = new Error('b');
	expect(watch.count([error])).toBe(1);
	expect(watch.count([new Error('c')])).toBe(0);
	expect(watch.count([error])).toBe(1);
	kernel.kills = 9;
	expect(watch.count(['text'])).toBe(1);
	expect(watch.count(['text'])).toBe(1);
	expect(watch.count(['other'])).toBe(0);
});

test('where nobody counts there are no kills', async () => {
	const watch = makeWatch(() => null);
	const error = await failing(watch, () => {});
	expect([watch.count([error]), watch.count([new Error('a')])]).toEqual([0, 0]);
});

test('a render is asked what it answers, and nothing is caught for its caller', async () => {
	const {watch} = counted();
	await expect(watch.during(async () => 3)).resolves.toBe(3);
	expect(watch.during(() => 4)).toBe(4);
	expect(() =>
		watch.during(() => {
			throw new Error('at once');
		}),
	).toThrow('at once');
	await expect(watch.during(() => Promise.reject(new Error('later')))).rejects.toThrow('later');
	expect(watch.isRendering()).toBe(false);
});
