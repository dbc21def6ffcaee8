'use strict';

// The governor in older versions of Remotion.

const {alwaysShort} = require('./governor-cases');
const {removeBundles} = require('./harness');

afterAll(removeBundles);

describe.each(['4.0.500', '4.0.443', '4.0.382', '4.0.300'])(
	'memory that is always short, Remotion %s',
	(version) => alwaysShort(version)(),
);
