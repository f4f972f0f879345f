#!/bin/bash
# btrfs-raid1 for host1.example.test, without bedplate: the commands of a plan, to be run as root on
# the machine that the plan was made for, from a live system that has the programs named below. It
# stops at the first command that fails.
#
# EVERYTHING ON THESE DISKS WILL BE DESTROYED:
# QEMU HARDDISK, serial LAB0001, 16 GiB (/dev/sda)
# - nothing known is on it
# QEMU HARDDISK, serial LAB0002, 16 GiB (/dev/sdb)
# - nothing known is on it

set -eu -o pipefail
export LC_ALL=C.UTF-8
umask 022

# Where the base system is, and where the new system is mounted meanwhile.
IMAGES=${IMAGES:-/run/live/medium/live}
WORK=/run/bedplate
ROOT=$WORK/root

DISK1=/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_LAB0001  # 16 GiB, was /dev/sda
DISK2=/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_LAB0002  # 16 GiB, was /dev/sdb

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
    if mountpoint -q "$ROOT"; then umount "$ROOT"; fi
}

# Nothing is touched before all of this holds.
[ "$(id -u)" = 0 ] || fail "must be run by root"
for program in blockdev btrfs cmp cpio fatlabel grub-install lsblk mkfs.btrfs mkfs.vfat partx sfdisk ssh-keygen udevadm unsquashfs wipefs; do
    command -v "$program" >/dev/null || fail "$program is not installed"
done
check_disk "$DISK1" 17179869184 512
check_disk "$DISK2" 17179869184 512
check_free "$DISK1"
check_free "$DISK2"
lsblk --output PATH,SIZE,MODEL,SERIAL,FSTYPE,LABEL "$DISK1" "$DISK2"
read -rp 'Everything on these disks will be destroyed. Type yes to go on: ' answer
[ "$answer" = yes ] || fail "nothing was done"

# ---- check -------------------------------------------------------------------------
echo '== check'

# Compare the checksum of base.squashfs with the manifest's
printf '%s  %s\n' abababababababababababababababababababababababababababababababab "${IMAGES}/base.squashfs" | sha256sum --check --quiet

# ---- clear -------------------------------------------------------------------------
echo '== clear'

# Wipe QEMU HARDDISK, serial LAB0001, /dev/sda
zero_edges "$DISK1" 0 17179869184

# Wipe QEMU HARDDISK, serial LAB0002, /dev/sdb
zero_edges "$DISK2" 0 17179869184

# ---- partition ---------------------------------------------------------------------
echo '== partition'

# Write a GPT with 3 partitions to /dev/sda
zero_edges "$DISK1" 1048576 536870912
zero_edges "$DISK1" 537919488 16374562816
sfdisk --quiet --wipe always --no-reread --no-tell-kernel "$DISK1" <<'END'
label: gpt
label-id: 015a5c96-ed7d-41e3-83d1-a47ad608b7ab
unit: sectors
sector-size: 512
first-lba: 34
table-length: 128

1 : start=34, size=2014, type=21686148-6449-6e6f-744e-656564454649, uuid=60865f6c-5e56-4ca8-ae50-e12841f44ae6, name=bios-boot
2 : start=2048, size=1048576, type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b, uuid=a0460639-4c39-46a9-a8f0-2ad772c5f5c5, name=esp
3 : start=1050624, size=31981568, type=0fc63daf-8483-4772-8e79-3d69d8477de4, uuid=02db40ea-5dee-4b6b-9964-ba740741ff30, name=data
END
read_table "$DISK1"

# Write a GPT with 3 partitions to /dev/sdb
zero_edges "$DISK2" 1048576 536870912
zero_edges "$DISK2" 537919488 16374562816
sfdisk --quiet --wipe always --no-reread --no-tell-kernel "$DISK2" <<'END'
label: gpt
label-id: 3e75f25d-6f55-456f-8f5d-636cf4021b69
unit: sectors
sector-size: 512
first-lba: 34
table-length: 128

1 : start=34, size=2014, type=21686148-6449-6e6f-744e-656564454649, uuid=0a97a4fd-4286-4f18-9ef5-0067197fab19, name=bios-boot
2 : start=2048, size=1048576, type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b, uuid=5cc6f0ac-9462-41f7-8c18-9d8dbf7e810a, name=esp
3 : start=1050624, size=31981568, type=0fc63daf-8483-4772-8e79-3d69d8477de4, uuid=cc176227-c8d6-485f-8d8d-0019a6ad021d, name=data
END
read_table "$DISK2"

