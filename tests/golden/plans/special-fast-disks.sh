#!/bin/bash
# zfs-mirror-special for host1.example.test, without bedplate: the commands of a plan, to be run as
# root on the machine that the plan was made for, from a live system that has the programs named
# below. It stops at the first command that fails.
#
# EVERYTHING ON THESE DISKS WILL BE DESTROYED:
# ST8000NM000A-2KE101, serial WSD4A1K7, 7.3 TiB (/dev/sda)
# - partition 1, 1 GiB: vfat
# - partition 2, 7.3 TiB: ext4 'backup'
# ST8000NM000A-2KE101, serial WSD4A2PQ, 7.3 TiB (/dev/sdb)
# - nothing known is on it
# SAMSUNG MZQL2960HCJR-00A07, serial S64FNE0R402317, 894.3 GiB (/dev/nvme0n1)
# - partition 1, 512 MiB: vfat
# - partition 2, 893.8 GiB: zfs_member 'tank'
# - pool tank (exported, online)
# SAMSUNG MZQL2960HCJR-00A07, serial S64FNE0R402395, 894.3 GiB (/dev/nvme1n1)
# - nothing known is on it

set -eu -o pipefail
export LC_ALL=C.UTF-8
umask 022

# Where the base system is, and where the new system is mounted meanwhile.
IMAGES=${IMAGES:-/run/live/medium/live}
WORK=/run/bedplate
ROOT=$WORK/root

DISK1=/dev/disk/by-id/ata-ST8000NM000A-2KE101_WSD4A1K7  # 7.3 TiB, was /dev/sda
DISK2=/dev/disk/by-id/ata-ST8000NM000A-2KE101_WSD4A2PQ  # 7.3 TiB, was /dev/sdb
DISK3=/dev/disk/by-id/nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317  # 894.3 GiB, was /dev/nvme0n1
DISK4=/dev/disk/by-id/nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395  # 894.3 GiB, was /dev/nvme1n1

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
for program in blockdev cmp cpio fatlabel grub-install lsblk mkfs.vfat mkswap partx sfdisk ssh-keygen udevadm unsquashfs wipefs zfs zpool; do
    command -v "$program" >/dev/null || fail "$program is not installed"
done
check_disk "$DISK1" 8001563222016 512
check_disk "$DISK2" 8001563222016 512
check_disk "$DISK3" 960197124096 512
check_disk "$DISK4" 960197124096 512
check_free "$DISK1"
check_free "$DISK2"
check_free "$DISK3"
check_free "$DISK4"
lsblk --output PATH,SIZE,MODEL,SERIAL,FSTYPE,LABEL "$DISK1" "$DISK2" "$DISK3" "$DISK4"
read -rp 'Everything on these disks will be destroyed. Type yes to go on: ' answer
[ "$answer" = yes ] || fail "nothing was done"

# ---- check -------------------------------------------------------------------------
echo '== check'

# Compare the checksum of base.zfs with the manifest's
printf '%s  %s\n' cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd "${IMAGES}/base.zfs" | sha256sum --check --quiet

# Compare the checksum of delta.squashfs with the manifest's
printf '%s  %s\n' efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef "${IMAGES}/delta.squashfs" | sha256sum --check --quiet

# ---- clear -------------------------------------------------------------------------
echo '== clear'

# Wipe ST8000NM000A-2KE101, serial WSD4A1K7, /dev/sda
wipefs --all --quiet "${DISK1}-part1" "${DISK1}-part2"
zero_edges "$DISK1" 0 8001563222016
zero_edges "$DISK1" 1048576 1073741824
zero_edges "$DISK1" 1074790400 8000488414720

# Wipe ST8000NM000A-2KE101, serial WSD4A2PQ, /dev/sdb
zero_edges "$DISK2" 0 8001563222016

# Wipe SAMSUNG MZQL2960HCJR-00A07, serial S64FNE0R402317, /dev/nvme0n1
wipefs --all --quiet "${DISK3}-part1" "${DISK3}-part2"
zero_edges "$DISK3" 0 960197124096
zero_edges "$DISK3" 1048576 536870912
zero_edges "$DISK3" 537919488 959659187712

# Wipe SAMSUNG MZQL2960HCJR-00A07, serial S64FNE0R402395, /dev/nvme1n1
zero_edges "$DISK4" 0 960197124096

# ---- partition ---------------------------------------------------------------------
echo '== partition'

# Write a GPT with 3 partitions to /dev/sda
zero_edges "$DISK1" 1048576 1073741824
zero_edges "$DISK1" 1074790400 7989444476928
sfdisk --quiet --wipe always --no-reread --no-tell-kernel "$DISK1" <<'END'
label: gpt
label-id: d31d715e-4e8b-41d9-9cac-c8e5bc5633eb
unit: sectors
sector-size: 512
first-lba: 34
table-length: 128

1 : start=34, size=2014, type=21686148-6449-6e6f-744e-656564454649, uuid=2a20b62e-0c06-4d80-8264-fd0a6c78782b, name=bios-boot
2 : start=2048, size=2097152, type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b, uuid=7adb0f9f-17cc-4b2a-8701-8c11d33e4804, name=esp
3 : start=2099200, size=15604383744, type=6a898cc3-1dd2-11b2-99a6-080020736631, uuid=59e7c253-9eb5-4bab-a95f-c4de1e0ada77, name=data
END
read_table "$DISK1"

# Write a GPT with 3 partitions to /dev/sdb
zero_edges "$DISK2" 1048576 1073741824
zero_edges "$DISK2" 1074790400 7989444476928
sfdisk --quiet --wipe always --no-reread --no-tell-kernel "$DISK2" <<'END'
label: gpt
label-id: fa8543e9-f43e-4016-becb-086d28017667
unit: sectors
sector-size: 512
first-lba: 34
table-length: 128

1 : start=34, size=2014, type=21686148-6449-6e6f-744e-656564454649, uuid=1c097964-888b-4ff4-8b7d-e48cdf7c189b, name=bios-boot
2 : start=2048, size=2097152, type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b, uuid=c40b9497-4f19-4874-be4b-0f61cbb67d9b, name=esp
3 : start=2099200, size=15604383744, type=6a898cc3-1dd2-11b2-99a6-080020736631, uuid=7f6ea22b-7e45-49d1-93e7-29298e47d472, name=data
END
read_table "$DISK2"

# Write a GPT with 6 partitions to /dev/nvme0n1
zero_edges "$DISK3" 1048576 1073741824
zero_edges "$DISK3" 1074790400 681826058240
zero_edges "$DISK3" 682900848640 34359738368
zero_edges "$DISK3" 717260587008 214748364800
zero_edges "$DISK3" 932008951808 17179869184
sfdisk --quiet --wipe always --no-reread --no-tell-kernel "$DISK3" <<'END'
label: gpt
label-id: d7234c5b-c683-460e-9413-7213ceeb42fe
unit: sectors
sector-size: 512
first-lba: 34
table-length: 128

