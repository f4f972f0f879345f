#!/bin/sh
# Runs a command inside ROOT, with what package scripts expect to find there.
#
# usage: in-chroot.sh ROOT COMMAND [ARGUMENT...], in a mount namespace that ends with the command
set -eu
root=$1
shift
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
# Nothing may be started in there: it is nobody's running system.
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
status=0
chroot "$root" env DEBIAN_FRONTEND=noninteractive "$@" || status=$?
rm "$root/usr/sbin/policy-rc.d"
exit "$status"
