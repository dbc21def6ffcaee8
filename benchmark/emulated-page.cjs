'use strict';

// A page that answers at once, in this process: what Remotion and we do beside the
// browser's work is all that is left.

const vm = require('node:vm');

const functions = new Map();

/** In the global scope, as the tab does it. */
function run(text) {
	if (!functions.has(text)) {
		functions.set(text, vm.runInThisContext(`(${text})`));
	}
	return functions.get(text);
}

/** What the tab holds for us: id -> {value, group}. */
const handles = new Map();
let lastId = 0;

function handleOf(value, group) {
	const objectId = `${++lastId}`;
	handles.set(objectId, {value, group});
	const common = {
		type: typeof value,
		description: typeof value === 'function' ? String(value) : 'Object',
		objectId,
	};
	if (!Array.isArray(value)) {
		return common;
	}
	const properties = value.map((entry, i) => ({name: `${i}`, type: typeof entry}));
	const preview = {overflow: false, properties};
	return {...common, subtype: 'array', description: `Array(${value.length})`, preview};
}

const ANSWERS = {
	'Runtime.evaluate': ({expression, objectGroup}) => ({
		result: handleOf({...run(expression)}, objectGroup),
	}),
	'Runtime.getProperties': ({objectId}) => {
		const {value, group} = handles.get(objectId);
		const properties = Object.entries(value);
		return {result: properties.map(([name, one]) => ({name, value: handleOf(one, group)}))};
	},
	'Runtime.callFunctionOn'({functionDeclaration, arguments: args, ...params}) {
		const given = (arg) =>
			arg.objectId === undefined ? arg.value : handles.get(arg.objectId).value;
		const self = params.objectId === undefined ? globalThis : handles.get(params.objectId).value;
		const value = run(functionDeclaration).apply(self, args.map(given));
		return {
			result: params.returnByValue ? {type: 'object', value} : handleOf(value, params.objectGroup),
		};
	},
	'Runtime.releaseObjectGroup'({objectGroup}) {
		for (const [objectId, {group}] of handles) {
			if (group === objectGroup) {
				handles.delete(objectId);
			}
		}
		return {};
	},
};

/** The page whose code runs. */
const current = {page: null};

class Page {
	/** @param copies whether answers are made of strings of their own, as those of a browser are */
	constructor({copies = false, browser, pageIndex} = {}) {
		this.browser = browser;
		this.pageIndex = pageIndex;
		this.frame = 0;
		this.client = {
			on() {},
			off() {},
			send: async (method, params) => {
				current.page = this;
				const value = ANSWERS[method](params);
				return {value: copies ? JSON.parse(JSON.stringify(value)) : value, size: 0};
			},
		};
	}
	on() {}
	off() {}
	async close() {}
	async setViewport() {}
	mainFrame() {
		return {executionContext: async () => ({_contextId: 1})};
	}
	_client() {
		return this.client;
	}
}

/** A composition with a track for each of `sources`, in every frame. */
function playing(sources) {
	globalThis.window = globalThis;
	globalThis.remotion_setBundleMode = () => {};
	globalThis.remotion_collectAssets = () => {
		const {frame} = current.page;
		return sources.map((src, i) => ({
			type: 'audio',
			src,
			id: `audio-${i}`,
			frame,
			volume: 1,
			mediaFrame: frame,
			playbackRate: 1,
			toneFrequency: 1,
			audioStartFrame: 0,
			audioStreamIndex: 0,
		}));
	};
}

/** `count` sources that are URLs. */
const urls = (count) =>
	Array.from({length: count}, (_, i) => `http://localhost:3000/public/${i}.mp3`);

module.exports = {Page, playing, urls};
