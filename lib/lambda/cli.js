'use strict';

// The command `remotion-headroom lambda`.

const {spawn} = require('node:child_process');
const {createHash} = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const {parseArgs} = require('node:util');
const {deployedHash, loadEnvFile, regionOf} = require('./deployed');
const {LAYERS} = require('./function-zip');
const {VARIABLE} = require('./hand-over');
const {NotReady, checkCredentials, findCommand, findLambda} = require('./project');
const {
	LEFT_AS_IT_IS,
	buildProjectFunction,
	buildProjectLayer,
	remarks,
} = require('./project-function');

const HELP = `Usage: remotion-headroom lambda build --out FILE [options]
       remotion-headroom lambda deploy [options] [flags]
       remotion-headroom lambda verify NAME [options]
       remotion-headroom lambda layer --out FILE [options]

All take the function that the project's @remotion/lambda brings, and put
remotion-headroom in it. Nothing in node_modules changes.

build writes the zip, for CDK, SST, Terraform and others that deploy.

deploy hands it to "remotion lambda functions deploy", with that command's flags.
Remotion leaves a function as it is that has the same version, memory, disk and
timeout: remove that one first.

verify asks AWS whether the function NAME is what would be built here, by its
CodeSha256: with the same packages, version of Node and --binary.

layer writes the zip of a layer, for a function of the same version that was deployed
without remotion-headroom, and prints the NODE_OPTIONS that the function needs.

Options:
  --out <file>                 Where the zip goes
  --binary <file>              remotion-headroom's binary for Linux on arm64 (default: that of
                               this version, installed or fetched by npm; where the variable
                               REMOTION_HEADROOM_BINARY is "off", WebAssembly stands in)
  --runtime-preference <name>  Whose layers there will be: ${Object.keys(LAYERS).join(', ')}
  --region <name>              Where the function is (default: REMOTION_AWS_REGION, AWS_REGION,
                               us-east-1)
  --help                       This text

Exit codes: 0 done or the same, 1 it could not be deployed or is another one,
2 wrong usage, or nothing to deploy or to compare.
`;

class UsageError extends Error {}

/** Ours; the rest is for Remotion's command. */
const OPTIONS = {
	out: {type: 'string'},
	binary: {type: 'string'},
	'runtime-preference': {type: 'string'},
	region: {type: 'string'},
	help: {type: 'boolean', short: 'h'},
};

/** Which of them a command takes; `deploy` hands the rest on. */
const TAKES = {
	build: ['out', 'binary', 'runtime-preference'],
	deploy: ['binary', 'runtime-preference', 'region'],
	verify: ['binary', 'region'],
	layer: ['out', 'binary', 'runtime-preference'],
};

/** Throws, unless these are what the command takes. */
function checkUsage({command, known, others, values, rest}) {
	const strange = known.find(({name}) => !TAKES[command].includes(name));
	if (strange !== undefined) {
		throw new UsageError(`lambda ${command} takes no ${strange.rawName}`);
	}
	const [other] = command === 'verify' ? others.filter(({kind}) => kind !== 'positional') : others;
	if (command !== 'deploy' && other !== undefined) {
		throw new UsageError(`lambda ${command} takes no "${rest[other.index]}"`);
	}
	if (TAKES[command].includes('out') && values.out === undefined) {
		throw new UsageError(`lambda ${command} needs --out FILE`);
	}
	if (command === 'verify' && others.length !== 1) {
		throw new UsageError(`lambda verify takes the name of one function, but got ${others.length}`);
	}
}

function parse(args) {
	const [command, ...rest] = args;
	const {values, tokens} = parseArgs({
		args: rest,
		options: OPTIONS,
		strict: false,
		allowPositionals: true,
		tokens: true,
	});
	if (values.help || command === undefined || command === '--help' || command === '-h') {
		return {command: 'help'};
	}
	if (!Object.hasOwn(TAKES, command)) {
		throw new UsageError(`There is no command "lambda ${command}"`);
	}
	for (const name of ['out', 'binary', 'runtime-preference', 'region']) {
		if (values[name] === true || values[name] === '') {
			throw new UsageError(`--${name} takes a value`);
		}
	}
	const preference = values['runtime-preference'] ?? 'default';
	if (!Object.hasOwn(LAYERS, preference)) {
		throw new UsageError(
			`--runtime-preference must be one of ${Object.keys(LAYERS).join(', ')}, but got "${preference}"`,
		);
	}
	const known = tokens.filter(({kind, name}) => kind === 'option' && Object.hasOwn(OPTIONS, name));
	const others = tokens.filter((token) => !known.includes(token));
	checkUsage({command, known, others, values, rest});
	const binary = known.find(({name}) => name === 'binary');
	const isBinary = (i) =>
		binary !== undefined && (i === binary.index || (!binary.inlineValue && i === binary.index + 1));
	return {
		command,
		values,
		preference,
		flags: rest.filter((_, i) => !isBinary(i)),
		name: others[0]?.value,
	};
}

