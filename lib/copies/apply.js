'use strict';

// Puts parts into a copy of Remotion, each by itself.

const {warnOnce} = require('../log');

/** Entries of `skipped` that are known of their version: nobody need do anything. */
const byDesign = new WeakSet();

/**
 * @param parts `{part: {apply}}`, in their order
 * @param isAsked whether it is said when a part is left to Remotion
 * @returns `{applied, skipped}`: names, and `{part, reason}` of what is left to Remotion
 */
function applyParts(copy, parts, settings, isAsked = () => true) {
	const applied = [];
	const skipped = [];
	for (const [part, {apply}] of Object.entries(parts)) {
		copy.part = part;
		try {
			apply(copy, settings);
			applied.push(part);
		} catch (error) {
			const step = {part, reason: error.message};
			skipped.push(step);
			if (error.expected === true) {
				byDesign.add(step);
			} else if (isAsked(part)) {
				warnOnce(
					`${copy.root}:${part}`,
					settings.logLevel,
					`${part} is left to Remotion ${copy.version}: ${error.message}.`,
				);
			}
		}
	}
	copy.part = null;
	return {applied, skipped};
}

module.exports = {applyParts, isByDesign: (step) => byDesign.has(step)};
