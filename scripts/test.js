'use strict';

// npm test               lints, builds, and tests all that takes seconds
// npm test -- NAME...    builds, and runs the long tests of that name instead

const {main, run} = require('./tools');

main(() => {
	const names = process.argv.slice(2);
	if (names.length === 0) {
		run('npm', ['run', 'test:all'], {show: true});
		return;
	}
	run('npm', ['run', 'build'], {show: true});
	run('npm', ['run', 'test:long', '--', ...names], {show: true});
});
