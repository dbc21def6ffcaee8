// npm run bench [-- NAME [ARGUMENTS]]: one of the benchmarks here, or, without a
// name, the two of the drop-ins.
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';
import {fileURLToPath} from 'node:url';

const [name, ...args] = process.argv.slice(2);
for (const one of name === undefined ? ['drop-ins', 'assets'] : [name]) {
	const file = fileURLToPath(new URL(`${one}.mjs`, import.meta.url));
	if (!fs.existsSync(file)) {
		console.error(`There is no benchmark/${one}.mjs`);
		process.exit(2);
	}
	const {status} = spawnSync(process.execPath, ['--expose-gc', file, ...args], {stdio: 'inherit'});
	if (status !== 0) {
		process.exit(status ?? 1);
	}
}
