// Compiled, never run: the ways into activation, as a user writes them.

import {
	type RegisteredPart,
	type RegisterOptions,
	type RegisterReport,
	register,
	unregister,
} from 'remotion-headroom';
import 'remotion-headroom/register';
import type {renderMedia as stockRenderMedia} from '@remotion/renderer';
import {type RenderMediaOptions, renderMedia} from 'remotion-headroom/renderer';

const options: RegisterOptions = {memory: 'parity', logLevel: 'error', from: '.'};
const report: RegisterReport = register(options);
const version: string | null = report.remotionVersion;
const applied: RegisteredPart[] = report.applied;
const why: string[] = report.skipped.map(({part, reason}) => `${part}: ${reason}`);
const copies: string[] = report.copies.map(
	({remotionVersion, path}) => `${remotionVersion} ${path}`,
);
export const used = [version, applied, why, copies];

register();
unregister();

// The renderer entry has Remotion's own types in full.
export const same: typeof stockRenderMedia = renderMedia;
export type Options = RenderMediaOptions;

// @ts-expect-error not one of the two
register({memory: 'guessed'});
// @ts-expect-error a directory is a string
register({from: 1});
