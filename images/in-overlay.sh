#!/bin/sh
# Runs a command with an overlay mounted at ROOT.
#
# usage: unshare --mount sh in-overlay.sh LOWER UPPER WORK ROOT COMMAND [ARGUMENT...]
#
# To be started in a mount namespace of its own: however the command ends, the kernel takes the
# mounts away with the last process, so a build that was killed leaves nothing mounted (and no
# /dev of ours below a folder that somebody then deletes).
set -eu
lower=$1 upper=$2 work=$3 root=$4
shift 4
# Plain whiteouts and copies only: the upper folder itself is what we pack.
mount -t overlay overlay "$root" \
    -o "lowerdir=$lower,upperdir=$upper,workdir=$work,redirect_dir=off,metacopy=off,index=off"
exec "$@"
