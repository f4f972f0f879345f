#!/bin/bash
# zfs-mirror for host1.example.test, without bedplate: the commands of a plan, to be run as root on
# the machine that the plan was made for, from a live system that has the programs named below. It
# stops at the first command that fails.
#
# EVERYTHING ON THESE DISKS WILL BE DESTROYED:
# QEMU HARDDISK, serial LAB0001, 16 GiB (/dev/sda)
# - nothing known is on it
# QEMU HARDDISK, serial LAB0002, 16 GiB (/dev/sdb)
# - nothing known is on it
# Note: QEMU HARDDISK, serial LAB0001, /dev/sda has 4096-byte sectors: only UEFI can start the host
# from it.
# Note: QEMU HARDDISK, serial LAB0002, /dev/sdb has 4096-byte sectors: only UEFI can start the host
# from it.

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
    if zpool list -H -o name rpool >/dev/null 2>&1; then zpool export rpool; fi
}

# Nothing is touched before all of this holds.
[ "$(id -u)" = 0 ] || fail "must be run by root"
for program in blockdev cmp cpio fatlabel lsblk mkfs.vfat partx sfdisk ssh-keygen timeout udevadm unsquashfs wipefs zfs zpool; do
    command -v "$program" >/dev/null || fail "$program is not installed"
done
check_disk "$DISK1" 17179869184 4096
check_disk "$DISK2" 17179869184 4096
check_free "$DISK1"
check_free "$DISK2"
lsblk --output PATH,SIZE,MODEL,SERIAL,FSTYPE,LABEL "$DISK1" "$DISK2"
read -rp 'Everything on these disks will be destroyed. Type yes to go on: ' answer
[ "$answer" = yes ] || fail "nothing was done"

# ---- check -------------------------------------------------------------------------
echo '== check'

# Compare the checksum of base.zfs with the manifest's
printf '%s  %s\n' cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd "${IMAGES}/base.zfs" | sha256sum --check --quiet

# Compare the checksum of delta.squashfs with the manifest's
printf '%s  %s\n' efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef "${IMAGES}/delta.squashfs" | sha256sum --check --quiet

# Run hooks.before-partitioning
install -D -m 0700 /dev/stdin /var/lib/bedplate/hooks/program <<'END'
#!/bin/sh
grep -q LAB0001
END
BEDPLATE_POINT=before-partitioning BEDPLATE_ROOT='' timeout --kill-after=10 30 /var/lib/bedplate/hooks/program </dev/null

# ---- clear -------------------------------------------------------------------------
echo '== clear'

# Wipe QEMU HARDDISK, serial LAB0001, /dev/sda
zero_edges "$DISK1" 0 17179869184

# Wipe QEMU HARDDISK, serial LAB0002, /dev/sdb
zero_edges "$DISK2" 0 17179869184

# ---- partition ---------------------------------------------------------------------
echo '== partition'

# Write a GPT with 2 partitions to /dev/sda
zero_edges "$DISK1" 1048576 536870912
zero_edges "$DISK1" 537919488 16374562816
sfdisk --quiet --wipe always --no-reread --no-tell-kernel "$DISK1" <<'END'
label: gpt
label-id: 015a5c96-ed7d-41e3-83d1-a47ad608b7ab
unit: sectors
sector-size: 4096
first-lba: 6
table-length: 128

2 : start=256, size=131072, type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b, uuid=a0460639-4c39-46a9-a8f0-2ad772c5f5c5, name=esp
3 : start=131328, size=3997696, type=6a898cc3-1dd2-11b2-99a6-080020736631, uuid=02db40ea-5dee-4b6b-9964-ba740741ff30, name=data
END
read_table "$DISK1"

# Write a GPT with 2 partitions to /dev/sdb
zero_edges "$DISK2" 1048576 536870912
zero_edges "$DISK2" 537919488 16374562816
sfdisk --quiet --wipe always --no-reread --no-tell-kernel "$DISK2" <<'END'
label: gpt
label-id: 3e75f25d-6f55-456f-8f5d-636cf4021b69
unit: sectors
sector-size: 4096
first-lba: 6
table-length: 128

2 : start=256, size=131072, type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b, uuid=5cc6f0ac-9462-41f7-8c18-9d8dbf7e810a, name=esp
3 : start=131328, size=3997696, type=6a898cc3-1dd2-11b2-99a6-080020736631, uuid=cc176227-c8d6-485f-8d8d-0019a6ad021d, name=data
END
read_table "$DISK2"

