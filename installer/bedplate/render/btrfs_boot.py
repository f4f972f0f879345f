"""The initramfs script that finds the devices of a btrfs root, and does without a dead one.

See `docs/decisions/0008-btrfs-degraded.md` for why it does what it does. It is not of one host: a
disk may be replaced, or moved, without it being written anew.
"""

from __future__ import annotations

# By this name it takes the place of the script of btrfs-progs, and is where that is in the order of
# an initramfs that was made without it: see mkinitramfs(8) and `bedplate.render.initramfs`.
SCRIPT_PATH = "/etc/initramfs-tools/scripts/local-premount/btrfs"


def render_script() -> str:
    """The script, for the shell of the initramfs; to be installed executable."""
    return _SCRIPT


_SCRIPT = r"""#!/bin/sh
# Finds the devices of a btrfs root before it is mounted. Written by bedplate.
#
# This takes the place of the script that btrfs-progs has by this name, which only has the kernel
# look for btrfs devices. The kernel mounts no btrfs that lacks a device unless it is told
# `degraded`, and takes back without a question a device that missed writes while it was away. So:
#
# - all devices are waited for, 30 seconds or as long as rootdelay= says;
# - a device that missed writes is left out, as if it were missing;
# - only if devices are missing then, the root is mounted degraded, and the kernel log says so.
[ "$1" = prereqs ] && exit 0

# shellcheck source=/dev/null
. /scripts/functions

# LEVEL TEXT: say something in the kernel log, which the console and the journal show.
say() {
    echo "<$1>bedplate: btrfs root: $2" >>/dev/kmsg
}

# Whether a device of the root, which is then in $device, and all others are there.
is_complete() {
    device=$(resolve_device "$ROOT") && btrfs device ready "$device" 2>/dev/null
}

# DEVICE: its last commits, newest first: a generation, and where its trees are and what they hold.
# Of devices that went separate ways, one has a commit that the other does not know.
commits() {
    btrfs inspect-internal dump-super --full "$1" | awk '
        $1 == "generation" { newest = $2 }
        $1 == "root" { root = $2 }
        $1 == "backup" { n = "" }
        $1 == "backup_tree_root:" { n = $4 }
        n != "" && NF > 1 { known[n] = known[n] " " $2 }
        END {
            if (!(newest in known)) known[newest] = " " root
            for (n = newest; n in known; n--) print n known[n]
        }'
}

# DEVICE: have neither the kernel nor, once it runs, the new system's udev use it.
leave_out() {
    say 3 "$1 missed writes while it was away and is left out: replace it, as if it were dead"
    btrfs device scan --forget "$1"
    partition=$(blkid -c /dev/null -o value -s PARTUUID "$1")
    # A rule for no name at all would be one for every device.
    [ -n "$partition" ] || return
    mkdir -p /run/udev/rules.d
    echo "ENV{ID_PART_ENTRY_UUID}==\"$partition\", ENV{SYSTEMD_READY}=\"0\"" \
        >>/run/udev/rules.d/63-bedplate-btrfs.rules
}

limit=${ROOTDELAY%%.*}
[ "${limit:-0}" -gt 30 ] || limit=30
waiting=
modprobe btrfs
btrfs device scan >/dev/null
until is_complete; do
    [ -z "$device" ] || [ "$(get_fstype "$device")" = btrfs ] || exit 0
    [ "$(time_elapsed)" -lt "$limit" ] || break
    [ -n "$waiting" ] || say 5 "waiting up to $limit seconds for all of its devices"
    waiting=yes
    sleep 1
    wait_for_udev 10
    btrfs device scan >/dev/null
done
# There is none at all: that is for those who come after to say.
[ -n "$device" ] || exit 0

members=$(blkid -c /dev/null -o device -t "UUID=$(blkid -c /dev/null -o value -s UUID "$device")")
newest=$device
for member in $members; do
    generation=$(commits "$member" | head -n 1)
    highest=$(commits "$newest" | head -n 1)
    if [ "${generation%% *}" -gt "${highest%% *}" ]; then newest=$member; fi
done

# The power may fail when the last commit is on some devices only: to be one behind is no harm.
recent=$(commits "$newest" | head -n 2)
for member in $members; do
    if ! echo "$recent" | grep -qxF "$(commits "$member" | head -n 1)"; then
        leave_out "$member"
        echo "ROOT=$newest" >>/conf/param.conf
    fi
done

if ! btrfs device ready "$newest"; then
    say 3 "not all of its devices are there: mounting it degraded"
    echo "ROOT=$newest ROOTFLAGS='${ROOTFLAGS:--o }${ROOTFLAGS:+,}degraded'" >>/conf/param.conf
fi
"""
