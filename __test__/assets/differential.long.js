'use strict';

// 200,000 generated calls.
process.env.HEADROOM_RUNS ??= '200000';
require('./differential.test.js');