# Make a FAT32 file system 051B-66A0 on the ESP of /dev/sda
mkfs.vfat -F 32 -s 1 -i 051B66A0 "${DISK1}-part2"

# Make a FAT32 file system 65A8-E8AD on the ESP of /dev/sdb
mkfs.vfat -F 32 -s 1 -i 65A8E8AD "${DISK2}-part2"

# ---- storage -----------------------------------------------------------------------
echo '== storage'

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

# Run hooks.after-unpack
install -D -m 0700 /dev/stdin /var/lib/bedplate/hooks/program <<'END'
#!/bin/sh
set -e
echo 'rack 7' >"$BEDPLATE_ROOT/etc/motd"
END
BEDPLATE_POINT=after-unpack BEDPLATE_ROOT="$ROOT" timeout --kill-after=10 30 /var/lib/bedplate/hooks/program </dev/null

# ---- configure ---------------------------------------------------------------------
echo '== configure'

# Write 27 files of this host
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
GRUB_CMDLINE_LINUX="root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS0,115200"
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
root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS0,115200
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
put 0600 /var/lib/bedplate/first-boot/job.json <<'END'
{
  "version": 1,
  "ordering": "before-network",
  "attempts": 1,
  "timeout_seconds": 3600,
  "files": [
    {
      "path": "/etc/sysctl.d/60-my_own.conf",
      "content": "vm.swappiness = 1\n",
      "mode": 384
    }
  ],
  "packages": [],
  "enable": [],
  "disable": [],
  "mask": [
    "apt-daily.timer"
  ],
  "has_program": true
}
END
put 0600 /var/lib/bedplate/first-boot/pending-before-network <<'END'
END
put 0700 /var/lib/bedplate/first-boot/program <<'END'
#!/bin/sh
ip -json link >/root/links
END
put 0600 /var/lib/bedplate/installed.json <<'END'
{"version":1,"layout":"zfs-mirror","hostname":"host1.example.test","made_for":[{"path":"/dev/sda","by_id":["scsi-0QEMU_QEMU_HARDDISK_LAB0001"],"serial":"LAB0001","wwn":null,"model":"QEMU HARDDISK","transport":"virtio","rotational":true,"removable":false,"read_only":false,"size_bytes":17179869184,"sector_size":4096,"physical_sector_size":4096,"table":null,"guid":null,"partitions":[],"signatures":[],"mounts":[],"swap":false,"holders":[],"layers":[],"stale_backup_sector":null,"bus_path":"pci-0000:00:05.0-scsi-0:0:0:0","slot":null,"properties":{"DEVNAME":"/dev/sda","DEVTYPE":"disk","ID_BUS":"scsi","ID_MODEL":"QEMU_HARDDISK","ID_SERIAL":"0QEMU_QEMU_HARDDISK_LAB0001","ID_SERIAL_SHORT":"LAB0001"},"error":null},{"path":"/dev/sdb","by_id":["scsi-0QEMU_QEMU_HARDDISK_LAB0002"],"serial":"LAB0002","wwn":null,"model":"QEMU HARDDISK","transport":"virtio","rotational":true,"removable":false,"read_only":false,"size_bytes":17179869184,"sector_size":4096,"physical_sector_size":4096,"table":null,"guid":null,"partitions":[],"signatures":[],"mounts":[],"swap":false,"holders":[],"layers":[],"stale_backup_sector":null,"bus_path":"pci-0000:00:05.0-scsi-0:0:1:0","slot":null,"properties":{"DEVNAME":"/dev/sdb","DEVTYPE":"disk","ID_BUS":"scsi","ID_MODEL":"QEMU_HARDDISK","ID_SERIAL":"0QEMU_QEMU_HARDDISK_LAB0002","ID_SERIAL_SHORT":"LAB0002"},"error":null}],"disks":[{"id":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","path":"/dev/sda","size_bytes":17179869184,"sector_size":4096,"guid":"015a5c96-ed7d-41e3-83d1-a47ad608b7ab","partitions":[{"number":2,"role":"esp","type_guid":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b","guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5","first_sector":256,"last_sector":131327,"size_bytes":536870912},{"number":3,"role":"data","type_guid":"6a898cc3-1dd2-11b2-99a6-080020736631","guid":"02db40ea-5dee-4b6b-9964-ba740741ff30","first_sector":131328,"last_sector":4129023,"size_bytes":16374562816}]},{"id":"scsi-0QEMU_QEMU_HARDDISK_LAB0002","path":"/dev/sdb","size_bytes":17179869184,"sector_size":4096,"guid":"3e75f25d-6f55-456f-8f5d-636cf4021b69","partitions":[{"number":2,"role":"esp","type_guid":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b","guid":"5cc6f0ac-9462-41f7-8c18-9d8dbf7e810a","first_sector":256,"last_sector":131327,"size_bytes":536870912},{"number":3,"role":"data","type_guid":"6a898cc3-1dd2-11b2-99a6-080020736631","guid":"cc176227-c8d6-485f-8d8d-0019a6ad021d","first_sector":131328,"last_sector":4129023,"size_bytes":16374562816}]}],"storage":{"kind":"zfs","pool":"rpool","ashift":12,"vdevs":[{"type":"mirror","members":["02db40ea-5dee-4b6b-9964-ba740741ff30","cc176227-c8d6-485f-8d8d-0019a6ad021d"],"role":"data"}],"root_dataset":"rpool/ROOT/pve-1","properties":{"acltype":"posix","atime":"on","dnodesize":"auto","relatime":"on","xattr":"sa","compression":"on"},"datasets":[{"name":"rpool/ROOT","properties":{}},{"name":"rpool/ROOT/pve-1","properties":{"mountpoint":"/"}},{"name":"rpool/data","properties":{}},{"name":"rpool/var-lib-vz","properties":{"mountpoint":"/var/lib/vz"}}],"pool_properties":{}},"boot":{"kernel":"6.12.107+deb13-amd64","loaders":[{"disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","firmware":"uefi","loader":"systemd-boot"},{"disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002","firmware":"uefi","loader":"systemd-boot"}],"esp_sync":true,"cmdline":"root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS0,115200"},"files":[{"path":"/etc/aliases","mode":420,"content":"# See man 5 aliases for format\npostmaster:    root\nroot: admin@example.test\n","hex":null,"link":null,"replaces":{"content":"# See man 5 aliases for format\npostmaster:    root\n","link":null},"secret":null},{"path":"/etc/apt/sources.list","mode":420,"content":"# See sources.list.d.\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/apt/sources.list.d/debian.sources","mode":420,"content":"Types: deb\nURIs: http://deb.debian.org/debian\nSuites: trixie trixie-updates\nComponents: main contrib non-free-firmware\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\nTypes: deb\nURIs: http://security.debian.org/debian-security\nSuites: trixie-security\nComponents: main contrib non-free-firmware\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/default/grub","mode":420,"content":"GRUB_DEFAULT=0\nGRUB_TIMEOUT=3\nGRUB_DISTRIBUTOR=\"Debian\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"\"\nGRUB_CMDLINE_LINUX=\"root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS0,115200\"\nGRUB_TERMINAL=\"console serial\"\nGRUB_SERIAL_COMMAND=\"serial --unit=0 --speed=115200\"\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/default/keyboard","mode":420,"content":"XKBMODEL=\"pc105\"\nXKBLAYOUT=\"us\"\nXKBVARIANT=\"\"\nXKBOPTIONS=\"\"\nBACKSPACE=\"guess\"\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/default/locale","mode":420,"content":"","hex":null,"link":"../locale.conf","replaces":{"content":"","link":"../locale.conf"},"secret":null},{"path":"/etc/fstab","mode":420,"content":"# <file system> <mount point> <type> <options> <dump> <pass>\nproc /proc proc defaults 0 0\n","hex":null,"link":null,"replaces":{"content":"# UNCONFIGURED FSTAB FOR BASE SYSTEM\n","link":null},"secret":null},{"path":"/etc/hostid","mode":420,"content":"","hex":"25a35506","link":null,"replaces":null,"secret":null},{"path":"/etc/hostname","mode":420,"content":"host1\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/hosts","mode":420,"content":"127.0.0.1 localhost.localdomain localhost\n127.0.1.1 host1.example.test host1\n\n# The following lines are desirable for IPv6 capable hosts\n::1     ip6-localhost ip6-loopback\nfe00::0 ip6-localnet\nff00::0 ip6-mcastprefix\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\nff02::3 ip6-allhosts\n","hex":null,"link":null,"replaces":{"content":"127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\nff02::1\t\tip6-allnodes\nff02::2\t\tip6-allrouters\n\n","link":null},"secret":null},{"path":"/etc/kernel/cmdline","mode":420,"content":"root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS0,115200\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/kernel/proxmox-boot-uuids","mode":420,"content":"051B-66A0\n65A8-E8AD\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/locale.conf","mode":420,"content":"LANG=en_US.UTF-8\n","hex":null,"link":null,"replaces":{"content":"LANG=en_US.UTF-8\n","link":null},"secret":null},{"path":"/etc/localtime","mode":420,"content":"","hex":null,"link":"../usr/share/zoneinfo/Europe/Vienna","replaces":{"content":"","link":"/usr/share/zoneinfo/Etc/UTC"},"secret":null},{"path":"/etc/machine-id","mode":292,"content":"130c8444b8bb462cac55c393c0f23e04\n","hex":null,"link":null,"replaces":{"content":"","link":null},"secret":null},{"path":"/etc/modprobe.d/zfs.conf","mode":420,"content":"options zfs zfs_arc_max=429916160\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/network/interfaces","mode":420,"content":"auto lo\niface lo inet loopback\n\niface ens3 inet manual\n\nauto vmbr0\niface vmbr0 inet dhcp\n        bridge-ports ens3\n        bridge-stp off\n        bridge-fd 0\n\nsource /etc/network/interfaces.d/*\n","hex":null,"link":null,"replaces":{"content":"# interfaces(5) file used by ifup(8) and ifdown(8)\nauto lo\niface lo inet loopback\n","link":null},"secret":null},{"path":"/etc/postfix/main.cf","mode":420,"content":"compatibility_level = 3.9\n\n# Where mail appears to come from.\nmyorigin = $myhostname\nmydestination = $myhostname, localhost.$mydomain, localhost\nrelayhost =\nmynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128\nalias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\nmyhostname = host1.example.test\ninet_interfaces = loopback-only\n","hex":null,"link":null,"replaces":{"content":"compatibility_level = 3.9\n\n# Where mail appears to come from.\nmyorigin = $myhostname\nmydestination = $myhostname, localhost.$mydomain, localhost\nrelayhost =\nmynetworks = 127.0.0.0/8\n    [::1]/128\nalias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\n","link":null},"secret":null},{"path":"/etc/pve/storage.cfg","mode":420,"content":"dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl,backup\n\nzfspool: local-zfs\n\tpool rpool/data\n\tsparse\n\tcontent images,rootdir\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/resolv.conf","mode":420,"content":"search example.test\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/ssh/sshd_config.d/50-bedplate.conf","mode":420,"content":"PermitRootLogin prohibit-password\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/vconsole.conf","mode":420,"content":"","hex":null,"link":"default/keyboard","replaces":{"content":"","link":"default/keyboard"},"secret":null},{"path":"/etc/zfs/zed.d/zed.rc","mode":384,"content":"# Email will only be sent if ZED_EMAIL_ADDR is defined.\n#ZED_EMAIL_ADDR=\"root\"\nZED_EMAIL_ADDR=\"root\"\n\nZED_NOTIFY_INTERVAL_SECS=3600\n","hex":null,"link":null,"replaces":{"content":"# Email will only be sent if ZED_EMAIL_ADDR is defined.\n#ZED_EMAIL_ADDR=\"root\"\n\nZED_NOTIFY_INTERVAL_SECS=3600\n","link":null},"secret":null},{"path":"/root/.ssh/authorized_keys","mode":384,"content":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f admin@example.test\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/var/lib/bedplate/first-boot/job.json","mode":384,"content":"{\n  \"version\": 1,\n  \"ordering\": \"before-network\",\n  \"attempts\": 1,\n  \"timeout_seconds\": 3600,\n  \"files\": [\n    {\n      \"path\": \"/etc/sysctl.d/60-my_own.conf\",\n      \"content\": \"vm.swappiness = 1\\n\",\n      \"mode\": 384\n    }\n  ],\n  \"packages\": [],\n  \"enable\": [],\n  \"disable\": [],\n  \"mask\": [\n    \"apt-daily.timer\"\n  ],\n  \"has_program\": true\n}\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/var/lib/bedplate/first-boot/pending-before-network","mode":384,"content":"","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/var/lib/bedplate/first-boot/program","mode":448,"content":"#!/bin/sh\nip -json link >/root/links\n","hex":null,"link":null,"replaces":null,"secret":null}],"steps":[{"id":"verify-artefact:base.zfs","phase":"check","summary":"Compare the checksum of base.zfs with the manifest's","destroys":[],"kind":"verify-artefact","artefact":"base.zfs","sha256":"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd","size_bytes":461373440,"pieces":[]},{"id":"verify-artefact:delta.squashfs","phase":"check","summary":"Compare the checksum of delta.squashfs with the manifest's","destroys":[],"kind":"verify-artefact","artefact":"delta.squashfs","sha256":"efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef","size_bytes":4194304,"pieces":[]},{"id":"run-hook:before-partitioning:hooks.before-partitioning","phase":"check","summary":"Run hooks.before-partitioning","destroys":[],"kind":"run-hook","point":"before-partitioning","name":"hooks.before-partitioning","text":"#!/bin/sh\ngrep -q LAB0001\n","hex":null,"sha256":"e42b44989ace956d3b2b9b27300794ead6a07faca6aefd6eddda20972af418be","timeout_seconds":30},{"id":"clear-disk:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"clear","summary":"Wipe QEMU HARDDISK, serial LAB0001, /dev/sda","destroys":["QEMU HARDDISK, serial LAB0001, 16 GiB (/dev/sda)","nothing known is on it"],"kind":"clear-disk","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001"},{"id":"clear-disk:scsi-0QEMU_QEMU_HARDDISK_LAB0002","phase":"clear","summary":"Wipe QEMU HARDDISK, serial LAB0002, /dev/sdb","destroys":["QEMU HARDDISK, serial LAB0002, 16 GiB (/dev/sdb)","nothing known is on it"],"kind":"clear-disk","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002"},{"id":"partition-disk:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"partition","summary":"Write a GPT with 2 partitions to /dev/sda","destroys":[],"kind":"partition-disk","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001"},{"id":"partition-disk:scsi-0QEMU_QEMU_HARDDISK_LAB0002","phase":"partition","summary":"Write a GPT with 2 partitions to /dev/sdb","destroys":[],"kind":"partition-disk","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002"},{"id":"format-esp:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"partition","summary":"Make a FAT32 file system 051B-66A0 on the ESP of /dev/sda","destroys":[],"kind":"format-esp","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","partition_guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5","fat_id":"051B-66A0"},{"id":"format-esp:scsi-0QEMU_QEMU_HARDDISK_LAB0002","phase":"partition","summary":"Make a FAT32 file system 65A8-E8AD on the ESP of /dev/sdb","destroys":[],"kind":"format-esp","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002","partition_guid":"5cc6f0ac-9462-41f7-8c18-9d8dbf7e810a","fat_id":"65A8-E8AD"},{"id":"create-pool:rpool","phase":"storage","summary":"Create the pool rpool on 2 partitions (mirror)","destroys":[],"kind":"create-pool","datasets":["rpool/ROOT"]},{"id":"receive-base:base.zfs","phase":"unpack","summary":"Receive the base system as rpool/ROOT/pve-1, then create rpool/data, rpool/var-lib-vz","destroys":[],"kind":"receive-base","artefact":"base.zfs","datasets":["rpool/data","rpool/var-lib-vz"]},{"id":"unpack-base:delta.squashfs","phase":"unpack","summary":"Unpack bedplate over the base system","destroys":[],"kind":"unpack-base","artefact":"delta.squashfs"},{"id":"run-hook:after-unpack:hooks.after-unpack","phase":"unpack","summary":"Run hooks.after-unpack","destroys":[],"kind":"run-hook","point":"after-unpack","name":"hooks.after-unpack","text":"#!/bin/sh\nset -e\necho 'rack 7' >\"$BEDPLATE_ROOT/etc/motd\"\n","hex":null,"sha256":"02ebe1e25d997ccd4736a38d8a1b098dfd341fb2e27070b3267adf01511fb5ae","timeout_seconds":30},{"id":"write-files","phase":"configure","summary":"Write 27 files of this host","destroys":[],"kind":"write-files"},{"id":"run-in-root:1:newaliases","phase":"configure","summary":"Run newaliases in the new system","destroys":[],"kind":"run-in-root","argv":["newaliases"],"text":"","secret":null,"codes":[0]},{"id":"extend-initramfs:6.12.107+deb13-amd64","phase":"configure","summary":"Append /etc/hostid, /etc/modprobe.d/zfs.conf to the initramfs","destroys":[],"kind":"extend-initramfs","initrd":"/boot/initrd.img-6.12.107+deb13-amd64","paths":["/etc/hostid","/etc/modprobe.d/zfs.conf"]},{"id":"set-password:root","phase":"configure","summary":"Set root's password","destroys":[],"kind":"set-password","user":"root"},{"id":"make-host-keys","phase":"configure","summary":"Generate the SSH host keys","destroys":[],"kind":"make-host-keys"},{"id":"fill-esp:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"boot","summary":"Put kernel and loaders on the ESP of /dev/sda","destroys":[],"kind":"fill-esp","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","partition_guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5","copies":[{"source":"/boot/vmlinuz-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"},{"source":"/boot/initrd.img-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/systemd/systemd-bootx64.efi"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/BOOT/BOOTX64.EFI"}],"texts":[{"path":"loader/loader.conf","content":"timeout 3\ndefault proxmox-*\n"},{"path":"loader/entries/proxmox-6.12.107+deb13-amd64.conf","content":"title    Debian GNU/Linux\nversion  6.12.107+deb13-amd64\noptions  root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS0,115200\nlinux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64\ninitrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n"},{"path":"grub/grub.cfg","content":"set default=0\nset timeout=3\nserial --unit=0 --speed=115200\nterminal_input console serial\nterminal_output console serial\n\nmenuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {\n  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS0,115200\n  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n}\n"}]},{"id":"fill-esp:scsi-0QEMU_QEMU_HARDDISK_LAB0002","phase":"boot","summary":"Put kernel and loaders on the ESP of /dev/sdb","destroys":[],"kind":"fill-esp","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002","partition_guid":"5cc6f0ac-9462-41f7-8c18-9d8dbf7e810a","copies":[{"source":"/boot/vmlinuz-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64"},{"source":"/boot/initrd.img-6.12.107+deb13-amd64","path":"EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/systemd/systemd-bootx64.efi"},{"source":"/usr/lib/systemd/boot/efi/systemd-bootx64.efi","path":"EFI/BOOT/BOOTX64.EFI"}],"texts":[{"path":"loader/loader.conf","content":"timeout 3\ndefault proxmox-*\n"},{"path":"loader/entries/proxmox-6.12.107+deb13-amd64.conf","content":"title    Debian GNU/Linux\nversion  6.12.107+deb13-amd64\noptions  root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS0,115200\nlinux    /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64\ninitrd   /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n"},{"path":"grub/grub.cfg","content":"set default=0\nset timeout=3\nserial --unit=0 --speed=115200\nterminal_input console serial\nterminal_output console serial\n\nmenuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {\n  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS0,115200\n  initrd /EFI/proxmox/6.12.107+deb13-amd64/initrd.img-6.12.107+deb13-amd64\n}\n"}]},{"id":"add-boot-entry:scsi-0QEMU_QEMU_HARDDISK_LAB0002","phase":"boot","summary":"Enter the loader of /dev/sdb into the firmware's boot list","destroys":[],"kind":"add-boot-entry","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002","partition_guid":"5cc6f0ac-9462-41f7-8c18-9d8dbf7e810a","label":"bedplate LAB0002","loader":"\\EFI\\systemd\\systemd-bootx64.efi"},{"id":"add-boot-entry:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"boot","summary":"Enter the loader of /dev/sda into the firmware's boot list","destroys":[],"kind":"add-boot-entry","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","partition_guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5","label":"bedplate LAB0001","loader":"\\EFI\\systemd\\systemd-bootx64.efi"},{"id":"finish-storage:rpool","phase":"finish","summary":"Let go of rpool","destroys":[],"kind":"finish-storage"},{"id":"mark-installed:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"finish","summary":"Label the ESP of /dev/sda as that of a finished installation","destroys":[],"kind":"mark-installed","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","partition_guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5"},{"id":"mark-installed:scsi-0QEMU_QEMU_HARDDISK_LAB0002","phase":"finish","summary":"Label the ESP of /dev/sdb as that of a finished installation","destroys":[],"kind":"mark-installed","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0002","partition_guid":"5cc6f0ac-9462-41f7-8c18-9d8dbf7e810a"}],"warnings":["QEMU HARDDISK, serial LAB0001, /dev/sda has 4096-byte sectors: only UEFI can start the host from it.","QEMU HARDDISK, serial LAB0002, /dev/sdb has 4096-byte sectors: only UEFI can start the host from it."]}
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
options  root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS0,115200
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
  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS0,115200
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
options  root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS0,115200
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
  linux /EFI/proxmox/6.12.107+deb13-amd64/vmlinuz-6.12.107+deb13-amd64 root=ZFS=rpool/ROOT/pve-1 boot=zfs console=tty0 console=ttyS0,115200
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

# Let go of rpool
release
trap - EXIT

# Label the ESP of /dev/sda as that of a finished installation
fatlabel "${DISK1}-part2" BP-BD3RENZD

# Label the ESP of /dev/sdb as that of a finished installation
fatlabel "${DISK2}-part2" BP-BD3RENZD

echo 'Done.'
