// The same for register.js: whatever happens, the process that asked for it goes on.
import words from './words.js';

console.warn(`[remotion-headroom] Not activated: ${words.BUNDLED}`);
