#!/bin/bash
# lvm-thin for host1.example.test, without bedplate: the commands of a plan, to be run as root on
# the machine that the plan was made for, from a live system that has the programs named below. It
# stops at the first command that fails.
#
# EVERYTHING ON THESE DISKS WILL BE DESTROYED:
# QEMU HARDDISK, serial LAB0001, 16 GiB (/dev/sda)
# - nothing known is on it
# Note: The machine was started by a BIOS, so no entries can be made in a UEFI boot list; UEFI
# firmware will find each disk by the removable path EFI/BOOT/BOOTX64.EFI.

set -eu -o pipefail
export LC_ALL=C.UTF-8
umask 022

# Where the base system is, and where the new system is mounted meanwhile.
IMAGES=${IMAGES:-/run/live/medium/live}
WORK=/run/bedplate
ROOT=$WORK/root

DISK1=/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_LAB0001  # 16 GiB, was /dev/sda

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
    vgchange --activate n pve
}

# Nothing is touched before all of this holds.
[ "$(id -u)" = 0 ] || fail "must be run by root"
for program in blockdev cmp cpio fatlabel grub-install lsblk lvcreate mkfs.ext4 mkfs.vfat mkswap partx pvcreate sfdisk ssh-keygen timeout udevadm unsquashfs vgchange vgcreate wipefs; do
    command -v "$program" >/dev/null || fail "$program is not installed"
done
check_disk "$DISK1" 17179869184 512
check_free "$DISK1"
lsblk --output PATH,SIZE,MODEL,SERIAL,FSTYPE,LABEL "$DISK1"
read -rp 'Everything on these disks will be destroyed. Type yes to go on: ' answer
[ "$answer" = yes ] || fail "nothing was done"

# ---- check -------------------------------------------------------------------------
echo '== check'

# Compare the checksum of base.squashfs with the manifest's
printf '%s  %s\n' abababababababababababababababababababababababababababababababab "${IMAGES}/base.squashfs" | sha256sum --check --quiet

# Run hooks.before-partitioning[0]
install -D -m 0700 /dev/stdin /var/lib/bedplate/hooks/program <<'END'
#!/bin/sh
exit 0
END
BEDPLATE_POINT=before-partitioning BEDPLATE_ROOT='' timeout --kill-after=10 60 /var/lib/bedplate/hooks/program </dev/null

# ---- clear -------------------------------------------------------------------------
echo '== clear'

# Wipe QEMU HARDDISK, serial LAB0001, /dev/sda
zero_edges "$DISK1" 0 17179869184

# ---- partition ---------------------------------------------------------------------
echo '== partition'

# Write a GPT with 3 partitions to /dev/sda
zero_edges "$DISK1" 1048576 536870912
zero_edges "$DISK1" 537919488 16641932800
sfdisk --quiet --wipe always --no-reread --no-tell-kernel "$DISK1" <<'END'
label: gpt
label-id: 015a5c96-ed7d-41e3-83d1-a47ad608b7ab
unit: sectors
sector-size: 512
first-lba: 34
table-length: 128

1 : start=34, size=2014, type=21686148-6449-6e6f-744e-656564454649, uuid=60865f6c-5e56-4ca8-ae50-e12841f44ae6, name=bios-boot
2 : start=2048, size=1048576, type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b, uuid=a0460639-4c39-46a9-a8f0-2ad772c5f5c5, name=esp
3 : start=1050624, size=32503775, type=e6d6d379-f507-44c2-a23c-238f2a3df928, uuid=02db40ea-5dee-4b6b-9964-ba740741ff30, name=data
END
read_table "$DISK1"

# Make a FAT32 file system 051B-66A0 on the ESP of /dev/sda
mkfs.vfat -F 32 -i 051B66A0 "${DISK1}-part2"

# Run hooks.after-partitioning[0]
install -D -m 0700 /dev/stdin /var/lib/bedplate/hooks/program <<'END'
#!/bin/sh
lsblk
END
BEDPLATE_POINT=after-partitioning BEDPLATE_ROOT='' timeout --kill-after=10 60 /var/lib/bedplate/hooks/program </dev/null

