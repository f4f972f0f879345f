#!/bin/bash
# zfs-mirror for host1.example.test, without bedplate: the commands of a plan, to be run as root on
# the machine that the plan was made for, from a live system that has the programs named below. It
# stops at the first command that fails.
#
# EVERYTHING ON THESE DISKS WILL BE DESTROYED:
# UML_DISK, serial BEDPLATE-ubda, 3 GiB (/dev/ubda)
# - partition 1, 1 GiB: linux_raid_member '(none):x', vfat
# - partition 2, 512 MiB: no signature
# - md array /dev/md127: crypto_LUKS
# - open dm-crypt device /dev/mapper/inner: LVM2_member
# - volume group deep with volumes root, swap
# UML_DISK, serial BEDPLATE-ubdb, 3 GiB (/dev/ubdb)
# - partition 1, 1 GiB: linux_raid_member '(none):x', vfat
# - partition 2, 512 MiB: no signature
# - md array /dev/md127: crypto_LUKS
# - open dm-crypt device /dev/mapper/inner: LVM2_member
# - volume group deep with volumes root, swap
# Note: The pool rpool, which is not on the chosen disks, becomes rpool-OLD-10403847564029384756; a
# system that starts from it has to be told.
# Note: The machine was started by a BIOS, so no entries can be made in a UEFI boot list; UEFI
# firmware will find each disk by the removable path EFI/BOOT/BOOTX64.EFI.

set -eu -o pipefail
export LC_ALL=C.UTF-8
umask 022

# Where the base system is, and where the new system is mounted meanwhile.
IMAGES=${IMAGES:-/run/live/medium/live}
WORK=/run/bedplate
ROOT=$WORK/root

DISK1=/dev/disk/by-id/scsi-0BEDPLATE_ubda  # 3 GiB, was /dev/ubda
DISK2=/dev/disk/by-id/scsi-0BEDPLATE_ubdb  # 3 GiB, was /dev/ubdb

fail() { echo "$0: $*" >&2; exit 1; }

# DISK BYTES SECTOR-SIZE: it is there, and it is the planned one.
check_disk() {
    [ -b "$1" ] || fail "$1 is not there"
    [ "$(blockdev --getsize64 "$1")" = "$2" ] || fail "$1 does not have the planned $2 bytes"
    [ "$(blockdev --getss "$1")" = "$3" ] || fail "$1 does not have sectors of $3 bytes"
}

# DISK: nothing uses it.
check_free() {
    mounts=$(lsblk --noheadings --raw --output MOUNTPOINT "$1" | tr -d '[:space:]')
    [ -z "$mounts" ] || fail "$1 is mounted, or swap: see lsblk"
    others=$(lsblk --noheadings --raw --output TYPE "$1" | sed '1d;/^part$/d')
    [ -z "$others" ] || fail "$1 is used by LVM, md, dm-crypt or the like: see lsblk"
}

# DEVICE: have bcache close it, and wait until it has.
stop_cache() {
    folder=/sys/class/block/$(basename "$(realpath "$1")")/bcache
    for switch in "$folder/stop" "$folder/set/stop"; do
        if [ -e "$switch" ]; then
            echo 1 >"$switch"
            break
        fi
    done
    for _ in $(seq 600); do
        [ -e "$folder" ] || return 0
        sleep 0.1
    done
    fail "$1 is still held by bcache: see dmesg"
}

# DISK START BYTES: zero the first and the last MiB of a part of a disk, where file systems, LVM,
# md, LUKS and ZFS are recognised by.
zero_edges() {
    edge=1048576
    if [ "$3" -lt "$edge" ]; then edge=$3; fi
    for offset in "$2" $(($2 + $3 - edge)); do
        dd if=/dev/zero of="$1" bs=64K count="$edge" seek="$offset" iflag=count_bytes \
            oflag=seek_bytes conv=notrunc,fsync status=none
    done
}

# DISK: have the kernel read a new table, and udev make the links of the partitions.
read_table() {
    partx --update "$1"
    udevadm settle --timeout=60
}

# FILE: write standard input to a file, under a temporary name first.
write() {
    mkdir -p "$(dirname "$1")"
    (umask 077 && cat >"$1.part")
    mv -fT "$1.part" "$1"
}

# MODE PATH: write standard input to a file of the new system.
put() {
    write "$ROOT$2"
    chmod "$1" "$ROOT$2"
}

# TARGET PATH: make a symbolic link in the new system.
put_link() {
    mkdir -p "$(dirname "$ROOT$2")"
    ln -sfnT "$1" "$ROOT$2"
}

# PARTITION FOLDER: mount an ESP, if it is not mounted yet.
mount_esp() {
    mkdir -p "$2"
    mountpoint -q "$2" || mount -t vfat -o umask=0077 "$1" "$2"
}

# PATH FILE: copy a file of the new system to an ESP, and compare it.
copy() {
    mkdir -p "$(dirname "$2")"
    cp "$ROOT$1" "$2.part"
    sync "$2.part"
    cmp "$ROOT$1" "$2.part"
    mv -fT "$2.part" "$2"
}

# WHAT: ask for a secret twice, print it.
ask_secret() {
    read -rsp "$1: " first </dev/tty
    echo >/dev/tty
    read -rsp "Once more: " second </dev/tty
    echo >/dev/tty
    [ -n "$first" ] || fail "an empty $1 is none"
    [ "$first" = "$second" ] || fail "what was typed differs"
    printf '%s\n' "$first"
}

# USER: ask for a password, print what chpasswd reads.
ask_password() {
    ask_secret "password of $1 on the new system" | sed "s/^/$1:/"
}

# DATASET: ask for a passphrase, print what zfs reads.
ask_passphrase() {
    ask_secret "passphrase of $1"
}

# KEY: print standard input with the secret of that key in place of ***.
fill_secret() {
    secret=$(ask_secret "$1")
    while IFS= read -r line; do
        case $line in
            *\*\*\**) printf '%s\n' "${line%%\*\*\**}$secret${line#*\*\*\*}" ;;
            *) printf '%s\n' "$line" ;;
        esac
    done
}

