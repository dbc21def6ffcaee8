// Whether this process is where a function may run. Remotion's deletes everything in
// /tmp, so anything that is in doubt is a reason not to.

import fs from 'node:fs';

/** Ids from here on belong to nobody. */
const FIRST_UID = 60_000;

const place = (file) => {
	const {dev, ino} = fs.statSync(file);
	return `${dev}:${ino}`;
};

const CHECKS = {
	'it is root or another user of this machine': () => process.getuid() < FIRST_UID,
	'it has privileges': () =>
		!/^CapEff:\t0+$/m.test(fs.readFileSync('/proc/self/status', 'utf8')) ||
		!/^NoNewPrivs:\t1$/m.test(fs.readFileSync('/proc/self/status', 'utf8')),
	'its processes are those of this machine': () => process.pid !== 1,
	'/tmp has no token': () =>
		!process.env.SANDBOX_TOKEN ||
		fs.readFileSync('/tmp/.sandbox', 'utf8') !== process.env.SANDBOX_TOKEN,
	'/tmp has files': () => fs.readdirSync('/tmp').join() !== '.sandbox',
	"/ or /tmp is the machine's": () => {
		const outside = (process.env.SANDBOX_OUTSIDE ?? '').split(' ').filter(Boolean);
		return outside.length !== 2 || outside.includes(place('/')) || outside.includes(place('/tmp'));
	},
};

/** Why a function must not run here; empty where it may. */
export const reasons = Object.entries(CHECKS)
	.filter(([, isSo]) => {
		try {
			return isSo();
		} catch {
			return true;
		}
	})
	.map(([reason]) => reason);
