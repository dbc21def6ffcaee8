// Finds and loads the Rust addon.

const path = require('node:path');

const BINARY = 'remotion-headroom';

/** Whether this Linux runs on musl: Node reports a glibc version only on glibc. */
function isMusl() {
	if (process.platform !== 'linux') {
		return false;
	}
	const {glibcVersionRuntime} = process.report?.getReport?.().header ?? {};
	return glibcVersionRuntime === undefined;
}

/** The platform's name in our package names, such as `linux-x64-gnu`. */
function platformName() {
	const {platform, arch} = process;
	if (platform === 'linux') {
		return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`;
	}
	return platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`;
}

function load() {
	const name = platformName();
	const candidates = [
		// A build of this checkout comes first.
		path.join(__dirname, '..', `${BINARY}.${name}.node`),
		`${BINARY}-${name}`,
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
			`remotion-headroom has no binary for this machine (${name}).`,
			...causes.map((cause, i) => `  ${candidates[i]}: ${String(cause.message).split('\n')[0]}`),
			`Install it with "npm install ${BINARY}-${name}", and do not install with --omit=optional.`,
		].join('\n'),
		{cause: causes[causes.length - 1]},
	);
	error.code = 'HEADROOM_NO_BINARY';
	throw error;
}

module.exports = {native: load(), platformName};
