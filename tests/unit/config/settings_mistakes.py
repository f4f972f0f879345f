"""Mistakes in the tables that say how a host is set up, each beside a file that is fine."""

from __future__ import annotations

Changes = dict[str, str | None]

SECRET = "correct horse"
RELAY: Changes = {"mail.relay.host": '"smtp.example.com"'}
LOGIN: Changes = RELAY | {"mail.relay.user": '"host"', "mail.relay.password": f'"{SECRET}"'}
KEYS: Changes = {"node.admin.ssh-keys": '["ssh-ed25519 AAAA"]'}
ADMIN: Changes = {"node.admin.name": '"admin"', "node.admin.password": f'"{SECRET}"'}

SETTINGS_MISTAKES: dict[str, Changes] = {
    "time-servers": {
        "time.servers": '["ntp1.example.com", "10.0.0.256", "ntp_1", "ntp1.example.com", '
        '"fe80::1%eth0"]',
        "time.fallback-servers": '["", "2001:db8::123", "a b"]',
    },
    "time-no-servers": {"time.servers": "[]"},
    "time-servers-as-text": {"time.servers": '"ntp1.example.com ntp2.example.com"'},
    "time-unknown-key": {"time.server": '["ntp1.example.com"]'},
    "mail-sender": {"mail.sender": '"Host <host@example.com>"'},
    "mail-relay-without-host": {"mail.relay.port": "587"},
    "mail-relay-values": {
        "mail.relay.host": '"smtp.example.com:587"',
        "mail.relay.port": "65536",
        "mail.relay.security": '"ssl"',
        "mail.relay.verify": '"no"',
    },
    "mail-relay-verifies-nothing": RELAY
    | {"mail.relay.security": '"none"', "mail.relay.verify": "true"},
    "mail-relay-user-without-password": RELAY | {"mail.relay.user": '"host"'},
    "mail-relay-password-without-user": RELAY | {"mail.relay.password": f'"{SECRET}"'},
    "mail-relay-password-in-the-clear": LOGIN | {"mail.relay.security": '"none"'},
    "mail-relay-login-of-two-lines": LOGIN
    | {"mail.relay.user": '"host:admin"', "mail.relay.password": f'"{SECRET}\\n"'},
    "mail-relay-password-as-number": LOGIN | {"mail.relay.password": "12345678"},
    "smart-values": {"smart.self-tests": '"daily"', "smart.temperature": "140"},
    "zfs-arc-limits": {"zfs.arc-max": "32", "zfs.arc-min": "16"},
    "zfs-arc-crossed": {"zfs.arc-max": "1024", "zfs.arc-min": "1024"},
    "zfs-arc-twice": {
        "disk-setup.filesystem": '"zfs"',
        "disk-setup.zfs.raid": '"raid1"',
        "disk-setup.disk-list": '["sda", "sdb"]',
        "disk-setup.zfs.arc-max": "4096",
        "zfs.arc-max": "2048",
    },
    "zfs-pool-values": {
        "zfs.pool.NAME.autotrim": '"on"',
        "zfs.pool.NAME.scrub": '"daily"',
        'zfs.pool."9 lives".autotrim': "true",
        "zfs.pool.mirror.autotrim": "true",
    },
    "zfs-pool-unknown-key": {"zfs.pool.tank.autotrm": "true"},
    "zfs-dataset-values": {
        "zfs.dataset.tank.compression": '"zstd-20"',
        'zfs.dataset."tank/a b".atime': '"off"',
        'zfs.dataset."tank/vm".casesensitivity': '"mixed"',
        'zfs.dataset."tank/vm".special_small_blocks': '"3K"',
        'zfs.dataset."tank/vm".encryption': '"on"',
        'zfs.dataset."tank/vm".volsize': '"1G"',
    },
    "zfs-dataset-of-the-root": {
        "zfs.dataset.tank.readonly": '"on"',
        'zfs.dataset."rpool/ROOT".mountpoint': '"/mnt"',
        'zfs.dataset."rpool/ROOT/pve-1".canmount': '"off"',
        'zfs.dataset."rpool/ROOTS".canmount': '"off"',
        'zfs.dataset."rpool/data".mountpoint': '"/etc/data"',
    },
    "zfs-encrypted-values": {
        "zfs.encrypted.NAME.key": '"file"',
        'zfs.encrypted."tank/a".key': '"keyfile"',
        'zfs.encrypted."tank/b".key': '"passphrase"',
        'zfs.encrypted."tank/c".key': '"file"',
        'zfs.encrypted."tank/c".passphrase': f'"{SECRET}"',
        'zfs.encrypted."tank/d".key': '"passphrase"',
        'zfs.encrypted."tank/d".passphrase': '"short"',
        'zfs.encrypted."tank/e".passphrase': f'"{SECRET}"',
        'zfs.encrypted."tank/..".key': '"file"',
    },
    "zfs-encrypted-key-missing": {
        "zfs.encrypted.NAME.key": '"vault"',
        "zfs.encrypted.NAME.passphrase": "1",
    },
    "swap-on-a-zvol": {"swap.devices": '["/dev/zvol/rpool/swap", "/dev/zd16"]'},
    "swap-devices": {
        "swap.devices": '["/dev/sdb1", "swap", "/dev/../etc/passwd", "/dev/pve/swap", '
        '"/dev/pve/swap"]',
        "swap.swappiness": "201",
    },
    "swap-as-a-size": {"swap.devices": "8"},
    "node-description": {"node.description": '"rack 1\\nrack 2"'},
    "node-description-quoted": {"node.description": '"$(reboot)"'},
    "node-locale": {"node.locale": '"german"'},
    "node-names": {
        'node.hosts."nas"': '["192.0.2.9"]',
        'node.hosts."192.0.2.9"': '["nas.example.com", "n_a_s"]',
        'node.hosts."127.0.0.1"': '["here"]',
        'node.hosts."2001:db8::9"': "[]",
    },
    "node-hosts-as-text": {'node.hosts."192.0.2.9"': '"nas"'},
    "node-sysctl": {
        'node.sysctl."vm.swappiness"': "10",
        'node.sysctl."dirty ratio"': "10",
        'node.sysctl."kernel.panic"': '"10\\n20"',
        'node.sysctl."kernel.sysrq"': "true",
        'node.sysctl."kernel.hostname"': '""',
    },
    "node-sysctl-NAME": {"node.sysctl.NAME": "1"},
    "node-wake-on-lan": {
        "node.wake-on-lan": '["52:54:00:12:34:56", "eno1", "52:54:00:12:34:56"]',
    },
    "node-ssh": {
        "node.ssh.root-login": '"without-password"',
        "node.ssh.passwords": '"no"',
        "node.ssh.port": "0",
    },
    "node-ssh-nobody": {"node.ssh.root-login": '"no"'},
    "node-ssh-nobody-by-key": ADMIN
    | {"node.ssh.root-login": '"no"', "node.ssh.passwords": "false"},
    "node-admin-values": KEYS
    | {
        "node.admin.name": '"Admin"',
        "node.admin.full-name": '"Admin: one"',
        "node.admin.password": '"short"',
        "node.admin.password-hashed": '"$6$salt$x"',
        "node.admin.sudo-without-password": "1",
    },
    "node-admin-system-user": ADMIN | {"node.admin.name": '"postfix"'},
    "node-admin-without-name": {"node.admin.password": f'"{SECRET}"'},
    "node-admin-cannot-log-in": {"node.admin.name": '"admin"'},
    "node-admin-cannot-sudo": {
        "node.admin.name": '"admin"',
        "node.admin.ssh-keys": '["ssh-ed25519 '
        'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"]',
    },
    "metrics-values": {
        "metrics.graphite.NAME.server": '"graphite_1"',
        "metrics.graphite.NAME.port": "0",
        "metrics.graphite.NAME.path": '"pro xmox"',
        "metrics.graphite.NAME.proto": '"http"',
        "metrics.graphite.NAME.mtu": "100",
        "metrics.graphite.NAME.timeout": "11",
        "metrics.graphite.NAME.disable": "1",
        'metrics.graphite."9".server': '"192.0.2.1"',
    },
    "metrics-path-of-an-underscore": {
        "metrics.graphite.NAME.server": '"192.0.2.1"',
        "metrics.graphite.NAME.path": '"site_a.pve"',
    },
    "metrics-path-of-a-dash": {
        "metrics.graphite.NAME.server": '"192.0.2.1"',
        "metrics.graphite.NAME.path": '"site.-a"',
    },
    "metrics-path-with-a-dot-at-its-end": {
        "metrics.graphite.NAME.server": '"192.0.2.1"',
        "metrics.graphite.NAME.path": '"site."',
    },
    "metrics-names": {
        'metrics.graphite."a b".server': '"192.0.2.1"',
        'metrics.graphite."../x".server': '"192.0.2.1"',
        'metrics.influxdb."a".server': '"192.0.2.1"',
        'metrics.influxdb."-a".server': '"192.0.2.1"',
        'metrics.influxdb."".server': '"192.0.2.1"',
        'metrics.influxdb."a\\nb".server': '"192.0.2.1"',
    },
    "metrics-token-of-two-lines": {
        "metrics.influxdb.NAME.server": '"192.0.2.2"',
        "metrics.influxdb.NAME.proto": '"https"',
        "metrics.influxdb.NAME.token": f'"{SECRET}\\n{SECRET}"',
    },
    "metrics-of-another-kind": {"metrics.prometheus.NAME.server": '"192.0.2.2"'},
    "metrics-of-two-kinds-of-wrong": {
        "metrics.graphite.NAME.server": '"192.0.2.1:2003"',
        "metrics.influxdb.NAME.server": '"http://192.0.2.2"',
        "metrics.influxdb.NAME.proto": '"udp"',
        "metrics.influxdb.NAME.token": f'"{SECRET}"',
    },
    "metrics-influxdb-values": {
        "metrics.influxdb.NAME.server": '"192.0.2.256"',
        "metrics.influxdb.NAME.proto": '"https"',
        "metrics.influxdb.NAME.bucket": '" a"',
        "metrics.influxdb.NAME.organization": '"a\\nb"',
        "metrics.influxdb.NAME.api-path-prefix": '"/x/"',
        "metrics.influxdb.NAME.timeout": "0",
        "metrics.influxdb.NAME.port": "65536",
        "metrics.influxdb.NAME.mtu": "70000",
        "metrics.influxdb.NAME.max-body-size": "0",
        "metrics.influxdb.NAME.verify-certificate": '"no"',
        "metrics.influxdb.NAME.disable": '"yes"',
        "metrics.influxdb.NAME.token": '""',
    },
    "metrics-influxdb-proto": {
        "metrics.influxdb.NAME.server": '"192.0.2.2"',
        "metrics.influxdb.NAME.proto": '"tcp"',
    },
    "metrics-without-server": {"metrics.graphite.NAME.port": "2003"},
    "metrics-one-name-twice": {
        "metrics.graphite.m1.server": '"192.0.2.1"',
        "metrics.influxdb.m1.server": '"192.0.2.2"',
    },
    "metrics-token-over-udp": {
        "metrics.influxdb.NAME.server": '"192.0.2.2"',
        "metrics.influxdb.NAME.token": f'"{SECRET}"',
    },
    "metrics-token-as-number": {
        "metrics.influxdb.NAME.server": '"192.0.2.2"',
        "metrics.influxdb.NAME.token": "12345678",
    },
    "metrics-unknown-key": {
        "metrics.influxdb.NAME.server": '"192.0.2.2"',
        "metrics.influxdb.NAME.influxdbproto": '"http"',
    },
}
