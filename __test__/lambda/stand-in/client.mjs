// Remotion's own calls, in a project that has Remotion Lambda: client.mjs CALL JSON
// prints what the call gives, as JSON in the last line.

import {createHash} from 'node:crypto';
import {createRequire} from 'node:module';
import path from 'node:path';
import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';

const require = createRequire(path.join(process.cwd(), 'client.mjs'));
const region = process.env.AWS_REGION;
const s3 = process.env.AWS_ENDPOINT_URL_S3;

const sha256 = async (bucket, key) => {
	const response = await fetch(`${s3}/${bucket}/${key}`);
	const bytes = Buffer.from(await response.arrayBuffer());
	return {
		status: response.status,
		bytes: bytes.length,
		hash: createHash('sha256').update(bytes).digest('hex'),
	};
};

const CALLS = {
	async deploy(options) {
		const {deployFunction} = require('@remotion/lambda');
		return deployFunction({region, createCloudWatchLogGroup: true, diskSizeInMb: 2048, ...options});
	},

	async deployOurs(options) {
		const {deployFunction} = require(process.env.HEADROOM_DEPLOY);
		return deployFunction({region, createCloudWatchLogGroup: true, diskSizeInMb: 2048, ...options});
	},

	async site({entryPoint, siteName}) {
		const {deploySite, getOrCreateBucket} = require('@remotion/lambda');
		const {bucketName} = await getOrCreateBucket({region});
		await deploySite({region, bucketName, entryPoint, siteName});
		return {bucketName, serveUrl: `${s3}/${bucketName}/sites/${siteName}/index.html`};
	},

	async media({bucketName, ...options}) {
		const {getRenderProgress, renderMediaOnLambda} = require('@remotion/lambda/client');
		const {renderId} = await renderMediaOnLambda({
			region,
			forceBucketName: bucketName,
			codec: 'h264',
			maxRetries: 0,
			...options,
		});
		const seen = [];
		const {functionName} = options;
		for (;;) {
			const progress = await getRenderProgress({renderId, bucketName, functionName, region});
			seen.push(progress.overallProgress);
			if (progress.done || progress.fatalErrorEncountered) {
				const {done, errors, chunks, outKey, retriesInfo, costs} = progress;
				return {
					done,
					seen,
					chunks,
					retries: retriesInfo?.length,
					cost: costs?.accruedSoFar,
					errors: errors.map(({message}) => message),
					...(done ? await sha256(bucketName, outKey) : {}),
				};
			}
			await sleep(250);
		}
	},

	async still({bucketName, ...options}) {
		const {renderStillOnLambda} = require('@remotion/lambda/client');
		const {renderId} = await renderStillOnLambda({
			region,
			forceBucketName: bucketName,
			imageFormat: 'png',
			privacy: 'public',
			maxRetries: 0,
			...options,
		});
		return sha256(bucketName, `renders/${renderId}/out.png`);
	},
};

const [call, options] = process.argv.slice(2);
const result = await CALLS[call](JSON.parse(options));
process.stdout.write(`\n${JSON.stringify(result)}\n`);
