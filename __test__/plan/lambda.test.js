'use strict';

// What a Lambda function has, and a plan for its size, as docs/lambda.md has it.

const {measureMemory, planRender} = require('../..');

const MIB = 2 ** 20;
/** MB for one CPU: AWS Lambda's quotas, "Function memory allocation". */
const MB_PER_CPU = 1769;
const SIZES = [512, 1024, MB_PER_CPU, 2048, 3008, 5120, 10_240];
const VARIABLE = 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE';

const planFor = (size) =>
	planRender({width: 1280, height: 720, memory: size * MIB, cpus: size / MB_PER_CPU});

afterEach(() => delete process.env[VARIABLE]);

test.each(SIZES)('%i MB are what a function of that size has', (size) => {
	process.env[VARIABLE] = String(size);
	const report = measureMemory({logLevel: 'error'});
	expect(report).toMatchObject({environment: 'lambda', lambda: size * MIB});
	expect(report.available).toBeLessThanOrEqual(size * MIB);
});

test.each(SIZES)('a plan for %i MB stays in it, and has no tab without a CPU', (size) => {
	const {availableBytes, budgetBytes, expectedPeakBytes, fits, options} = planFor(size);
	expect(availableBytes).toBe(size * MIB);
	expect(budgetBytes).toBeLessThan(size * MIB);
	expect(fits).toBe(expectedPeakBytes <= budgetBytes);
	expect(options.concurrency).toBeGreaterThanOrEqual(1);
	expect(options.concurrency).toBeLessThanOrEqual(Math.max(1, Math.round(size / MB_PER_CPU / 2)));
});

test('a larger function is given more, and the same one the same wherever it is planned', () => {
	const plans = SIZES.map(planFor);
	const tabs = plans.map(({options}) => options.concurrency);
	expect(tabs).toEqual([...tabs].sort((a, b) => a - b));
	expect(tabs.at(-1)).toBeGreaterThan(tabs[0]);
	process.env[VARIABLE] = '128';
	expect(SIZES.map(planFor)).toEqual(plans);
});