# Make a FAT32 file system 051B-66A0 on the ESP of /dev/sda
mkfs.vfat -F 32 -i 051B66A0 "${DISK1}-part2"

# Make a FAT32 file system 65A8-E8AD on the ESP of /dev/sdb
mkfs.vfat -F 32 -i 65A8E8AD "${DISK2}-part2"

# ---- storage -----------------------------------------------------------------------
echo '== storage'

# Install GRUB for BIOS on /dev/sda
mount_esp "${DISK1}-part2" "${WORK}/esp/1"
grub-install --target=i386-pc --no-floppy --boot-directory="${WORK}/esp/1" "$(realpath "$DISK1")"

# Install GRUB for BIOS on /dev/sdb
mount_esp "${DISK2}-part2" "${WORK}/esp/2"
grub-install --target=i386-pc --no-floppy --boot-directory="${WORK}/esp/2" "$(realpath "$DISK2")"

# Make a btrfs on 2 partitions (data raid1, metadata raid1)
mkfs.btrfs --quiet --force \
    --uuid 35a39574-46ff-4b11-a3ea-dbcde2ebb369 \
    --data raid1 --metadata raid1 \
    "${DISK1}-part3" "${DISK2}-part3"
mkdir -p "$ROOT"
trap release EXIT
mount -t btrfs -o device="${DISK1}-part3" -o device="${DISK2}-part3" -o compress=zstd "${DISK1}-part3" "$ROOT"
mkdir -p "${ROOT}/var/lib/pve"
btrfs subvolume create "${ROOT}/var/lib/pve/local-btrfs"

# ---- unpack ------------------------------------------------------------------------
echo '== unpack'

# Unpack the base system
unsquashfs -force -dest "$ROOT" "${IMAGES}/base.squashfs"

# ---- configure ---------------------------------------------------------------------
echo '== configure'

# Write 25 files of this host
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
GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200"
GRUB_TERMINAL="console serial"
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
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
UUID=35a39574-46ff-4b11-a3ea-dbcde2ebb369 / btrfs defaults,compress=zstd 0 0
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
put 0755 /etc/initramfs-tools/scripts/local-premount/btrfs <<'END_'
#!/bin/sh
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
END_
put 0644 /etc/kernel/cmdline <<'END'
root=UUID=35a39574-46ff-4b11-a3ea-dbcde2ebb369 ro console=tty0 console=ttyS0,115200
END
put 0644 /etc/kernel/proxmox-boot-uuids <<'END'
051B-66A0
65A8-E8AD
END
put 0644 /etc/locale.conf <<'END'
LANG=en_US.UTF-8
END
put_link ../usr/share/zoneinfo/Europe/Vienna /etc/localtime
put 0444 /etc/machine-id <<'END'
130c8444b8bb462cac55c393c0f23e04
END
put 0644 /etc/modprobe.d/zfs.conf <<'END'
options zfs zfs_arc_max=429916160
END
put 0644 /etc/network/interfaces <<'END'
auto lo
iface lo inet loopback

iface ens3 inet manual

auto vmbr0
iface vmbr0 inet dhcp
        bridge-ports ens3
        bridge-stp off
        bridge-fd 0

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
	disable

