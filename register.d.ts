/**
 * Importing this activates remotion-headroom in the project's copy of
 * `@remotion/renderer`, as `register()` of `remotion-headroom` does. Made for
 * `node --require` and `node --import`; options and the report are had by
 * calling `register()`.
 *
 * It never throws: where activation fails, one warning says so, and Remotion
 * runs as it is.
 */
export {};
