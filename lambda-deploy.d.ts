import type {deployFunction as deployStock} from '@remotion/lambda';

export type {DeployFunctionInput, DeployFunctionOutput} from '@remotion/lambda';

export interface DeployOptions {
	/**
	 * A file: remotion-headroom's binary for Linux on arm64. Default: that of this
	 * version, installed or from npm.
	 */
	binary?: string;
}

/**
 * `deployFunction()` of the `@remotion/lambda` that is installed, which it needs, for
 * Remotion's function with remotion-headroom in it. Nothing in node_modules changes.
 *
 * `alreadyExisted` is as Remotion has it: a function of the same version, memory, disk
 * and timeout is left as it is. Where its code is another one than would be deployed, a
 * warning says so.
 *
 * Nothing is deployed where the function can't be built: the promise is rejected, with
 * one sentence. See {@link https://github.com/remotion-headroom/remotion-headroom/blob/main/docs/lambda.md docs/lambda.md}.
 *
 * @param input as for `deployFunction()` of `@remotion/lambda`
 */
export function deployFunction(
	input: Parameters<typeof deployStock>[0],
	options?: DeployOptions,
): ReturnType<typeof deployStock>;
