'use strict';

// The colours of roles are told apart, also by people who lack a kind of cone.

const fs = require('node:fs');
const path = require('node:path');
const {ROLES} = require('../../lib/report/draw');

const read = (name) => fs.readFileSync(path.join(__dirname, '../../lib/report', name), 'utf8');
const coloursOf = (css) =>
	Object.fromEntries([...css.matchAll(/--(\w+): (#\w{6})/g)].map(([, name, hex]) => [name, hex]));
const [light, dark] = read('colours.css').split('@media').map(coloursOf);
const [, print] = read('page.css').split('@media print').map(coloursOf);

/** Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB. */
const SIGHT = {
	'all cones': [
		[1, 0, 0],
		[0, 1, 0],
		[0, 0, 1],
	],
	protanopia: [
		[0.152286, 1.052583, -0.204868],
		[0.114503, 0.786281, 0.099216],
		[-0.003882, -0.048116, 1.051998],
	],
	deuteranopia: [
		[0.367322, 0.860646, -0.227968],
		[0.280085, 0.672501, 0.047413],
		[-0.01182, 0.04294, 0.968881],
	],
	tritanopia: [
		[1.255528, -0.076749, -0.178779],
		[-0.078411, 0.930809, 0.147602],
		[0.004733, 0.691367, 0.3039],
	],
};

/** Distance in OKLab below which neighbours in a legend are mixed up. */
const APART = 0.08;

const linear = (hex) =>
	[1, 3, 5]
		.map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255)
		.map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
const times = (matrix, [a, b, c]) => matrix.map(([x, y, z]) => x * a + y * b + z * c);

const TO_LMS = [
	[0.4122214708, 0.5363325363, 0.0514459929],
	[0.2119034982, 0.6806995451, 0.1073969566],
	[0.0883024619, 0.2817188376, 0.6299787005],
];
const TO_LAB = [
	[0.2104542553, 0.793617785, -0.0040720468],
	[1.9779984951, -2.428592205, 0.4505937099],
	[0.0259040371, 0.7827717662, -0.808675766],
];
const oklab = (rgb) =>
	times(
		TO_LAB,
		times(
			TO_LMS,
			rgb.map((one) => Math.max(0, one)),
		).map(Math.cbrt),
	);

/** Pairs of roles that are too near. */
function mixedUp(colours, matrix) {
	const seen = ROLES.map((role) => oklab(times(matrix, linear(colours[role]))));
	return ROLES.flatMap((one, i) =>
		ROLES.slice(0, i)
			.filter((_, j) => Math.hypot(...seen[i].map((value, k) => value - seen[j][k])) < APART)
			.map((other) => `${one} and ${other}`),
	);
}

describe.each(Object.entries({light, dark, print}))('in %s', (_name, colours) => {
	test.each(Object.entries(SIGHT))('with %s no two roles look alike', (_kind, matrix) => {
		expect(mixedUp(colours, matrix)).toEqual([]);
	});
});

test('red and green of one lightness would be mixed up', () => {
	const colours = {...light, node: '#b35900', tab: '#7a7a00'};
	expect(mixedUp(colours, SIGHT.deuteranopia)).toContain('tab and node');
});