# FILE: make a key that nobody but root can read.
make_key() {
    mkdir -p "$(dirname "$1")"
    chmod 700 "$(dirname "$1")"
    (umask 077 && head -c 32 /dev/urandom >"$1")
    sync "$1"
}

# Unmount everything and let go of the storage.
release() {
    for esp in "$WORK"/esp/*; do
        if mountpoint -q "$esp"; then umount "$esp"; fi
    done
    if zpool list -H -o name rpool >/dev/null 2>&1; then zpool export rpool; fi
}

# Nothing is touched before all of this holds.
[ "$(id -u)" = 0 ] || fail "must be run by root"
for program in blockdev cmp cpio dmsetup fatlabel flock grub-install lsblk mdadm mkfs.vfat partx sfdisk ssh-keygen swapoff udevadm unsquashfs wipefs zfs zpool; do
    command -v "$program" >/dev/null || fail "$program is not installed"
done
check_disk "$DISK1" 3221225472 512
check_disk "$DISK2" 3221225472 512
lsblk --output PATH,SIZE,MODEL,SERIAL,FSTYPE,LABEL "$DISK1" "$DISK2"
read -rp 'Everything on these disks will be destroyed. Type yes to go on: ' answer
[ "$answer" = yes ] || fail "nothing was done"

# ---- check -------------------------------------------------------------------------
echo '== check'

# Compare the checksum of base.zfs with the manifest's
printf '%s  %s\n' cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd "${IMAGES}/base.zfs" | sha256sum --check --quiet

# Compare the checksum of delta.squashfs with the manifest's
printf '%s  %s\n' efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef "${IMAGES}/delta.squashfs" | sha256sum --check --quiet

# ---- release -----------------------------------------------------------------------
echo '== release'

# Locked, so that udev does not start again what is stopped here.
exec {LOCK1}<"$DISK1" && flock "$LOCK1"
exec {LOCK2}<"$DISK2" && flock "$LOCK2"

# Rename the pool rpool on other disks to rpool-OLD-10403847564029384756
zpool import -f -N -o cachefile=none 10403847564029384756 rpool-OLD-10403847564029384756
zpool export rpool-OLD-10403847564029384756

# Unmount /s
umount /s

# Stop swapping to /dev/mapper/deep-swap
swapoff /dev/mapper/deep-swap

# Close the volumes of the volume group deep
dmsetup remove --retry deep-swap deep-root

# Close /dev/mapper/inner
dmsetup remove --retry inner

# Stop the md array /dev/md127
mdadm --stop --quiet /dev/md127

# ---- clear -------------------------------------------------------------------------
echo '== clear'

check_free "$DISK1"
check_free "$DISK2"

# Wipe UML_DISK, serial BEDPLATE-ubda, /dev/ubda
wipefs --all --quiet "${DISK1}-part1"
zero_edges "$DISK1" 0 3221225472
zero_edges "$DISK1" 1048576 1073741824
zero_edges "$DISK1" 1074790400 536870912

# Wipe UML_DISK, serial BEDPLATE-ubdb, /dev/ubdb
wipefs --all --quiet "${DISK2}-part1"
zero_edges "$DISK2" 0 3221225472
zero_edges "$DISK2" 1048576 1073741824
zero_edges "$DISK2" 1074790400 536870912

exec {LOCK1}<&-
exec {LOCK2}<&-

# ---- partition ---------------------------------------------------------------------
echo '== partition'

# Write a GPT with 3 partitions to /dev/ubda
zero_edges "$DISK1" 1048576 536870912
zero_edges "$DISK1" 537919488 2415919104
sfdisk --quiet --wipe always --no-reread --no-tell-kernel "$DISK1" <<'END'
label: gpt
label-id: 95b51b00-dc05-45da-ba4f-3fa2ad69123b
unit: sectors
sector-size: 512
first-lba: 34
table-length: 128

1 : start=34, size=2014, type=21686148-6449-6e6f-744e-656564454649, uuid=ab6a371b-e3d2-456e-b7f2-99430db60f67, name=bios-boot
2 : start=2048, size=1048576, type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b, uuid=e598bc7e-cde3-4e3d-91ec-d270ff4b9268, name=esp
3 : start=1050624, size=4718592, type=6a898cc3-1dd2-11b2-99a6-080020736631, uuid=8d27023a-3907-4161-95e1-2460911e7997, name=data
END
read_table "$DISK1"

# Write a GPT with 3 partitions to /dev/ubdb
zero_edges "$DISK2" 1048576 536870912
zero_edges "$DISK2" 537919488 2415919104
sfdisk --quiet --wipe always --no-reread --no-tell-kernel "$DISK2" <<'END'
label: gpt
label-id: 7b5d254c-679d-47f8-83cf-5b33ab4a753b
unit: sectors
sector-size: 512
first-lba: 34
table-length: 128

1 : start=34, size=2014, type=21686148-6449-6e6f-744e-656564454649, uuid=a0cfc1b1-af87-4360-88dc-6c819dfa51ec, name=bios-boot
2 : start=2048, size=1048576, type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b, uuid=20493415-07ce-4988-be46-249e0d360281, name=esp
3 : start=1050624, size=4718592, type=6a898cc3-1dd2-11b2-99a6-080020736631, uuid=a0e8ea3c-bfdf-4e17-8a8a-248f12208c01, name=data
END
read_table "$DISK2"

# Make a FAT32 file system E730-C24B on the ESP of /dev/ubda
mkfs.vfat -F 32 -i E730C24B "${DISK1}-part2"

# Make a FAT32 file system F95C-1114 on the ESP of /dev/ubdb
mkfs.vfat -F 32 -i F95C1114 "${DISK2}-part2"

# ---- storage -----------------------------------------------------------------------
echo '== storage'

# Install GRUB for BIOS on /dev/ubda
mount_esp "${DISK1}-part2" "${WORK}/esp/1"
grub-install --target=i386-pc --no-floppy --boot-directory="${WORK}/esp/1" "$(realpath "$DISK1")"

# Install GRUB for BIOS on /dev/ubdb
mount_esp "${DISK2}-part2" "${WORK}/esp/2"
grub-install --target=i386-pc --no-floppy --boot-directory="${WORK}/esp/2" "$(realpath "$DISK2")"

# Create the pool rpool on 2 partitions (mirror)
mkdir -p "$ROOT"
zpool create -f \
    -o cachefile=none \
    -o ashift=12 \
    -O acltype=posix \
    -O atime=on \
    -O dnodesize=auto \
    -O relatime=on \
    -O xattr=sa \
    -O compression=on \
    -O mountpoint=none \
    -R "$ROOT" \
    rpool \
    mirror "${DISK1}-part3" "${DISK2}-part3"
trap release EXIT
zfs create rpool/ROOT

# ---- unpack ------------------------------------------------------------------------
echo '== unpack'

# Receive the base system as rpool/ROOT/pve-1, then create rpool/data, rpool/var-lib-vz
zfs receive -u -o mountpoint=/ rpool/ROOT/pve-1@received <"${IMAGES}/base.zfs"
zfs destroy rpool/ROOT/pve-1@received
zfs mount rpool/ROOT/pve-1
zpool set bootfs=rpool/ROOT/pve-1 rpool
zfs create rpool/data
zfs create -o mountpoint=/var/lib/vz rpool/var-lib-vz

# Unpack bedplate over the base system
unsquashfs -force -dest "$ROOT" "${IMAGES}/delta.squashfs"

# ---- configure ---------------------------------------------------------------------
echo '== configure'

# Write 24 files of this host
put 0644 /etc/aliases <<'END'
# See man 5 aliases for format
postmaster:    root
root: admin@example.test
END
put 0644 /etc/apt/sources.list <<'END'
# See sources.list.d.
END
put 0644 /etc/apt/sources.list.d/debian.sources <<'END'
Types: deb
URIs: http://deb.debian.org/debian
Suites: trixie trixie-updates
Components: main contrib non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://security.debian.org/debian-security
Suites: trixie-security
Components: main contrib non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
put 0644 /etc/default/grub <<'END'
GRUB_DEFAULT=0
GRUB_TIMEOUT=3
GRUB_DISTRIBUTOR="Debian"
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX="root=ZFS=rpool/ROOT/pve-1 boot=zfs"
END
put 0644 /etc/default/keyboard <<'END'
XKBMODEL="pc105"
XKBLAYOUT="us"
XKBVARIANT=""
XKBOPTIONS=""
BACKSPACE="guess"
END
put_link ../locale.conf /etc/default/locale
put 0644 /etc/fstab <<'END'
# <file system> <mount point> <type> <options> <dump> <pass>
proc /proc proc defaults 0 0
END
base64 --decode <<'END' | put 0644 /etc/hostid
JaNVBg==
END
put 0644 /etc/hostname <<'END'
host1
END
put 0644 /etc/hosts <<'END'
127.0.0.1 localhost.localdomain localhost
127.0.1.1 host1.example.test host1

# The following lines are desirable for IPv6 capable hosts
::1     ip6-localhost ip6-loopback
fe00::0 ip6-localnet
ff00::0 ip6-mcastprefix
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
ff02::3 ip6-allhosts
END
put 0644 /etc/kernel/cmdline <<'END'
root=ZFS=rpool/ROOT/pve-1 boot=zfs
END
put 0644 /etc/kernel/proxmox-boot-uuids <<'END'
E730-C24B
F95C-1114
END
put 0644 /etc/locale.conf <<'END'
LANG=en_US.UTF-8
END
put_link ../usr/share/zoneinfo/Europe/Vienna /etc/localtime
put 0444 /etc/machine-id <<'END'
130c8444b8bb462cac55c393c0f23e04
END
put 0644 /etc/modprobe.d/zfs.conf <<'END'
options zfs zfs_arc_max=6736052224
END
put 0644 /etc/network/interfaces <<'END'
auto lo
iface lo inet loopback

iface eno1 inet manual

auto vmbr0
iface vmbr0 inet dhcp
        bridge-ports eno1
        bridge-stp off
        bridge-fd 0

iface eno2 inet manual

iface enp65s0f0 inet manual

source /etc/network/interfaces.d/*
END
put 0644 /etc/postfix/main.cf <<'END'
compatibility_level = 3.9

# Where mail appears to come from.
myorigin = $myhostname
mydestination = $myhostname, localhost.$mydomain, localhost
relayhost =
mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128
alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
myhostname = host1.example.test
inet_interfaces = loopback-only
END
put 0644 /etc/pve/storage.cfg <<'END'
dir: local
	path /var/lib/vz
	content iso,vztmpl,backup

zfspool: local-zfs
	pool rpool/data
	sparse
	content images,rootdir
END
put 0644 /etc/resolv.conf <<'END'
search example.test
END
put 0644 /etc/ssh/sshd_config.d/50-bedplate.conf <<'END'
PermitRootLogin prohibit-password
END
put_link default/keyboard /etc/vconsole.conf
put 0600 /etc/zfs/zed.d/zed.rc <<'END'
# Email will only be sent if ZED_EMAIL_ADDR is defined.
#ZED_EMAIL_ADDR="root"
ZED_EMAIL_ADDR="root"

ZED_NOTIFY_INTERVAL_SECS=3600
END
put 0600 /root/.ssh/authorized_keys <<'END'
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f admin@example.test
END
put 0600 /var/lib/bedplate/installed.json <<'END'
{"version":1,"layout":"zfs-mirror","hostname":"host1.example.test","made_for":[{"path":"/dev/ubda","by_id":["scsi-0BEDPLATE_ubda"],"serial":"BEDPLATE-ubda","wwn":null,"model":"UML_DISK","transport":null,"rotational":false,"removable":false,"read_only":false,"size_bytes":3221225472,"sector_size":512,"physical_sector_size":512,"table":"gpt","guid":"da4c1aa7-6267-c54a-a0eb-97e2f6f8def7","partitions":[{"number":1,"path":"/dev/ubda1","first_sector":2048,"last_sector":2099199,"size_bytes":1073741824,"type_guid":"0fc63daf-8483-4772-8e79-3d69d8477de4","guid":"4aca24a0-dc0e-bf49-b7be-1349772689a9","name":null,"flags":[],"signatures":[{"kind":"linux_raid_member","label":"(none):x","uuid":"ebe3c85c-f304-b958-7a7f-70e7d688b2d5"},{"kind":"vfat","label":null,"uuid":"00EC-C1A9"}],"mounts":[],"swap":false,"holders":["/dev/md127"]},{"number":2,"path":"/dev/ubda2","first_sector":2099200,"last_sector":3147775,"size_bytes":536870912,"type_guid":"0fc63daf-8483-4772-8e79-3d69d8477de4","guid":"f4b5e7a0-5403-ba4d-be58-c0cbe85eeef9","name":null,"flags":[],"signatures":[],"mounts":[],"swap":false,"holders":[]}],"signatures":[{"kind":"gpt","label":null,"uuid":null},{"kind":"PMBR","label":null,"uuid":null}],"mounts":[],"swap":false,"holders":[],"layers":[{"path":"/dev/md127","node":"/dev/md127","kind":"array","on":["/dev/ubda1","/dev/ubdb1"],"uuid":null,"signatures":[{"kind":"crypto_LUKS","label":null,"uuid":"a8e91211-0304-49c3-b281-9b739927c093"}],"mounts":[],"swap":false},{"path":"/dev/mapper/inner","node":"/dev/dm-0","kind":"crypt","on":["/dev/md127"],"uuid":"CRYPT-LUKS2-a8e91211030449c3b2819b739927c093-inner","signatures":[{"kind":"LVM2_member","label":null,"uuid":"fuN5UD-iBB9-53GK-oPdV-s3Sr-p8Wt-PaWN9X"}],"mounts":[],"swap":false},{"path":"/dev/mapper/deep-root","node":"/dev/dm-1","kind":"lvm","on":["/dev/mapper/inner"],"uuid":"LVM-eBhzWnoOJWf9xn3Zj9C6Qc3Je5IzyQmNmdltoz96bkh5FCbbEXDgW0UjzX817iMB","signatures":[{"kind":"ext4","label":null,"uuid":"5311abae-82dd-4783-8471-c3724a12fc56"}],"mounts":["/s"],"swap":false},{"path":"/dev/mapper/deep-swap","node":"/dev/dm-2","kind":"lvm","on":["/dev/mapper/inner"],"uuid":"LVM-eBhzWnoOJWf9xn3Zj9C6Qc3Je5IzyQmNRbJ8aIxMgHySOStr3L4YpQUfLx6ffV5N","signatures":[{"kind":"swap","label":null,"uuid":"b9c922d9-a048-4354-893b-fdf2d2df94aa"}],"mounts":[],"swap":true}],"stale_backup_sector":null,"bus_path":"platform-uml-blkdev.0","slot":null,"properties":{"DEVNAME":"/dev/ubda","DEVPATH":"/devices/platform/uml-blkdev.0/block/ubda","DEVTYPE":"disk","ID_BUS":"scsi","ID_MODEL":"UML_DISK","ID_PATH":"platform-uml-blkdev.0","ID_PATH_TAG":"platform-uml-blkdev_0","ID_SERIAL":"0BEDPLATE_ubda","ID_SERIAL_SHORT":"BEDPLATE-ubda","ID_TYPE":"disk","MAJOR":"98","MINOR":"0","SUBSYSTEM":"block"},"error":null},{"path":"/dev/ubdb","by_id":["scsi-0BEDPLATE_ubdb"],"serial":"BEDPLATE-ubdb","wwn":null,"model":"UML_DISK","transport":null,"rotational":false,"removable":false,"read_only":false,"size_bytes":3221225472,"sector_size":512,"physical_sector_size":512,"table":"gpt","guid":"6d169c9b-88a7-d844-bf28-53191dfbf0ef","partitions":[{"number":1,"path":"/dev/ubdb1","first_sector":2048,"last_sector":2099199,"size_bytes":1073741824,"type_guid":"0fc63daf-8483-4772-8e79-3d69d8477de4","guid":"63a4dde7-d8a5-bd46-95e8-72a3fc734e73","name":null,"flags":[],"signatures":[{"kind":"linux_raid_member","label":"(none):x","uuid":"ebe3c85c-f304-b958-7a7f-70e7d688b2d5"},{"kind":"vfat","label":null,"uuid":"8404-7B82"}],"mounts":[],"swap":false,"holders":["/dev/md127"]},{"number":2,"path":"/dev/ubdb2","first_sector":2099200,"last_sector":3147775,"size_bytes":536870912,"type_guid":"0fc63daf-8483-4772-8e79-3d69d8477de4","guid":"30fe1ff0-a4c4-ab4a-bda6-334fa5d65b0c","name":null,"flags":[],"signatures":[],"mounts":[],"swap":false,"holders":[]}],"signatures":[{"kind":"gpt","label":null,"uuid":null},{"kind":"PMBR","label":null,"uuid":null}],"mounts":[],"swap":false,"holders":[],"layers":[{"path":"/dev/md127","node":"/dev/md127","kind":"array","on":["/dev/ubda1","/dev/ubdb1"],"uuid":null,"signatures":[{"kind":"crypto_LUKS","label":null,"uuid":"a8e91211-0304-49c3-b281-9b739927c093"}],"mounts":[],"swap":false},{"path":"/dev/mapper/inner","node":"/dev/dm-0","kind":"crypt","on":["/dev/md127"],"uuid":"CRYPT-LUKS2-a8e91211030449c3b2819b739927c093-inner","signatures":[{"kind":"LVM2_member","label":null,"uuid":"fuN5UD-iBB9-53GK-oPdV-s3Sr-p8Wt-PaWN9X"}],"mounts":[],"swap":false},{"path":"/dev/mapper/deep-root","node":"/dev/dm-1","kind":"lvm","on":["/dev/mapper/inner"],"uuid":"LVM-eBhzWnoOJWf9xn3Zj9C6Qc3Je5IzyQmNmdltoz96bkh5FCbbEXDgW0UjzX817iMB","signatures":[{"kind":"ext4","label":null,"uuid":"5311abae-82dd-4783-8471-c3724a12fc56"}],"mounts":["/s"],"swap":false},{"path":"/dev/mapper/deep-swap","node":"/dev/dm-2","kind":"lvm","on":["/dev/mapper/inner"],"uuid":"LVM-eBhzWnoOJWf9xn3Zj9C6Qc3Je5IzyQmNRbJ8aIxMgHySOStr3L4YpQUfLx6ffV5N","signatures":[{"kind":"swap","label":null,"uuid":"b9c922d9-a048-4354-893b-fdf2d2df94aa"}],"mounts":[],"swap":true}],"stale_backup_sector":null,"bus_path":"platform-uml-blkdev.1","slot":null,"properties":{"DEVNAME":"/dev/ubdb","DEVPATH":"/devices/platform/uml-blkdev.1/block/ubdb","DEVTYPE":"disk","ID_BUS":"scsi","ID_MODEL":"UML_DISK","ID_PATH":"platform-uml-blkdev.1","ID_PATH_TAG":"platform-uml-blkdev_1","ID_SERIAL":"0BEDPLATE_ubdb","ID_SERIAL_SHORT":"BEDPLATE-ubdb","ID_TYPE":"disk","MAJOR":"98","MINOR":"16","SUBSYSTEM":"block"},"error":null}],"disks":[{"id":"scsi-0BEDPLATE_ubda","path":"/dev/ubda","size_bytes":3221225472,"sector_size":512,"guid":"95b51b00-dc05-45da-ba4f-3fa2ad69123b","partitions":[{"number":1,"role":"bios-boot","type_guid":"21686148-6449-6e6f-744e-656564454649","guid":"ab6a371b-e3d2-456e-b7f2-99430db60f67","first_sector":34,"last_sector":2047,"size_bytes":1031168},{"number":2,"role":"esp","type_guid":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b","guid":"e598bc7e-cde3-4e3d-91ec-d270ff4b9268","first_sector":2048,"last_sector":1050623,"size_bytes":536870912},{"number":3,"role":"data","type_guid":"6a898cc3-1dd2-11b2-99a6-080020736631","guid":"8d27023a-3907-4161-95e1-2460911e7997","first_sector":1050624,"last_sector":5769215,"size_bytes":2415919104}]},{"id":"scsi-0BEDPLATE_ubdb","path":"/dev/ubdb","size_bytes":3221225472,"sector_size":512,"guid":"7b5d254c-679d-47f8-83cf-5b33ab4a753b","partitions":[{"number":1,"role":"bios-boot","type_guid":"21686148-6449-6e6f-744e-656564454649","guid":"a0cfc1b1-af87-4360-88dc-6c819dfa51ec","first_sector":34,"last_sector":2047,"size_bytes":1031168},{"number":2,"role":"esp","type_guid":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b","guid":"20493415-07ce-4988-be46-249e0d360281","first_sector":2048,"last_sector":1050623,"size_bytes":536870912},{"number":3,"role":"data","type_guid":"6a898cc3-1dd2-11b2-99a6-080020736631","guid":"a0e8ea3c-bfdf-4e17-8a8a-248f12208c01","first_sector":1050624,"last_sector":5769215,"size_bytes":2415919104}]}],"storage":{"kind":"zfs","pool":"rpool","ashift":12,"vdevs":[{"type":"mirror","members":["8d27023a-3907-4161-95e1-2460911e7997","a0e8ea3c-bfdf-4e17-8a8a-248f12208c01"],"role":"data"}],"root_dataset":"rpool/ROOT/pve-1","properties":{"acltype":"posix","atime":"on","dnodesize":"auto","relatime":"on","xattr":"sa","compression":"on"},"datasets":[{"name":"rpool/ROOT","properties":{}},{"name":"rpool/ROOT/pve-1","properties":{"mountpoint":"/"}},{"name":"rpool/data","properties":{}},{"name":"rpool/var-lib-vz","properties":{"mountpoint":"/var/lib/vz"}}],"pool_properties":{}},"boot":{"kernel":"6.12.107+deb13-amd64","loaders":[{"disk":"scsi-0BEDPLATE_ubda","firmware":"bios","loader":"grub"},{"disk":"scsi-0BEDPLATE_ubda","firmware":"uefi","loader":"systemd-boot"},{"disk":"scsi-0BEDPLATE_ubdb","firmware":"bios","loader":"grub"},{"disk":"scsi-0BEDPLATE_ubdb","firmware":"uefi","loader":"systemd-boot"}],"esp_sync":true,"cmdline":"root=ZFS=rpool/ROOT/pve-1 boot=zfs"},"files":[{"path":"/etc/aliases","mode":420,"content":"# See man 5 aliases for format\npostmaster:    root\nroot: admin@example.test\n","hex":null,"link":null,"replaces":{"content":"# See man 5 aliases for format\npostmaster:    root\n","link":null},"secret":null},{"path":"/etc/apt/sources.list","mode":420,"content":"# See sources.list.d.\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/apt/sources.list.d/debian.sources","mode":420,"content":"Types: deb\nURIs: http://deb.debian.org/debian\nSuites: trixie trixie-updates\nComponents: main contrib non-free-firmware\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\nTypes: deb\nURIs: http://security.debian.org/debian-security\nSuites: trixie-security\nComponents: main contrib non-free-firmware\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/default/grub","mode":420,"content":"GRUB_DEFAULT=0\nGRUB_TIMEOUT=3\nGRUB_DISTRIBUTOR=\"Debian\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"\"\nGRUB_CMDLINE_LINUX=\"root=ZFS=rpool/ROOT/pve-1 boot=zfs\"\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/default/keyboard","mode":420,"content":"XKBMODEL=\"pc105\"\nXKBLAYOUT=\"us\"\nXKBVARIANT=\"\"\nXKBOPTIONS=\"\"\nBACKSPACE=\"guess\"\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/default/locale","mode":420,"content":"","hex":null,"link":"../locale.conf","replaces":{"content":"","link":"../locale.conf"},"secret":null},{"path":"/etc/fstab","mode":420,"content":"# <file system> <mount point> <type> <options> <dump> <pass>\nproc /proc proc defaults 0 0\n","hex":null,"link":null,"replaces":{"content":"# UNCONFIGURED FSTAB FOR BASE SYSTEM\n","link":null},"secret":null},{"path":"/etc/hostid","mode":420,"content":"","hex":"25a35506","link":null,"replaces":null,"secret":null},{"path":"/etc/hostname","mode":420,"content":"host1\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/hosts","mode":420,"content":"127.0.0.1 localhost.localdomain localhost\n127.0.1.1 host1.example.test host1\n\n# The following lines are desirable for IPv6 capable hosts\n::1     ip6-localhost ip6-loopback\nfe00::0 ip6-localnet\nff00::0 ip6-mcastprefix\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\nff02::3 ip6-allhosts\n","hex":null,"link":null,"replaces":{"content":"127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\nff02::1\t\tip6-allnodes\nff02::2\t\tip6-allrouters\n\n","link":null},"secret":null},{"path":"/etc/kernel/cmdline","mode":420,"content":"root=ZFS=rpool/ROOT/pve-1 boot=zfs\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/kernel/proxmox-boot-uuids","mode":420,"content":"E730-C24B\nF95C-1114\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/locale.conf","mode":420,"content":"LANG=en_US.UTF-8\n","hex":null,"link":null,"replaces":{"content":"LANG=en_US.UTF-8\n","link":null},"secret":null},{"path":"/etc/localtime","mode":420,"content":"","hex":null,"link":"../usr/share/zoneinfo/Europe/Vienna","replaces":{"content":"","link":"/usr/share/zoneinfo/Etc/UTC"},"secret":null},{"path":"/etc/machine-id","mode":292,"content":"130c8444b8bb462cac55c393c0f23e04\n","hex":null,"link":null,"replaces":{"content":"","link":null},"secret":null},{"path":"/etc/modprobe.d/zfs.conf","mode":420,"content":"options zfs zfs_arc_max=6736052224\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/network/interfaces","mode":420,"content":"auto lo\niface lo inet loopback\n\niface eno1 inet manual\n\nauto vmbr0\niface vmbr0 inet dhcp\n        bridge-ports eno1\n        bridge-stp off\n        bridge-fd 0\n\niface eno2 inet manual\n\niface enp65s0f0 inet manual\n\nsource /etc/network/interfaces.d/*\n","hex":null,"link":null,"replaces":{"content":"# interfaces(5) file used by ifup(8) and ifdown(8)\nauto lo\niface lo inet loopback\n","link":null},"secret":null},{"path":"/etc/postfix/main.cf","mode":420,"content":"compatibility_level = 3.9\n\n# Where mail appears to come from.\nmyorigin = $myhostname\nmydestination = $myhostname, localhost.$mydomain, localhost\nrelayhost =\nmynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128\nalias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\nmyhostname = host1.example.test\ninet_interfaces = loopback-only\n","hex":null,"link":null,"replaces":{"content":"compatibility_level = 3.9\n\n# Where mail appears to come from.\nmyorigin = $myhostname\nmydestination = $myhostname, localhost.$mydomain, localhost\nrelayhost =\nmynetworks = 127.0.0.0/8\n    [::1]/128\nalias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\n","link":null},"secret":null},{"path":"/etc/pve/storage.cfg","mode":420,"content":"dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl,backup\n\nzfspool: local-zfs\n\tpool rpool/data\n\tsparse\n\tcontent images,rootdir\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/resolv.conf","mode":420,"content":"search example.test\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/ssh/sshd_config.d/50-bedplate.conf","mode":420,"content":"PermitRootLogin prohibit-password\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/vconsole.conf","mode":420,"content":"","hex":null,"link":"default/keyboard","replaces":{"content":"","link":"default/keyboard"},"secret":null},{"path":"/etc/zfs/zed.d/zed.rc","mode":384,"content":"# Email will only be sent if ZED_EMAIL_ADDR is defined.\n#ZED_EMAIL_ADDR=\"root\"\nZED_EMAIL_ADDR=\"root\"\n\nZED_NOTIFY_INTERVAL_SECS=3600\n","hex":null,"link":null,"replaces":{"content":"# Email will only be sent if ZED_EMAIL_ADDR is defined.\n#ZED_EMAIL_ADDR=\"root\"\n\nZED_NOTIFY_INTERVAL_SECS=3600\n","link":null},"secret":null},{"path":"/root/.ssh/authorized_keys","mode":384,"content":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f admin@example.test\n","hex":null,"link":null,"replaces":null,"secret":null}],"steps":[{"id":"verify-artefact:base.zfs","phase":"check","summary":"Compare the checksum of base.zfs with the manifest's","destroys":[],"kind":"verify-artefact","artefact":"base.zfs","sha256":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd","size_bytes":461373440,"pieces":[]},{"id":"verify-artefact:delta.squashfs","phase":"check","summary":"Compare the checksum of delta.squashfs with the manifest's","destroys":[],"kind":"verify-artefact","artefact":"delta.squashfs","sha256":"efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef","size_bytes":4194304,"pieces":[]},{"id":"rename-pool:10403847564029384756","phase":"release","summary":"Rename the pool rpool on other disks to rpool-OLD-10403847564029384756","destroys":[],"kind":"rename-pool","guid":"10403847564029384756","name":"rpool-OLD-10403847564029384756"},{"id":"unmount:/s","phase":"release","summary":"Unmount /s","destroys":[],"kind":"unmount","at":"/s"},{"id":"swap-off:/dev/mapper/deep-swap","phase":"release","summary":"Stop swapping to /dev/mapper/deep-swap","destroys":[],"kind":"swap-off","device":"/dev/mapper/deep-swap"},{"id":"close-mappings:deep-swap","phase":"release","summary":"Close the volumes of the volume group deep","destroys":[],"kind":"close-mappings","names":["deep-swap","deep-root"]},{"id":"close-mappings:inner","phase":"release","summary":"Close /dev/mapper/inner","destroys":[],"kind":"close-mappings","names":["inner"]},{"id":"stop-array:/dev/md127","phase":"release","summary":"Stop the md array /dev/md127","destroys":[],"kind":"stop-array","device":"/dev/md127"},{"id":"clear-disk:scsi-0BEDPLATE_ubda","phase":"clear","summary":"Wipe UML_DISK, serial BEDPLATE-ubda, /dev/ubda","destroys":["UML_DISK, serial BEDPLATE-ubda, 3 GiB (/dev/ubda)","partition 1, 1 GiB: linux_raid_member '(none):x', vfat","partition 2, 512 MiB: no signature","md array /dev/md127: crypto_LUKS","open dm-crypt device /dev/mapper/inner: LVM2_member","volume group deep with volumes root, swap"],"kind":"clear-disk","disk":"scsi-0BEDPLATE_ubda"},{"id":"clear-disk:scsi-0BEDPLATE_ubdb","phase":"clear","summary":"Wipe UML_DISK, serial BEDPLATE-ubdb, /dev/ubdb","destroys":["UML_DISK, serial BEDPLATE-ubdb, 3 GiB (/dev/ubdb)","partition 1, 1 GiB: linux_raid_member '(none):x', vfat","partition 2, 512 MiB: no signature","md array /dev/md127: crypto_LUKS","open dm-crypt device /dev/mapper/inner: LVM2_member","volume group deep with volumes root, swap"],"kind":"clear-disk","disk":"scsi-0BEDPLATE_ubdb"},{"id":"partition-disk:scsi-0BEDPLATE_ubda","phase":"partition","summary":"Write a GPT with 3 partitions to /dev/ubda","destroys":[],"kind":"partition-disk","disk":"scsi-0BEDPLATE_ubda"},{"id":"partition-disk:scsi-0BEDPLATE_ubdb","phase":"partition","summary":"Write a GPT with 3 partitions to /dev/ubdb","destroys":[],"kind":"partition-disk","disk":"scsi-0BEDPLATE_ubdb"},{"id":"format-esp:scsi-0BEDPLATE_ubda","phase":"partition","summary":"Make a FAT32 file system E730-C24B on the ESP of /dev/ubda","destroys":[],"kind":"format-esp","disk":"scsi-0BEDPLATE_ubda","partition_guid":"e598bc7e-cde3-4e3d-91ec-d270ff4b9268","fat_id":"E730-C24B"},{"id":"format-esp:scsi-0BEDPLATE_ubdb","phase":"partition","summary":"Make a FAT32 file system F95C-1114 on the ESP of /dev/ubdb","destroys":[],"kind":"format-esp","disk":"scsi-0BEDPLATE_ubdb","partition_guid":"20493415-07ce-4988-be46-249e0d360281","fat_id":"F95C-1114"},{"id":"install-bios-grub:scsi-0BEDPLATE_ubda","phase":"storage","summary":"Install GRUB for BIOS on /dev/ubda","destroys":[],"kind":"install-bios-grub","disk":"scsi-0BEDPLATE_ubda","partition_guid":"e598bc7e-cde3-4e3d-91ec-d270ff4b9268","reads":"esp"},{"id":"install-bios-grub:scsi-0BEDPLATE_ubdb","phase":"storage","summary":"Install GRUB for BIOS on /dev/ubdb","destroys":[],"kind":"install-bios-grub","disk":"scsi-0BEDPLATE_ubdb","partition_guid":"20493415-07ce-4988-be46-249e0d360281","reads":"esp"},{"id":"create-pool:rpool","phase":"storage","summary":"Create the pool rpool on 2 partitions (mirror)","destroys":[],"kind":"create-pool","datasets":["rpool/ROOT"]},{"id":"receive-base:base.zfs","phase":"unpack","summary":"Receive the base system as rpool/ROOT/pve-1, then create rpool/data, rpool/var-lib-vz","destroys":[],"kind":"receive-base","artefact":"base.zfs","datasets":["rpool/data","rpool/var-lib-vz"]},{"id":"unpack-base:delta.squashfs","phase":"unpack","summary":"Unpack bedplate over the base system","destroys":[],"kind":"unpack-base","artefact":"delta.squashfs"},{"id":"write-files","phase":"configure","summary":"Write 24 files of this host","destroys":[],"kind":"write-files"},{"id":"run-in-root:1:newaliases","phase":"configure","summary":"Run newaliases in the new system","destroys":[],"kind":"run-in-root","argv":["newaliases"],"text":"","secret":null,"codes":[0]},{"id":"extend-initramfs:6.12.107+deb13-amd64","phase":"configure","summary":"Append /etc/hostid, /etc/modprobe.d/zfs.conf to the initramfs","destroys":[],"kind":"extend-initramfs","initrd":"/boot/initrd.img-6.12.107+deb13-amd64","paths":["/etc/hostid","/etc/modprobe.d/zfs.conf"]},{"id":"set-password:root","phase":"configure","summary":"Set root's password","destroys":[],"kind":"set-password","user":"root"},{"id":"make-host-keys","phase":"configure","summary":"Generate the SSH host keys","destroys":[],"kind":"make-host-keys"},{"id":"fill-esp:scsi-0BEDPLATE_ubda","phase":"boot","summary":"Put kernel and loaders on the ESP of /dev/ubda","destroys":[],"kind":"fill-esp","disk":"scsi-0BEDPLATE_ubda","partition_guid":"e598bc7e-cde3-4e3d-91ec-d270ff4b9268","copies":[{"source":"/boot/vmlinuz-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"},{"source":"/boot/initrd.img-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/systemd/systemd-bootx64.efi"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/BOOT/BOOTX64.EFI"}],"texts":[{"path":"loader/loader.conf","content":"timeout 3\ndefault proxmox-*\n"},{"path":"loader/entries/proxmox-6.12.107+deb13-amd64.conf","content":"title    Debian GNU/Linux\nversion  6.12.107+deb13-amd64\noptions  root=ZFS=rpool/ROOT/pve-1 boot=zfs\nlinux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64\ninitrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n"},{"path":"grub/grub.cfg","content":"set default=0\nset timeout=3\n\nmenuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {\n  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs\n  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n}\n"}]},{"id":"fill-esp:scsi-0BEDPLATE_ubdb","phase":"boot","summary":"Put kernel and loaders on the ESP of /dev/ubdb","destroys":[],"kind":"fill-esp","disk":"scsi-0BEDPLATE_ubdb","partition_guid":"20493415-07ce-4988-be46-249e0d360281","copies":[{"source":"/boot/vmlinuz-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"},{"source":"/boot/initrd.img-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/systemd/systemd-bootx64.efi"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/BOOT/BOOTX64.EFI"}],"texts":[{"path":"loader/loader.conf","content":"timeout 3\ndefault proxmox-*\n"},{"path":"loader/entries/proxmox-6.12.107+deb13-amd64.conf","content":"title    Debian GNU/Linux\nversion  6.12.107+deb13-amd64\noptions  root=ZFS=rpool/ROOT/pve-1 boot=zfs\nlinux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64\ninitrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n"},{"path":"grub/grub.cfg","content":"set default=0\nset timeout=3\n\nmenuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {\n  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs\n  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n}\n"}]},{"id":"finish-storage:rpool","phase":"finish","summary":"Let go of rpool","destroys":[],"kind":"finish-storage"},{"id":"mark-installed:scsi-0BEDPLATE_ubda","phase":"finish","summary":"Label the ESP of /dev/ubda as that of a finished installation","destroys":[],"kind":"mark-installed","disk":"scsi-0BEDPLATE_ubda","partition_guid":"e598bc7e-cde3-4e3d-91ec-d270ff4b9268"},{"id":"mark-installed:scsi-0BEDPLATE_ubdb","phase":"finish","summary":"Label the ESP of /dev/ubdb as that of a finished installation","destroys":[],"kind":"mark-installed","disk":"scsi-0BEDPLATE_ubdb","partition_guid":"20493415-07ce-4988-be46-249e0d360281"}],"warnings":["The pool rpool, which is not on the chosen disks, becomes rpool-OLD-10403847564029384756; a system that starts from it has to be told.","The machine was started by a BIOS, so no entries can be made in a UEFI boot list; UEFI firmware will find each disk by the removable path EFI/BOOT/BOOTX64.EFI."]}
END

# Run newaliases in the new system
chroot "$ROOT" newaliases

# Append /etc/hostid, /etc/modprobe.d/zfs.conf to the initramfs
cp --preserve "${ROOT}/boot/initrd.img-6.12.107+deb13-amd64" "${ROOT}/boot/initrd.img-6.12.107+deb13-amd64.part"
truncate --size=%512 "${ROOT}/boot/initrd.img-6.12.107+deb13-amd64.part"
(cd "$ROOT" && printf '%s\n' etc etc/hostid etc/modprobe.d etc/modprobe.d/zfs.conf | cpio --quiet --create --format=newc --owner=0:0) >>"${ROOT}/boot/initrd.img-6.12.107+deb13-amd64.part"
sync "${ROOT}/boot/initrd.img-6.12.107+deb13-amd64.part"
mv -f "${ROOT}/boot/initrd.img-6.12.107+deb13-amd64.part" "${ROOT}/boot/initrd.img-6.12.107+deb13-amd64"

# Set root's password
ask_password root | chroot "$ROOT" chpasswd

# Generate the SSH host keys
ssh-keygen -q -A -f "$ROOT"

# ---- boot --------------------------------------------------------------------------
echo '== boot'

# Put kernel and loaders on the ESP of /dev/ubda
mount_esp "${DISK1}-part2" "${WORK}/esp/1"
write "${WORK}/esp/1/loader/loader.conf" <<'END'
timeout 3
default proxmox-*
END
write "${WORK}/esp/1/loader/entries/proxmox-6.12.107+deb13-amd64.conf" <<'END'
title    Debian GNU/Linux
version  6.12.107+deb13-amd64
options  root=ZFS=rpool/ROOT/pve-1 boot=zfs
linux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64
initrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64
END
write "${WORK}/esp/1/grub/grub.cfg" <<'END'
set default=0
set timeout=3

menuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {
  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs
  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64
}
END
copy /boot/vmlinuz-6.12.107+deb13-amd64 "${WORK}/esp/1/EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"
copy /boot/initrd.img-6.12.107+deb13-amd64 "${WORK}/esp/1/EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"
copy /usr/lib/systemd/boot/efi/systemd-bootx64.efi "${WORK}/esp/1/EFI/systemd/systemd-bootx64.efi"
copy /usr/lib/systemd/boot/efi/systemd-bootx64.efi "${WORK}/esp/1/EFI/BOOT/BOOTX64.EFI"

# Put kernel and loaders on the ESP of /dev/ubdb
mount_esp "${DISK2}-part2" "${WORK}/esp/2"
write "${WORK}/esp/2/loader/loader.conf" <<'END'
timeout 3
default proxmox-*
END
write "${WORK}/esp/2/loader/entries/proxmox-6.12.107+deb13-amd64.conf" <<'END'
title    Debian GNU/Linux
version  6.12.107+deb13-amd64
options  root=ZFS=rpool/ROOT/pve-1 boot=zfs
linux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64
initrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64
END
write "${WORK}/esp/2/grub/grub.cfg" <<'END'
set default=0
set timeout=3

menuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {
  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs
  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64
}
END
copy /boot/vmlinuz-6.12.107+deb13-amd64 "${WORK}/esp/2/EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"
copy /boot/initrd.img-6.12.107+deb13-amd64 "${WORK}/esp/2/EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"
copy /usr/lib/systemd/boot/efi/systemd-bootx64.efi "${WORK}/esp/2/EFI/systemd/systemd-bootx64.efi"
copy /usr/lib/systemd/boot/efi/systemd-bootx64.efi "${WORK}/esp/2/EFI/BOOT/BOOTX64.EFI"

# ---- finish ------------------------------------------------------------------------
echo '== finish'

# Let go of rpool
release
trap - EXIT

# Label the ESP of /dev/ubda as that of a finished installation
fatlabel "${DISK1}-part2" BP-2B2C4PJP

# Label the ESP of /dev/ubdb as that of a finished installation
fatlabel "${DISK2}-part2" BP-2B2C4PJP

echo 'Done.'