btrfs: local-btrfs
	path /var/lib/pve/local-btrfs
	content iso,vztmpl,backup,images,rootdir
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
{"version":1,"layout":"btrfs-raid1","hostname":"host1.example.test","made_for":[{"path":"/dev/sda","by_id":["scsi-0QEMU_QEMU_HARDDISK_LAB0001"],"serial":"LAB0001","wwn":null,"model":"QEMU HARDDISK","transport":"virtio","rotational":true,"removable":false,"read_only":false,"size_bytes":17179869184,"sector_size":512,"physical_sector_size":512,"table":null,"guid":null,"partitions":[],"signatures":[],"mounts":[],"swap":false,"holders":[],"layers":[],"stale_backup_sector":null,"bus_path":"pci-0000:00:05.0-scsi-0:0:0:0","slot":null,"properties":{"DEVNAME":"/dev/sda","DEVTYPE":"disk","ID_BUS":"scsi","ID_MODEL":"QEMU_HARDDISK","ID_SERIAL":"0QEMU_QEMU_HARDDISK_LAB0001","ID_SERIAL_SHORT":"LAB0001"},"error":null},{"path":"/dev/sdb","by_id":["scsi-0QEMU_QEMU_HARDDISK_LAB0002"],"serial":"LAB0002","wwn":null,"model":"QEMU HARDDISK","transport":"virtio","rotational":true,"removable":false,"read_only":false,"size_bytes":17179869184,"sector_size":512,"physical_sector_size":512,"table":null,"guid":null,"partitions":[],"signatures":[],"mounts":[],"swap":false,"holders":[],"layers":[],"stale_backup_sector":null,"bus_path":"pci-0000:00:05.0-scsi-0:0:1:0","slot":null,"properties":{"DEVNAME":"/dev/sdb","DEVTYPE":"disk","ID_BUS":"scsi","ID_MODEL":"QEMU_HARDDISK","ID_SERIAL":"0QEMU_QEMU_HARDDISK_LAB0002","ID_SERIAL_SHORT":"LAB0002"},"error":null}],"disks":[{"id":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","path":"/dev/sda","size_bytes":17179869184,"sector_size":512,"guid":"015a5c96-ed7d-41e3-83d1-a47ad608b7ab","partitions":[{"number":1,"role":"bios-boot","type_guid":"21686148-6449-6e6f-744e-656564454649","guid":"60865f6c-5e56-4ca8-ae50-e12841f44ae6","first_sector":34,"last_sector":2047,"size_bytes":1031168},{"number":2,"role":"esp","type_guid":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b","guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5","first_sector":2048,"last_sector":1050623,"size_bytes":536870912},{"number":3,"role":"data","type_guid":"0fc63daf-8483-4772-8e79-3d69d8477de4","guid":"02db40ea-5dee-4b6b-9964-ba740741ff30","first_sector":1050624,"last_sector":33032191,"size_bytes":16374562816}]},{"id":"scsi-0QEMU_QEMU_HARDDISK_LAB0002","path":"/dev/sdb","size_bytes":17179869184,"sector_size":512,"guid":"3e75f25d-6f55-456f-8f5d-636cf4021b69","partitions":[{"number":1,"role":"bios-boot","type_guid":"21686148-6449-6e6f-744e-656564454649","guid":"0a97a4fd-4286-4f18-9ef5-0067197fab19","first_sector":34,"last_sector":2047,"size_bytes":1031168},{"number":2,"role":"esp","type_guid":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b","guid":"5cc6f0ac-9462-41f7-8c18-9d8dbf7e810a","first_sector":2048,"last_sector":1050623,"size_bytes":536870912},{"number":3,"role":"data","type_guid":"0fc63daf-8483-4772-8e79-3d69d8477de4","guid":"cc176227-c8d6-485f-8d8d-0019a6ad021d","first_sector":1050624,"last_sector":33032191,"size_bytes":16374562816}]}],"storage":{"kind":"btrfs","uuid":"35a39574-46ff-4b11-a3ea-dbcde2ebb369","data":"raid1","metadata":"raid1","members":["02db40ea-5dee-4b6b-9964-ba740741ff30","cc176227-c8d6-485f-8d8d-0019a6ad021d"],"options":["compress=zstd"],"subvolumes":["var/lib/pve/local-btrfs"]},"boot":{"kernel":"6.12.107+deb13-amd64","loaders":[{"disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","firmware":"bios","loader":"grub"},{"disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","firmware":"uefi","loader":"systemd-boot"},{"disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002","firmware":"bios","loader":"grub"},{"disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002","firmware":"uefi","loader":"systemd-boot"}],"esp_sync":true,"cmdline":"root=UUID=35a39574-46ff-4b11-a3ea-dbcde2ebb369 ro console=tty0 console=ttyS0,115200"},"files":[{"path":"/etc/aliases","mode":420,"content":"# See man 5 aliases for format\npostmaster:    root\nroot: admin@example.test\n","hex":null,"link":null,"replaces":{"content":"# See man 5 aliases for format\npostmaster:    root\n","link":null},"secret":null},{"path":"/etc/apt/sources.list","mode":420,"content":"# See sources.list.d.\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/apt/sources.list.d/debian.sources","mode":420,"content":"Types: deb\nURIs: http://deb.debian.org/debian\nSuites: trixie trixie-updates\nComponents: main contrib non-free-firmware\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\nTypes: deb\nURIs: http://security.debian.org/debian-security\nSuites: trixie-security\nComponents: main contrib non-free-firmware\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/default/grub","mode":420,"content":"GRUB_DEFAULT=0\nGRUB_TIMEOUT=3\nGRUB_DISTRIBUTOR=\"Debian\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"\"\nGRUB_CMDLINE_LINUX=\"console=tty0 console=ttyS0,115200\"\nGRUB_TERMINAL=\"console serial\"\nGRUB_SERIAL_COMMAND=\"serial --unit=0 --speed=115200\"\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/default/keyboard","mode":420,"content":"XKBMODEL=\"pc105\"\nXKBLAYOUT=\"us\"\nXKBVARIANT=\"\"\nXKBOPTIONS=\"\"\nBACKSPACE=\"guess\"\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/default/locale","mode":420,"content":"","hex":null,"link":"../locale.conf","replaces":{"content":"","link":"../locale.conf"},"secret":null},{"path":"/etc/fstab","mode":420,"content":"# <file system> <mount point> <type> <options> <dump> <pass>\nUUID=35a39574-46ff-4b11-a3ea-dbcde2ebb369 / btrfs defaults,compress=zstd 0 0\nproc /proc proc defaults 0 0\n","hex":null,"link":null,"replaces":{"content":"# UNCONFIGURED FSTAB FOR BASE SYSTEM\n","link":null},"secret":null},{"path":"/etc/hostid","mode":420,"content":"","hex":"25a35506","link":null,"replaces":null,"secret":null},{"path":"/etc/hostname","mode":420,"content":"host1\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/hosts","mode":420,"content":"127.0.0.1 localhost.localdomain localhost\n127.0.1.1 host1.example.test host1\n\n# The following lines are desirable for IPv6 capable hosts\n::1     ip6-localhost ip6-loopback\nfe00::0 ip6-localnet\nff00::0 ip6-mcastprefix\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\nff02::3 ip6-allhosts\n","hex":null,"link":null,"replaces":{"content":"127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\nff02::1\t\tip6-allnodes\nff02::2\t\tip6-allrouters\n\n","link":null},"secret":null},{"path":"/etc/initramfs-tools/scripts/local-premount/btrfs","mode":493,"content":"#!/bin/sh\n# Finds the devices of a btrfs root before it is mounted. Written by bedplate.\n#\n# This takes the place of the script that btrfs-progs has by this name, which only has the kernel\n# look for btrfs devices. The kernel mounts no btrfs that lacks a device unless it is told\n# `degraded`, and takes back without a question a device that missed writes while it was away. So:\n#\n# - all devices are waited for, 30 seconds or as long as rootdelay= says;\n# - a device that missed writes is left out, as if it were missing;\n# - only if devices are missing then, the root is mounted degraded, and the kernel log says so.\n[ \"$1\" = prereqs ] && exit 0\n\n# shellcheck source=/dev/null\n. /scripts/functions\n\n# LEVEL TEXT: say something in the kernel log, which the console and the journal show.\nsay() {\n    echo \"<$1>bedplate: btrfs root: $2\" >>/dev/kmsg\n}\n\n# Whether a device of the root, which is then in $device, and all others are there.\nis_complete() {\n    device=$(resolve_device \"$ROOT\") && btrfs device ready \"$device\" 2>/dev/null\n}\n\n# DEVICE: its last commits, newest first: a generation, and where its trees are and what they hold.\n# Of devices that went separate ways, one has a commit that the other does not know.\ncommits() {\n    btrfs inspect-internal dump-super --full \"$1\" | awk '\n        $1 == \"generation\" { newest = $2 }\n        $1 == \"root\" { root = $2 }\n        $1 == \"backup\" { n = \"\" }\n        $1 == \"backup_tree_root:\" { n = $4 }\n        n != \"\" && NF > 1 { known[n] = known[n] \" \" $2 }\n        END {\n            if (!(newest in known)) known[newest] = \" \" root\n            for (n = newest; n in known; n--) print n known[n]\n        }'\n}\n\n# DEVICE: have neither the kernel nor, once it runs, the new system's udev use it.\nleave_out() {\n    say 3 \"$1 missed writes while it was away and is left out: replace it, as if it were dead\"\n    btrfs device scan --forget \"$1\"\n    partition=$(blkid -c /dev/null -o value -s PARTUUID \"$1\")\n    # A rule for no name at all would be one for every device.\n    [ -n \"$partition\" ] || return\n    mkdir -p /run/udev/rules.d\n    echo \"ENV{ID_PART_ENTRY_UUID}==\\\"$partition\\\", ENV{SYSTEMD_READY}=\\\"0\\\"\" \\\n        >>/run/udev/rules.d/63-bedplate-btrfs.rules\n}\n\nlimit=${ROOTDELAY%%.*}\n[ \"${limit:-0}\" -gt 30 ] || limit=30\nwaiting=\nmodprobe btrfs\nbtrfs device scan >/dev/null\nuntil is_complete; do\n    [ -z \"$device\" ] || [ \"$(get_fstype \"$device\")\" = btrfs ] || exit 0\n    [ \"$(time_elapsed)\" -lt \"$limit\" ] || break\n    [ -n \"$waiting\" ] || say 5 \"waiting up to $limit seconds for all of its devices\"\n    waiting=yes\n    sleep 1\n    wait_for_udev 10\n    btrfs device scan >/dev/null\ndone\n# There is none at all: that is for those who come after to say.\n[ -n \"$device\" ] || exit 0\n\nmembers=$(blkid -c /dev/null -o device -t \"UUID=$(blkid -c /dev/null -o value -s UUID \"$device\")\")\nnewest=$device\nfor member in $members; do\n    generation=$(commits \"$member\" | head -n 1)\n    highest=$(commits \"$newest\" | head -n 1)\n    if [ \"${generation%% *}\" -gt \"${highest%% *}\" ]; then newest=$member; fi\ndone\n\n# The power may fail when the last commit is on some devices only: to be one behind is no harm.\nrecent=$(commits \"$newest\" | head -n 2)\nfor member in $members; do\n    if ! echo \"$recent\" | grep -qxF \"$(commits \"$member\" | head -n 1)\"; then\n        leave_out \"$member\"\n        echo \"ROOT=$newest\" >>/conf/param.conf\n    fi\ndone\n\nif ! btrfs device ready \"$newest\"; then\n    say 3 \"not all of its devices are there: mounting it degraded\"\n    echo \"ROOT=$newest ROOTFLAGS='${ROOTFLAGS:--o }${ROOTFLAGS:+,}degraded'\" >>/conf/param.conf\nfi\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/kernel/cmdline","mode":420,"content":"root=UUID=35a39574-46ff-4b11-a3ea-dbcde2ebb369 ro console=tty0 console=ttyS0,115200\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/kernel/proxmox-boot-uuids","mode":420,"content":"051B-66A0\n65A8-E8AD\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/locale.conf","mode":420,"content":"LANG=en_US.UTF-8\n","hex":null,"link":null,"replaces":{"content":"LANG=en_US.UTF-8\n","link":null},"secret":null},{"path":"/etc/localtime","mode":420,"content":"","hex":null,"link":"../usr/share/zoneinfo/Europe/Vienna","replaces":{"content":"","link":"/usr/share/zoneinfo/Etc/UTC"},"secret":null},{"path":"/etc/machine-id","mode":292,"content":"130c8444b8bb462cac55c393c0f23e04\n","hex":null,"link":null,"replaces":{"content":"","link":null},"secret":null},{"path":"/etc/modprobe.d/zfs.conf","mode":420,"content":"options zfs zfs_arc_max=429916160\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/network/interfaces","mode":420,"content":"auto lo\niface lo inet loopback\n\niface ens3 inet manual\n\nauto vmbr0\niface vmbr0 inet dhcp\n        bridge-ports ens3\n        bridge-stp off\n        bridge-fd 0\n\nsource /etc/network/interfaces.d/*\n","hex":null,"link":null,"replaces":{"content":"# interfaces(5) file used by ifup(8) and ifdown(8)\nauto lo\niface lo inet loopback\n","link":null},"secret":null},{"path":"/etc/postfix/main.cf","mode":420,"content":"compatibility_level = 3.9\n\n# Where mail appears to come from.\nmyorigin = $myhostname\nmydestination = $myhostname, localhost.$mydomain, localhost\nrelayhost =\nmynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128\nalias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\nmyhostname = host1.example.test\ninet_interfaces = loopback-only\n","hex":null,"link":null,"replaces":{"content":"compatibility_level = 3.9\n\n# Where mail appears to come from.\nmyorigin = $myhostname\nmydestination = $myhostname, localhost.$mydomain, localhost\nrelayhost =\nmynetworks = 127.0.0.0/8\n    [::1]/128\nalias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\n","link":null},"secret":null},{"path":"/etc/pve/storage.cfg","mode":420,"content":"dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl,backup\n\tdisable\n\nbtrfs: local-btrfs\n\tpath /var/lib/pve/local-btrfs\n\tcontent iso,vztmpl,backup,images,rootdir\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/resolv.conf","mode":420,"content":"search example.test\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/ssh/sshd_config.d/50-bedplate.conf","mode":420,"content":"PermitRootLogin prohibit-password\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/vconsole.conf","mode":420,"content":"","hex":null,"link":"default/keyboard","replaces":{"content":"","link":"default/keyboard"},"secret":null},{"path":"/etc/zfs/zed.d/zed.rc","mode":384,"content":"# Email will only be sent if ZED_EMAIL_ADDR is defined.\n#ZED_EMAIL_ADDR=\"root\"\nZED_EMAIL_ADDR=\"root\"\n\nZED_NOTIFY_INTERVAL_SECS=3600\n","hex":null,"link":null,"replaces":{"content":"# Email will only be sent if ZED_EMAIL_ADDR is defined.\n#ZED_EMAIL_ADDR=\"root\"\n\nZED_NOTIFY_INTERVAL_SECS=3600\n","link":null},"secret":null},{"path":"/root/.ssh/authorized_keys","mode":384,"content":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f admin@example.test\n","hex":null,"link":null,"replaces":null,"secret":null}],"steps":[{"id":"verify-artefact:base.squashfs","phase":"check","summary":"Compare the checksum of base.squashfs with the manifest's","destroys":[],"kind":"verify-artefact","artefact":"base.squashfs","sha256":"abababababababababababababababababababababababababababababababab","size_bytes":325058560,"pieces":[]},{"id":"clear-disk:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"clear","summary":"Wipe QEMU HARDDISK, serial LAB0001, /dev/sda","destroys":["QEMU HARDDISK, serial LAB0001, 16 GiB (/dev/sda)","nothing known is on it"],"kind":"clear-disk","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001"},{"id":"clear-disk:scsi-0QEMU_QEMU_HARDDISK_LAB0002","phase":"clear","summary":"Wipe QEMU HARDDISK, serial LAB0002, /dev/sdb","destroys":["QEMU HARDDISK, serial LAB0002, 16 GiB (/dev/sdb)","nothing known is on it"],"kind":"clear-disk","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002"},{"id":"partition-disk:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"partition","summary":"Write a GPT with 3 partitions to /dev/sda","destroys":[],"kind":"partition-disk","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001"},{"id":"partition-disk:scsi-0QEMU_QEMU_HARDDISK_LAB0002","phase":"partition","summary":"Write a GPT with 3 partitions to /dev/sdb","destroys":[],"kind":"partition-disk","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002"},{"id":"format-esp:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"partition","summary":"Make a FAT32 file system 051B-66A0 on the ESP of /dev/sda","destroys":[],"kind":"format-esp","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","partition_guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5","fat_id":"051B-66A0"},{"id":"format-esp:scsi-0QEMU_QEMU_HARDDISK_LAB0002","phase":"partition","summary":"Make a FAT32 file system 65A8-E8AD on the ESP of /dev/sdb","destroys":[],"kind":"format-esp","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002","partition_guid":"5cc6f0ac-9462-41f7-8c18-9d8dbf7e810a","fat_id":"65A8-E8AD"},{"id":"install-bios-grub:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"storage","summary":"Install GRUB for BIOS on /dev/sda","destroys":[],"kind":"install-bios-grub","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","partition_guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5","reads":"esp"},{"id":"install-bios-grub:scsi-0QEMU_QEMU_HARDDISK_LAB0002","phase":"storage","summary":"Install GRUB for BIOS on /dev/sdb","destroys":[],"kind":"install-bios-grub","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002","partition_guid":"5cc6f0ac-9462-41f7-8c18-9d8dbf7e810a","reads":"esp"},{"id":"create-btrfs","phase":"storage","summary":"Make a btrfs on 2 partitions (data raid1, metadata raid1)","destroys":[],"kind":"create-btrfs"},{"id":"unpack-base:base.squashfs","phase":"unpack","summary":"Unpack the base system","destroys":[],"kind":"unpack-base","artefact":"base.squashfs"},{"id":"write-files","phase":"configure","summary":"Write 25 files of this host","destroys":[],"kind":"write-files"},{"id":"run-in-root:1:newaliases","phase":"configure","summary":"Run newaliases in the new system","destroys":[],"kind":"run-in-root","argv":["newaliases"],"text":"","secret":null,"codes":[0]},{"id":"extend-initramfs:6.12.107+deb13-amd64","phase":"configure","summary":"Append /etc/hostid, /etc/modprobe.d/zfs.conf, /etc/initramfs-tools/scripts/local-premount/btrfs to the initramfs","destroys":[],"kind":"extend-initramfs","initrd":"/boot/initrd.img-6.12.107+deb13-amd64","paths":["/etc/hostid","/etc/modprobe.d/zfs.conf","/etc/initramfs-tools/scripts/local-premount/btrfs"]},{"id":"set-password:root","phase":"configure","summary":"Set root's password","destroys":[],"kind":"set-password","user":"root"},{"id":"make-host-keys","phase":"configure","summary":"Generate the SSH host keys","destroys":[],"kind":"make-host-keys"},{"id":"fill-esp:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"boot","summary":"Put kernel and loaders on the ESP of /dev/sda","destroys":[],"kind":"fill-esp","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","partition_guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5","copies":[{"source":"/boot/vmlinuz-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"},{"source":"/boot/initrd.img-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/systemd/systemd-bootx64.efi"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/BOOT/BOOTX64.EFI"}],"texts":[{"path":"loader/loader.conf","content":"timeout 3\ndefault proxmox-*\n"},{"path":"loader/entries/proxmox-6.12.107+deb13-amd64.conf","content":"title    Debian GNU/Linux\nversion  6.12.107+deb13-amd64\noptions  root=UUID=35a39574-46ff-4b11-a3ea-dbcde2ebb369 ro console=tty0 console=ttyS0,115200\nlinux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64\ninitrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n"},{"path":"grub/grub.cfg","content":"set default=0\nset timeout=3\nserial --unit=0 --speed=115200\nterminal_input console serial\nterminal_output console serial\n\nmenuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {\n  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=UUID=35a39574-46ff-4b11-a3ea-dbcde2ebb369 ro console=tty0 console=ttyS0,115200\n  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n}\n"}]},{"id":"fill-esp:scsi-0QEMU_QEMU_HARDDISK_LAB0002","phase":"boot","summary":"Put kernel and loaders on the ESP of /dev/sdb","destroys":[],"kind":"fill-esp","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002","partition_guid":"5cc6f0ac-9462-41f7-8c18-9d8dbf7e810a","copies":[{"source":"/boot/vmlinuz-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"},{"source":"/boot/initrd.img-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/systemd/systemd-bootx64.efi"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/BOOT/BOOTX64.EFI"}],"texts":[{"path":"loader/loader.conf","content":"timeout 3\ndefault proxmox-*\n"},{"path":"loader/entries/proxmox-6.12.107+deb13-amd64.conf","content":"title    Debian GNU/Linux\nversion  6.12.107+deb13-amd64\noptions  root=UUID=35a39574-46ff-4b11-a3ea-dbcde2ebb369 ro console=tty0 console=ttyS0,115200\nlinux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64\ninitrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n"},{"path":"grub/grub.cfg","content":"set default=0\nset timeout=3\nserial --unit=0 --speed=115200\nterminal_input console serial\nterminal_output console serial\n\nmenuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {\n  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=UUID=35a39574-46ff-4b11-a3ea-dbcde2ebb369 ro console=tty0 console=ttyS0,115200\n  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n}\n"}]},{"id":"add-boot-entry:scsi-0QEMU_QEMU_HARDDISK_LAB0002","phase":"boot","summary":"Enter the loader of /dev/sdb into the firmware's boot list","destroys":[],"kind":"add-boot-entry","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002","partition_guid":"5cc6f0ac-9462-41f7-8c18-9d8dbf7e810a","label":"bedplate LAB0002","loader":"\\EFI\\systemd\\systemd-bootx64.efi"},{"id":"add-boot-entry:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"boot","summary":"Enter the loader of /dev/sda into the firmware's boot list","destroys":[],"kind":"add-boot-entry","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","partition_guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5","label":"bedplate LAB0001","loader":"\\EFI\\systemd\\systemd-bootx64.efi"},{"id":"finish-storage:btrfs","phase":"finish","summary":"Let go of btrfs","destroys":[],"kind":"finish-storage"},{"id":"mark-installed:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"finish","summary":"Label the ESP of /dev/sda as that of a finished installation","destroys":[],"kind":"mark-installed","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","partition_guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5"},{"id":"mark-installed:scsi-0QEMU_QEMU_HARDDISK_LAB0002","phase":"finish","summary":"Label the ESP of /dev/sdb as that of a finished installation","destroys":[],"kind":"mark-installed","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002","partition_guid":"5cc6f0ac-9462-41f7-8c18-9d8dbf7e810a"}],"warnings":[]}
END

# Run newaliases in the new system
chroot "$ROOT" newaliases

# Append /etc/hostid, /etc/modprobe.d/zfs.conf, /etc/initramfs-tools/scripts/local-premount/btrfs to
# the initramfs
cp --preserve "${ROOT}/boot/initrd.img-6.12.107+deb13-amd64" "${ROOT}/boot/initrd.img-6.12.107+deb13-amd64.part"
truncate --size=%512 "${ROOT}/boot/initrd.img-6.12.107+deb13-amd64.part"
(cd "$ROOT" && printf '%s\n' etc etc/hostid etc/modprobe.d etc/modprobe.d/zfs.conf | cpio --quiet --create --format=newc --owner=0:0) >>"${ROOT}/boot/initrd.img-6.12.107+deb13-amd64.part"
(cd "${ROOT}/etc/initramfs-tools" && printf '%s\n' scripts scripts/local-premount scripts/local-premount/btrfs | cpio --quiet --create --format=newc --owner=0:0) >>"${ROOT}/boot/initrd.img-6.12.107+deb13-amd64.part"
sync "${ROOT}/boot/initrd.img-6.12.107+deb13-amd64.part"
mv -f "${ROOT}/boot/initrd.img-6.12.107+deb13-amd64.part" "${ROOT}/boot/initrd.img-6.12.107+deb13-amd64"

# Set root's password
ask_password root | chroot "$ROOT" chpasswd

# Generate the SSH host keys
ssh-keygen -q -A -f "$ROOT"

# ---- boot --------------------------------------------------------------------------
echo '== boot'

# Put kernel and loaders on the ESP of /dev/sda
mount_esp "${DISK1}-part2" "${WORK}/esp/1"
write "${WORK}/esp/1/loader/loader.conf" <<'END'
timeout 3
default proxmox-*
END
write "${WORK}/esp/1/loader/entries/proxmox-6.12.107+deb13-amd64.conf" <<'END'
title    Debian GNU/Linux
version  6.12.107+deb13-amd64
options  root=UUID=35a39574-46ff-4b11-a3ea-dbcde2ebb369 ro console=tty0 console=ttyS0,115200
linux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64
initrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64
END
write "${WORK}/esp/1/grub/grub.cfg" <<'END'
set default=0
set timeout=3
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial

menuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {
  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=UUID=35a39574-46ff-4b11-a3ea-dbcde2ebb369 ro console=tty0 console=ttyS0,115200
  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64
}
END
copy /boot/vmlinuz-6.12.107+deb13-amd64 "${WORK}/esp/1/EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"
copy /boot/initrd.img-6.12.107+deb13-amd64 "${WORK}/esp/1/EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"
copy /usr/lib/systemd/boot/efi/systemd-bootx64.efi "${WORK}/esp/1/EFI/systemd/systemd-bootx64.efi"
copy /usr/lib/systemd/boot/efi/systemd-bootx64.efi "${WORK}/esp/1/EFI/BOOT/BOOTX64.EFI"

# Put kernel and loaders on the ESP of /dev/sdb
mount_esp "${DISK2}-part2" "${WORK}/esp/2"
write "${WORK}/esp/2/loader/loader.conf" <<'END'
timeout 3
default proxmox-*
END
write "${WORK}/esp/2/loader/entries/proxmox-6.12.107+deb13-amd64.conf" <<'END'
title    Debian GNU/Linux
version  6.12.107+deb13-amd64
options  root=UUID=35a39574-46ff-4b11-a3ea-dbcde2ebb369 ro console=tty0 console=ttyS0,115200
linux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64
initrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64
END
write "${WORK}/esp/2/grub/grub.cfg" <<'END'
set default=0
set timeout=3
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial

menuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {
  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=UUID=35a39574-46ff-4b11-a3ea-dbcde2ebb369 ro console=tty0 console=ttyS0,115200
  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64
}
END
copy /boot/vmlinuz-6.12.107+deb13-amd64 "${WORK}/esp/2/EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"
copy /boot/initrd.img-6.12.107+deb13-amd64 "${WORK}/esp/2/EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"
copy /usr/lib/systemd/boot/efi/systemd-bootx64.efi "${WORK}/esp/2/EFI/systemd/systemd-bootx64.efi"
copy /usr/lib/systemd/boot/efi/systemd-bootx64.efi "${WORK}/esp/2/EFI/BOOT/BOOTX64.EFI"

# Enter the loader of /dev/sdb into the firmware's boot list
efibootmgr --quiet --create \
    --disk "$(realpath "$DISK2")" --part 2 \
    --label 'bedplate LAB0002' --loader '\EFI\systemd\systemd-bootx64.efi' \
    || echo 'the firmware took no boot entry, it will use the default path'

# Enter the loader of /dev/sda into the firmware's boot list
efibootmgr --quiet --create \
    --disk "$(realpath "$DISK1")" --part 2 \
    --label 'bedplate LAB0001' --loader '\EFI\systemd\systemd-bootx64.efi' \
    || echo 'the firmware took no boot entry, it will use the default path'

# ---- finish ------------------------------------------------------------------------
echo '== finish'

# Let go of btrfs
release
trap - EXIT

# Label the ESP of /dev/sda as that of a finished installation
fatlabel "${DISK1}-part2" BP-5DTKL4J4

# Label the ESP of /dev/sdb as that of a finished installation
fatlabel "${DISK2}-part2" BP-5DTKL4J4

echo 'Done.'