# ---- storage -----------------------------------------------------------------------
echo '== storage'

# Create the volume group pve
pvcreate --yes -ff --metadatasize 250k "${DISK1}-part3"
vgcreate --yes pve "${DISK1}-part3"
trap release EXIT

# Create the linear volume pve/swap of 1 GiB
lvcreate --size 1073741824b --yes --wipesignatures y --name swap pve

# Create the linear volume pve/root of 7.2 GiB
lvcreate --size 7780433920b --yes --wipesignatures y --name root pve

# Create the thin-pool volume pve/data of 5.2 GiB
lvcreate --type thin-pool --size 5628755968b --poolmetadatasize 1073741824b --yes --name data pve

# Make swap on pve/swap
mkswap --force --uuid 3d7f2884-d412-436a-9fc0-b26cba5e16b2 /dev/pve/swap

# Make ext4 on pve/root
mkfs.ext4 -q -F -U 55144548-5e28-489e-b0ec-b055a5d0356c /dev/pve/root

# Run hooks.before-unpack[0]
install -D -m 0700 /dev/stdin /var/lib/bedplate/hooks/program <<'END'
#!/bin/sh
vgs
END
BEDPLATE_POINT=before-unpack BEDPLATE_ROOT='' timeout --kill-after=10 60 /var/lib/bedplate/hooks/program </dev/null

# ---- unpack ------------------------------------------------------------------------
echo '== unpack'

# Unpack the base system
mkdir -p "$ROOT"
mount /dev/pve/root "$ROOT"
unsquashfs -force -dest "$ROOT" "${IMAGES}/base.squashfs"

# Run hooks.after-unpack[0]
install -D -m 0700 /dev/stdin /var/lib/bedplate/hooks/program <<'END'
#!/bin/sh
touch "$BEDPLATE_ROOT/etc/first"
END
BEDPLATE_POINT=after-unpack BEDPLATE_ROOT="$ROOT" timeout --kill-after=10 60 /var/lib/bedplate/hooks/program </dev/null

# Run hooks.after-unpack[1]
install -D -m 0700 /dev/stdin /var/lib/bedplate/hooks/program <<'END'
#!/usr/bin/python3
print(1)
END
BEDPLATE_POINT=after-unpack BEDPLATE_ROOT="$ROOT" timeout --kill-after=10 60 /var/lib/bedplate/hooks/program </dev/null

# ---- configure ---------------------------------------------------------------------
echo '== configure'

# Write 23 files of this host
put 0600 /boot/grub/grub.cfg <<'END'
set default=0
set timeout=3
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial

menuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {
  search --no-floppy --fs-uuid --set=root 55144548-5e28-489e-b0ec-b055a5d0356c
  linux /boot/vmlinuz-6.12.107+deb13-amd64 root=/dev/mapper/pve-root ro console=tty0 console=ttyS0,115200
  initrd /boot/initrd.img-6.12.107+deb13-amd64
}
END
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
/dev/pve/swap none swap sw 0 0
/dev/pve/root / ext4 errors=remount-ro 0 1
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

