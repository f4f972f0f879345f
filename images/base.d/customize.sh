#!/bin/sh
# Runs in the base system once all packages are in: settles what must be the same on every host and
# takes out what must not be.
set -eu

# --- the same everywhere -------------------------------------------------------------------------

echo 'en_US.UTF-8 UTF-8' > /etc/locale.gen
locale-gen
echo 'LANG=en_US.UTF-8' > /etc/locale.conf

passwd --lock root > /dev/null

systemctl set-default multi-user.target
# An installed host has its machine-id before its first boot, so systemd applies no presets there:
# what is to run is enabled here.
systemctl enable ssh.service systemd-timesyncd.service zfs.target zfs-zed.service \
    zfs-import-cache.service zfs-import.target zfs-mount.service smartmontools.service \
    postfix.service
# ifupdown2's networking.service owns the network.
systemctl mask systemd-networkd.service systemd-networkd.socket systemd-networkd-wait-online.service
# Host keys are made by the installer.
systemctl disable sshd-keygen.service
# The kernel command line says where the root is; guessing from partition types would mount ESPs.
mkdir -p /etc/systemd/system-generators
ln -sf /dev/null /etc/systemd/system-generators/systemd-gpt-auto-generator

# With Secure Boot on, and the key of the module not enrolled, there is no ZFS to load. A host without
# a pool is none the worse for that; on any other it stays a failure.
mkdir -p /etc/systemd/system/zfs-load-module.service.d
cat > /etc/systemd/system/zfs-load-module.service.d/50-bedplate.conf <<'CONF'
[Service]
ExecCondition=/bin/sh -c 'test -e /etc/zfs/zpool.cache || modprobe --quiet zfs'
CONF

# Arrays are found by scanning. The package wrote this file from the building machine's arrays.
cat > /etc/mdadm/mdadm.conf <<'CONF'
# See mdadm.conf(5). Arrays need not be listed here: they are assembled from their superblocks.
HOMEHOST <system>
MAILADDR root
CONF

# --- different everywhere ------------------------------------------------------------------------

# The key that signed the zfs module, made by dkms during this build, would be a trust anchor shared
# by every host. It is thrown away; the certificate stays, so that a Secure Boot machine can enrol
# it for exactly these modules. dkms makes each host a key of its own when it next builds.
mkdir -p /usr/share/bedplate
mv /var/lib/dkms/mok.pub /usr/share/bedplate/image-modules.der
rm /var/lib/dkms/mok.key

rm -f /etc/ssh/ssh_host_* /etc/hostid /etc/hostname /etc/resolv.conf /etc/zfs/zpool.cache \
    /var/lib/dbus/machine-id /var/lib/systemd/random-seed /var/lib/systemd/credential.secret
# Empty, not absent: systemd then treats a boot as the first one (machine-id(5)).
: > /etc/machine-id

# The building machine's name is not a host's; the installer says what each is called.
rm -f /etc/mailname
postconf -# myhostname mydestination
sed -i '/^#\(myhostname\|mydestination\)/d' /etc/postfix/main.cf

# The initramfs made while packages were installed has the deleted /etc/hostid in it, and without an
# /etc/hostname the zfs hook would put the building machine's name there.
echo localhost > /etc/hostname
update-initramfs -u -k all
rm -f /etc/hostname /etc/hostid

# --- traces of the build -------------------------------------------------------------------------

# mmdebstrap's options for the build; unsafe-io on a host would be a lie about durability.
rm -f /etc/dpkg/dpkg.cfg.d/99mmdebstrap /etc/apt/apt.conf.d/99mmdebstrap
rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/lib/dpkg/*-old
# What else is in /tmp is mmdebstrap's, its apt.conf among it: without that its last `apt-get clean`
# would clean the building machine's cache.
rm -rf /tmp/customize.sh /var/tmp/*
find /var/log -type f -exec truncate --size=0 {} +
