#!/bin/bash
# Called by enter.sh, in the new namespaces: builds the root and goes there.
set -eu
root=$SANDBOX/root
mkdir -p "$root"/{usr,etc,proc,dev,tmp,opt,var/task,var/runtime,var/lang}
mount --bind "$root" "$root"
for name in bin sbin lib lib64; do
	ln -s "usr/$name" "$root/$name"
done
readonly_at() {
	mount --bind "$1" "$root/$2"
	mount -o remount,bind,ro "$root/$2"
}
readonly_at /usr usr
readonly_at /etc etc
readonly_at "$SANDBOX_TASK" var/task
readonly_at "$SANDBOX_RUNTIME" var/runtime
readonly_at "$SANDBOX_OPT" opt
readonly_at "$SANDBOX_NODE" var/lang
mount -t proc proc "$root/proc"
[ -z "${SANDBOX_MEMINFO:-}" ] || mount --bind "$SANDBOX_MEMINFO" "$root/proc/meminfo"
mount -t tmpfs -o size=1m none "$root/dev"
for name in null zero full random urandom; do
	touch "$root/dev/$name"
	mount --bind "/dev/$name" "$root/dev/$name"
done
mkdir "$root/dev/shm"
mount -t tmpfs -o size=64m,mode=1777 none "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
# os.homedir() of a user without an entry throws.
printf 'user:x:%s:%s::/tmp:/sbin/nologin\n' "$SANDBOX_UID" "$SANDBOX_UID" > "$SANDBOX/passwd"
mount --bind "$SANDBOX/passwd" "$root/etc/passwd"
mkdir -m 700 "$SANDBOX/tmp"
chown "$SANDBOX_UID" "$SANDBOX/tmp"
mount --bind "$SANDBOX/tmp" "$root/tmp"
# What will be /tmp is new and not the machine's.
[ -z "$(ls -A "$root/tmp")" ]
[ "$(stat -c %d:%i "$root/tmp")" != "$(stat -c %d:%i /tmp)" ]
SANDBOX_OUTSIDE=$(stat -c %d:%i / /tmp | tr '\n' ' ')
export SANDBOX_OUTSIDE
printf %s "$SANDBOX_TOKEN" > "$root/tmp/.sandbox"
chown "$SANDBOX_UID" "$root/tmp/.sandbox"
exec chroot "$root" /usr/bin/setpriv --reuid "$SANDBOX_UID" --regid "$SANDBOX_UID" --clear-groups \
	--no-new-privs --bounding-set=-all --inh-caps=-all "$@"
