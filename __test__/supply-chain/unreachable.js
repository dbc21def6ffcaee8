'use strict';

/** What npm and cargo-deny say where there is no way to their database. */
const UNREACHABLE = /failed to fetch advisory database|audit endpoint returned an error/;

module.exports = {UNREACHABLE};
