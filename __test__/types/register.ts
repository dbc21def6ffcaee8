// Compiled, never run: the ways into activation, as a user writes them.

import {
	type GovernorAction,
	getMemoryTimeline,
	getRenderSummaries,
	metrics,
	onGovernorAction,
	onRenderEnd,
	type RegisteredPart,
	type RegisterOptions,
	type RegisterReport,
	register,
	unregister,
} from 'remotion-headroom';
import {activate} from 'remotion-headroom/lambda';
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
register({govern: 'auto'});
register({govern: 'off'});
register({govern: {reserveBytes: 256 * 1024 * 1024}});
unregister();

/** Each action has the figures of its kind. */
function figure(action: GovernorAction): number | undefined {
	switch (action.type) {
		case 'fewer-tabs':
		case 'fewer-tabs-after-kill':
		case 'more-tabs':
			return action.to - action.from + action.tabBytes;
		case 'frame-again':
			return action.frame;
		case 'cache-grown':
			return action.cacheBytes;
		case 'cache-shrunk':
			return action.cachedBytes - action.cacheBytes + action.gainedBytes;
		case 'tab-opened':
			// @ts-expect-error it has no frame
			return action.frame;
		default:
			return action.availableBytes / action.limitBytes;
	}
}
export const end: () => void = onGovernorAction((action) => {
	console.log(action.message, action.oomKills, figure(action));
});

// The renderer entry has Remotion's own types in full.
export const same: typeof stockRenderMedia = renderMedia;
export type Options = RenderMediaOptions;

// @ts-expect-error not one of the two
register({memory: 'guessed'});
// @ts-expect-error it is on by itself
register({govern: 'on'});
// @ts-expect-error how much is not said
register({govern: {}});
// @ts-expect-error bytes are a number
register({govern: {reserveBytes: '1g'}});
// @ts-expect-error nobody would be told
onGovernorAction(5);
// @ts-expect-error it is wanted or not
register({summary: 'verbose'});
// @ts-expect-error a directory is a string
register({from: 1});

register({summary: true});
export const endSummaries: () => void = onRenderEnd(({actions, message, payloads}) => {
	console.log(message, actions['tabs-purged'] ?? 0, payloads?.heldBytes);
});
// @ts-expect-error there is no such action
export const lunch = getRenderSummaries()[0].actions.lunch;
export const seen: number[] = getMemoryTimeline().map(({usedBytes}) => usedBytes);
export const text: string = metrics();

const inFunction = activate(
	{truthy: [{}, 0, 10]},
	{version: '4.0.527', file: '/var/task/index.js'},
);
export const partsInFunction: RegisteredPart[] = inFunction.applied;
