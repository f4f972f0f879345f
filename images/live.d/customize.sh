#!/bin/sh
# Runs inside the live layer, over the base system; /tmp/live.d has the files beside this one.
# Leaves kernel, initramfs and boot images in /boot/medium, from where the builder takes them.
set -eu
source=/tmp/live.d
kernel=$(ls /usr/lib/modules)
out=/boot/medium

cp -R "$source/overlay/." /

# --- units ---------------------------------------------------------------------------------------

systemctl set-default bedplate-live.target
systemctl enable getty@tty1.service
mkdir -p /etc/systemd/system/bedplate-live.target.wants
ln -s /usr/lib/systemd/system/ssh.service /etc/systemd/system/bedplate-live.target.wants/
# Nothing of this outlives the session, or is wanted before the installer has looked at the disks.
systemctl mask \
    blk-availability.service keyboard-setup.service console-setup.service ldconfig.service \
    lvm2-lvmpolld.socket lvm2-monitor.service mdmonitor.service systemd-binfmt.service \
    systemd-firstboot.service \
    systemd-hwdb-update.service systemd-journal-catalog-update.service \
    systemd-journal-flush.service systemd-machine-id-commit.service systemd-pcrphase.service \
    systemd-pcrphase-sysinit.service systemd-pstore.service systemd-random-seed.service \
    systemd-remount-fs.service systemd-sysusers.service systemd-timesyncd.service \
    systemd-tpm2-setup.service systemd-tpm2-setup-early.service systemd-update-done.service \
    systemd-user-sessions.service dev-hugepages.mount dev-mqueue.mount proc-sys-fs-binfmt_misc.automount \
    sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount \
    sys-kernel-tracing.mount cryptsetup.target remote-fs.target kmod-static-nodes.service \
    systemd-tmpfiles-setup-dev-early.service systemd-tmpfiles-setup-dev.service \
    systemd-udev-load-credentials.service run-lock.mount tmp.mount systemd-ask-password-console.path \
    systemd-ask-password-wall.path
# Generators that would look for more to start.
mkdir -p /etc/systemd/system-generators
for name in zfs-mount-generator systemd-fstab-generator systemd-hibernate-resume-generator \
    systemd-sysv-generator systemd-ssh-generator systemd-tpm2-generator systemd-rc-local-generator; do
    ln -sf /dev/null "/etc/systemd/system-generators/$name"
done
# Arrays and volume groups on the disks are evidence; they are not started behind our back. Names
# for disk slots need a file that a live system does not have, and cost a shell for each event.
mkdir -p /etc/udev/rules.d
for name in 64-md-raid-assembly.rules 69-lvm.rules 69-vdev.rules; do
    ln -sf /dev/null "/etc/udev/rules.d/$name"
done
echo bedplate-live > /etc/hostname
printf '127.0.0.1\tlocalhost bedplate-live\n::1\tlocalhost\n' > /etc/hosts
# A machine-id makes this boot not the first one: no presets, no first-boot questions.
echo 00000000000000000000000000000001 > /etc/machine-id

# --- modules -------------------------------------------------------------------------------------

# The ones that every start loads are unpacked here once: unpacking them with xz at each boot takes
# longer than anything else the system does. Without --force it skips files that have several links,
# as those of a cache have that was copied that way.
sed 's/#.*//' "$source/initramfs/modules" "$source/modules" /etc/modules-load.d/bedplate-live.conf |
    xargs --no-run-if-empty -n 1 modprobe --set-version "$kernel" --show-depends --ignore-install |
    sed -n 's/^insmod \(.*\.xz\) *$/\1/p' | sort -u | xargs unxz --force
depmod "$kernel"

# --- initramfs -----------------------------------------------------------------------------------

cd /usr/share/initramfs-tools/hooks
rm -f btrfs dmsetup fsck keymap lvm2 mdadm resume thermal thin-provisioning-tools xfs zfs zfsunlock
rm -f /usr/share/initramfs-tools/conf.d/zfs
# A medium in a drive needs no network driver, and none of these file systems.
sed -i -e '/^auto_add_modules net/d' \
    -e '/^manual_add_modules \(btrfs\|hfs\|hfsplus\|jffs2\|ext3\|ext4\|nfit\|nd_pmem\|of_pmem\)$/d' live
cd /
mkdir -p "$out"
mkinitramfs -d "$source/initramfs" -o "$out/initrd.img" "$kernel"
cp "/boot/vmlinuz-$kernel" "$out/vmlinuz"

# --- boot images of the medium ---------------------------------------------------------------------

# BIOS: GRUB for El Torito, and the boot sector that starts the same from a USB stick.
grub-mkimage --format=i386-pc-eltorito --prefix=/boot/grub --output="$out/eltorito.img" \
    biosdisk iso9660 normal linux search search_fs_file configfile serial terminal echo all_video
cp /usr/lib/grub/i386-pc/boot_hybrid.img "$out/boot_hybrid.img"
# UEFI: shim and GRUB as Debian and Microsoft signed them. This GRUB looks for /.disk/info.
mkdir -p "$out/efi"
cp /usr/lib/shim/shimx64.efi.signed "$out/efi/bootx64.efi"
cp /usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed "$out/efi/grubx64.efi"
cp /usr/lib/shim/mmx64.efi.signed "$out/efi/mmx64.efi"
