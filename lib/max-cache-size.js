'use strict';

// The size of the media cache that a tab of Remotion takes for itself.

const {native} = require('./native');
const {checkLogLevel, describe} = require('./check');
const {getAvailableMemory} = require('./memory/get-available-memory');

const {min: MIN, max: MAX} = native.mediaCacheLimits();

/** Throws where `value` is no size that Remotion accepts for a media cache. */
function checkMediaCacheSize(value, name = 'mediaCacheSizeInBytes') {
	if (typeof value !== 'number' || !(value >= MIN && value <= MAX)) {
		throw new RangeError(
			`${name} must be from ${MIN} (${native.mib(MIN)}) to ${MAX} (${native.mib(MAX)}) bytes, ` +
				`but got ${describe(value)}`,
		);
	}
}

/** What Remotion has put on the page, or undefined. */
const fromPage = (name) => {
	const value = typeof window === 'undefined' ? undefined : window[name];
	return value === null ? undefined : value;
};

let known = null;

function getMaxVideoCacheSize(logLevel) {
	checkLogLevel(logLevel);
	known ??= measure(logLevel);
	return known;
}

function measure(logLevel) {
	const explicit = fromPage('remotion_mediaCacheSizeInBytes');
	if (explicit !== undefined) {
		checkMediaCacheSize(explicit, 'window.remotion_mediaCacheSizeInBytes');
		return explicit;
	}
	// On a page the figure that Node measured for it counts; without one, there
	// is none. In Node itself it is measured now.
	const available =
		typeof window === 'undefined'
			? getAvailableMemory(logLevel)
			: fromPage('remotion_initialMemoryAvailable');
	return native.defaultMediaCacheSize(available);
}

module.exports = {checkMediaCacheSize, getMaxVideoCacheSize};
