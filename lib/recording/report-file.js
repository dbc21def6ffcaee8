'use strict';

const path = require('node:path');

const ENDINGS = ['.html', '.jsonl'];

/** Whether a report can be written to a file of this name. */
const isReportFile = (file) =>
	// To `extname`, the name of a folder has one as well.
	ENDINGS.includes(path.extname(file).toLowerCase()) && !/[\\/]$/.test(file);

module.exports = {isReportFile};
