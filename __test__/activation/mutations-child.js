'use strict';

// Activates copies of one installed renderer, each changed in one way, and
// prints what came of it: {label: {skipped, applied, said, error}}.

const fs = require('node:fs');
const {createRequire} = require('node:module');
const path = require('node:path');
const repo = path.join(__dirname, '..', '..');
const {register, unregister} = require(repo);
const {Copy} = require(path.join(repo, 'lib', 'copies', 'copy'));
const {WATCHED} = require(path.join(repo, 'lib', 'copies', 'known'));
const {FORMATS, MUTATIONS, OPENINGS} = require('./mutations');

const [, , from, scratch] = process.argv;
const stock = fs.realpathSync(from);
const {version, ...manifest} = JSON.parse(
	fs.readFileSync(path.join(stock, 'package.json'), 'utf8'),
);
const patch = Number(version.split('.')[2]);
const results = {};
let copies = 0;

const installed = new Copy(stock);
const textOf = (file) => fs.readFileSync(installed.place(file), 'utf8');
const here = WATCHED.filter(([file]) => installed.has(file));

/** A module of another package of Remotion's. */
const isOther = (file) => file.startsWith('@');
const packageOf = (file) => file.split('/').slice(0, 2).join('/');

/** Whether there is this one tells versions apart. */
const WAITS = 'write-with-backpressure';

const link = (to, at) => fs.symlinkSync(to, at, fs.statSync(to).isDirectory() ? 'dir' : 'file');

/** Links a folder of packages, but for those that are there already. */
function linkAll(from, to, without) {
	if (without.length === 0) {
		link(from, to);
		return;
	}
	for (const name of fs.readdirSync(from)) {
		const inside = without.filter((one) => one.startsWith(`${name}/`));
		if (inside.length > 0) {
			linkAll(
				path.join(from, name),
				path.join(to, name),
				inside.map((one) => one.slice(name.length + 1)),
			);
		} else if (!without.includes(name)) {
			link(path.join(from, name), path.join(to, name));
		}
	}
}

/** A project with a copy in which `files` (module -> text) are other ones. */
function project(files, itsVersion = version) {
	const folder = path.join(scratch, String(copies++));
	const root = path.join(folder, 'node_modules', '@remotion', 'renderer');
	const place = (module) => {
		const at = isOther(module)
			? path.join(root, 'node_modules', `${module.replace(packageOf(module), '$&/dist')}.js`)
			: path.join(root, 'dist', `${module}.js`);
		fs.mkdirSync(path.dirname(at), {recursive: true});
		return at;
	};
	// Linked: what register() looks at, and what the changed files require.
	const linked = new Set(here.map(([file]) => file).filter((file) => !isOther(file)));
	if (fs.existsSync(path.join(stock, 'dist', `${WAITS}.js`))) {
		linked.add(WAITS);
	}
	// A link would lead to all of the installed one.
	fs.writeFileSync(place('index'), 'exports.RenderInternals = {};\n');
	for (const [file, text] of Object.entries(files)) {
		fs.writeFileSync(place(file), text);
		for (const [, target] of text.matchAll(/require\("(\.[^"]+)"\)/g)) {
			linked.add(path.posix.join(path.posix.dirname(file), target));
		}
	}
	for (const module of linked) {
		const theirs = path.join(stock, 'dist', `${module}.js`);
		if (!Object.hasOwn(files, module)) {
			if (fs.existsSync(theirs)) {
				link(theirs, place(module));
			} else {
				link(path.join(stock, 'dist', module), path.join(root, 'dist', module));
			}
		}
	}
	link(path.join(stock, 'dist', 'esm'), path.join(root, 'dist', 'esm'));
	fs.writeFileSync(
		path.join(root, 'package.json'),
		JSON.stringify({...manifest, version: itsVersion}),
	);
	const others = Object.keys(files).filter(isOther).map(packageOf);
	for (const name of others) {
		const ours = path.join(root, 'node_modules', name);
		const theirs = path.dirname(
			createRequire(path.join(stock, 'dist', 'index.js')).resolve(`${name}/package.json`),
		);
		// A link would lead to all of the installed one.
		fs.copyFileSync(path.join(theirs, 'package.json'), path.join(ours, 'package.json'));
		for (const file of fs.readdirSync(path.join(theirs, 'dist'))) {
			if (!fs.existsSync(path.join(ours, 'dist', file))) {
				link(path.join(theirs, 'dist', file), path.join(ours, 'dist', file));
			}
		}
	}
	// What a changed file needs is found where the others find it.
	const nested = path.join(stock, 'node_modules');
	if (fs.existsSync(nested)) {
		linkAll(nested, path.join(root, 'node_modules'), others);
	}
	return {folder, root};
}

