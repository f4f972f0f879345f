"""An answer file that is fine, what may be changed in it, and every mistake that is tested."""

from __future__ import annotations

import struct
from base64 import b64encode

from tests.unit.config.first_boot_mistakes import FIRST_BOOT_MISTAKES
from tests.unit.config.settings_mistakes import SETTINGS_MISTAKES

PASSWORD = "correct horse"

FINE = {
    "global.keyboard": '"de"',
    "global.country": '"at"',
    "global.fqdn": '"host.example.com"',
    "global.mailto": '"root@example.com"',
    "global.timezone": '"Europe/Vienna"',
    "global.root-password": f'"{PASSWORD}"',
    "network.source": '"from-dhcp"',
    "disk-setup.filesystem": '"ext4"',
    "disk-setup.disk-list": '["sda"]',
}
Changes = dict[str, str | None]

STATIC: Changes = {
    "network.source": '"from-answer"',
    "network.cidr": '"192.0.2.7/24"',
    "network.dns": '"192.0.2.53"',
    "network.gateway": '"192.0.2.1"',
    "network.filter.INTERFACE": '"en*"',
}
CHOOSING: Changes = {"disk-setup.disk-list": None}
MIRROR: Changes = {
    "disk-setup.filesystem": '"zfs"',
    "disk-setup.zfs.raid": '"raid1"',
    "disk-setup.disk-list": '["sda", "sdb"]',
}
BTRFS: Changes = {
    "disk-setup.filesystem": '"btrfs"',
    "disk-setup.btrfs.raid": '"raid1"',
    "disk-setup.disk-list": '["sda", "sdb"]',
}
SPECIAL: Changes = {
    "disk-setup.filesystem": None,
    "disk-setup.layout": '"zfs-mirror-special"',
    "disk-setup.disk-list": '["sda", "sdb"]',
    "disk-setup.special.disk-list": '["sdc", "sdd"]',
}
ENCRYPTED: Changes = MIRROR | {
    "disk-setup.zfs.encryption.key": '"passphrase"',
    "disk-setup.zfs.encryption.passphrase": f'"{PASSWORD}"',
}


def key_text(kind: str, *fields: bytes) -> str:
    blob = b"".join(struct.pack(">I", len(field)) + field for field in fields)
    return f"{kind} {b64encode(blob).decode()}"


KEY = key_text("ssh-ed25519", b"ssh-ed25519", bytes(32))
MISNAMED_KEY = key_text("ssh-rsa", b"ssh-ed25519", bytes(32))

# What is different from FINE; None leaves the key out.
# The sample certificate of version 6 in RFC 9580, appendix A.3.
ARCHIVE_KEY = """-----BEGIN PGP PUBLIC KEY BLOCK-----

xioGY4d/4xsAAAAg+U2nu0jWCmHlZ3BqZYfQMxmZu52JGggkLq2EVD34laPCsQYf
GwoAAABCBYJjh3/jAwsJBwUVCg4IDAIWAAKbAwIeCSIhBssYbE8GCaaX5NUt+mxy
KwwfHifBilZwj2Ul7Ce62azJBScJAgcCAAAAAK0oIBA+LX0ifsDm185Ecds2v8lw
gyU2kCcUmKfvBXbAf6rhRYWzuQOwEn7E/aLwIwRaLsdry0+VcallHhSu4RN6HWaE
QsiPlR4zxP/TP7mhfVEe7XWPxtnMUMtf15OyA51YBM4qBmOHf+MZAAAAIIaTJINn
+eUBXbki+PSAld2nhJh/LVmFsS+60WyvXkQ1wpsGGBsKAAAALAWCY4d/4wKbDCIh
BssYbE8GCaaX5NUt+mxyKwwfHifBilZwj2Ul7Ce62azJAAAAAAQBIKbpGG2dWTX8
j+VjFM21J0hqWlEg+bdiojWnKfA5AQpWUWtnNwDEM0g12vYxoWM8Y81W+bHBw805
I8kWVkXU6vFOi+HWvv/ira7ofJu16NnoUkhclkUrk0mXubZvyl4GBg==
-----END PGP PUBLIC KEY BLOCK-----
"""
FINGERPRINT = "CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9"
OTHER: Changes = {
    "repositories.other.docker.url": '"https://download.docker.com/linux/debian"',
    "repositories.other.docker.suites": '["trixie"]',
    "repositories.other.docker.components": '["stable"]',
    "repositories.other.docker.key": f'"""{ARCHIVE_KEY}"""',
    "repositories.other.docker.key-fingerprint": f'"{FINGERPRINT}"',
}

