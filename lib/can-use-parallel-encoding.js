'use strict';

const {checkString} = require('./check');

// The codecs whose frames can be piped into the encoder while rendering.
const PARALLEL_CODECS = new Set(['h264', 'h264-mkv', 'h265']);

/** Whether Remotion renders in partitions, which are encoded later. */
const isPartitioned = () => process.env.REMOTION_PARTITIONED_RENDERING === 'true';

const canEncodeBeside = (codec) => PARALLEL_CODECS.has(codec);

function canUseParallelEncoding(codec) {
	checkString(codec, 'codec');
	return !isPartitioned() && canEncodeBeside(codec);
}

module.exports = {canEncodeBeside, canUseParallelEncoding, isPartitioned};
