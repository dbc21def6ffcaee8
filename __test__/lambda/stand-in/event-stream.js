'use strict';

// Messages of application/vnd.amazon.eventstream, in which Lambda streams a
// response: https://smithy.io/2.0/aws/amazon-eventstream.html

const {crc32} = require('node:zlib');

const STRING = 7;

function header(name, value) {
	const bytes = Buffer.alloc(1 + name.length + 3 + value.length);
	bytes.writeUInt8(name.length, 0);
	bytes.write(name, 1);
	bytes.writeUInt8(STRING, 1 + name.length);
	bytes.writeUInt16BE(value.length, 2 + name.length);
	bytes.write(value, 4 + name.length);
	return bytes;
}

function message(headers, body) {
	const all = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)));
	const length = 12 + all.length + body.length + 4;
	const prelude = Buffer.alloc(12);
	prelude.writeUInt32BE(length, 0);
	prelude.writeUInt32BE(all.length, 4);
	prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
	const whole = Buffer.concat([prelude, all, body]);
	const sum = Buffer.alloc(4);
	sum.writeUInt32BE(crc32(whole));
	return Buffer.concat([whole, sum]);
}

/** An event of the stream, of this type. */
const event = (type, body, contentType) =>
	message(
		{':message-type': 'event', ':event-type': type, ':content-type': contentType},
		Buffer.from(body),
	);

module.exports = {
	payloadChunk: (bytes) => event('PayloadChunk', bytes, 'application/octet-stream'),
	complete: (about) => event('InvokeComplete', JSON.stringify(about), 'application/json'),
};
