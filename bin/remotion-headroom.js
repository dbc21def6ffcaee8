#!/usr/bin/env node
'use strict';

const {main} = require('../lib/doctor/cli');

// Not process.exit(): a pipe may still be writing.
process.exitCode = main(process.argv.slice(2));
