'use strict';

// In a layer, preloaded by NODE_OPTIONS: appends to the file of Remotion's function,
// when it is loaded, the line that ./layer-zip.js has made for it. No file changes.

const {createHash} = require('node:crypto');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

const FUNCTION = path.join(process.env.LAMBDA_TASK_ROOT ?? '/var/task', 'index.js');

const layer = JSON.parse(fs.readFileSync(path.join(__dirname, 'layer.json'), 'utf8'));

const {_compile: compile} = Module.prototype;

function compileWithLine(content, file, ...rest) {
	if (file !== FUNCTION) {
		return compile.call(this, content, file, ...rest);
	}
	// Unless somebody has put theirs over it.
	if (Module.prototype._compile === compileWithLine) {
		Module.prototype._compile = compile;
	}
	if (createHash('sha256').update(content).digest('hex') !== layer.sha256) {
		console.warn(
			`[remotion-headroom] Not activated: the layer is made for the function of Remotion ${layer.version}, and this is another one`,
		);
		return compile.call(this, content, file, ...rest);
	}
	return compile.call(this, content + layer.line, file, ...rest);
}

Module.prototype._compile = compileWithLine;
