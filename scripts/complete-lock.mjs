// Completes package-lock.json for the platforms it was not made on.
//
// npm leaves out of a lock file the optional packages that a partial registry
// mirror does not serve, and `npm ci` then refuses the file everywhere. What is
// missing is known all the same: optional binaries are pinned to an exact
// version by the package that wants them, and named after their platform. Run
// after each change of dependencies; it changes nothing where nothing is missing.
import fs from 'node:fs';
import {fileURLToPath} from 'node:url';

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const text = fs.readFileSync(file, 'utf8');
const lock = JSON.parse(text);
const {packages} = lock;

const OS = [
	'aix',
	'android',
	'darwin',
	'freebsd',
	'linux',
	'netbsd',
	'openbsd',
	'openharmony',
	'sunos',
	'win32',
];
const CPU = [
	'arm64',
	'arm',
	'x64',
	'ia32',
	'ppc64',
	'riscv64',
	's390x',
	'loong64',
	'mips64el',
	'wasm32',
];
const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/** `node_modules/a`, seen from `node_modules/b/node_modules/c`: nearest first. */
function* places(from, name) {
	for (
		let base = from;
		;
		base = base.slice(0, Math.max(0, base.lastIndexOf('node_modules/') - 1))
	) {
		yield `${base === '' ? '' : `${base}/`}node_modules/${name}`;
		if (base === '') {
			return;
		}
	}
}

function platformOf(name) {
	const parts = name.split(/[-/]/);
	const os =
		OS.find((one) => parts.includes(one)) ?? (parts.includes('windows') ? 'win32' : undefined);
	const cpu = CPU.find((one) => parts.includes(one));
	const libc = parts.some((part) => part.startsWith('musl'))
		? 'musl'
		: parts.includes('gnu')
			? 'glibc'
			: undefined;
	return {
		...(cpu && {cpu: [cpu]}),
		...(libc && {libc: [libc]}),
		...(os && {os: [os]}),
	};
}

let added = 0;
for (const [from, {optionalDependencies, dev}] of Object.entries(packages)) {
	for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
		const nearest = [...places(from, name)].find((place) => packages[place]);
		if (nearest !== undefined && packages[nearest].version === version) {
			continue;
		}
		const platform = platformOf(name);
		if (!EXACT.test(version) || (!platform.os && !platform.cpu)) {
			// A range, or a package of every platform: npm could resolve it.
			continue;
		}
		// As high as it can stand without hiding another version.
		const place = nearest === undefined ? `node_modules/${name}` : `${from}/node_modules/${name}`;
		packages[place] = {version, ...(dev && {dev}), optional: true, ...platform};
		added++;
	}
}
lock.packages = Object.fromEntries(
	Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
);
if (added > 0) {
	fs.writeFileSync(file, `${JSON.stringify(lock, null, /^\{\n(\s+)/.exec(text)[1])}\n`);
}
console.log(`${added} optional packages of other platforms added to package-lock.json`);
