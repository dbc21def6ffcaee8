'use strict';

// Tells when Remotion renders in this process and no frame comes by us: from a
// bundle, or from another build than the one that is activated.
//
// Every render starts a browser, with arguments that no other program gives it.
// The functions on the stack say which code starts it.

const {ChildProcess} = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const {fileURLToPath} = require('node:url');

const MARKS = ['puppeteer_dev_chrome_profile-', '--video-threads=', '--remote-debugging-port='];

/** How often a render has called us, in any copy. */
const activity = {calls: 0};

let stop = null;

const isRemotionsBrowser = (options) =>
	Array.isArray(options?.args) &&
	MARKS.every((mark) => options.args.some((arg) => typeof arg === 'string' && arg.includes(mark)));

function realOf(file) {
	try {
		return fs.realpathSync(file.startsWith('file:') ? fileURLToPath(file) : file);
	} catch {
		return null;
	}
}

/** Files of the functions that called us, the nearest first. */
function callers() {
	const {prepareStackTrace, stackTraceLimit} = Error;
	try {
		Error.stackTraceLimit = 30;
		Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getFileName());
		const files = new Error().stack;
		return files
			.filter((file) => typeof file === 'string' && !file.startsWith('node:'))
			.map(realOf)
			.filter((file) => file !== null && file !== __filename);
	} finally {
		Error.prepareStackTrace = prepareStackTrace;
		Error.stackTraceLimit = stackTraceLimit;
	}
}

/**
 * Calls `tell(file)` when a browser ends that code outside of `roots()` has
 * started, and no frame has come by meanwhile; at the latest at the end.
 */
function watch(roots, tell) {
	const stock = ChildProcess?.prototype?.spawn;
	if (stop !== null || typeof stock !== 'function') {
		return;
	}
	let active = true;
	const running = new Set();
	const atExit = () => running.forEach((end) => void end());

	function look(child, options) {
		if (!active || !isRemotionsBrowser(options)) {
			return;
		}
		const files = callers();
		const ours = roots().map((root) => path.join(realOf(root) ?? root, 'dist') + path.sep);
		const esm = `esm${path.sep}`;
		const isOurs = (file) =>
			ours.some((dist) => file.startsWith(dist) && !file.startsWith(dist + esm));
		if (files.length === 0 || files.some(isOurs)) {
			return;
		}
		const before = activity.calls;
		const end = () => {
			running.delete(end);
			if (active && activity.calls === before) {
				tell(files[0]);
			}
		};
		running.add(end);
		child.once('exit', end);
	}

	function spawn(options, ...rest) {
		try {
			look(this, options);
		} catch {
			// Then nothing is said.
		}
		return Reflect.apply(stock, this, [options, ...rest]);
	}
	ChildProcess.prototype.spawn = spawn;
	process.on('exit', atExit);
	stop = () => {
		active = false;
		process.off('exit', atExit);
		if (ChildProcess.prototype.spawn === spawn) {
			ChildProcess.prototype.spawn = stock;
		}
	};
}

function unwatch() {
	stop?.();
	stop = null;
}

module.exports = {activity, unwatch, watch};