/** The function of the project, as it is to be deployed. */
const build = (lambda, {values: {binary}, preference}, folder) =>
	buildProjectFunction(lambda, {folder, binary, preference});

const say = (line) => process.stderr.write(`remotion-headroom: ${line}\n`);

function write(file, zip) {
	try {
		fs.writeFileSync(file, zip);
	} catch (error) {
		throw new NotReady(`${file} can't be written: ${error.code}`);
	}
}

function writeFunction(lambda, parsed, folder) {
	const {out} = parsed.values;
	const built = build(lambda, parsed, folder);
	write(out, built.zip);
	remarks(built, lambda.version).forEach(say);
	process.stdout.write(
		`${out}  ${built.zip.length} bytes (ours: ${built.ownBytes})  CodeSha256 ${built.codeSha256}\n`,
	);
	return 0;
}

function writeLayer(lambda, {values: {out, binary}, preference}, folder) {
	const built = buildProjectLayer(lambda, {folder, binary, preference});
	write(out, built.zip);
	remarks(built, lambda.version).forEach(say);
	process.stdout.write(
		`${out}  ${built.zip.length} bytes, for functions of Remotion ${lambda.version}\n` +
			`NODE_OPTIONS=${built.nodeOptions}\n`,
	);
	return 0;
}

const ended = (child) =>
	new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('exit', (code) => resolve(code ?? 1));
	});

async function deploy(lambda, parsed, folder) {
	const command = findCommand(folder, lambda);
	checkCredentials(folder);
	const built = build(lambda, parsed, folder);
	const own = fs.mkdtempSync(path.join(os.tmpdir(), 'remotion-headroom-'));
	try {
		const paths = {
			stock: lambda.zip,
			ours: path.join(own, 'function.zip'),
			taken: path.join(own, 'taken'),
		};
		fs.writeFileSync(paths.ours, built.zip);
		remarks(built, lambda.version).forEach(say);
		const args = [command, 'lambda', 'functions', 'deploy', ...parsed.flags];
		const preload = ['--require', path.join(__dirname, 'hand-over.js')];
		const env = {...process.env, [VARIABLE]: JSON.stringify(paths)};
		const options = {cwd: folder, env, stdio: 'inherit'};
		const code = await ended(spawn(process.execPath, [...preload, ...args], options));
		if (code !== 0) {
			return 1;
		}
		if (!fs.existsSync(paths.taken)) {
			say(LEFT_AS_IT_IS);
			return 1;
		}
		say(`deployed, with CodeSha256 ${built.codeSha256}.`);
		return 0;
	} finally {
		fs.rmSync(own, {recursive: true, force: true});
	}
}

/** Compares what AWS has with what would be built. */
async function verify(lambda, parsed, folder) {
	const {name, values} = parsed;
	checkCredentials(folder);
	const built = build(lambda, parsed, folder);
	loadEnvFile(folder, lambda);
	const hash = await deployedHash(name, {lambda, region: regionOf(values.region)});
	if (hash === built.codeSha256) {
		process.stdout.write(`${name}: the same as built here, CodeSha256 ${hash}\n`);
		return 0;
	}
	const stock = createHash('sha256').update(fs.readFileSync(lambda.zip)).digest('base64');
	const whose =
		hash === stock
			? `Remotion's own function ${lambda.version}, without remotion-headroom`
			: 'of another build (other versions of the packages or of Node, or another --binary)';
	process.stdout.write(
		`${name}: ${whose}, CodeSha256 ${hash}; built here it has ${built.codeSha256}\n`,
	);
	return 1;
}

const COMMANDS = {build: writeFunction, deploy, verify, layer: writeLayer};

/** Runs the command; gives its exit code. */
async function main(args, folder = process.cwd()) {
	try {
		const parsed = parse(args);
		if (parsed.command === 'help') {
			process.stdout.write(HELP);
			return 0;
		}
		const lambda = findLambda(folder);
		return await COMMANDS[parsed.command](lambda, parsed, folder);
	} catch (error) {
		if (error instanceof UsageError) {
			process.stderr.write(
				`remotion-headroom: ${error.message}.\nTry: remotion-headroom lambda --help\n`,
			);
			return 2;
		}
		if (error instanceof NotReady) {
			say(`${error.message}.`);
			return 2;
		}
		throw error;
	}
}

module.exports = {main};
