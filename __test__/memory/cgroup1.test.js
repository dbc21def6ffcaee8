'use strict';

// measureMemory and getAvailableMemory in real cgroups of version 1.

const path = require('node:path');
const {Cgroup, compilePages, ownCgroup, reasonToSkip, uncachedFile} = require('./cgroups');
const {needs} = require('../needs');
const {forVersion} = require('./kernel-checks');

const LARGE = 200 * 2 ** 20;

const describeWithCgroups = needs('cgroups-v1', reasonToSkip(1), describe);

describeWithCgroups('cgroup v1', () => {
	let large;
	let pages;
	let base;
	const figures = [];

	beforeAll(() => {
		large = uncachedFile(LARGE);
		pages = path.join(large.directory, 'pages');
		compilePages(pages);
	});

	beforeEach(() => {
		base = new Cgroup(ownCgroup().directory, `headroom-test-${process.pid}`);
	});

	afterEach(() => {
		base.remove();
	});

	afterAll(() => {
		large.remove();
		process.stdout.write(`cgroup v1:\n${figures.map((line) => `  ${line}\n`).join('')}`);
	});

	test.each(Object.entries(forVersion(1)))('%s', (name, check) => {
		const {file: largeFile, directory} = large;
		const place = {largeFile, largeFileSize: LARGE, directory, tmpfs: '/dev/shm', pages};
		const said = check({base, version: 1, ...place});
		figures.push(`${name}: ${said}`);
	});
});
