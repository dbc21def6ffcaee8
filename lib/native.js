// Finds and loads the Rust addon.

const path = require('node:path');

const BINARY = 'remotion-headroom';

/**
 * The names our packages may have for this machine. A Linux tries glibc, then
 * musl: the wrong one fails to load, and asking Node which it is takes longer.
 */
function platformNames() {
	const {platform, arch} = process;
	if (platform === 'linux') {
		return [`linux-${arch}-gnu`, `linux-${arch}-musl`];
	}
	return [platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`];
}

/** "glibc 2.36", "musl", or nothing where the system has only one C library. */
function libc() {
	if (process.platform !== 'linux') {
		return '';
	}
	const {glibcVersionRuntime} = process.report?.getReport?.().header ?? {};
	return glibcVersionRuntime === undefined ? ', musl' : `, glibc ${glibcVersionRuntime}`;
}

function load() {
	const names = platformNames();
	const candidates = [
		// A build of this checkout comes first.
		...names.map((name) => path.join(__dirname, '..', `${BINARY}.${name}.node`)),
		...names.map((name) => `${BINARY}-${name}`),
	];
	const causes = [];
	for (const candidate of candidates) {
		try {
			return require(candidate);
		} catch (error) {
			causes.push(error);
		}
	}
	const error = new Error(
		[
			`remotion-headroom has no binary that loads on this machine (${process.platform}-${process.arch}${libc()}).`,
			...causes.map((cause, i) => `  ${candidates[i]}: ${String(cause.message).split('\n')[0]}`),
			`Reinstall without --omit=optional, on the machine that renders: the binary comes as the package ${names
				.map((name) => `${BINARY}-${name}`)
				.join(' or ')}.`,
		].join('\n'),
		{cause: causes[causes.length - 1]},
	);
	error.code = 'HEADROOM_NO_BINARY';
	throw error;
}

module.exports = {native: load()};
