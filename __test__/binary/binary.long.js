'use strict';

// The release binaries that `npm run build -- TARGET...` put into artifacts/.

const fs = require('node:fs');
const path = require('node:path');
const inspect = require('./inspect');

const artifacts = path.join(__dirname, '..', '..', 'artifacts');
const files = fs.readdirSync(artifacts).filter((name) => name.endsWith('.node'));

test('there is a binary', () => expect(files).not.toEqual([]));

test.each(files)('%s needs and weighs no more than it may', (name) => {
	inspect(path.join(artifacts, name));
});