1 : start=34, size=2014, type=21686148-6449-6e6f-744e-656564454649, uuid=14156b7b-be4d-4c65-832a-7de5e994b89a, name=bios-boot
2 : start=2048, size=2097152, type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b, uuid=5ab2249e-ba71-4ddd-9caa-04c31efd2d73, name=esp
3 : start=2099200, size=1331691520, type=6a898cc3-1dd2-11b2-99a6-080020736631, uuid=4b1c6c3d-9163-4fe0-87f0-1a2c1d91725d, name=special
4 : start=1333790720, size=67108864, type=6a898cc3-1dd2-11b2-99a6-080020736631, uuid=6e53db87-750a-4ab3-a175-601244c466e0, name=log
5 : start=1400899584, size=419430400, type=6a898cc3-1dd2-11b2-99a6-080020736631, uuid=d4715e11-95c1-4a8e-99f7-648ca3ff0fcd, name=cache
6 : start=1820329984, size=33554432, type=0657fd6d-a4ab-43c4-84e5-0933c84b4f4f, uuid=5216cccf-2e37-4ae0-b053-d48b13146b07, name=swap
END
read_table "$DISK3"

# Write a GPT with 6 partitions to /dev/nvme1n1
zero_edges "$DISK4" 1048576 1073741824
zero_edges "$DISK4" 1074790400 681826058240
zero_edges "$DISK4" 682900848640 34359738368
zero_edges "$DISK4" 717260587008 214748364800
zero_edges "$DISK4" 932008951808 17179869184
sfdisk --quiet --wipe always --no-reread --no-tell-kernel "$DISK4" <<'END'
label: gpt
label-id: beba3139-e680-4f77-be9d-4bf5de7dbdc2
unit: sectors
sector-size: 512
first-lba: 34
table-length: 128

1 : start=34, size=2014, type=21686148-6449-6e6f-744e-656564454649, uuid=4ee2b3fb-5b62-46b1-a8ae-8ec0d9ea6e10, name=bios-boot
2 : start=2048, size=2097152, type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b, uuid=b54a3ffe-596a-4e83-9846-d28050a3f10e, name=esp
3 : start=2099200, size=1331691520, type=6a898cc3-1dd2-11b2-99a6-080020736631, uuid=be1e9ed0-2312-416a-b3f8-c6007d16b5b4, name=special
4 : start=1333790720, size=67108864, type=6a898cc3-1dd2-11b2-99a6-080020736631, uuid=ee11fec4-fc67-4c52-b7e9-7a1030107f08, name=log
5 : start=1400899584, size=419430400, type=6a898cc3-1dd2-11b2-99a6-080020736631, uuid=784a8ebf-1e41-41c4-ad76-d21a8c12efec, name=cache
6 : start=1820329984, size=33554432, type=0657fd6d-a4ab-43c4-84e5-0933c84b4f4f, uuid=fbfe4ac1-0061-47d4-a522-b0f59c774de9, name=swap
END
read_table "$DISK4"

# Make a FAT32 file system F8F3-A08C on the ESP of /dev/sda
mkfs.vfat -F 32 -i F8F3A08C "${DISK1}-part2"

# Make a FAT32 file system CC4D-9617 on the ESP of /dev/sdb
mkfs.vfat -F 32 -i CC4D9617 "${DISK2}-part2"

# Make a FAT32 file system B590-4A59 on the ESP of /dev/nvme0n1
mkfs.vfat -F 32 -i B5904A59 "${DISK3}-part2"

# Make a FAT32 file system D4A0-FE8F on the ESP of /dev/nvme1n1
mkfs.vfat -F 32 -i D4A0FE8F "${DISK4}-part2"

# ---- storage -----------------------------------------------------------------------
echo '== storage'

# Make 16 GiB of swap space on /dev/nvme0n1
mkswap --force --uuid ee9f6c4f-e2c2-462a-9ac0-13ef2aaf036e "${DISK3}-part6"

# Make 16 GiB of swap space on /dev/nvme1n1
mkswap --force --uuid 8e13658b-6109-4d08-9750-0c632cc601ef "${DISK4}-part6"

# Install GRUB for BIOS on /dev/sda
mount_esp "${DISK1}-part2" "${WORK}/esp/1"
grub-install --target=i386-pc --no-floppy --boot-directory="${WORK}/esp/1" "$(realpath "$DISK1")"

# Install GRUB for BIOS on /dev/sdb
mount_esp "${DISK2}-part2" "${WORK}/esp/2"
grub-install --target=i386-pc --no-floppy --boot-directory="${WORK}/esp/2" "$(realpath "$DISK2")"

# Install GRUB for BIOS on /dev/nvme0n1
mount_esp "${DISK3}-part2" "${WORK}/esp/3"
grub-install --target=i386-pc --no-floppy --boot-directory="${WORK}/esp/3" "$(realpath "$DISK3")"

# Install GRUB for BIOS on /dev/nvme1n1
mount_esp "${DISK4}-part2" "${WORK}/esp/4"
grub-install --target=i386-pc --no-floppy --boot-directory="${WORK}/esp/4" "$(realpath "$DISK4")"

# Create the pool rpool on 8 partitions (mirror, special mirror, log mirror, cache)
mkdir -p "$ROOT"
zpool create -f \
    -o cachefile=none \
    -o ashift=12 \
    -O acltype=posix \
    -O atime=on \
    -O dnodesize=auto \
    -O relatime=on \
    -O xattr=sa \
    -O special_small_blocks=16K \
    -O compression=on \
    -O mountpoint=none \
    -R "$ROOT" \
    rpool \
    mirror "${DISK1}-part3" "${DISK2}-part3" \
    special mirror "${DISK3}-part3" "${DISK4}-part3" \
    log mirror "${DISK3}-part4" "${DISK4}-part4" \
    cache "${DISK3}-part5" "${DISK4}-part5"
trap release EXIT
zfs create rpool/ROOT

# ---- unpack ------------------------------------------------------------------------
echo '== unpack'

# Receive the base system as rpool/ROOT/pve-1, then create rpool/data, rpool/var-lib-vz
zfs receive -u -o mountpoint=/ rpool/ROOT/pve-1@received <"${IMAGES}/base.zfs"
zfs destroy rpool/ROOT/pve-1@received
zfs mount rpool/ROOT/pve-1
zpool set bootfs=rpool/ROOT/pve-1 rpool
zfs create -o special_small_blocks=32K rpool/data
zfs create -o mountpoint=/var/lib/vz -o recordsize=1M rpool/var-lib-vz

# Unpack bedplate over the base system
unsquashfs -force -dest "$ROOT" "${IMAGES}/delta.squashfs"

# ---- configure ---------------------------------------------------------------------
echo '== configure'