MISTAKES: dict[str, Changes] = {
    "arc-max-small": MIRROR | {"disk-setup.zfs.arc-max": "63"},
    "ashift-high": MIRROR | {"disk-setup.zfs.ashift": "17"},
    "ashift-low": MIRROR | {"disk-setup.zfs.ashift": "8"},
    "ashift-text": MIRROR | {"disk-setup.zfs.ashift": '"12"'},
    "btrfs-against-its-layout": {
        "disk-setup.filesystem": None,
        "disk-setup.layout": '"btrfs-raid1"',
        "disk-setup.btrfs.raid": '"raid10"',
        "disk-setup.disk-list": '["sda", "sdb"]',
    },
    "btrfs-on-one-disk": BTRFS | {"disk-setup.disk-list": '["sda"]'},
    "btrfs-parity": BTRFS | {"disk-setup.btrfs.raid": '"raid5"'},
    "btrfs-with-zfs": BTRFS | {"disk-setup.zfs.ashift": "12"},
    "btrfs-without-raid": {"disk-setup.filesystem": '"btrfs"', "disk-setup.btrfs": "{}"},
    "btrfs-values": {
        "disk-setup.filesystem": '"btrfs"',
        "disk-setup.btrfs.raid": '"raid5"',
        "disk-setup.btrfs.compress": '"lz4"',
        "disk-setup.btrfs.hdsize": "1",
    },
    "checksum": MIRROR | {"disk-setup.zfs.checksum": '"md5"'},
    "cidr-broadcast": STATIC | {"network.cidr": '"192.0.2.255/24"'},
    "cidr-family": STATIC | {"network.cidr": '"2001:db8::7/64"'},
    "cidr-is-network": STATIC | {"network.cidr": '"192.0.2.0/24"'},
    "cidr-loopback": STATIC | {"network.cidr": '"127.0.0.1/8"'},
    "cidr-mask-long": STATIC | {"network.cidr": '"192.0.2.7/33"'},
    "cidr-mask-short": STATIC | {"network.cidr": '"192.0.2.7/7"'},
    "cidr-netmask": STATIC | {"network.cidr": '"192.0.2.7/255.255.255.0"'},
    "cidr-without-mask": STATIC | {"network.cidr": '"192.0.2.7"'},
    "cidr-zone": STATIC | {"network.cidr": '"fe80::1%eth0/64"'},
    "compress": MIRROR | {"disk-setup.zfs.compress": '"lzma"'},
    "copies": MIRROR | {"disk-setup.zfs.copies": "4"},
    "country-case": {"global.country": '"AT"'},
    "country-unknown": {"global.country": '"xx"'},
    "country-missing": {"global.country": None},
    "dhcp-with-address": {"network.cidr": '"192.0.2.7/24"', "network.gateway": '"192.0.2.1"'},
    "disk-list-empty": {"disk-setup.disk-list": "[]"},
    "disk-list-duplicate": MIRROR | {"disk-setup.disk-list": '["sda", "/dev/sda"]'},
    "disk-list-and-filter": {"disk-setup.filter.ID_BUS": '"ata"'},
    "disk-list-line-break": {"disk-setup.disk-list": '["sda\\nsdb"]'},
    "disk-list-nothing": {"disk-setup.disk-list": '[""]'},
    "disk-list-number": {"disk-setup.disk-list": "[1]"},
    "disks-missing": {"disk-setup.disk-list": None},
    "disks-too-few": MIRROR | {"disk-setup.disk-list": '["sda"]'},
    "disks-too-many": {"disk-setup.disk-list": '["sda", "sdb"]'},
    "dns": STATIC | {"network.dns": '"dns.example.com"'},
    "dns-unspecified": STATIC | {"network.dns": '"0.0.0.0"'},
    "filesystem-missing": {"disk-setup.filesystem": None},
    "filesystem-unknown": {"disk-setup.filesystem": '"ext3"'},
    "filter-empty": {"disk-setup.disk-list": None, "disk-setup.filter": "{}"},
    "filter-match": CHOOSING
    | {"disk-setup.filter.ID_BUS": '"ata"', "disk-setup.filter-match": '"both"'},
    "filter-name": {"disk-setup.disk-list": None, 'disk-setup.filter."A B"': '"x"'},
    "filter-pattern": {"disk-setup.disk-list": None, "disk-setup.filter.ID_BUS": '""'},
    "fqdn-dashes": {"global.fqdn": '"-host.example.com"'},
    "fqdn-digits": {"global.fqdn": '"123.example.com"'},
    "fqdn-dot": {"global.fqdn": '"host.example.com."'},
    "fqdn-label": {"global.fqdn": f'"{"a" * 64}.example.com"'},
    "fqdn-line-break": {"global.fqdn": '"host.example.com\\n"'},
    "fqdn-long": {"global.fqdn": f'"{"a." * 126}com"'},
    "fqdn-no-domain": {"global.fqdn": '"host"'},
    "fqdn-number": {"global.fqdn": "5"},
    "fqdn-localhost": {"global.fqdn": '"Localhost.localdomain"'},
    "fqdn-placeholder": {"global.fqdn": '"pve.example.invalid"'},
    "fqdn-table-domain": {"global.fqdn": '{ source = "from-dhcp", domain = "a b" }'},
    "fqdn-table-key": {"global.fqdn": '{ source = "from-dhcp", domian = "a" }'},
    "fqdn-table-source": {"global.fqdn": "{ }"},
    "fqdn-table-static": STATIC | {"global.fqdn": '{ source = "from-dhcp" }'},
    "fqdn-umlaut": {"global.fqdn": '"höst.example.com"'},
    "gateway-broadcast": STATIC | {"network.gateway": '"192.0.2.255"'},
    "gateway-family": STATIC | {"network.gateway": '"2001:db8::1"'},
    "gateway-is-host": STATIC | {"network.gateway": '"192.0.2.7"'},
    "global-is-text": {key: None for key in FINE if key.startswith("global")} | {"global": '"x"'},
    "hash-plain": {"global.root-password": None, "global.root-password-hashed": f'"{PASSWORD}"'},
    "hash-short": {"global.root-password": None, "global.root-password-hashed": '"$6$salt$abc"'},
    "hash-and-plain": {"global.root-password-hashed": '"$6$salt$abc"'},
    "hdsize-infinite": {"disk-setup.lvm.hdsize": "inf"},
    "hdsize-small": {"disk-setup.lvm.hdsize": "1.9"},
    "hdsize-text": {"disk-setup.lvm.hdsize": '"16G"'},
    "keyboard-unknown": {"global.keyboard": '"en"'},
    "keyboard-table": {"global.keyboard": "{ layout = 5 }"},
    "key-twice": {"global.root_password": '"another one"'},
    "layout-contradicts-filesystem": {"disk-setup.layout": '"zfs-mirror"'},
    "layout-contradicts-raid": MIRROR
    | {"disk-setup.layout": '"zfs-mirror"', "disk-setup.zfs.raid": '"raid0"'},
    "layout-unknown": {"disk-setup.filesystem": None, "disk-setup.layout": '"zfs-miror"'},
    "lvm-beside-zfs": MIRROR | {"disk-setup.lvm.maxroot": "10"},
    "mailto": {"global.mailto": '"root"'},
    "mailto-placeholder": {"global.mailto": '"mail@example.invalid"'},
    "network-missing": {"network.source": None},
    "network-source": {"network.source": '"dhcp"'},
    "password-control": {"global.root-password": '"one line\\nand another"'},
    "password-long": {"global.root-password": f'"{"é" * 256}"'},
    "password-missing": {"global.root-password": None},
    "password-number": {"global.root-password": "123456789"},
    "password-short": {"global.root-password": '"sesame7"'},
    "pinning-mac": {
        "network.interface-name-pinning": '{ enabled = true, mapping = { "52:54" = "nic0" } }'
    },
    "pinning-mac-twice": {
        "network.interface-name-pinning": "{ enabled = true, mapping = "
        '{ "52:54:00:aa:00:01" = "nic0", "52:54:00:AA:00:01" = "nic1" } }'
    },
    "pinning-name": {
        "network.interface-name-pinning.mapping": '{ "52:54:00:00:00:01" = "0", '
        '"52:54:00:00:00:02" = "abcdefghijklmnop", "52:54:00:00:00:03" = "nic0", '
        '"52:54:00:00:00:04" = "nic0" }'
    },
    "raid-missing": {"disk-setup.filesystem": '"zfs"'},
    "raid-too-few-disks": MIRROR | {"disk-setup.zfs.raid": '"raidz-2"'},
    "raid-unknown": MIRROR | {"disk-setup.zfs.raid": '"mirror"'},
    "reboot-mode": {"global.reboot-mode": '"poweroff"'},
    "ssh-key-base64": {"global.root-ssh-keys": '["ssh-ed25519 AAAA!", "ssh-ed25519 AAAÄ"]'},
    "ssh-key-cut": {"global.root-ssh-keys": f'["{KEY[:-8]}"]'},
    "ssh-key-lines": {"global.root-ssh-keys": f'["{KEY}\\n{KEY}"]'},
    "ssh-key-only-type": {"global.root-ssh-keys": '["ssh-ed25519"]'},
    "ssh-key-other-type": {"global.root-ssh-keys": f'["{MISNAMED_KEY}"]'},
    "ssh-key-private": {"global.root-ssh-keys": '["-----BEGIN OPENSSH PRIVATE KEY-----"]'},
    "static-without-everything": {"network.source": '"from-answer"'},
    "subscription-key": {"global.subscription-key": '"pve2c-0123456789\\n"'},
    "subscription-key-short": {"global.subscription-key": '"pve2c-0123"'},
    "maxroot-zero": {"disk-setup.lvm.maxroot": "0"},
    "maxvz-negative": {"disk-setup.lvm.maxvz": "-0.5"},
    "minfree-above-hdsize": {"disk-setup.lvm.hdsize": "16", "disk-setup.lvm.minfree": "16"},
    "swap-negative": {"disk-setup.lvm.swapsize": "-1"},
    "swap-too-big": {"disk-setup.lvm.swapsize": "9", "disk-setup.lvm.hdsize": "16"},
    "switches": {
        "disk-setup.accept-small-disk": '"yes"',
        "disk-setup.slack": "0",
        "global.reboot-on-error": '"no"',
        "network.interface-name-pinning.enabled": "1",
    },
    "timezone-legacy": {"global.timezone": '"US/Pacific"'},
    "timezone-path": {"global.timezone": '"../../etc/passwd"'},
    "timezone-typo": {"global.timezone": '"Europe/Wien"'},
    "unknown-key": {"disk-setup.lvm.swap-size": "4"},
    "unknown-table": {"globl.country": '"at"'},
    "repositories-unknown": {
        "repositories.enabled": '["debian", "pve-no-subscripton", "ceph-quinzy", "debian", ""]'
    },
    "repositories-channels": {
        "repositories.enabled": '["debian", "pve-enterprise", "pve-no-subscription", "pvetest", '
        '"pve-test", "ceph-squid-test", "ceph-reef-test"]'
    },
    "repositories-urls": {
        "repositories.proxy": '"proxy.example.com:3128"',
        "repositories.mirror.debian": '"http://me:word@mirror.example.com/debian"',
        "repositories.mirror.debian-security": '"http://mirror.example.com/a b"',
        "repositories.mirror.proxmox": '"http://mirror.example.com/?debian"',
        "repositories.mirror.proxmox-enterprise": '"ftp://mirror.example.com/debian"',
    },
    "repositories-lines": {
        "repositories.proxy": '"http://proxy.example.com/\\";\\nAPT::Update::Pre-Invoke"',
        "repositories.mirror.debian": '"http://mirror.example.com/debian\\nTypes: deb-src"',
        "repositories.mirror.proxmox": '"http://mirror.example.com/debian [trusted=yes]"',
        "repositories.mirror.debian-security": '"http://[::1/debian"',
    },
    "repositories-keys": {
        "repositories.formt": '"deb822"',
        "repositories.mirror.ubuntu": '"http://mirror.example.com/ubuntu"',
        "repositories.format": '"deb-822"',
        "repositories.other.docker.uri": '"https://download.docker.com/linux/debian"',
    },
    "repositories-proxmox-key": {"repositories.proxmox-key": '"bm8ga2V5"'},
    "repositories-proxmox-key-base64": {"repositories.proxmox-key": '"no base64!"'},
    "repositories-other-empty": {"repositories.other.docker": "{}"},
    "repositories-other-name": OTHER | {'repositories.other."a b"': "{}"},
    "repositories-other-known": {
        f"repositories.other.ceph{key[25:]}": value for key, value in OTHER.items()
    },
    "repositories-other-words": OTHER
    | {
        "repositories.other.docker.suites": '["trixie", "trixie", "a b", "x\\nTypes: deb"]',
        "repositories.other.docker.components": '["-", "[", ""]',
    },
    "repositories-other-no-suite": OTHER | {"repositories.other.docker.suites": "[]"},
    "repositories-other-folder": OTHER | {"repositories.other.docker.suites": '["./"]'},
    "repositories-other-mixed": OTHER
    | {
        "repositories.other.docker.suites": '["./", "trixie"]',
        "repositories.other.docker.components": None,
    },
    "repositories-other-without-components": OTHER | {"repositories.other.docker.components": None},
    "repositories-other-key": OTHER | {"repositories.other.docker.key": '"ssh-ed25519 AAAA"'},
    "repositories-other-key-private": OTHER
    | {"repositories.other.docker.key": '"-----BEGIN PGP PRIVATE KEY BLOCK-----"'},
    "repositories-other-fingerprint": OTHER
    | {"repositories.other.docker.key-fingerprint": f'"{FINGERPRINT[:-4]}ABCD"'},
    "repositories-other-fingerprint-short": OTHER
    | {"repositories.other.docker.key-fingerprint": '"BAD9ACC9"'},
    "webhook": {
        "post-installation-webhook": '{ url = "ftp://x", cert-fingerprint = "ab:cd", '
        'auth-token = "two\\nlines" }'
    },
    "select-beside-filter": CHOOSING
    | {"disk-setup.filter.ID_BUS": '"ata"', "disk-setup.select.model": '"S*"'},
    "select-empty-patterns": CHOOSING
    | {
        "disk-setup.select.model": '""',
        "disk-setup.select.serial": '"one\\ntwo"',
        "disk-setup.select.wwn": '" "',
        "disk-setup.select.path": '""',
    },
    "select-of-nothing": CHOOSING | {"disk-setup.select.count": "2"},
    "select-out-of-range": CHOOSING
    | {
        "disk-setup.select.min-size": "9",
        "disk-setup.select.max-size": "8",
        "disk-setup.select.at-least": "3",
        "disk-setup.select.count": "2",
        "disk-setup.select.property": "{}",
    },
    "select-types": CHOOSING
    | {
        "disk-setup.select.max-size": "-1",
        "disk-setup.select.rotational": "1",
        "disk-setup.select.count": "0",
        "disk-setup.select.removable": '"no"',
    },
    "select-unknown": CHOOSING
    | {"disk-setup.select.transport": '["nvme", "scsi", "ide"]', "disk-setup.select.modle": '"S*"'},
    "special-missing": SPECIAL | {"disk-setup.special.disk-list": None},
    "special-of-nothing": SPECIAL
    | {"disk-setup.special.disk-list": None, "disk-setup.special": "{}"},
    "special-beside-mirror": SPECIAL | {"disk-setup.layout": '"zfs-mirror"'},
    "special-values": SPECIAL
    | {
        "disk-setup.special.disk-list": '["sdc"]',
        "disk-setup.special.small-blocks": '"5K"',
        "disk-setup.special.logsize": "-1",
        "disk-setup.special.cachesize": "inf",
        "disk-setup.special.hdsize": "1",
        "disk-setup.special.cache-size": "1",
        "disk-setup.special.select.count": "2",
    },
    "special-takes-all": SPECIAL | {"disk-setup.special.small-blocks": '"128K"'},
    "swap-too-big-zfs": MIRROR | {"disk-setup.zfs.swapsize": "9", "disk-setup.zfs.hdsize": "16"},
    "lvm-keys-beside-zfs": MIRROR
    | {"disk-setup.lvm.swapsize": "4", "disk-setup.zfs.maxroot": "20"},
    "free-negative": {"disk-setup.free": "-1"},
    "dataset-unknown": MIRROR | {"disk-setup.zfs.dataset.date.atime": '"off"'},
    "dataset-properties": MIRROR
    | {
        "disk-setup.zfs.dataset.data.record_size": '"1M"',
        "disk-setup.zfs.dataset.data.recordsize": '"100K"',
        "disk-setup.zfs.dataset.data.compression": '"zstd-20"',
        "disk-setup.zfs.dataset.data.encryption": '"on"',
        "disk-setup.zfs.dataset.data.quota": '"much"',
        "disk-setup.zfs.dataset.data.copies": "2",
        'disk-setup.zfs.dataset.data."Upper:case"': '"x"',
        'disk-setup.zfs.dataset.data."com.example:line"': '"a\\nb"',
        'disk-setup.zfs.dataset."ROOT/pve-1".mountpoint': '"/mnt"',
        "disk-setup.zfs.dataset.ROOT.readonly": '"on"',
        "disk-setup.zfs.dataset.var-lib-vz.mountpoint": '"/etc/../srv"',
    },
    "dataset-over-the-system": MIRROR | {"disk-setup.zfs.dataset.data.mountpoint": '"/usr/local"'},
    "dataset-at-one-place": MIRROR | {"disk-setup.zfs.dataset.data.mountpoint": '"/var/lib/vz"'},
    "encryption-without-key": MIRROR | {"disk-setup.zfs.encryption.dataset": '"data"'},
    "encryption-key-unknown": MIRROR | {"disk-setup.zfs.encryption.key": '"keyfile"'},
    "encryption-without-passphrase": MIRROR | {"disk-setup.zfs.encryption.key": '"passphrase"'},
    "encryption-passphrase-short": ENCRYPTED | {"disk-setup.zfs.encryption.passphrase": '"short"'},
    "encryption-passphrase-long": ENCRYPTED
    | {"disk-setup.zfs.encryption.passphrase": f'"{PASSWORD * 40}"'},
    "encryption-passphrase-lines": ENCRYPTED
    | {"disk-setup.zfs.encryption.passphrase": f'"{PASSWORD}\\n"'},
    "encryption-two-keys": ENCRYPTED | {"disk-setup.zfs.encryption.key": '"file"'},
    "encryption-dataset-unknown": ENCRYPTED | {"disk-setup.zfs.encryption.dataset": '"Data"'},
    "encryption-root-by-file": MIRROR
    | {"disk-setup.zfs.encryption.key": '"file"', "disk-setup.zfs.encryption.dataset": '"ROOT"'},
    "webhook-pinned-without-tls": {
        "post-installation-webhook.url": '"http://x.org/"',
        "post-installation-webhook.cert-fingerprint": f'"{"ab" * 32}"',
    },
    "webhook-without-url": {"post-installation-webhook.auth-token": f'"{PASSWORD}"'},
    "unmount-rename": {"disk-setup.unmount": '"no"', "disk-setup.rename": "true"},
    "wipe": CHOOSING | {"disk-setup.select.model": '"S*"', "disk-setup.wipe": '"no"'},
    "zfs-hdsize": MIRROR | {"disk-setup.zfs.hdsize": "1"},
    "zfs-beside-ext4": {"disk-setup.zfs.raid": '"raid1"'},
    **SETTINGS_MISTAKES,
    **FIRST_BOOT_MISTAKES,
}


def answer(changes: Changes) -> bytes:
    """The fine answer file with some of its keys changed, or left out for `None`."""
    values = FINE | changes
    return "".join(f"{key} = {value}\n" for key, value in values.items() if value).encode()
