#!/bin/bash
# enter.sh COMMAND...: runs a command where a function may run, as root.
#
# Remotion's function deletes everything in /tmp. It gets namespaces of its own for
# mounts and processes, a root of its own, and in it a /tmp of its own.
# In: SANDBOX (folder of this environment), SANDBOX_UID, SANDBOX_TASK, _RUNTIME, _OPT
# and _NODE (folders that it sees as /var/task, /var/runtime, /opt and /var/lang), and
# _MEMINFO where its machine is to be as large as its cgroup.
set -eu
exec unshare --mount --pid --fork --kill-child --propagation private \
	/bin/bash "$(dirname "$0")/inside.sh" "$@"
