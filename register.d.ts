/**
 * Loading this activates remotion-headroom in the project's copy of
 * `@remotion/renderer`, as `register()` of `remotion-headroom` does. Made for
 * `node --require` and `node --import`, and for `require()`; options and the
 * report are had by calling `register()`.
 *
 * In an ESM script an `import` of this comes too late for static imports of
 * `@remotion/renderer`, wherever it stands: a warning says so. Import from
 * `remotion-headroom/renderer` there.
 *
 * It never throws: where activation fails, one warning says so, and Remotion
 * runs as it is.
 */
export {};
