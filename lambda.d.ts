import type {RegisteredPart} from './index.js';

/** A module in the function's file: what it exports, and where it begins and ends, in bytes. */
export type FunctionModule = [exports: object, start: number, end: number];

/** What `activate()` did. */
export interface FunctionReport {
	remotionVersion: string;
	applied: RegisteredPart[];
	/** What is left to Remotion, and why. */
	skipped: {part: RegisteredPart | 'all'; reason: string}[];
}

/**
 * Activates remotion-headroom in Remotion's Lambda function. Called by the line
 * that `remotion-headroom lambda build` and `deploy` append to the function's
 * file; there is no need to call it yourself.
 *
 * `REMOTION_HEADROOM=off` in the function's environment leaves all to Remotion;
 * `verbose` prints one line when the function starts and one for each render.
 *
 * @param modules Remotion's modules by name
 * @param about Remotion's version, and the function's file
 */
export function activate(
	modules: Record<string, FunctionModule>,
	about: {version: string; file: string},
): FunctionReport;
