#!/bin/sh
# Makes a ZFS stream of the base system. Runs as the first program of a machine that is there for
# nothing else, in the base's own initramfs, which has the modules; all other programs come from the
# base itself.
#
# usage: make-stream PROPERTY=VALUE..., of the file system; /dev/vda is a squashfs of the base,
# /dev/vdb room for a pool, /dev/vdc gets the stream. What is printed is for bedplate.image.stream.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

# The kernel must not miss its first program before it has powered off: what it says of that would
# hide why this one failed.
trap 'echo o >/proc/sysrq-trigger; sleep 60' EXIT

mkdir -p /proc /sys /dev /base
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
modprobe -a virtio_blk squashfs zfs
mount -t squashfs -o ro /dev/vda /base
for folder in /dev /proc /sys; do
    mount --bind "$folder" "/base$folder"
done
mount -t tmpfs tmpfs /base/run

# On a partition: a whole disk would be partitioned by zpool, which then waits for udev.
echo ';' | chroot /base sfdisk --quiet --label gpt /dev/vdb
options=
for property in "$@"; do
    options="$options -O $property"
done
# shellcheck disable=SC2086 # each of them is a word
chroot /base zpool create -o ashift=12 -o cachefile=none $options -O mountpoint=/run/root stream /dev/vdb1
chroot /base unsquashfs -force -percentage -dest /run/root /dev/vda
chroot /base zfs snapshot stream@base
# Blocks as they are on the disks: compressed (-c), large (-L), or inside of their pointers (-e).
chroot /base bash -o pipefail -c \
    'zfs send -L -c -e stream@base | dd of=/dev/vdc bs=1M iflag=fullblock conv=fsync 2>/run/sent'
chroot /base sed -n 's/^\([0-9]*\) bytes .*/bedplate-stream \1/p' /run/sent