# Write 26 files of this host
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
GRUB_CMDLINE_LINUX="root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8"
GRUB_TERMINAL="console serial"
GRUB_SERIAL_COMMAND="serial --unit=1 --speed=115200"
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
UUID=ee9f6c4f-e2c2-462a-9ac0-13ef2aaf036e none swap sw,nofail 0 0
UUID=8e13658b-6109-4d08-9750-0c632cc601ef none swap sw,nofail 0 0
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
put 0644 /etc/initramfs-tools/conf.d/resume <<'END'
RESUME=none
END
put 0644 /etc/kernel/cmdline <<'END'
root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8
END
put 0644 /etc/kernel/proxmox-boot-uuids <<'END'
B590-4A59
CC4D-9617
D4A0-FE8F
F8F3-A08C
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
put 0644 /etc/sysctl.d/50-bedplate.conf <<'END'
vm.swappiness = 10
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
{"version":1,"layout":"zfs-mirror-special","hostname":"host1.example.test","made_for":[{"path":"/dev/sda","by_id":["ata-ST8000NM000A-2KE101_WSD4A1K7","wwn-0x5000c500d5a1c3f7"],"serial":"WSD4A1K7","wwn":"0x5000c500d5a1c3f7","model":"ST8000NM000A-2KE101","transport":"sata","rotational":true,"removable":false,"read_only":false,"size_bytes":8001563222016,"sector_size":512,"physical_sector_size":4096,"table":"gpt","guid":"2d1b7f0e-90d6-4b1f-b5f4-7e0f7c5b9a33","partitions":[{"number":1,"path":"/dev/sda1","first_sector":2048,"last_sector":2099199,"size_bytes":1073741824,"type_guid":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b","guid":"5d1f3a52-0b6e-4c1d-9e0b-6b2f6a0d9c11","name":null,"flags":[],"signatures":[{"kind":"vfat","label":null,"uuid":"7A31-09BE"}],"mounts":[],"swap":false,"holders":[]},{"number":2,"path":"/dev/sda2","first_sector":2099200,"last_sector":15628053134,"size_bytes":8000488414720,"type_guid":"0fc63daf-8483-4772-8e79-3d69d8477de4","guid":"b1f4f0c6-7b1e-4d5f-8a3f-1f5b0f7c2a77","name":null,"flags":[],"signatures":[{"kind":"ext4","label":"backup","uuid":"c0ffee00-5d2e-4f0b-9a51-2b7c7d1c9a10"}],"mounts":[],"swap":false,"holders":[]}],"signatures":[{"kind":"gpt","label":null,"uuid":"2d1b7f0e-90d6-4b1f-b5f4-7e0f7c5b9a33"}],"mounts":[],"swap":false,"holders":[],"layers":[],"stale_backup_sector":null,"bus_path":"pci-0000:00:17.0-ata-1","slot":null,"properties":{"DEVNAME":"/dev/sda","DEVTYPE":"disk","ID_BUS":"ata","ID_MODEL":"ST8000NM000A-2KE101","ID_SERIAL":"ST8000NM000A-2KE101_WSD4A1K7","ID_SERIAL_SHORT":"WSD4A1K7","ID_WWN":"0x5000c500d5a1c3f7","ID_PATH":"pci-0000:00:17.0-ata-1","ID_ATA_ROTATION_RATE_RPM":"7200"},"error":null},{"path":"/dev/sdb","by_id":["ata-ST8000NM000A-2KE101_WSD4A2PQ","wwn-0x5000c500d5a1d0be"],"serial":"WSD4A2PQ","wwn":"0x5000c500d5a1d0be","model":"ST8000NM000A-2KE101","transport":"sata","rotational":true,"removable":false,"read_only":false,"size_bytes":8001563222016,"sector_size":512,"physical_sector_size":4096,"table":null,"guid":null,"partitions":[],"signatures":[],"mounts":[],"swap":false,"holders":[],"layers":[],"stale_backup_sector":null,"bus_path":"pci-0000:00:17.0-ata-2","slot":null,"properties":{"DEVNAME":"/dev/sdb","DEVTYPE":"disk","ID_BUS":"ata","ID_MODEL":"ST8000NM000A-2KE101","ID_SERIAL":"ST8000NM000A-2KE101_WSD4A2PQ","ID_SERIAL_SHORT":"WSD4A2PQ","ID_WWN":"0x5000c500d5a1d0be","ID_PATH":"pci-0000:00:17.0-ata-2","ID_ATA_ROTATION_RATE_RPM":"7200"},"error":null},{"path":"/dev/nvme0n1","by_id":["nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","nvme-eui.36344630524023170025384500000001"],"serial":"S64FNE0R402317","wwn":"eui.36344630524023170025384500000001","model":"SAMSUNG MZQL2960HCJR-00A07","transport":"nvme","rotational":false,"removable":false,"read_only":false,"size_bytes":960197124096,"sector_size":512,"physical_sector_size":512,"table":"gpt","guid":"0f3dd1b1-6c57-4c1b-8b8b-2a5a6b4d2c01","partitions":[{"number":1,"path":"/dev/nvme0n1p1","first_sector":2048,"last_sector":1050623,"size_bytes":536870912,"type_guid":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b","guid":"9bb9b0f0-2f7e-4f3a-8d42-5c5a1a9b7f01","name":null,"flags":[],"signatures":[{"kind":"vfat","label":null,"uuid":"C4D2-7F10"}],"mounts":[],"swap":false,"holders":[]},{"number":2,"path":"/dev/nvme0n1p2","first_sector":1050624,"last_sector":1875384974,"size_bytes":959659187712,"type_guid":"6a898cc3-1dd2-11b2-99a6-080020736631","guid":"3f6d4b1d-1c35-4b7f-a1b9-8a4e7b6f5d02","name":null,"flags":[],"signatures":[{"kind":"zfs_member","label":"tank","uuid":"10403847564029384756"}],"mounts":[],"swap":false,"holders":[]}],"signatures":[{"kind":"gpt","label":null,"uuid":"0f3dd1b1-6c57-4c1b-8b8b-2a5a6b4d2c01"}],"mounts":[],"swap":false,"holders":[],"layers":[],"stale_backup_sector":null,"bus_path":"pci-0000:01:00.0-nvme-1","slot":null,"properties":{"DEVNAME":"/dev/nvme0n1","DEVTYPE":"disk","ID_MODEL":"SAMSUNG_MZQL2960HCJR-00A07","ID_SERIAL":"SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","ID_SERIAL_SHORT":"S64FNE0R402317","ID_WWN":"eui.36344630524023170025384500000001","ID_PATH":"pci-0000:01:00.0-nvme-1"},"error":null},{"path":"/dev/nvme1n1","by_id":["nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","nvme-eui.36344630524023950025384500000001"],"serial":"S64FNE0R402395","wwn":"eui.36344630524023950025384500000001","model":"SAMSUNG MZQL2960HCJR-00A07","transport":"nvme","rotational":false,"removable":false,"read_only":false,"size_bytes":960197124096,"sector_size":512,"physical_sector_size":512,"table":null,"guid":null,"partitions":[],"signatures":[],"mounts":[],"swap":false,"holders":[],"layers":[],"stale_backup_sector":null,"bus_path":"pci-0000:02:00.0-nvme-1","slot":null,"properties":{"DEVNAME":"/dev/nvme1n1","DEVTYPE":"disk","ID_MODEL":"SAMSUNG_MZQL2960HCJR-00A07","ID_SERIAL":"SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","ID_SERIAL_SHORT":"S64FNE0R402395","ID_WWN":"eui.36344630524023950025384500000001","ID_PATH":"pci-0000:02:00.0-nvme-1"},"error":null}],"disks":[{"id":"ata-ST8000NM000A-2KE101_WSD4A1K7","path":"/dev/sda","size_bytes":8001563222016,"sector_size":512,"guid":"d31d715e-4e8b-41d9-9cac-c8e5bc5633eb","partitions":[{"number":1,"role":"bios-boot","type_guid":"21686148-6449-6e6f-744e-656564454649","guid":"2a20b62e-0c06-4d80-8264-fd0a6c78782b","first_sector":34,"last_sector":2047,"size_bytes":1031168},{"number":2,"role":"esp","type_guid":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b","guid":"7adb0f9f-17cc-4b2a-8701-8c11d33e4804","first_sector":2048,"last_sector":2099199,"size_bytes":1073741824},{"number":3,"role":"data","type_guid":"6a898cc3-1dd2-11b2-99a6-080020736631","guid":"59e7c253-9eb5-4bab-a95f-c4de1e0ada77","first_sector":2099200,"last_sector":15606482943,"size_bytes":7989444476928}]},{"id":"ata-ST8000NM000A-2KE101_WSD4A2PQ","path":"/dev/sdb","size_bytes":8001563222016,"sector_size":512,"guid":"fa8543e9-f43e-4016-becb-086d28017667","partitions":[{"number":1,"role":"bios-boot","type_guid":"21686148-6449-6e6f-744e-656564454649","guid":"1c097964-888b-4ff4-8b7d-e48cdf7c189b","first_sector":34,"last_sector":2047,"size_bytes":1031168},{"number":2,"role":"esp","type_guid":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b","guid":"c40b9497-4f19-4874-be4b-0f61cbb67d9b","first_sector":2048,"last_sector":2099199,"size_bytes":1073741824},{"number":3,"role":"data","type_guid":"6a898cc3-1dd2-11b2-99a6-080020736631","guid":"7f6ea22b-7e45-49d1-93e7-29298e47d472","first_sector":2099200,"last_sector":15606482943,"size_bytes":7989444476928}]},{"id":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","path":"/dev/nvme0n1","size_bytes":960197124096,"sector_size":512,"guid":"d7234c5b-c683-460e-9413-7213ceeb42fe","partitions":[{"number":1,"role":"bios-boot","type_guid":"21686148-6449-6e6f-744e-656564454649","guid":"14156b7b-be4d-4c65-832a-7de5e994b89a","first_sector":34,"last_sector":2047,"size_bytes":1031168},{"number":2,"role":"esp","type_guid":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b","guid":"5ab2249e-ba71-4ddd-9caa-04c31efd2d73","first_sector":2048,"last_sector":2099199,"size_bytes":1073741824},{"number":3,"role":"special","type_guid":"6a898cc3-1dd2-11b2-99a6-080020736631","guid":"4b1c6c3d-9163-4fe0-87f0-1a2c1d91725d","first_sector":2099200,"last_sector":1333790719,"size_bytes":681826058240},{"number":4,"role":"log","type_guid":"6a898cc3-1dd2-11b2-99a6-080020736631","guid":"6e53db87-750a-4ab3-a175-601244c466e0","first_sector":1333790720,"last_sector":1400899583,"size_bytes":34359738368},{"number":5,"role":"cache","type_guid":"6a898cc3-1dd2-11b2-99a6-080020736631","guid":"d4715e11-95c1-4a8e-99f7-648ca3ff0fcd","first_sector":1400899584,"last_sector":1820329983,"size_bytes":214748364800},{"number":6,"role":"swap","type_guid":"0657fd6d-a4ab-43c4-84e5-0933c84b4f4f","guid":"5216cccf-2e37-4ae0-b053-d48b13146b07","first_sector":1820329984,"last_sector":1853884415,"size_bytes":17179869184}]},{"id":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","path":"/dev/nvme1n1","size_bytes":960197124096,"sector_size":512,"guid":"beba3139-e680-4f77-be9d-4bf5de7dbdc2","partitions":[{"number":1,"role":"bios-boot","type_guid":"21686148-6449-6e6f-744e-656564454649","guid":"4ee2b3fb-5b62-46b1-a8ae-8ec0d9ea6e10","first_sector":34,"last_sector":2047,"size_bytes":1031168},{"number":2,"role":"esp","type_guid":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b","guid":"b54a3ffe-596a-4e83-9846-d28050a3f10e","first_sector":2048,"last_sector":2099199,"size_bytes":1073741824},{"number":3,"role":"special","type_guid":"6a898cc3-1dd2-11b2-99a6-080020736631","guid":"be1e9ed0-2312-416a-b3f8-c6007d16b5b4","first_sector":2099200,"last_sector":1333790719,"size_bytes":681826058240},{"number":4,"role":"log","type_guid":"6a898cc3-1dd2-11b2-99a6-080020736631","guid":"ee11fec4-fc67-4c52-b7e9-7a1030107f08","first_sector":1333790720,"last_sector":1400899583,"size_bytes":34359738368},{"number":5,"role":"cache","type_guid":"6a898cc3-1dd2-11b2-99a6-080020736631","guid":"784a8ebf-1e41-41c4-ad76-d21a8c12efec","first_sector":1400899584,"last_sector":1820329983,"size_bytes":214748364800},{"number":6,"role":"swap","type_guid":"0657fd6d-a4ab-43c4-84e5-0933c84b4f4f","guid":"fbfe4ac1-0061-47d4-a522-b0f59c774de9","first_sector":1820329984,"last_sector":1853884415,"size_bytes":17179869184}]}],"storage":{"kind":"zfs","pool":"rpool","ashift":12,"vdevs":[{"type":"mirror","members":["59e7c253-9eb5-4bab-a95f-c4de1e0ada77","7f6ea22b-7e45-49d1-93e7-29298e47d472"],"role":"data"},{"type":"mirror","members":["4b1c6c3d-9163-4fe0-87f0-1a2c1d91725d","be1e9ed0-2312-416a-b3f8-c6007d16b5b4"],"role":"special"},{"type":"mirror","members":["6e53db87-750a-4ab3-a175-601244c466e0","ee11fec4-fc67-4c52-b7e9-7a1030107f08"],"role":"log"},{"type":"stripe","members":["d4715e11-95c1-4a8e-99f7-648ca3ff0fcd","784a8ebf-1e41-41c4-ad76-d21a8c12efec"],"role":"cache"}],"root_dataset":"rpool/ROOT/pve-1","properties":{"acltype":"posix","atime":"on","dnodesize":"auto","relatime":"on","xattr":"sa","special_small_blocks":"16K","compression":"on"},"datasets":[{"name":"rpool/ROOT","properties":{}},{"name":"rpool/ROOT/pve-1","properties":{"mountpoint":"/"}},{"name":"rpool/data","properties":{"special_small_blocks":"32K"}},{"name":"rpool/var-lib-vz","properties":{"mountpoint":"/var/lib/vz","recordsize":"1M"}}],"pool_properties":{}},"boot":{"kernel":"6.12.107+deb13-amd64","loaders":[{"disk":"ata-ST8000NM000A-2KE101_WSD4A1K7","firmware":"bios","loader":"grub"},{"disk":"ata-ST8000NM000A-2KE101_WSD4A1K7","firmware":"uefi","loader":"systemd-boot"},{"disk":"ata-ST8000NM000A-2KE101_WSD4A2PQ","firmware":"bios","loader":"grub"},{"disk":"ata-ST8000NM000A-2KE101_WSD4A2PQ","firmware":"uefi","loader":"systemd-boot"},{"disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","firmware":"bios","loader":"grub"},{"disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","firmware":"uefi","loader":"systemd-boot"},{"disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","firmware":"bios","loader":"grub"},{"disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","firmware":"uefi","loader":"systemd-boot"}],"esp_sync":true,"cmdline":"root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8"},"files":[{"path":"/etc/aliases","mode":420,"content":"# See man 5 aliases for format\npostmaster:    root\nroot: admin@example.test\n","hex":null,"link":null,"replaces":{"content":"# See man 5 aliases for format\npostmaster:    root\n","link":null},"secret":null},{"path":"/etc/apt/sources.list","mode":420,"content":"# See sources.list.d.\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/apt/sources.list.d/debian.sources","mode":420,"content":"Types: deb\nURIs: http://deb.debian.org/debian\nSuites: trixie trixie-updates\nComponents: main contrib non-free-firmware\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\nTypes: deb\nURIs: http://security.debian.org/debian-security\nSuites: trixie-security\nComponents: main contrib non-free-firmware\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/default/grub","mode":420,"content":"GRUB_DEFAULT=0\nGRUB_TIMEOUT=3\nGRUB_DISTRIBUTOR=\"Debian\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"\"\nGRUB_CMDLINE_LINUX=\"root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8\"\nGRUB_TERMINAL=\"console serial\"\nGRUB_SERIAL_COMMAND=\"serial --unit=1 --speed=115200\"\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/default/keyboard","mode":420,"content":"XKBMODEL=\"pc105\"\nXKBLAYOUT=\"us\"\nXKBVARIANT=\"\"\nXKBOPTIONS=\"\"\nBACKSPACE=\"guess\"\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/default/locale","mode":420,"content":"","hex":null,"link":"../locale.conf","replaces":{"content":"","link":"../locale.conf"},"secret":null},{"path":"/etc/fstab","mode":420,"content":"# <file system> <mount point> <type> <options> <dump> <pass>\nUUID=ee9f6c4f-e2c2-462a-9ac0-13ef2aaf036e none swap sw,nofail 0 0\nUUID=8e13658b-6109-4d08-9750-0c632cc601ef none swap sw,nofail 0 0\nproc /proc proc defaults 0 0\n","hex":null,"link":null,"replaces":{"content":"# UNCONFIGURED FSTAB FOR BASE SYSTEM\n","link":null},"secret":null},{"path":"/etc/hostid","mode":420,"content":"","hex":"25a35506","link":null,"replaces":null,"secret":null},{"path":"/etc/hostname","mode":420,"content":"host1\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/hosts","mode":420,"content":"127.0.0.1 localhost.localdomain localhost\n127.0.1.1 host1.example.test host1\n\n# The following lines are desirable for IPv6 capable hosts\n::1     ip6-localhost ip6-loopback\nfe00::0 ip6-localnet\nff00::0 ip6-mcastprefix\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\nff02::3 ip6-allhosts\n","hex":null,"link":null,"replaces":{"content":"127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\nff02::1\t\tip6-allnodes\nff02::2\t\tip6-allrouters\n\n","link":null},"secret":null},{"path":"/etc/initramfs-tools/conf.d/resume","mode":420,"content":"RESUME=none\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/kernel/cmdline","mode":420,"content":"root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/kernel/proxmox-boot-uuids","mode":420,"content":"B590-4A59\nCC4D-9617\nD4A0-FE8F\nF8F3-A08C\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/locale.conf","mode":420,"content":"LANG=en_US.UTF-8\n","hex":null,"link":null,"replaces":{"content":"LANG=en_US.UTF-8\n","link":null},"secret":null},{"path":"/etc/localtime","mode":420,"content":"","hex":null,"link":"../usr/share/zoneinfo/Europe/Vienna","replaces":{"content":"","link":"/usr/share/zoneinfo/Etc/UTC"},"secret":null},{"path":"/etc/machine-id","mode":292,"content":"130c8444b8bb462cac55c393c0f23e04\n","hex":null,"link":null,"replaces":{"content":"","link":null},"secret":null},{"path":"/etc/modprobe.d/zfs.conf","mode":420,"content":"options zfs zfs_arc_max=6736052224\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/network/interfaces","mode":420,"content":"auto lo\niface lo inet loopback\n\niface eno1 inet manual\n\nauto vmbr0\niface vmbr0 inet dhcp\n        bridge-ports eno1\n        bridge-stp off\n        bridge-fd 0\n\niface eno2 inet manual\n\niface enp65s0f0 inet manual\n\nsource /etc/network/interfaces.d/*\n","hex":null,"link":null,"replaces":{"content":"# interfaces(5) file used by ifup(8) and ifdown(8)\nauto lo\niface lo inet loopback\n","link":null},"secret":null},{"path":"/etc/postfix/main.cf","mode":420,"content":"compatibility_level = 3.9\n\n# Where mail appears to come from.\nmyorigin = $myhostname\nmydestination = $myhostname, localhost.$mydomain, localhost\nrelayhost =\nmynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128\nalias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\nmyhostname = host1.example.test\ninet_interfaces = loopback-only\n","hex":null,"link":null,"replaces":{"content":"compatibility_level = 3.9\n\n# Where mail appears to come from.\nmyorigin = $myhostname\nmydestination = $myhostname, localhost.$mydomain, localhost\nrelayhost =\nmynetworks = 127.0.0.0/8\n    [::1]/128\nalias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\n","link":null},"secret":null},{"path":"/etc/pve/storage.cfg","mode":420,"content":"dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl,backup\n\nzfspool: local-zfs\n\tpool rpool/data\n\tsparse\n\tcontent images,rootdir\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/resolv.conf","mode":420,"content":"search example.test\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/ssh/sshd_config.d/50-bedplate.conf","mode":420,"content":"PermitRootLogin prohibit-password\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/sysctl.d/50-bedplate.conf","mode":420,"content":"vm.swappiness = 10\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/vconsole.conf","mode":420,"content":"","hex":null,"link":"default/keyboard","replaces":{"content":"","link":"default/keyboard"},"secret":null},{"path":"/etc/zfs/zed.d/zed.rc","mode":384,"content":"# Email will only be sent if ZED_EMAIL_ADDR is defined.\n#ZED_EMAIL_ADDR=\"root\"\nZED_EMAIL_ADDR=\"root\"\n\nZED_NOTIFY_INTERVAL_SECS=3600\n","hex":null,"link":null,"replaces":{"content":"# Email will only be sent if ZED_EMAIL_ADDR is defined.\n#ZED_EMAIL_ADDR=\"root\"\n\nZED_NOTIFY_INTERVAL_SECS=3600\n","link":null},"secret":null},{"path":"/root/.ssh/authorized_keys","mode":384,"content":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f admin@example.test\n","hex":null,"link":null,"replaces":null,"secret":null}],"steps":[{"id":"verify-artefact:base.zfs","phase":"check","summary":"Compare the checksum of base.zfs with the manifest's","destroys":[],"kind":"verify-artefact","artefact":"base.zfs","sha256":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd","size_bytes":461373440,"pieces":[]},{"id":"verify-artefact:delta.squashfs","phase":"check","summary":"Compare the checksum of delta.squashfs with the manifest's","destroys":[],"kind":"verify-artefact","artefact":"delta.squashfs","sha256":"efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef","size_bytes":4194304,"pieces":[]},{"id":"clear-disk:ata-ST8000NM000A-2KE101_WSD4A1K7","phase":"clear","summary":"Wipe ST8000NM000A-2KE101, serial WSD4A1K7, /dev/sda","destroys":["ST8000NM000A-2KE101, serial WSD4A1K7, 7.3 TiB (/dev/sda)","partition 1, 1 GiB: vfat","partition 2, 7.3 TiB: ext4 'backup'"],"kind":"clear-disk","disk":"ata-ST8000NM000A-2KE101_WSD4A1K7"},{"id":"clear-disk:ata-ST8000NM000A-2KE101_WSD4A2PQ","phase":"clear","summary":"Wipe ST8000NM000A-2KE101, serial WSD4A2PQ, /dev/sdb","destroys":["ST8000NM000A-2KE101, serial WSD4A2PQ, 7.3 TiB (/dev/sdb)","nothing known is on it"],"kind":"clear-disk","disk":"ata-ST8000NM000A-2KE101_WSD4A2PQ"},{"id":"clear-disk:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","phase":"clear","summary":"Wipe SAMSUNG MZQL2960HCJR-00A07, serial S64FNE0R402317, /dev/nvme0n1","destroys":["SAMSUNG MZQL2960HCJR-00A07, serial S64FNE0R402317, 894.3 GiB (/dev/nvme0n1)","partition 1, 512 MiB: vfat","partition 2, 893.8 GiB: zfs_member 'tank'","pool tank (exported, online)"],"kind":"clear-disk","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317"},{"id":"clear-disk:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","phase":"clear","summary":"Wipe SAMSUNG MZQL2960HCJR-00A07, serial S64FNE0R402395, /dev/nvme1n1","destroys":["SAMSUNG MZQL2960HCJR-00A07, serial S64FNE0R402395, 894.3 GiB (/dev/nvme1n1)","nothing known is on it"],"kind":"clear-disk","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395"},{"id":"partition-disk:ata-ST8000NM000A-2KE101_WSD4A1K7","phase":"partition","summary":"Write a GPT with 3 partitions to /dev/sda","destroys":[],"kind":"partition-disk","disk":"ata-ST8000NM000A-2KE101_WSD4A1K7"},{"id":"partition-disk:ata-ST8000NM000A-2KE101_WSD4A2PQ","phase":"partition","summary":"Write a GPT with 3 partitions to /dev/sdb","destroys":[],"kind":"partition-disk","disk":"ata-ST8000NM000A-2KE101_WSD4A2PQ"},{"id":"partition-disk:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","phase":"partition","summary":"Write a GPT with 6 partitions to /dev/nvme0n1","destroys":[],"kind":"partition-disk","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317"},{"id":"partition-disk:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","phase":"partition","summary":"Write a GPT with 6 partitions to /dev/nvme1n1","destroys":[],"kind":"partition-disk","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395"},{"id":"format-esp:ata-ST8000NM000A-2KE101_WSD4A1K7","phase":"partition","summary":"Make a FAT32 file system F8F3-A08C on the ESP of /dev/sda","destroys":[],"kind":"format-esp","disk":"ata-ST8000NM000A-2KE101_WSD4A1K7","partition_guid":"7adb0f9f-17cc-4b2a-8701-8c11d33e4804","fat_id":"F8F3-A08C"},{"id":"format-esp:ata-ST8000NM000A-2KE101_WSD4A2PQ","phase":"partition","summary":"Make a FAT32 file system CC4D-9617 on the ESP of /dev/sdb","destroys":[],"kind":"format-esp","disk":"ata-ST8000NM000A-2KE101_WSD4A2PQ","partition_guid":"c40b9497-4f19-4874-be4b-0f61cbb67d9b","fat_id":"CC4D-9617"},{"id":"format-esp:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","phase":"partition","summary":"Make a FAT32 file system B590-4A59 on the ESP of /dev/nvme0n1","destroys":[],"kind":"format-esp","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","partition_guid":"5ab2249e-ba71-4ddd-9caa-04c31efd2d73","fat_id":"B590-4A59"},{"id":"format-esp:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","phase":"partition","summary":"Make a FAT32 file system D4A0-FE8F on the ESP of /dev/nvme1n1","destroys":[],"kind":"format-esp","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","partition_guid":"b54a3ffe-596a-4e83-9846-d28050a3f10e","fat_id":"D4A0-FE8F"},{"id":"format-swap:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","phase":"storage","summary":"Make 16 GiB of swap space on /dev/nvme0n1","destroys":[],"kind":"format-swap","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","partition_guid":"5216cccf-2e37-4ae0-b053-d48b13146b07","uuid":"ee9f6c4f-e2c2-462a-9ac0-13ef2aaf036e"},{"id":"format-swap:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","phase":"storage","summary":"Make 16 GiB of swap space on /dev/nvme1n1","destroys":[],"kind":"format-swap","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","partition_guid":"fbfe4ac1-0061-47d4-a522-b0f59c774de9","uuid":"8e13658b-6109-4d08-9750-0c632cc601ef"},{"id":"install-bios-grub:ata-ST8000NM000A-2KE101_WSD4A1K7","phase":"storage","summary":"Install GRUB for BIOS on /dev/sda","destroys":[],"kind":"install-bios-grub","disk":"ata-ST8000NM000A-2KE101_WSD4A1K7","partition_guid":"7adb0f9f-17cc-4b2a-8701-8c11d33e4804","reads":"esp"},{"id":"install-bios-grub:ata-ST8000NM000A-2KE101_WSD4A2PQ","phase":"storage","summary":"Install GRUB for BIOS on /dev/sdb","destroys":[],"kind":"install-bios-grub","disk":"ata-ST8000NM000A-2KE101_WSD4A2PQ","partition_guid":"c40b9497-4f19-4874-be4b-0f61cbb67d9b","reads":"esp"},{"id":"install-bios-grub:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","phase":"storage","summary":"Install GRUB for BIOS on /dev/nvme0n1","destroys":[],"kind":"install-bios-grub","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","partition_guid":"5ab2249e-ba71-4ddd-9caa-04c31efd2d73","reads":"esp"},{"id":"install-bios-grub:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","phase":"storage","summary":"Install GRUB for BIOS on /dev/nvme1n1","destroys":[],"kind":"install-bios-grub","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","partition_guid":"b54a3ffe-596a-4e83-9846-d28050a3f10e","reads":"esp"},{"id":"create-pool:rpool","phase":"storage","summary":"Create the pool rpool on 8 partitions (mirror, special mirror, log mirror, cache)","destroys":[],"kind":"create-pool","datasets":["rpool/ROOT"]},{"id":"receive-base:base.zfs","phase":"unpack","summary":"Receive the base system as rpool/ROOT/pve-1, then create rpool/data, rpool/var-lib-vz","destroys":[],"kind":"receive-base","artefact":"base.zfs","datasets":["rpool/data","rpool/var-lib-vz"]},{"id":"unpack-base:delta.squashfs","phase":"unpack","summary":"Unpack bedplate over the base system","destroys":[],"kind":"unpack-base","artefact":"delta.squashfs"},{"id":"write-files","phase":"configure","summary":"Write 26 files of this host","destroys":[],"kind":"write-files"},{"id":"run-in-root:1:newaliases","phase":"configure","summary":"Run newaliases in the new system","destroys":[],"kind":"run-in-root","argv":["newaliases"],"text":"","secret":null,"codes":[0]},{"id":"extend-initramfs:6.12.107+deb13-amd64","phase":"configure","summary":"Append /etc/hostid, /etc/modprobe.d/zfs.conf to the initramfs","destroys":[],"kind":"extend-initramfs","initrd":"/boot/initrd.img-6.12.107+deb13-amd64","paths":["/etc/hostid","/etc/modprobe.d/zfs.conf"]},{"id":"set-password:root","phase":"configure","summary":"Set root's password","destroys":[],"kind":"set-password","user":"root"},{"id":"make-host-keys","phase":"configure","summary":"Generate the SSH host keys","destroys":[],"kind":"make-host-keys"},{"id":"fill-esp:ata-ST8000NM000A-2KE101_WSD4A1K7","phase":"boot","summary":"Put kernel and loaders on the ESP of /dev/sda","destroys":[],"kind":"fill-esp","disk":"ata-ST8000NM000A-2KE101_WSD4A1K7","partition_guid":"7adb0f9f-17cc-4b2a-8701-8c11d33e4804","copies":[{"source":"/boot/vmlinuz-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"},{"source":"/boot/initrd.img-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/systemd/systemd-bootx64.efi"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/BOOT/BOOTX64.EFI"}],"texts":[{"path":"loader/loader.conf","content":"timeout 3\ndefault proxmox-*\n"},{"path":"loader/entries/proxmox-6.12.107+deb13-amd64.conf","content":"title    Debian GNU/Linux\nversion  6.12.107+deb13-amd64\noptions  root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8\nlinux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64\ninitrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n"},{"path":"grub/grub.cfg","content":"set default=0\nset timeout=3\nserial --unit=1 --speed=115200\nterminal_input console serial\nterminal_output console serial\n\nmenuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {\n  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8\n  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n}\n"}]},{"id":"fill-esp:ata-ST8000NM000A-2KE101_WSD4A2PQ","phase":"boot","summary":"Put kernel and loaders on the ESP of /dev/sdb","destroys":[],"kind":"fill-esp","disk":"ata-ST8000NM000A-2KE101_WSD4A2PQ","partition_guid":"c40b9497-4f19-4874-be4b-0f61cbb67d9b","copies":[{"source":"/boot/vmlinuz-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"},{"source":"/boot/initrd.img-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/systemd/systemd-bootx64.efi"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/BOOT/BOOTX64.EFI"}],"texts":[{"path":"loader/loader.conf","content":"timeout 3\ndefault proxmox-*\n"},{"path":"loader/entries/proxmox-6.12.107+deb13-amd64.conf","content":"title    Debian GNU/Linux\nversion  6.12.107+deb13-amd64\noptions  root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8\nlinux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64\ninitrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n"},{"path":"grub/grub.cfg","content":"set default=0\nset timeout=3\nserial --unit=1 --speed=115200\nterminal_input console serial\nterminal_output console serial\n\nmenuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {\n  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8\n  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n}\n"}]},{"id":"fill-esp:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","phase":"boot","summary":"Put kernel and loaders on the ESP of /dev/nvme0n1","destroys":[],"kind":"fill-esp","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","partition_guid":"5ab2249e-ba71-4ddd-9caa-04c31efd2d73","copies":[{"source":"/boot/vmlinuz-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"},{"source":"/boot/initrd.img-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/systemd/systemd-bootx64.efi"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/BOOT/BOOTX64.EFI"}],"texts":[{"path":"loader/loader.conf","content":"timeout 3\ndefault proxmox-*\n"},{"path":"loader/entries/proxmox-6.12.107+deb13-amd64.conf","content":"title    Debian GNU/Linux\nversion  6.12.107+deb13-amd64\noptions  root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8\nlinux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64\ninitrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n"},{"path":"grub/grub.cfg","content":"set default=0\nset timeout=3\nserial --unit=1 --speed=115200\nterminal_input console serial\nterminal_output console serial\n\nmenuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {\n  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8\n  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n}\n"}]},{"id":"fill-esp:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","phase":"boot","summary":"Put kernel and loaders on the ESP of /dev/nvme1n1","destroys":[],"kind":"fill-esp","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","partition_guid":"b54a3ffe-596a-4e83-9846-d28050a3f10e","copies":[{"source":"/boot/vmlinuz-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"},{"source":"/boot/initrd.img-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/systemd/systemd-bootx64.efi"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/BOOT/BOOTX64.EFI"}],"texts":[{"path":"loader/loader.conf","content":"timeout 3\ndefault proxmox-*\n"},{"path":"loader/entries/proxmox-6.12.107+deb13-amd64.conf","content":"title    Debian GNU/Linux\nversion  6.12.107+deb13-amd64\noptions  root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8\nlinux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64\ninitrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n"},{"path":"grub/grub.cfg","content":"set default=0\nset timeout=3\nserial --unit=1 --speed=115200\nterminal_input console serial\nterminal_output console serial\n\nmenuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {\n  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8\n  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n}\n"}]},{"id":"add-boot-entry:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","phase":"boot","summary":"Enter the loader of /dev/nvme1n1 into the firmware's boot list","destroys":[],"kind":"add-boot-entry","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","partition_guid":"b54a3ffe-596a-4e83-9846-d28050a3f10e","label":"bedplate S64FNE0R402395","loader":"\\EFI\\systemd\\systemd-bootx64.efi"},{"id":"add-boot-entry:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","phase":"boot","summary":"Enter the loader of /dev/nvme0n1 into the firmware's boot list","destroys":[],"kind":"add-boot-entry","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","partition_guid":"5ab2249e-ba71-4ddd-9caa-04c31efd2d73","label":"bedplate S64FNE0R402317","loader":"\\EFI\\systemd\\systemd-bootx64.efi"},{"id":"add-boot-entry:ata-ST8000NM000A-2KE101_WSD4A2PQ","phase":"boot","summary":"Enter the loader of /dev/sdb into the firmware's boot list","destroys":[],"kind":"add-boot-entry","disk":"ata-ST8000NM000A-2KE101_WSD4A2PQ","partition_guid":"c40b9497-4f19-4874-be4b-0f61cbb67d9b","label":"bedplate WSD4A2PQ","loader":"\\EFI\\systemd\\systemd-bootx64.efi"},{"id":"add-boot-entry:ata-ST8000NM000A-2KE101_WSD4A1K7","phase":"boot","summary":"Enter the loader of /dev/sda into the firmware's boot list","destroys":[],"kind":"add-boot-entry","disk":"ata-ST8000NM000A-2KE101_WSD4A1K7","partition_guid":"7adb0f9f-17cc-4b2a-8701-8c11d33e4804","label":"bedplate WSD4A1K7","loader":"\\EFI\\systemd\\systemd-bootx64.efi"},{"id":"finish-storage:rpool","phase":"finish","summary":"Let go of rpool","destroys":[],"kind":"finish-storage"},{"id":"mark-installed:ata-ST8000NM000A-2KE101_WSD4A1K7","phase":"finish","summary":"Label the ESP of /dev/sda as that of a finished installation","destroys":[],"kind":"mark-installed","disk":"ata-ST8000NM000A-2KE101_WSD4A1K7","partition_guid":"7adb0f9f-17cc-4b2a-8701-8c11d33e4804"},{"id":"mark-installed:ata-ST8000NM000A-2KE101_WSD4A2PQ","phase":"finish","summary":"Label the ESP of /dev/sdb as that of a finished installation","destroys":[],"kind":"mark-installed","disk":"ata-ST8000NM000A-2KE101_WSD4A2PQ","partition_guid":"c40b9497-4f19-4874-be4b-0f61cbb67d9b"},{"id":"mark-installed:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","phase":"finish","summary":"Label the ESP of /dev/nvme0n1 as that of a finished installation","destroys":[],"kind":"mark-installed","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402317","partition_guid":"5ab2249e-ba71-4ddd-9caa-04c31efd2d73"},{"id":"mark-installed:nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","phase":"finish","summary":"Label the ESP of /dev/nvme1n1 as that of a finished installation","destroys":[],"kind":"mark-installed","disk":"nvme-SAMSUNG_MZQL2960HCJR-00A07_S64FNE0R402395","partition_guid":"b54a3ffe-596a-4e83-9846-d28050a3f10e"}],"warnings":[]}
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

# Put kernel and loaders on the ESP of /dev/sda
mount_esp "${DISK1}-part2" "${WORK}/esp/1"
write "${WORK}/esp/1/loader/loader.conf" <<'END'
timeout 3
default proxmox-*
END
write "${WORK}/esp/1/loader/entries/proxmox-6.12.107+deb13-amd64.conf" <<'END'
title    Debian GNU/Linux
version  6.12.107+deb13-amd64
options  root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8
linux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64
initrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64
END
write "${WORK}/esp/1/grub/grub.cfg" <<'END'
set default=0
set timeout=3
serial --unit=1 --speed=115200
terminal_input console serial
terminal_output console serial

menuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {
  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8
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
options  root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8
linux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64
initrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64
END
write "${WORK}/esp/2/grub/grub.cfg" <<'END'
set default=0
set timeout=3
serial --unit=1 --speed=115200
terminal_input console serial
terminal_output console serial

menuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {
  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8
  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64
}
END
copy /boot/vmlinuz-6.12.107+deb13-amd64 "${WORK}/esp/2/EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"
copy /boot/initrd.img-6.12.107+deb13-amd64 "${WORK}/esp/2/EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"
copy /usr/lib/systemd/boot/efi/systemd-bootx64.efi "${WORK}/esp/2/EFI/systemd/systemd-bootx64.efi"
copy /usr/lib/systemd/boot/efi/systemd-bootx64.efi "${WORK}/esp/2/EFI/BOOT/BOOTX64.EFI"

# Put kernel and loaders on the ESP of /dev/nvme0n1
mount_esp "${DISK3}-part2" "${WORK}/esp/3"
write "${WORK}/esp/3/loader/loader.conf" <<'END'
timeout 3
default proxmox-*
END
write "${WORK}/esp/3/loader/entries/proxmox-6.12.107+deb13-amd64.conf" <<'END'
title    Debian GNU/Linux
version  6.12.107+deb13-amd64
options  root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8
linux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64
initrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64
END
write "${WORK}/esp/3/grub/grub.cfg" <<'END'
set default=0
set timeout=3
serial --unit=1 --speed=115200
terminal_input console serial
terminal_output console serial

menuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {
  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8
  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64
}
END
copy /boot/vmlinuz-6.12.107+deb13-amd64 "${WORK}/esp/3/EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"
copy /boot/initrd.img-6.12.107+deb13-amd64 "${WORK}/esp/3/EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"
copy /usr/lib/systemd/boot/efi/systemd-bootx64.efi "${WORK}/esp/3/EFI/systemd/systemd-bootx64.efi"
copy /usr/lib/systemd/boot/efi/systemd-bootx64.efi "${WORK}/esp/3/EFI/BOOT/BOOTX64.EFI"

# Put kernel and loaders on the ESP of /dev/nvme1n1
mount_esp "${DISK4}-part2" "${WORK}/esp/4"
write "${WORK}/esp/4/loader/loader.conf" <<'END'
timeout 3
default proxmox-*
END
write "${WORK}/esp/4/loader/entries/proxmox-6.12.107+deb13-amd64.conf" <<'END'
title    Debian GNU/Linux
version  6.12.107+deb13-amd64
options  root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8
linux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64
initrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64
END
write "${WORK}/esp/4/grub/grub.cfg" <<'END'
set default=0
set timeout=3
serial --unit=1 --speed=115200
terminal_input console serial
terminal_output console serial

menuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {
  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS1,115200n8
  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64
}
END
copy /boot/vmlinuz-6.12.107+deb13-amd64 "${WORK}/esp/4/EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"
copy /boot/initrd.img-6.12.107+deb13-amd64 "${WORK}/esp/4/EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"
copy /usr/lib/systemd/boot/efi/systemd-bootx64.efi "${WORK}/esp/4/EFI/systemd/systemd-bootx64.efi"
copy /usr/lib/systemd/boot/efi/systemd-bootx64.efi "${WORK}/esp/4/EFI/BOOT/BOOTX64.EFI"

# Enter the loader of /dev/nvme1n1 into the firmware's boot list
efibootmgr --quiet --create \
    --disk "$(realpath "$DISK4")" --part 2 \
    --label 'bedplate S64FNE0R402395' --loader '\EFI\systemd\systemd-bootx64.efi' \
    || echo 'the firmware took no boot entry, it will use the default path'

# Enter the loader of /dev/nvme0n1 into the firmware's boot list
efibootmgr --quiet --create \
    --disk "$(realpath "$DISK3")" --part 2 \
    --label 'bedplate S64FNE0R402317' --loader '\EFI\systemd\systemd-bootx64.efi' \
    || echo 'the firmware took no boot entry, it will use the default path'

# Enter the loader of /dev/sdb into the firmware's boot list
efibootmgr --quiet --create \
    --disk "$(realpath "$DISK2")" --part 2 \
    --label 'bedplate WSD4A2PQ' --loader '\EFI\systemd\systemd-bootx64.efi' \
    || echo 'the firmware took no boot entry, it will use the default path'

# Enter the loader of /dev/sda into the firmware's boot list
efibootmgr --quiet --create \
    --disk "$(realpath "$DISK1")" --part 2 \
    --label 'bedplate WSD4A1K7' --loader '\EFI\systemd\systemd-bootx64.efi' \
    || echo 'the firmware took no boot entry, it will use the default path'

# ---- finish ------------------------------------------------------------------------
echo '== finish'

# Let go of rpool
release
trap - EXIT

# Label the ESP of /dev/sda as that of a finished installation
fatlabel "${DISK1}-part2" BP-BTJMCLF6

# Label the ESP of /dev/sdb as that of a finished installation
fatlabel "${DISK2}-part2" BP-BTJMCLF6

# Label the ESP of /dev/nvme0n1 as that of a finished installation
fatlabel "${DISK3}-part2" BP-BTJMCLF6

# Label the ESP of /dev/nvme1n1 as that of a finished installation
fatlabel "${DISK4}-part2" BP-BTJMCLF6

echo 'Done.'
