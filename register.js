'use strict';

// `node --require remotion-headroom/register`, or a plain require or import.
// Where the process is not one of Remotion's, nothing happens and nothing is said.
require('./lib/register').register();
