// A cgroup for one render: its limit, what it took, and its end.
import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';

const {Cgroup, ownCgroup, reasonToSkip} = createRequire(import.meta.url)(
	'../../__test__/memory/cgroups.js',
);

const CPUACCT = '/sys/fs/cgroup/cpuacct';

/** Why no render can be limited here; null where it can. */
export const reasonNot = () => reasonToSkip(ownCgroup().version);

export class RenderCgroup extends Cgroup {
	/** @param {number | null} limit bytes */
	constructor(name, limit) {
		super(ownCgroup().directory, name, limit === null ? {} : {limit});
		// Version 2 counts CPU time in every cgroup.
		this.cpuacctDirectory = this.version === 1 ? path.join(CPUACCT, name) : null;
		if (this.cpuacctDirectory !== null) {
			fs.mkdirSync(this.cpuacctDirectory);
		}
		/** The greatest that was looked at: usage, and usage without files that were used once. */
		this.seen = 0;
		this.workingSet = 0;
	}

	/** Where there is no swap, this limit would be hit first, and newer kernels don't count it. */
	forbidSwap(limit) {
		if (!/^SwapTotal:\s+0 kB$/m.test(fs.readFileSync('/proc/meminfo', 'utf8'))) {
			super.forbidSwap(limit);
		}
	}

	entering(options) {
		const inner = super.entering(options);
		return this.cpuacctDirectory === null
			? inner
			: [
					...['sh', '-c', 'echo $$ > "$0" && exec "$@"'],
					...[path.join(this.cpuacctDirectory, 'cgroup.procs'), ...inner],
				];
	}

	look() {
		const usage = this.usage();
		this.seen = Math.max(this.seen, usage);
		this.workingSet = Math.max(this.workingSet, usage - this.stat('inactive_file'));
	}

	/** Before Linux 5.19, version 2 keeps none. */
	peak() {
		const file = this.version === 1 ? 'memory.max_usage_in_bytes' : 'memory.peak';
		return fs.existsSync(path.join(this.directory, file)) ? Number(this.read(file)) : this.seen;
	}

	/** {kills, limitHits, peak, workingSet, cpu}: bytes and seconds. */
	figures() {
		const count = (file, name) =>
			Number(new RegExp(`(?:^|\n)${name} (\\d+)`).exec(this.read(file))[1]);
		const cpu =
			this.version === 1
				? Number(fs.readFileSync(path.join(this.cpuacctDirectory, 'cpuacct.usage'), 'utf8')) / 1e9
				: count('cpu.stat', 'usage_usec') / 1e6;
		return {
			kills: this.oomKills(),
			limitHits:
				this.version === 1 ? Number(this.read('memory.failcnt')) : count('memory.events', 'max'),
			peak: this.peak(),
			workingSet: this.workingSet,
			cpu,
		};
	}

	/** Ends what is left inside, and removes it. */
	remove() {
		this.endAll();
		super.remove();
		if (this.cpuacctDirectory !== null) {
			fs.rmdirSync(this.cpuacctDirectory);
		}
	}
}
