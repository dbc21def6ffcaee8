'use strict';

// The documents' whole renders, run.
process.env.HEADROOM_DOCS_RENDER = '1';
require('./docs.test.js');