lvmthin: local-lvm
	thinpool data
	vgname pve
	content rootdir,images
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
{"version":1,"layout":"lvm-thin","hostname":"host1.example.test","made_for":[{"path":"/dev/sda","by_id":["scsi-0QEMU_QEMU_HARDDISK_LAB0001"],"serial":"LAB0001","wwn":null,"model":"QEMU HARDDISK","transport":"virtio","rotational":true,"removable":false,"read_only":false,"size_bytes":17179869184,"sector_size":512,"physical_sector_size":512,"table":null,"guid":null,"partitions":[],"signatures":[],"mounts":[],"swap":false,"holders":[],"layers":[],"stale_backup_sector":null,"bus_path":"pci-0000:00:05.0-scsi-0:0:0:0","slot":null,"properties":{"DEVNAME":"/dev/sda","DEVTYPE":"disk","ID_BUS":"scsi","ID_MODEL":"QEMU_HARDDISK","ID_SERIAL":"0QEMU_QEMU_HARDDISK_LAB0001","ID_SERIAL_SHORT":"LAB0001"},"error":null}],"disks":[{"id":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","path":"/dev/sda","size_bytes":17179869184,"sector_size":512,"guid":"015a5c96-ed7d-41e3-83d1-a47ad608b7ab","partitions":[{"number":1,"role":"bios-boot","type_guid":"21686148-6449-6e6f-744e-656564454649","guid":"60865f6c-5e56-4ca8-ae50-e12841f44ae6","first_sector":34,"last_sector":2047,"size_bytes":1031168},{"number":2,"role":"esp","type_guid":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b","guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5","first_sector":2048,"last_sector":1050623,"size_bytes":536870912},{"number":3,"role":"data","type_guid":"e6d6d379-f507-44c2-a23c-238f2a3df928","guid":"02db40ea-5dee-4b6b-9964-ba740741ff30","first_sector":1050624,"last_sector":33554398,"size_bytes":16641932800}]}],"storage":{"kind":"lvm","vg":"pve","pvs":["02db40ea-5dee-4b6b-9964-ba740741ff30"],"array":null,"volumes":[{"name":"swap","size_bytes":1073741824,"type":"linear","metadata_size_bytes":null,"filesystem":"swap","uuid":"3d7f2884-d412-436a-9fc0-b26cba5e16b2"},{"name":"root","size_bytes":7780433920,"type":"linear","metadata_size_bytes":null,"filesystem":"ext4","uuid":"55144548-5e28-489e-b0ec-b055a5d0356c"},{"name":"data","size_bytes":5628755968,"type":"thin-pool","metadata_size_bytes":1073741824,"filesystem":null,"uuid":null}]},"boot":{"kernel":"6.12.107+deb13-amd64","loaders":[{"disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","firmware":"bios","loader":"grub"},{"disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","firmware":"uefi","loader":"grub"}],"esp_sync":false,"cmdline":"root=/dev/mapper/pve-root ro console=tty0 console=ttyS0,115200"},"files":[{"path":"/boot/grub/grub.cfg","mode":384,"content":"set default=0\nset timeout=3\nserial --unit=0 --speed=115200\nterminal_input console serial\nterminal_output console serial\n\nmenuentry 'Debian GNU/Linux, with Linux 6.12.107+deb13-amd64' --class debian --id proxmox-6.12.107+deb13-amd64 {\n  search --no-floppy --fs-uuid --set=root 55144548-5e28-489e-b0ec-b055a5d0356c\n  linux /boot/vmlinuz-6.12.107+deb13-amd64 root=/dev/mapper/pve-root ro console=tty0 console=ttyS0,115200\n  initrd /boot/initrd.img-6.12.107+deb13-amd64\n}\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/aliases","mode":420,"content":"# See man 5 aliases for format\npostmaster:    root\nroot: admin@example.test\n","hex":null,"link":null,"replaces":{"content":"# See man 5 aliases for format\npostmaster:    root\n","link":null},"secret":null},{"path":"/etc/apt/sources.list","mode":420,"content":"# See sources.list.d.\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/apt/sources.list.d/debian.sources","mode":420,"content":"Types: deb\nURIs: http://deb.debian.org/debian\nSuites: trixie trixie-updates\nComponents: main contrib non-free-firmware\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\nTypes: deb\nURIs: http://security.debian.org/debian-security\nSuites: trixie-security\nComponents: main contrib non-free-firmware\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/default/grub","mode":420,"content":"GRUB_DEFAULT=0\nGRUB_TIMEOUT=3\nGRUB_DISTRIBUTOR=\"Debian\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"\"\nGRUB_CMDLINE_LINUX=\"console=tty0 console=ttyS0,115200\"\nGRUB_TERMINAL=\"console serial\"\nGRUB_SERIAL_COMMAND=\"serial --unit=0 --speed=115200\"\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/default/keyboard","mode":420,"content":"XKBMODEL=\"pc105\"\nXKBLAYOUT=\"us\"\nXKBVARIANT=\"\"\nXKBOPTIONS=\"\"\nBACKSPACE=\"guess\"\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/default/locale","mode":420,"content":"","hex":null,"link":"../locale.conf","replaces":{"content":"","link":"../locale.conf"},"secret":null},{"path":"/etc/fstab","mode":420,"content":"# <file system> <mount point> <type> <options> <dump> <pass>\n/dev/pve/swap none swap sw 0 0\n/dev/pve/root / ext4 errors=remount-ro 0 1\nproc /proc proc defaults 0 0\n","hex":null,"link":null,"replaces":{"content":"# UNCONFIGURED FSTAB FOR BASE SYSTEM\n","link":null},"secret":null},{"path":"/etc/hostid","mode":420,"content":"","hex":"25a35506","link":null,"replaces":null,"secret":null},{"path":"/etc/hostname","mode":420,"content":"host1\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/hosts","mode":420,"content":"127.0.0.1 localhost.localdomain localhost\n127.0.1.1 host1.example.test host1\n\n# The following lines are desirable for IPv6 capable hosts\n::1     ip6-localhost ip6-loopback\nfe00::0 ip6-localnet\nff00::0 ip6-mcastprefix\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\nff02::3 ip6-allhosts\n","hex":null,"link":null,"replaces":{"content":"127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\nff02::1\t\tip6-allnodes\nff02::2\t\tip6-allrouters\n\n","link":null},"secret":null},{"path":"/etc/locale.conf","mode":420,"content":"LANG=en_US.UTF-8\n","hex":null,"link":null,"replaces":{"content":"LANG=en_US.UTF-8\n","link":null},"secret":null},{"path":"/etc/localtime","mode":420,"content":"","hex":null,"link":"../usr/share/zoneinfo/Europe/Vienna","replaces":{"content":"","link":"/usr/share/zoneinfo/Etc/UTC"},"secret":null},{"path":"/etc/machine-id","mode":292,"content":"130c8444b8bb462cac55c393c0f23e04\n","hex":null,"link":null,"replaces":{"content":"","link":null},"secret":null},{"path":"/etc/modprobe.d/zfs.conf","mode":420,"content":"options zfs zfs_arc_max=429916160\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/network/interfaces","mode":420,"content":"auto lo\niface lo inet loopback\n\niface ens3 inet manual\n\nauto vmbr0\niface vmbr0 inet dhcp\n        bridge-ports ens3\n        bridge-stp off\n        bridge-fd 0\n\nsource /etc/network/interfaces.d/*\n","hex":null,"link":null,"replaces":{"content":"# interfaces(5) file used by ifup(8) and ifdown(8)\nauto lo\niface lo inet loopback\n","link":null},"secret":null},{"path":"/etc/postfix/main.cf","mode":420,"content":"compatibility_level = 3.9\n\n# Where mail appears to come from.\nmyorigin = $myhostname\nmydestination = $myhostname, localhost.$mydomain, localhost\nrelayhost =\nmynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128\nalias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\nmyhostname = host1.example.test\ninet_interfaces = loopback-only\n","hex":null,"link":null,"replaces":{"content":"compatibility_level = 3.9\n\n# Where mail appears to come from.\nmyorigin = $myhostname\nmydestination = $myhostname, localhost.$mydomain, localhost\nrelayhost =\nmynetworks = 127.0.0.0/8\n    [::1]/128\nalias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\n","link":null},"secret":null},{"path":"/etc/pve/storage.cfg","mode":420,"content":"dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl,backup\n\nlvmthin: local-lvm\n\tthinpool data\n\tvgname pve\n\tcontent rootdir,images\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/resolv.conf","mode":420,"content":"search example.test\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/ssh/sshd_config.d/50-bedplate.conf","mode":420,"content":"PermitRootLogin prohibit-password\n","hex":null,"link":null,"replaces":null,"secret":null},{"path":"/etc/vconsole.conf","mode":420,"content":"","hex":null,"link":"default/keyboard","replaces":{"content":"","link":"default/keyboard"},"secret":null},{"path":"/etc/zfs/zed.d/zed.rc","mode":384,"content":"# Email will only be sent if ZED_EMAIL_ADDR is defined.\n#ZED_EMAIL_ADDR=\"root\"\nZED_EMAIL_ADDR=\"root\"\n\nZED_NOTIFY_INTERVAL_SECS=3600\n","hex":null,"link":null,"replaces":{"content":"# Email will only be sent if ZED_EMAIL_ADDR is defined.\n#ZED_EMAIL_ADDR=\"root\"\n\nZED_NOTIFY_INTERVAL_SECS=3600\n","link":null},"secret":null},{"path":"/root/.ssh/authorized_keys","mode":384,"content":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f admin@example.test\n","hex":null,"link":null,"replaces":null,"secret":null}],"steps":[{"id":"verify-artefact:base.squashfs","phase":"check","summary":"Compare the checksum of base.squashfs with the manifest's","destroys":[],"kind":"verify-artefact","artefact":"base.squashfs","sha256":"abababababababababababababababababababababababababababababababab","size_bytes":325058560,"pieces":[]},{"id":"run-hook:before-partitioning:hooks.before-partitioning[0]","phase":"check","summary":"Run hooks.before-partitioning[0]","destroys":[],"kind":"run-hook","point":"before-partitioning","name":"hooks.before-partitioning[0]","text":"#!/bin/sh\nexit 0\n","hex":null,"sha256":"306c6ca7407560340797866e077e053627ad409277d1b9da58106fce4cf717cb","timeout_seconds":60},{"id":"clear-disk:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"clear","summary":"Wipe QEMU HARDDISK, serial LAB0001, /dev/sda","destroys":["QEMU HARDDISK, serial LAB0001, 16 GiB (/dev/sda)","nothing known is on it"],"kind":"clear-disk","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001"},{"id":"partition-disk:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"partition","summary":"Write a GPT with 3 partitions to /dev/sda","destroys":[],"kind":"partition-disk","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001"},{"id":"format-esp:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"partition","summary":"Make a FAT32 file system 051B-66A0 on the ESP of /dev/sda","destroys":[],"kind":"format-esp","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","partition_guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5","fat_id":"051B-66A0"},{"id":"run-hook:after-partitioning:hooks.after-partitioning[0]","phase":"partition","summary":"Run hooks.after-partitioning[0]","destroys":[],"kind":"run-hook","point":"after-partitioning","name":"hooks.after-partitioning[0]","text":"#!/bin/sh\nlsblk\n","hex":null,"sha256":"a2e0660d39d39ae749f9893f9ae2e13485018fc24a669d80fe57ed856aafaea6","timeout_seconds":60},{"id":"create-volume-group:pve","phase":"storage","summary":"Create the volume group pve","destroys":[],"kind":"create-volume-group"},{"id":"create-volume:pve/swap","phase":"storage","summary":"Create the linear volume pve/swap of 1 GiB","destroys":[],"kind":"create-volume","volume":"swap"},{"id":"create-volume:pve/root","phase":"storage","summary":"Create the linear volume pve/root of 7.2 GiB","destroys":[],"kind":"create-volume","volume":"root"},{"id":"create-volume:pve/data","phase":"storage","summary":"Create the thin-pool volume pve/data of 5.2 GiB","destroys":[],"kind":"create-volume","volume":"data"},{"id":"format-volume:pve/swap","phase":"storage","summary":"Make swap on pve/swap","destroys":[],"kind":"format-volume","volume":"swap","filesystem":"swap","uuid":"3d7f2884-d412-436a-9fc0-b26cba5e16b2"},{"id":"format-volume:pve/root","phase":"storage","summary":"Make ext4 on pve/root","destroys":[],"kind":"format-volume","volume":"root","filesystem":"ext4","uuid":"55144548-5e28-489e-b0ec-b055a5d0356c"},{"id":"run-hook:before-unpack:hooks.before-unpack[0]","phase":"storage","summary":"Run hooks.before-unpack[0]","destroys":[],"kind":"run-hook","point":"before-unpack","name":"hooks.before-unpack[0]","text":"#!/bin/sh\nvgs\n","hex":null,"sha256":"3ac37abce81d41339b2d72eff3fce94ae4b196455dfd556cb519940b37dca964","timeout_seconds":60},{"id":"unpack-base:base.squashfs","phase":"unpack","summary":"Unpack the base system","destroys":[],"kind":"unpack-base","artefact":"base.squashfs"},{"id":"run-hook:after-unpack:hooks.after-unpack[0]","phase":"unpack","summary":"Run hooks.after-unpack[0]","destroys":[],"kind":"run-hook","point":"after-unpack","name":"hooks.after-unpack[0]","text":"#!/bin/sh\ntouch \"$BEDPLATE_ROOT/etc/first\"\n","hex":null,"sha256":"5bf269c913d044bb556be57cf19f95565cf3020c145dc0148bebf8edaf014256","timeout_seconds":60},{"id":"run-hook:after-unpack:hooks.after-unpack[1]","phase":"unpack","summary":"Run hooks.after-unpack[1]","destroys":[],"kind":"run-hook","point":"after-unpack","name":"hooks.after-unpack[1]","text":"#!/usr/bin/python3\nprint(1)\n","hex":null,"sha256":"3703bf30fc9d072e1b5354532a3535344846e77c2f55163be282a4ba065a3d1a","timeout_seconds":60},{"id":"write-files","phase":"configure","summary":"Write 23 files of this host","destroys":[],"kind":"write-files"},{"id":"run-in-root:1:newaliases","phase":"configure","summary":"Run newaliases in the new system","destroys":[],"kind":"run-in-root","argv":["newaliases"],"text":"","secret":null,"codes":[0]},{"id":"extend-initramfs:6.12.107+deb13-amd64","phase":"configure","summary":"Append /etc/hostid, /etc/modprobe.d/zfs.conf to the initramfs","destroys":[],"kind":"extend-initramfs","initrd":"/boot/initrd.img-6.12.107+deb13-amd64","paths":["/etc/hostid","/etc/modprobe.d/zfs.conf"]},{"id":"set-password:root","phase":"configure","summary":"Set root's password","destroys":[],"kind":"set-password","user":"root"},{"id":"make-host-keys","phase":"configure","summary":"Generate the SSH host keys","destroys":[],"kind":"make-host-keys"},{"id":"fill-esp:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"boot","summary":"Put shim and GRUB on the ESP of /dev/sda","destroys":[],"kind":"fill-esp","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","partition_guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5","copies":[{"source":"/usr/lib/shim/shimx64.efi.signed","path":"EFI/proxmox/shimx64.efi"},{"source":"/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed","path":"EFI/proxmox/grubx64.efi"},{"source":"/usr/lib/shim/mmx64.efi.signed","path":"EFI/proxmox/mmx64.efi"},{"source":"/usr/lib/shim/shimx64.efi.signed","path":"EFI/BOOT/BOOTX64.EFI"},{"source":"/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed","path":"EFI/BOOT/grubx64.efi"},{"source":"/usr/lib/shim/mmx64.efi.signed","path":"EFI/BOOT/mmx64.efi"}],"texts":[{"path":"EFI/debian/grub.cfg","content":"search.fs_uuid 55144548-5e28-489e-b0ec-b055a5d0356c root\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n"},{"path":"EFI/proxmox/grub.cfg","content":"search.fs_uuid 55144548-5e28-489e-b0ec-b055a5d0356c root\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n"},{"path":"EFI/BOOT/grub.cfg","content":"search.fs_uuid 55144548-5e28-489e-b0ec-b055a5d0356c root\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n"}]},{"id":"install-bios-grub:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"boot","summary":"Install GRUB for BIOS on /dev/sda","destroys":[],"kind":"install-bios-grub","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","partition_guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5","reads":"root"},{"id":"run-hook:before-final-check:hooks.before-final-check[0]","phase":"finish","summary":"Run hooks.before-final-check[0]","destroys":[],"kind":"run-hook","point":"before-final-check","name":"hooks.before-final-check[0]","text":"#!/bin/sh\nexit 0\n","hex":null,"sha256":"306c6ca7407560340797866e077e053627ad409277d1b9da58106fce4cf717cb","timeout_seconds":60},{"id":"finish-storage:pve","phase":"finish","summary":"Let go of pve","destroys":[],"kind":"finish-storage"},{"id":"mark-installed:scsi-0QEMU_QEMU_HARDDISK_LAB0001","phase":"finish","summary":"Label the ESP of /dev/sda as that of a finished installation","destroys":[],"kind":"mark-installed","disk":"scsi-0QEMU_QEMU_HARDDISK_LAB0001","partition_guid":"a0460639-4c39-46a9-a8f0-2ad772c5f5c5"}],"warnings":["The machine was started by a BIOS, so no entries can be made in a UEFI boot list; UEFI firmware will find each disk by the removable path EFI/BOOT/BOOTX64.EFI."]}
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

# Put shim and GRUB on the ESP of /dev/sda
mount_esp "${DISK1}-part2" "${WORK}/esp/1"
write "${WORK}/esp/1/EFI/debian/grub.cfg" <<'END'
search.fs_uuid 55144548-5e28-489e-b0ec-b055a5d0356c root
set prefix=($root)/boot/grub
configfile $prefix/grub.cfg
END
write "${WORK}/esp/1/EFI/proxmox/grub.cfg" <<'END'
search.fs_uuid 55144548-5e28-489e-b0ec-b055a5d0356c root
set prefix=($root)/boot/grub
configfile $prefix/grub.cfg
END
write "${WORK}/esp/1/EFI/BOOT/grub.cfg" <<'END'
search.fs_uuid 55144548-5e28-489e-b0ec-b055a5d0356c root
set prefix=($root)/boot/grub
configfile $prefix/grub.cfg
END
copy /usr/lib/shim/shimx64.efi.signed "${WORK}/esp/1/EFI/proxmox/shimx64.efi"
copy /usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed "${WORK}/esp/1/EFI/proxmox/grubx64.efi"
copy /usr/lib/shim/mmx64.efi.signed "${WORK}/esp/1/EFI/proxmox/mmx64.efi"
copy /usr/lib/shim/shimx64.efi.signed "${WORK}/esp/1/EFI/BOOT/BOOTX64.EFI"
copy /usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed "${WORK}/esp/1/EFI/BOOT/grubx64.efi"
copy /usr/lib/shim/mmx64.efi.signed "${WORK}/esp/1/EFI/BOOT/mmx64.efi"

# Install GRUB for BIOS on /dev/sda
grub-install --target=i386-pc --no-floppy --boot-directory="${ROOT}/boot" "$(realpath "$DISK1")"

# ---- finish ------------------------------------------------------------------------
echo '== finish'

# Run hooks.before-final-check[0]
install -D -m 0700 /dev/stdin /var/lib/bedplate/hooks/program <<'END'
#!/bin/sh
exit 0
END
BEDPLATE_POINT=before-final-check BEDPLATE_ROOT="$ROOT" timeout --kill-after=10 60 /var/lib/bedplate/hooks/program </dev/null

# Let go of pve
release
trap - EXIT

# Label the ESP of /dev/sda as that of a finished installation
fatlabel "${DISK1}-part2" BP-LXJGW4R3

echo 'Done.'
