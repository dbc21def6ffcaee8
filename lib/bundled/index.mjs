// Bundlers take this for index.js and renderer.js, by the condition "module" in
// package.json, which neither Node nor tracers have.
export * from './throw.js';
export {default} from './throw.js';