/** Activates twice, as registering twice must not say things twice. */
function activate(label, {folder, root}, {mode, names = []} = {}) {
	const said = [];
	const {warn} = console;
	console.warn = (line) => said.push(line);
	if (mode === undefined) {
		delete process.env.REMOTION_HEADROOM;
	} else {
		process.env.REMOTION_HEADROOM = mode;
	}
	try {
		register({from: folder, plan: true});
		const {skipped, applied, remotionVersion} = register({from: folder, plan: true});
		unregister();
		const copy = new Copy(fs.realpathSync(root));
		const errors = names.map(([file, name]) => {
			try {
				copy.function(file, name, [], {logLevel: 'error'});
				return null;
			} catch (error) {
				return error.message;
			}
		});
		results[label] = {skipped, applied, remotionVersion, said, errors};
	} finally {
		console.warn = warn;
		delete process.env.REMOTION_HEADROOM;
		// A copy that stays loaded is activated with the next one.
		for (const file of Object.keys(require.cache)) {
			if (file.startsWith(folder)) {
				delete require.cache[file];
			}
		}
	}
}

// Links lead out of the project, so what changed files need besides is here.
link(path.join(repo, 'node_modules'), path.join(scratch, 'node_modules'));

for (const {label, file, name, since, until, edit} of MUTATIONS) {
	if (since <= patch && patch <= until) {
		const files = {[file]: edit(textOf(file))};
		activate(label, project(files), {names: [[file, name]]});
		activate(`try ${label}`, project(files), {mode: 'try-unknown'});
	}
}
for (const {label, file, edit} of OPENINGS) {
	const files = {[file]: edit(textOf(file))};
	activate(label, project(files));
	activate(`try ${label}`, project(files), {mode: 'try-unknown'});
}
const names = here.map(([file, name]) => [file, name]);
for (const [how, format] of FORMATS) {
	const files = Object.fromEntries(here.map(([file]) => [file, format(textOf(file))]));
	activate(how, project(files), {names});
}
activate('stock', project({}), {names});
activate('stock, newer', project({}, '4.0.9999'), {names});
const helper = 'compress-assets';
const changed = {[helper]: textOf(helper).replace('< 400', '< 4000')};
activate('newer', project(changed, '4.0.9999'));
activate('between', project(changed, '4.0.1'));
activate('a nightly', project(changed, '4.1.0-alpha.1'));
activate('beside renderMedia', project({'render-media': `${textOf('render-media')}void 0;`}), {
	names,
});
{
	const wrapped = project(Object.fromEntries(here.map(([file]) => [file, textOf(file)])));
	for (const [file, name] of here) {
		const target = require(new Copy(wrapped.root).place(file));
		const theirs = target[name];
		target[name] = (...args) => theirs(...args);
	}
	activate('wrapped', wrapped, {names});
}
{
	// Another function of the same module, so that its text is in it.
	const swapped = project({[helper]: textOf(helper)});
	const target = require(path.join(swapped.root, 'dist', 'compress-assets.js'));
	target.compressAsset = target.isAssetCompressed;
	activate('swapped', swapped, {names: [['compress-assets', 'compressAsset']]});
}
console.log(JSON.stringify({version, results}));
