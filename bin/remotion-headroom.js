#!/usr/bin/env node
const {main} = require('../lib/doctor/cli');

// Not process.exit(): a pipe may still be writing.
process.exitCode = main(process.argv.slice(2));
