// Compiled, never run: what is declared beside the drop-ins. That every export
// is declared, and none that does not exist, is in __test__/exports.test.js.

import * as ours from '../../index.js';

type Print =
	typeof import('../../node_modules/@remotion/renderer/dist/print-useful-error-message.js');
type Composition = import('remotion').VideoConfig;

type Assignable<From extends To, To> = [From, To];
export type OursForTheirs = [
	Assignable<typeof ours.printUsefulErrorMessage, Print['printUsefulErrorMessage']>,
];

declare const composition: Composition;
export const plan: ours.RenderPlan = ours.planRender(composition);
export const options: ours.PlannedOptions = {...plan.options};
export const again = ours.planRender({...composition, memory: ours.measureMemory()});
// @ts-expect-error a height is needed
ours.planRender({width: 1});

const cache = new ours.MediaCache({maxSizeInBytes: 1024});
export const view: Buffer | undefined = cache.get('key');
export const stored: boolean = cache.set('key', new Uint8Array(1));
cache[Symbol.dispose]();
export const disposable: {[Symbol.dispose](): void} = cache;
export function scoped(): boolean {
	using scopedCache = new ours.MediaCache();
	return scopedCache.has('key');
}
// @ts-expect-error data is bytes
cache.set('key', 'data');
// @ts-expect-error the budget is fixed
cache.maxSizeInBytes = 1;

export const hints: ours.RenderErrorHint[] = ours.explainRenderError('anything');
export const size: number = ours.getMaxVideoCacheSize('info');
