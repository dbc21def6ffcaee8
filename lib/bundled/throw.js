'use strict';

// An assignment, or bundlers would miss the names that are imported.
module.exports = require('./words').fail();
